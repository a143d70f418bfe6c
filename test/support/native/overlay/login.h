#ifndef LOGIN_H
#define LOGIN_H

#include "pkcs11-header.h"

/* C_Login as the played HSM does it: with a pad of its own, and with a PIN that locks. */
CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length);
/* The flags that tell how many wrong PINs there were, for `wrong-pin-locks`. */
CK_FLAGS wrong_pin_flags(void);

#endif
