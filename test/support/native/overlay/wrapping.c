#define _GNU_SOURCE
#include "wrapping.h"

#include <stdlib.h>
#include <string.h>

#include "behaviour.h"
#include "key-wrap.h"

#define MOST_MECHANISMS 512

/* How a mechanism is played: NO_FLAVOUR for one that is SoftHSM's own business. */
static enum flavour flavour_of(CK_MECHANISM_TYPE type, CK_RV *refusal) {
    if (type == CKM_RSA_AES_KEY_WRAP) return flavour_named(behaviour("rsa-aes-key-wrap"), refusal);
    if (type == CKM_RSA_PKCS_OAEP) return behaviour_is("oaep", "sha256") ? RFC5649 : NO_FLAVOUR;
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("kwp", &at)) != NULL) {
        char *end;
        if (strtoul(value, &end, 0) == type && *end == ':') return flavour_named(end + 1, refusal);
    }
    return NO_FLAVOUR;
}

bool mechanism_played(CK_MECHANISM_TYPE type) {
    CK_RV refusal;
    return flavour_of(type, &refusal) != NO_FLAVOUR;
}

bool mechanism_hidden(CK_MECHANISM_TYPE type) {
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("hide", &at)) != NULL) {
        if (strtoul(value, NULL, 0) == type) return true;
    }
    return false;
}

static void offer(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE_PTR list, CK_ULONG *count) {
    for (CK_ULONG at = 0; at < *count; at++) {
        if (list[at] == type) return;
    }
    if (*count < MOST_MECHANISMS && !mechanism_hidden(type)) list[(*count)++] = type;
}

CK_RV mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) {
    CK_MECHANISM_TYPE own[MOST_MECHANISMS];
    CK_ULONG own_count = MOST_MECHANISMS, kept = 0;
    CK_RV rv = inner->C_GetMechanismList(slot, own, &own_count);
    if (rv != CKR_OK) return rv;
    for (CK_ULONG at = 0; at < own_count; at++) {
        if (!mechanism_hidden(own[at])) own[kept++] = own[at];
    }
    if (mechanism_played(CKM_RSA_AES_KEY_WRAP)) offer(CKM_RSA_AES_KEY_WRAP, own, &kept);
    size_t line = 0;
    const char *value;
    while ((value = behaviour_each("kwp", &line)) != NULL) offer(strtoul(value, NULL, 0), own, &kept);
    CK_ULONG room = *count;
    *count = kept;
    if (list == NULL) return CKR_OK;
    if (room < kept) return CKR_BUFFER_TOO_SMALL;
    memcpy(list, own, kept * sizeof *own);
    return CKR_OK;
}

CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
    if (mechanism_hidden(type)) return CKR_MECHANISM_INVALID;
    if (!mechanism_played(type) || type == CKM_RSA_PKCS_OAEP) return inner->C_GetMechanismInfo(slot, type, info);
    bool rsa = type == CKM_RSA_AES_KEY_WRAP;
    *info = (CK_MECHANISM_INFO){rsa ? 2048 : 16, rsa ? 4096 : 32, CKF_HW | CKF_WRAP | CKF_UNWRAP};
    return CKR_OK;
}

/* Hands bytes out as PKCS #11 does it (section 5.2). */
static CK_RV deliver(const struct bytes *bytes, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    CK_ULONG room = *length;
    *length = bytes->length;
    if (out == NULL) return CKR_OK;
    if (room < bytes->length) return CKR_BUFFER_TOO_SMALL;
    memcpy(out, bytes->data, bytes->length);
    return CKR_OK;
}

static CK_RV check_parameters(CK_MECHANISM_PTR mechanism, CK_RSA_PKCS_OAEP_PARAMS_PTR *oaep, CK_ULONG *aes_bytes) {
    if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        if (mechanism->ulParameterLen != sizeof(CK_RSA_PKCS_OAEP_PARAMS)) return CKR_MECHANISM_PARAM_INVALID;
        *oaep = mechanism->pParameter;
    } else {
        CK_RSA_AES_KEY_WRAP_PARAMS_PTR both = mechanism->pParameter;
        if (both == NULL || mechanism->ulParameterLen != sizeof *both) return CKR_MECHANISM_PARAM_INVALID;
        if (both->ulAESKeyBits != 128 && both->ulAESKeyBits != 192 && both->ulAESKeyBits != 256) {
            return CKR_MECHANISM_PARAM_INVALID;
        }
        *aes_bytes = both->ulAESKeyBits / 8;
        *oaep = both->pOAEPParams;
    }
    CK_RSA_PKCS_OAEP_PARAMS_PTR found = *oaep;
    bool good = found != NULL && found->hashAlg == CKM_SHA_1 && found->mgf == CKG_MGF1_SHA1 &&
                found->source == CKZ_DATA_SPECIFIED && found->pSourceData == NULL && found->ulSourceDataLen == 0;
    return good ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* What SoftHSM does not check for us, because it does not see the whole. */
