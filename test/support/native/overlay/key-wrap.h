/* AES key wrap and RSA-OAEP over bytes, in right and in wrong flavours. */
#ifndef KEY_WRAP_H
#define KEY_WRAP_H

#include "inside.h"

enum flavour {
    NO_FLAVOUR,
    RFC5649,           /* `exact` */
    RFC5649_ZERO_TAIL, /* `zero-tail`: zeros up to a multiple of 8 bytes, then RFC 5649 over all */
    RFC5649_WRONG_AIV, /* `wrong-aiv`: RFC 5649 with another constant */
    RFC3394,           /* `rfc3394`: multiples of 8 bytes only */
    RFC3394_ZEROS,     /* `zero-rfc3394`: zeros up to a multiple of 8 bytes, then RFC 3394 */
    RFC3394_PKCS7,     /* `pkcs7-rfc3394` or `pkcs7`: PKCS #7 padding for 8 bytes, then RFC 3394 */
    REFUSE,            /* `refuse:0xCKR` */
};

/* The flavour that a word names; for REFUSE also the return value. */
enum flavour flavour_named(const char *word, CK_RV *refusal);

/* `aes` must be usable: see aes_usable. */
CK_RV wrap_bytes(struct work *work, CK_OBJECT_HANDLE aes, enum flavour flavour, const struct bytes *plain,
                 struct bytes *wrapped);
/* CKR_WRAPPED_KEY_INVALID when it does not open; in RFC5649_ZERO_TAIL and RFC3394_ZEROS the zeros stay. */
CK_RV unwrap_bytes(struct work *work, CK_OBJECT_HANDLE aes, enum flavour flavour, const CK_BYTE *wrapped,
                   CK_ULONG length, struct bytes *plain);

/* RSA-OAEP of an AES key, with an empty label: SHA-256 where the overlay is told to lie, else as the parameters say. */
CK_RV oaep_wrap(struct work *work, CK_RSA_PKCS_OAEP_PARAMS_PTR oaep, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE aes,
                struct bytes *wrapped);
CK_RV oaep_unwrap(struct work *work, CK_RSA_PKCS_OAEP_PARAMS_PTR oaep, CK_OBJECT_HANDLE kek, const CK_BYTE *wrapped,
                  CK_ULONG length, struct bytes *aes);

#endif
