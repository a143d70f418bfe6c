#define _GNU_SOURCE
#include "inside.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "behaviour.h"
#include "key-wrap.h"

#define MOST_SESSIONS 256

CK_FUNCTION_LIST_PTR inner;

static struct {
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key; /* 0: there is none */
    CK_SESSION_HANDLE applications[MOST_SESSIONS];
} trusted;

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES, generic_secret = CKK_GENERIC_SECRET;

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ATTRIBUTE(type, variable) {type, &(variable), sizeof(variable)}

void wipe(struct bytes *bytes) {
    explicit_bzero(bytes, sizeof *bytes);
}

CK_RV inside_load(void) {
    if (inner != NULL) return CKR_OK;
    const char *path = behaviour("module");
    /* SoftHSM binds to the copy of OpenSSL that the program has in it already, as it does without us. */
    void *library = dlopen(path == NULL ? "/usr/lib/softhsm/libsofthsm2.so" : path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "overlay: %s\n", dlerror());
        return CKR_GENERAL_ERROR;
    }
    CK_C_GetFunctionList get_list;
    *(void **)&get_list = dlsym(library, "C_GetFunctionList");
    return get_list == NULL ? CKR_GENERAL_ERROR : get_list(&inner);
}

/* --- The HSM's own trusted key ------------------------------------------------------------------------------------ */

static bool find_slot(const char *label, CK_SLOT_ID *found) {
    CK_SLOT_ID slots[64];
    CK_ULONG count = COUNT(slots);
    if (inner->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) return false;
    for (CK_ULONG at = 0; at < count; at++) {
        CK_TOKEN_INFO info;
        size_t length = strlen(label);
        if (inner->C_GetTokenInfo(slots[at], &info) != CKR_OK || length > sizeof info.label) continue;
        if (memcmp(info.label, label, length) != 0) continue;
        *found = slots[at];
        return true;
    }
    return false;
}

static CK_RV make_own_key(CK_SESSION_HANDLE session, bool as_trusted, CK_OBJECT_HANDLE_PTR key) {
    CK_MECHANISM generate = {CKM_AES_KEY_GEN, NULL, 0};
    CK_ULONG length = 32;
    CK_ATTRIBUTE template[] = {
        ATTRIBUTE(CKA_TOKEN, no),     ATTRIBUTE(CKA_PRIVATE, no),      ATTRIBUTE(CKA_SENSITIVE, yes),
        ATTRIBUTE(CKA_WRAP, yes),     ATTRIBUTE(CKA_UNWRAP, yes),      ATTRIBUTE(CKA_ENCRYPT, yes),
        ATTRIBUTE(CKA_DECRYPT, yes),  ATTRIBUTE(CKA_EXTRACTABLE, no),  ATTRIBUTE(CKA_VALUE_LEN, length),
        ATTRIBUTE(CKA_TRUSTED, yes),
    };
    return inner->C_GenerateKey(session, &generate, template, COUNT(template) - (as_trusted ? 0 : 1), key);
}

void inside_open(void) {
    memset(&trusted, 0, sizeof trusted);
    const char *label = behaviour("token");
    char pin[256];
    if (label == NULL || !behaviour_file("so-pin-file", pin, sizeof pin) || !find_slot(label, &trusted.slot)) return;
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    if (inner->C_OpenSession(trusted.slot, flags, NULL, NULL, &trusted.session) != CKR_OK) return;
    if (inner->C_Login(trusted.session, CKU_SO, (CK_UTF8CHAR_PTR)pin, strlen(pin)) == CKR_OK) {
        if (make_own_key(trusted.session, true, &trusted.key) != CKR_OK) trusted.key = 0;
        inner->C_Logout(trusted.session);
    }
    explicit_bzero(pin, sizeof pin);
    if (trusted.key == 0) inner->C_CloseSession(trusted.session);
}

void inside_closed(void) {
    memset(&trusted, 0, sizeof trusted);
}

