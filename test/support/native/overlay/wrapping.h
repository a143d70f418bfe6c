/* C_WrapKey and C_UnwrapKey as the played HSM does them, and the mechanisms that it offers for them. */
#ifndef WRAPPING_H
#define WRAPPING_H

#include <stdbool.h>

#include "pkcs11-header.h"

bool mechanism_hidden(CK_MECHANISM_TYPE type);
/* Whether the overlay does the mechanism itself. */
bool mechanism_played(CK_MECHANISM_TYPE type);
CK_RV mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count);
CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info);

CK_RV wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
               CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR length);
CK_RV unwrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                 CK_BYTE_PTR wrapped, CK_ULONG length, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                 CK_OBJECT_HANDLE_PTR object);

#endif
