#include "swapped-kek.h"

#include <string.h>

#include "behaviour.h"
#include "inside.h"

#define MOST_BYTES 1024
#define MOST_KEYS 32

static struct {
    CK_OBJECT_HANDLE object;
    CK_BYTE modulus[MOST_BYTES];
    CK_ULONG length;
} hidden[MOST_KEYS];
static size_t hidden_count;

static CK_ATTRIBUTE_PTR find(CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_ATTRIBUTE_TYPE type) {
    for (CK_ULONG at = 0; at < count; at++) {
        if (template[at].type == type) return &template[at];
    }
    return NULL;
}

static bool has_number(CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_ATTRIBUTE_TYPE type, CK_ULONG wanted) {
    CK_ATTRIBUTE_PTR found = find(template, count, type);
    return found != NULL && found->ulValueLen == sizeof wanted && memcmp(found->pValue, &wanted, sizeof wanted) == 0;
}

CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR object) {
    CK_ATTRIBUTE changed[64];
    CK_BYTE other[MOST_BYTES];
    CK_ATTRIBUTE_PTR modulus = find(template, count, CKA_MODULUS);
    bool swap = behaviour("swap-kek") != NULL && modulus != NULL && modulus->ulValueLen <= MOST_BYTES &&
                count <= sizeof changed / sizeof *changed &&
                has_number(template, count, CKA_CLASS, CKO_PUBLIC_KEY) &&
                has_number(template, count, CKA_KEY_TYPE, CKK_RSA);
    if (!swap) return inner->C_CreateObject(session, template, count, object);

    CK_RV rv = inner->C_GenerateRandom(session, other, modulus->ulValueLen);
    if (rv != CKR_OK) return rv;
    other[0] |= 0x80;
    other[modulus->ulValueLen - 1] |= 1;
    memcpy(changed, template, count * sizeof *template);
    find(changed, count, CKA_MODULUS)->pValue = other;
    rv = inner->C_CreateObject(session, changed, count, object);
    if (rv == CKR_OK && behaviour_is("swap-kek", "hidden") && hidden_count < MOST_KEYS) {
        hidden[hidden_count].object = *object;
        hidden[hidden_count].length = modulus->ulValueLen;
        memcpy(hidden[hidden_count++].modulus, modulus->pValue, modulus->ulValueLen);
    }
    return rv;
}

bool swapped_modulus(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attribute, CK_RV *rv) {
    if (attribute->type != CKA_MODULUS) return false;
    for (size_t at = 0; at < hidden_count; at++) {
        if (hidden[at].object != object) continue;
        CK_ULONG room = attribute->ulValueLen;
        attribute->ulValueLen = hidden[at].length;
        *rv = attribute->pValue != NULL && room < hidden[at].length ? CKR_BUFFER_TOO_SMALL : CKR_OK;
        if (attribute->pValue != NULL && *rv == CKR_OK) {
            memcpy(attribute->pValue, hidden[at].modulus, hidden[at].length);
        }
        return true;
    }
    return false;
}
