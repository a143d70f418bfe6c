/* The PKCS #11 2.40 header that pkcs11js brings along. */
#ifndef PKCS11_HEADER_H
#define PKCS11_HEADER_H

#include <pkcs11.h>

#define CKM_AES_KEY_WRAP_KWP 0x210bUL

#endif
