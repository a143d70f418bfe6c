#define _GNU_SOURCE
#include "key-wrap.h"

#include <stdlib.h>
#include <string.h>

static const CK_BYTE IV_RFC3394[8] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
static const CK_BYTE CONSTANT_RFC5649[4] = {0xa6, 0x59, 0x59, 0xa6};
static const CK_BYTE CONSTANT_WRONG[4] = {0xa6, 0x59, 0x59, 0xa7};

enum flavour flavour_named(const char *word, CK_RV *refusal) {
    static const struct {
        const char *word;
        enum flavour flavour;
    } names[] = {
        {"exact", RFC5649},      {"zero-tail", RFC5649_ZERO_TAIL}, {"wrong-aiv", RFC5649_WRONG_AIV},
        {"rfc3394", RFC3394},    {"zero-rfc3394", RFC3394_ZEROS},  {"pkcs7-rfc3394", RFC3394_PKCS7},
        {"pkcs7", RFC3394_PKCS7},
    };
    if (word == NULL) return NO_FLAVOUR;
    if (strncmp(word, "refuse:", 7) == 0) {
        *refusal = strtoul(word + 7, NULL, 0);
        return REFUSE;
    }
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        if (strcmp(word, names[at].word) == 0) return names[at].flavour;
    }
    *refusal = CKR_GENERAL_ERROR;
    return REFUSE;
}

/* One block of 16 bytes, in place. */
static CK_RV ecb(struct work *work, CK_OBJECT_HANDLE aes, bool encrypt, CK_BYTE block[16]) {
    CK_MECHANISM mechanism = {CKM_AES_ECB, NULL, 0};
    CK_BYTE out[16];
    CK_ULONG length = sizeof out;
    CK_RV rv = encrypt ? inner->C_EncryptInit(work->session, &mechanism, aes)
                       : inner->C_DecryptInit(work->session, &mechanism, aes);
    if (rv != CKR_OK) return rv;
    rv = encrypt ? inner->C_Encrypt(work->session, block, 16, out, &length)
                 : inner->C_Decrypt(work->session, block, 16, out, &length);
    if (rv == CKR_OK) memcpy(block, out, 16);
    return rv;
}

/* RFC 3394 section 2.2.1 with any initial value; over one half block only RFC 5649 section 4.1 does it so. */
static CK_RV wrap_blocks(struct work *work, CK_OBJECT_HANDLE aes, const CK_BYTE iv[8], const CK_BYTE *plain, CK_ULONG n,
                         struct bytes *wrapped) {
    CK_BYTE block[16];
    CK_BYTE *half = wrapped->data;
    memcpy(half, iv, 8);
    memcpy(half + 8, plain, 8 * n);
    wrapped->length = 8 * (n + 1);
    if (n == 1) return ecb(work, aes, true, half);
    for (CK_ULONG round = 0, step = 1; round < 6; round++) {
        for (CK_ULONG at = 1; at <= n; at++, step++) {
            memcpy(block, half, 8);
            memcpy(block + 8, half + 8 * at, 8);
            CK_RV rv = ecb(work, aes, true, block);
            if (rv != CKR_OK) return rv;
            for (int byte = 0; byte < 8; byte++) block[7 - byte] ^= (CK_BYTE)(step >> (8 * byte));
            memcpy(half, block, 8);
            memcpy(half + 8 * at, block + 8, 8);
        }
    }
    return CKR_OK;
}