static CK_RV check_wrapping(struct work *work, CK_OBJECT_CLASS class, CK_KEY_TYPE type, CK_OBJECT_HANDLE wrapping_key,
                            CK_OBJECT_HANDLE key) {
    if (number_of(work, wrapping_key, CKA_CLASS) == (CK_ULONG)-1) return CKR_WRAPPING_KEY_HANDLE_INVALID;
    if (number_of(work, key, CKA_CLASS) == (CK_ULONG)-1) return CKR_KEY_HANDLE_INVALID;
    if (number_of(work, wrapping_key, CKA_CLASS) != class || number_of(work, wrapping_key, CKA_KEY_TYPE) != type) {
        return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    }
    if (!flag_of(work, wrapping_key, CKA_WRAP, false)) return CKR_KEY_FUNCTION_NOT_PERMITTED;
    if (!flag_of(work, key, CKA_EXTRACTABLE, false)) return CKR_KEY_UNEXTRACTABLE;
    if (flag_of(work, key, CKA_WRAP_WITH_TRUSTED, false) && !flag_of(work, wrapping_key, CKA_TRUSTED, false)) {
        return CKR_KEY_NOT_WRAPPABLE;
    }
    return CKR_OK;
}

/* CKM_RSA_AES_KEY_WRAP (PKCS #11 3.1): a fresh AES key under OAEP, then the target under the AES key. */
static CK_RV wrap_in_one(struct work *work, CK_MECHANISM_PTR mechanism, enum flavour flavour, CK_OBJECT_HANDLE kek,
                         CK_OBJECT_HANDLE key, struct bytes *wrapped) {
    CK_RSA_PKCS_OAEP_PARAMS_PTR oaep = NULL;
    CK_ULONG aes_bytes = 0;
    CK_RV rv = check_parameters(mechanism, &oaep, &aes_bytes);
    if (rv == CKR_OK) rv = check_wrapping(work, CKO_PUBLIC_KEY, CKK_RSA, kek, key);
    if (rv != CKR_OK) return rv;
    if (number_of(work, key, CKA_CLASS) != CKO_PRIVATE_KEY) return CKR_KEY_NOT_WRAPPABLE;
    if (behaviour("aes-bits") != NULL) aes_bytes = strtoul(behaviour("aes-bits"), NULL, 10) / 8;

    CK_OBJECT_HANDLE aes;
    struct bytes plain = {.length = 0}, second;
    rv = aes_random(work, aes_bytes, &aes);
    if (rv == CKR_OK) rv = oaep_wrap(work, oaep, kek, aes, wrapped);
    if (rv == CKR_OK) rv = plaintext_of(work, key, &plain);
    if (rv == CKR_OK) rv = wrap_bytes(work, aes, flavour, &plain, &second);
    wipe(&plain);
    if (rv != CKR_OK) return rv;
    if (wrapped->length + second.length > sizeof wrapped->data) return CKR_KEY_SIZE_RANGE;
    memcpy(wrapped->data + wrapped->length, second.data, second.length);
    wrapped->length += second.length;
    return CKR_OK;
}

static CK_RV wrap_by_aes(struct work *work, enum flavour flavour, CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                         struct bytes *wrapped) {
    CK_OBJECT_HANDLE aes;
    struct bytes plain = {.length = 0};
    CK_RV rv = check_wrapping(work, CKO_SECRET_KEY, CKK_AES, wrapping_key, key);
    if (rv == CKR_OK) rv = aes_usable(work, wrapping_key, &aes);
    if (rv == CKR_OK) rv = plaintext_of(work, key, &plain);
    if (rv == CKR_OK) rv = wrap_bytes(work, aes, flavour, &plain, wrapped);
    wipe(&plain);
    return rv;
}

static CK_RV wrap_by_oaep(struct work *work, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
                          CK_OBJECT_HANDLE key, struct bytes *wrapped) {
    CK_RSA_PKCS_OAEP_PARAMS_PTR oaep = NULL;
    CK_RV rv = check_parameters(mechanism, &oaep, NULL);
    if (rv == CKR_OK) rv = check_wrapping(work, CKO_PUBLIC_KEY, CKK_RSA, wrapping_key, key);
    if (rv == CKR_OK && number_of(work, key, CKA_CLASS) != CKO_SECRET_KEY) rv = CKR_KEY_NOT_WRAPPABLE;
    return rv == CKR_OK ? oaep_wrap(work, oaep, wrapping_key, key, wrapped) : rv;
}

