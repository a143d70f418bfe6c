#ifndef SWAPPED_KEK_H
#define SWAPPED_KEK_H

#include <stdbool.h>

#include "pkcs11-header.h"

/* C_CreateObject; with `swap-kek` an RSA public key gets a modulus that nobody asked for. */
CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR object);
/* Whether the attribute is the modulus of a key whose swap is hidden; then it gets the modulus that was asked for. */
bool swapped_modulus(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attribute, CK_RV *rv);

#endif