bool inside_hides(CK_OBJECT_HANDLE object) {
    return trusted.key != 0 && object == trusted.key;
}

void inside_session_opened(CK_SLOT_ID slot, CK_SESSION_HANDLE session) {
    if (trusted.key == 0 || slot != trusted.slot) return;
    for (size_t at = 0; at < MOST_SESSIONS; at++) {
        if (trusted.applications[at] != 0) continue;
        trusted.applications[at] = session;
        return;
    }
}

void inside_session_closed(CK_SESSION_HANDLE session) {
    bool was_there = false, others = false;
    for (size_t at = 0; at < MOST_SESSIONS; at++) {
        if (trusted.applications[at] == session) {
            trusted.applications[at] = 0;
            was_there = true;
        }
        others |= trusted.applications[at] != 0;
    }
    if (trusted.key != 0 && was_there && !others) inner->C_Logout(trusted.session);
}

CK_RV inside_close_all(CK_SLOT_ID slot) {
    if (trusted.key == 0 || slot != trusted.slot) return inner->C_CloseAllSessions(slot);
    for (size_t at = 0; at < MOST_SESSIONS; at++) {
        CK_SESSION_HANDLE session = trusted.applications[at];
        if (session == 0) continue;
        inner->C_CloseSession(session);
        inside_session_closed(session);
    }
    return CKR_OK;
}

/* --- Work --------------------------------------------------------------------------------------------------------- */

CK_RV work_begin(struct work *work, CK_SESSION_HANDLE for_session) {
    CK_SESSION_INFO info;
    CK_RV rv = inner->C_GetSessionInfo(for_session, &info);
    if (rv != CKR_OK) return rv;
    /* Writable, since there may be no other kind while the security officer is logged in. */
    rv = inner->C_OpenSession(info.slotID, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &work->session);
    if (rv != CKR_OK) return rv;
    work->own_key = info.slotID == trusted.slot ? trusted.key : 0;
    if (work->own_key == 0) rv = make_own_key(work->session, false, &work->own_key);
    if (rv != CKR_OK) work_end(work);
    return rv;
}

void work_end(struct work *work) {
    inner->C_CloseSession(work->session);
}

bool flag_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, bool otherwise) {
    CK_BBOOL value;
    CK_ATTRIBUTE attribute = ATTRIBUTE(type, value);
    if (inner->C_GetAttributeValue(work->session, object, &attribute, 1) != CKR_OK) return otherwise;
    return attribute.ulValueLen == sizeof value ? value == CK_TRUE : otherwise;
}

CK_ULONG number_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ULONG value;
    CK_ATTRIBUTE attribute = ATTRIBUTE(type, value);
    CK_RV rv = inner->C_GetAttributeValue(work->session, object, &attribute, 1);
    return rv == CKR_OK && attribute.ulValueLen == sizeof value ? value : (CK_ULONG)-1;
}

CK_RV bytes_of(struct work *work, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, struct bytes *bytes) {
    CK_ATTRIBUTE attribute = {type, bytes->data, sizeof bytes->data};
    CK_RV rv = inner->C_GetAttributeValue(work->session, object, &attribute, 1);
    bytes->length = rv == CKR_OK ? attribute.ulValueLen : 0;
    return rv;
}

/* Bytes of a DER SEQUENCE with its header; 0 when the bytes do not begin with a whole one. */
static CK_ULONG der_length(const struct bytes *bytes) {
    if (bytes->length < 2 || bytes->data[0] != 0x30) return 0;
    CK_ULONG length = bytes->data[1], header = 2;
    if (length >= 0x80) {
        CK_ULONG digits = length & 0x7f;
        if (digits > 2 || bytes->length < 2 + digits) return 0;
        length = 0;
        for (CK_ULONG at = 0; at < digits; at++) length = length << 8 | bytes->data[2 + at];
        header += digits;
    }
    return header + length <= bytes->length ? header + length : 0;
}

