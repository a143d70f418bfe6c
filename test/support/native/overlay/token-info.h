#ifndef TOKEN_INFO_H
#define TOKEN_INFO_H

#include "pkcs11-header.h"

/* C_GetTokenInfo with the names and flags that the behaviour gives. */
CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);

#endif
