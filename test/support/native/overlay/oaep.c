#define _GNU_SOURCE
#include <string.h>

#include "behaviour.h"
#include "key-wrap.h"

#define HASH_BYTES 32

static CK_RV sha256(struct work *work, const CK_BYTE *data, CK_ULONG length, CK_BYTE hash[HASH_BYTES]) {
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_ULONG hash_length = HASH_BYTES;
    CK_RV rv = inner->C_DigestInit(work->session, &mechanism);
    return rv == CKR_OK ? inner->C_Digest(work->session, (CK_BYTE_PTR)data, length, hash, &hash_length) : rv;
}

/* Adds MGF1 of the seed to the target (RFC 8017 appendix B.2.1). */
static CK_RV add_mask(struct work *work, const CK_BYTE *seed, CK_ULONG seed_length, CK_BYTE *target, CK_ULONG length) {
    CK_BYTE input[2048], mask[HASH_BYTES];
    memcpy(input, seed, seed_length);
    for (CK_ULONG done = 0, counter = 0; done < length; done += HASH_BYTES, counter++) {
        CK_BYTE *end = input + seed_length;
        end[0] = end[1] = end[2] = 0;
        end[3] = (CK_BYTE)counter;
        CK_RV rv = sha256(work, input, seed_length + 4, mask);
        if (rv != CKR_OK) return rv;
        for (CK_ULONG at = 0; at < HASH_BYTES && done + at < length; at++) target[done + at] ^= mask[at];
    }
    return CKR_OK;
}

/* m^e mod n: a copy of the KEK that may encrypt, since raw RSA is an encryption. */
static CK_RV raw_encrypt(struct work *work, CK_OBJECT_HANDLE kek, CK_BYTE *block, CK_ULONG length, struct bytes *out) {
    struct bytes modulus, exponent;
    CK_RV rv = bytes_of(work, kek, CKA_MODULUS, &modulus);
    if (rv == CKR_OK) rv = bytes_of(work, kek, CKA_PUBLIC_EXPONENT, &exponent);
    if (rv != CKR_OK) return rv;
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_RSA;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},          {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_TOKEN, &no, sizeof no},                {CKA_PRIVATE, &no, sizeof no},
        {CKA_ENCRYPT, &yes, sizeof yes},            {CKA_MODULUS, modulus.data, modulus.length},
        {CKA_PUBLIC_EXPONENT, exponent.data, exponent.length},
    };
    CK_OBJECT_HANDLE copy;
    CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};
    rv = inner->C_CreateObject(work->session, template, sizeof template / sizeof *template, &copy);
    if (rv == CKR_OK) rv = inner->C_EncryptInit(work->session, &raw, copy);
    out->length = sizeof out->data;
    return rv == CKR_OK ? inner->C_Encrypt(work->session, block, length, out->data, &out->length) : rv;
}

static CK_RV raw_decrypt(struct work *work, CK_OBJECT_HANDLE kek, const CK_BYTE *wrapped, CK_ULONG length,
                         struct bytes *out) {
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ATTRIBUTE template[] = {{CKA_TOKEN, &no, sizeof no}, {CKA_DECRYPT, &yes, sizeof yes}};
    CK_OBJECT_HANDLE copy;
    CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};
    CK_RV rv = inner->C_CopyObject(work->session, kek, template, 2, &copy);
    if (rv == CKR_OK) rv = inner->C_DecryptInit(work->session, &raw, copy);
    out->length = sizeof out->data;
    return rv == CKR_OK ? inner->C_Decrypt(work->session, (CK_BYTE_PTR)wrapped, length, out->data, &out->length) : rv;
}