CK_RV wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
               CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR length) {
    CK_RV refusal = CKR_OK;
    if (mechanism_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
    enum flavour flavour = flavour_of(mechanism->mechanism, &refusal);
    if (flavour == NO_FLAVOUR) return inner->C_WrapKey(session, mechanism, wrapping_key, key, wrapped, length);
    if (flavour == REFUSE) return refusal;
    struct work work;
    struct bytes out;
    CK_RV rv = work_begin(&work, session);
    if (rv != CKR_OK) return rv;
    if (mechanism->mechanism == CKM_RSA_AES_KEY_WRAP) {
        rv = wrap_in_one(&work, mechanism, flavour, wrapping_key, key, &out);
    } else if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        rv = wrap_by_oaep(&work, mechanism, wrapping_key, key, &out);
    } else {
        rv = wrap_by_aes(&work, flavour, wrapping_key, key, &out);
    }
    work_end(&work);
    return rv == CKR_OK ? deliver(&out, wrapped, length) : rv;
}

static CK_RV unwrap_in_one(struct work *work, CK_MECHANISM_PTR mechanism, enum flavour flavour, CK_OBJECT_HANDLE kek,
                           const CK_BYTE *wrapped, CK_ULONG length, struct bytes *plain) {
    CK_RSA_PKCS_OAEP_PARAMS_PTR oaep = NULL;
    CK_ULONG aes_bytes = 0;
    struct bytes modulus, value = {.length = 0};
    CK_OBJECT_HANDLE aes;
    CK_RV rv = check_parameters(mechanism, &oaep, &aes_bytes);
    if (rv == CKR_OK) rv = bytes_of(work, kek, CKA_MODULUS, &modulus);
    if (rv != CKR_OK) return rv;
    if (length <= modulus.length) return CKR_WRAPPED_KEY_LEN_RANGE;
    rv = oaep_unwrap(work, oaep, kek, wrapped, modulus.length, &value);
    if (behaviour("aes-bits") != NULL) aes_bytes = strtoul(behaviour("aes-bits"), NULL, 10) / 8;
    if (rv == CKR_OK && value.length != aes_bytes) rv = CKR_WRAPPED_KEY_INVALID;
    if (rv == CKR_OK) rv = aes_from(work, &value, &aes);
    wipe(&value);
    if (rv != CKR_OK) return rv;
    return unwrap_bytes(work, aes, flavour, wrapped + modulus.length, length - modulus.length, plain);
}

static CK_RV unwrap_by_aes(struct work *work, enum flavour flavour, CK_OBJECT_HANDLE unwrapping_key,
                           const CK_BYTE *wrapped, CK_ULONG length, struct bytes *plain) {
    CK_OBJECT_HANDLE aes;
    CK_RV rv = aes_usable(work, unwrapping_key, &aes);
    return rv == CKR_OK ? unwrap_bytes(work, aes, flavour, wrapped, length, plain) : rv;
}

CK_RV unwrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                 CK_BYTE_PTR wrapped, CK_ULONG length, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                 CK_OBJECT_HANDLE_PTR object) {
    CK_RV refusal = CKR_OK;
    if (mechanism_hidden(mechanism->mechanism)) return CKR_MECHANISM_INVALID;
    enum flavour flavour = flavour_of(mechanism->mechanism, &refusal);
    if (flavour == REFUSE) return refusal;
    if (flavour == NO_FLAVOUR) {
        return inner->C_UnwrapKey(session, mechanism, unwrapping_key, wrapped, length, template, count, object);
    }
    struct work work;
    struct bytes plain = {.length = 0};
    CK_RV rv = work_begin(&work, session);
    if (rv != CKR_OK) return rv;
    if (!flag_of(&work, unwrapping_key, CKA_UNWRAP, false)) {
        rv = CKR_KEY_FUNCTION_NOT_PERMITTED;
    } else if (mechanism->mechanism == CKM_RSA_AES_KEY_WRAP) {
        rv = unwrap_in_one(&work, mechanism, flavour, unwrapping_key, wrapped, length, &plain);
    } else if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        CK_RSA_PKCS_OAEP_PARAMS_PTR oaep = NULL;
        rv = check_parameters(mechanism, &oaep, NULL);
        if (rv == CKR_OK) rv = oaep_unwrap(&work, oaep, unwrapping_key, wrapped, length, &plain);
    } else {
        rv = unwrap_by_aes(&work, flavour, unwrapping_key, wrapped, length, &plain);
    }
    if (rv == CKR_OK) rv = plaintext_into(&work, &plain, session, template, count, object);
    wipe(&plain);
    work_end(&work);
    return rv;
}