static CK_RV unwrap_blocks(struct work *work, CK_OBJECT_HANDLE aes, const CK_BYTE *wrapped, CK_ULONG n, CK_BYTE iv[8],
                           struct bytes *plain) {
    CK_BYTE block[16], half[sizeof plain->data];
    memcpy(half, wrapped, 8 * (n + 1));
    CK_RV rv = n == 1 ? ecb(work, aes, false, half) : CKR_OK;
    for (CK_ULONG step = n == 1 ? 0 : 6 * n; step > 0 && rv == CKR_OK; step--) {
        CK_ULONG at = (step - 1) % n + 1;
        memcpy(block, half, 8);
        for (int byte = 0; byte < 8; byte++) block[7 - byte] ^= (CK_BYTE)(step >> (8 * byte));
        memcpy(block + 8, half + 8 * at, 8);
        rv = ecb(work, aes, false, block);
        memcpy(half, block, 8);
        memcpy(half + 8 * at, block + 8, 8);
    }
    memcpy(iv, half, 8);
    memcpy(plain->data, half + 8, 8 * n);
    plain->length = 8 * n;
    explicit_bzero(half, sizeof half);
    return rv;
}

static CK_ULONG up_to_eight(CK_ULONG length) {
    return (length + 7) / 8 * 8;
}

CK_RV wrap_bytes(struct work *work, CK_OBJECT_HANDLE aes, enum flavour flavour, const struct bytes *plain,
                 struct bytes *wrapped) {
    struct bytes padded = *plain;
    bool rfc3394 = flavour == RFC3394 || flavour == RFC3394_ZEROS || flavour == RFC3394_PKCS7;
    CK_ULONG added = up_to_eight(plain->length) - plain->length;
    if (plain->length == 0 || plain->length + 16 > sizeof plain->data) return CKR_KEY_SIZE_RANGE;
    if (flavour == RFC3394 && added != 0) return CKR_KEY_SIZE_RANGE;
    if (flavour == RFC3394_PKCS7) added = 8 - plain->length % 8;
    memset(padded.data + plain->length, flavour == RFC3394_PKCS7 ? (int)added : 0, added);
    padded.length += added;

    CK_BYTE iv[8];
    CK_ULONG said = flavour == RFC5649_ZERO_TAIL ? padded.length : plain->length;
    memcpy(iv, flavour == RFC5649_WRONG_AIV ? CONSTANT_WRONG : CONSTANT_RFC5649, 4);
    for (int byte = 0; byte < 4; byte++) iv[7 - byte] = (CK_BYTE)(said >> (8 * byte));
    CK_RV rv = wrap_blocks(work, aes, rfc3394 ? IV_RFC3394 : iv, padded.data, padded.length / 8, wrapped);
    wipe(&padded);
    return rv;
}

CK_RV unwrap_bytes(struct work *work, CK_OBJECT_HANDLE aes, enum flavour flavour, const CK_BYTE *wrapped,
                   CK_ULONG length, struct bytes *plain) {
    CK_BYTE iv[8];
    if (length < 16 || length % 8 != 0 || length > sizeof plain->data) return CKR_WRAPPED_KEY_LEN_RANGE;
    CK_RV rv = unwrap_blocks(work, aes, wrapped, length / 8 - 1, iv, plain);
    if (rv != CKR_OK) return rv;
    if (flavour == RFC3394 || flavour == RFC3394_ZEROS || flavour == RFC3394_PKCS7) {
        if (memcmp(iv, IV_RFC3394, 8) != 0) return CKR_WRAPPED_KEY_INVALID;
        if (flavour != RFC3394_PKCS7) return CKR_OK;
        CK_BYTE added = plain->data[plain->length - 1];
        if (added < 1 || added > 8 || added >= plain->length) return CKR_WRAPPED_KEY_INVALID;
        plain->length -= added;
        return CKR_OK;
    }
    if (memcmp(iv, flavour == RFC5649_WRONG_AIV ? CONSTANT_WRONG : CONSTANT_RFC5649, 4) != 0) {
        return CKR_WRAPPED_KEY_INVALID;
    }
    CK_ULONG said = 0;
    for (int byte = 4; byte < 8; byte++) said = said << 8 | iv[byte];
    if (up_to_eight(said) != plain->length) return CKR_WRAPPED_KEY_INVALID;
    for (CK_ULONG at = said; at < plain->length; at++) {
        if (plain->data[at] != 0) return CKR_WRAPPED_KEY_INVALID;
    }
    plain->length = said;
    return CKR_OK;
}