/* RFC 8017 section 7.1.1 with SHA-256 for both hashes. */
static CK_RV sha256_wrap(struct work *work, CK_OBJECT_HANDLE kek, const struct bytes *aes, struct bytes *wrapped) {
    CK_ULONG size = (number_of(work, kek, CKA_MODULUS_BITS) + 7) / 8;
    struct bytes block = {.length = size};
    if (size > 1024 || size < aes->length + 2 * HASH_BYTES + 2) return CKR_KEY_SIZE_RANGE;
    CK_BYTE *seed = block.data + 1, *data = seed + HASH_BYTES;
    CK_ULONG data_length = size - 1 - HASH_BYTES;
    CK_RV rv = sha256(work, seed, 0, data);
    data[data_length - aes->length - 1] = 1;
    memcpy(data + data_length - aes->length, aes->data, aes->length);
    if (rv == CKR_OK) rv = inner->C_GenerateRandom(work->session, seed, HASH_BYTES);
    if (rv == CKR_OK) rv = add_mask(work, seed, HASH_BYTES, data, data_length);
    if (rv == CKR_OK) rv = add_mask(work, data, data_length, seed, HASH_BYTES);
    if (rv == CKR_OK) rv = raw_encrypt(work, kek, block.data, size, wrapped);
    wipe(&block);
    return rv;
}

static CK_RV sha256_unwrap(struct work *work, CK_OBJECT_HANDLE kek, const CK_BYTE *wrapped, CK_ULONG length,
                           struct bytes *aes) {
    struct bytes block;
    CK_RV rv = raw_decrypt(work, kek, wrapped, length, &block);
    if (rv != CKR_OK) return rv;
    CK_BYTE *seed = block.data + 1, *data = seed + HASH_BYTES, of_label[HASH_BYTES];
    CK_ULONG data_length = block.length - 1 - HASH_BYTES, at = HASH_BYTES;
    rv = add_mask(work, data, data_length, seed, HASH_BYTES);
    if (rv == CKR_OK) rv = add_mask(work, seed, HASH_BYTES, data, data_length);
    if (rv == CKR_OK) rv = sha256(work, seed, 0, of_label);
    while (at < data_length && data[at] == 0) at++;
    if (rv == CKR_OK && (block.data[0] != 0 || memcmp(data, of_label, HASH_BYTES) != 0 || at == data_length ||
                         data[at] != 1)) {
        rv = CKR_WRAPPED_KEY_INVALID;
    }
    if (rv == CKR_OK) {
        aes->length = data_length - at - 1;
        memcpy(aes->data, data + at + 1, aes->length);
    }
    wipe(&block);
    return rv;
}

CK_RV oaep_wrap(struct work *work, CK_RSA_PKCS_OAEP_PARAMS_PTR oaep, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE aes,
                struct bytes *wrapped) {
    if (!behaviour_is("oaep", "sha256")) {
        CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, oaep, sizeof *oaep};
        wrapped->length = sizeof wrapped->data;
        return inner->C_WrapKey(work->session, &mechanism, kek, aes, wrapped->data, &wrapped->length);
    }
    struct bytes value;
    CK_RV rv = plaintext_of(work, aes, &value);
    if (rv == CKR_OK) rv = sha256_wrap(work, kek, &value, wrapped);
    wipe(&value);
    return rv;
}

CK_RV oaep_unwrap(struct work *work, CK_RSA_PKCS_OAEP_PARAMS_PTR oaep, CK_OBJECT_HANDLE kek, const CK_BYTE *wrapped,
                  CK_ULONG length, struct bytes *aes) {
    if (behaviour_is("oaep", "sha256")) return sha256_unwrap(work, kek, wrapped, length, aes);
    CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, oaep, sizeof *oaep};
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, &no, sizeof no},
        {CKA_PRIVATE, &no, sizeof no},     {CKA_SENSITIVE, &no, sizeof no},    {CKA_EXTRACTABLE, &yes, sizeof yes},
    };
    CK_OBJECT_HANDLE as_bytes;
    CK_RV rv = inner->C_UnwrapKey(work->session, &mechanism, kek, (CK_BYTE_PTR)wrapped, length, template,
                                  sizeof template / sizeof *template, &as_bytes);
    return rv == CKR_OK ? bytes_of(work, as_bytes, CKA_VALUE, aes) : rv;
}
