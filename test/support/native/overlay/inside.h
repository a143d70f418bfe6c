/*
 * What happens inside of the HSM that is played: work with SoftHSM in sessions of our own, which the application does
 * not see. All cryptography is SoftHSM's, so that no second OpenSSL gets into the process.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include <stdbool.h>

#include "pkcs11-header.h"

/* SoftHSM's functions. */
extern CK_FUNCTION_LIST_PTR inner;

/* Loads SoftHSM, once. */
CK_RV inside_load(void);
/*
 * Makes the HSM's own key on the token that `token=LABEL` names, as its security officer with the PIN in the file
 * `so-pin-file=FILE`: only a trusted key takes out what is bound to trusted ones. It lives in a session of ours.
 */
void inside_open(void);
void inside_closed(void);
bool inside_hides(CK_OBJECT_HANDLE object);
/* SoftHSM logs out with the last session of a token; ours must not count. */
void inside_session_opened(CK_SLOT_ID slot, CK_SESSION_HANDLE session);
void inside_session_closed(CK_SESSION_HANDLE session);
CK_RV inside_close_all(CK_SLOT_ID slot);

/* Bytes that may be secret: filled with zeros when done. */
struct bytes {
    CK_BYTE data[16384];
    CK_ULONG length;
};
void wipe(struct bytes *bytes);

/* A piece of work inside; ended with all its objects by work_end. */
struct work {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE own_key; /* AES, all uses; trusted if there is a trusted one */
};
CK_RV work_begin(struct work *work, CK_SESSION_HANDLE for_session);
void work_end(struct work *work);

/* A boolean attribute; `otherwise` when it cannot be read. */
bool flag_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, bool otherwise);
CK_ULONG number_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
CK_RV bytes_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, struct bytes *bytes);

/* The PKCS #8 of a private key without anything behind it, or the value of a secret key. As unextractable as it is. */
CK_RV plaintext_of(struct work *work, CK_OBJECT_HANDLE key, struct bytes *plain);
/* Makes an object of the application from a plaintext, by its template. */
CK_RV plaintext_into(struct work *work, const struct bytes *plain, CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                     CK_ULONG count, CK_OBJECT_HANDLE_PTR object);
/* An AES key that may encrypt and decrypt: from its bytes, or of so many random bytes. */
CK_RV aes_from(struct work *work, const struct bytes *value, CK_OBJECT_HANDLE_PTR key);
CK_RV aes_random(struct work *work, CK_ULONG length, CK_OBJECT_HANDLE_PTR key);
/* The same AES key, made to encrypt and decrypt. */
CK_RV aes_usable(struct work *work, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE_PTR usable);

#endif