CK_RV plaintext_of(struct work *work, CK_OBJECT_HANDLE key, struct bytes *plain) {
    CK_MECHANISM mechanism = {CKM_AES_KEY_WRAP_PAD, NULL, 0};
    struct bytes wrapped = {.length = sizeof wrapped.data};
    CK_RV rv = inner->C_WrapKey(work->session, &mechanism, work->own_key, key, wrapped.data, &wrapped.length);
    if (rv != CKR_OK) return rv;
    CK_OBJECT_HANDLE as_bytes;
    CK_ATTRIBUTE template[] = {
        ATTRIBUTE(CKA_CLASS, secret_key), ATTRIBUTE(CKA_KEY_TYPE, generic_secret), ATTRIBUTE(CKA_TOKEN, no),
        ATTRIBUTE(CKA_PRIVATE, no),       ATTRIBUTE(CKA_SENSITIVE, no),            ATTRIBUTE(CKA_EXTRACTABLE, yes),
    };
    rv = inner->C_UnwrapKey(work->session, &mechanism, work->own_key, wrapped.data, wrapped.length, template,
                            COUNT(template), &as_bytes);
    if (rv != CKR_OK) return rv;
    rv = bytes_of(work, as_bytes, CKA_VALUE, plain);
    inner->C_DestroyObject(work->session, as_bytes);
    /* SoftHSM filled up with zeros. */
    CK_ULONG length = number_of(work, key, CKA_CLASS) == CKO_PRIVATE_KEY ? der_length(plain)
                                                                        : number_of(work, key, CKA_VALUE_LEN);
    if (length > 0 && length < plain->length) plain->length = length;
    return rv;
}

CK_RV plaintext_into(struct work *work, const struct bytes *plain, CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template,
                     CK_ULONG count, CK_OBJECT_HANDLE_PTR object) {
    struct bytes wrapped;
    CK_RV rv = wrap_bytes(work, work->own_key, RFC5649, plain, &wrapped);
    CK_MECHANISM mechanism = {CKM_AES_KEY_WRAP_PAD, NULL, 0};
    if (rv != CKR_OK) return rv;
    return inner->C_UnwrapKey(session, &mechanism, work->own_key, wrapped.data, wrapped.length, template, count,
                              object);
}

CK_RV aes_from(struct work *work, const struct bytes *value, CK_OBJECT_HANDLE_PTR key) {
    CK_ATTRIBUTE template[] = {
        ATTRIBUTE(CKA_CLASS, secret_key), ATTRIBUTE(CKA_KEY_TYPE, aes),    ATTRIBUTE(CKA_TOKEN, no),
        ATTRIBUTE(CKA_PRIVATE, no),       ATTRIBUTE(CKA_ENCRYPT, yes),     ATTRIBUTE(CKA_DECRYPT, yes),
        ATTRIBUTE(CKA_WRAP, yes),         ATTRIBUTE(CKA_EXTRACTABLE, yes),
        {CKA_VALUE, (void *)value->data, value->length},
    };
    return inner->C_CreateObject(work->session, template, COUNT(template), key);
}

CK_RV aes_random(struct work *work, CK_ULONG length, CK_OBJECT_HANDLE_PTR key) {
    struct bytes value = {.length = length};
    CK_RV rv = inner->C_GenerateRandom(work->session, value.data, length);
    if (rv == CKR_OK) rv = aes_from(work, &value, key);
    wipe(&value);
    return rv;
}

CK_RV aes_usable(struct work *work, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE_PTR usable) {
    struct bytes value;
    CK_RV rv = plaintext_of(work, key, &value);
    if (rv == CKR_OK) {
        rv = aes_from(work, &value, usable);
    } else if (rv == CKR_KEY_UNEXTRACTABLE) {
        CK_ATTRIBUTE template[] = {ATTRIBUTE(CKA_TOKEN, no), ATTRIBUTE(CKA_ENCRYPT, yes), ATTRIBUTE(CKA_DECRYPT, yes)};
        rv = inner->C_CopyObject(work->session, key, template, COUNT(template), usable);
    }
    wipe(&value);
    return rv;
}
