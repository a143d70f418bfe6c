#include "attributes.h"

#include <stdlib.h>
#include <string.h>

#include "behaviour.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* Whether a line `key=TYPE` or `key=TYPE:BYTE` speaks of the attribute; *value is its byte. */
static bool named(const char *key, CK_ATTRIBUTE_TYPE type, bool *value) {
    size_t at = 0;
    const char *line;
    while ((line = behaviour_each(key, &at)) != NULL) {
        char *end;
        if (strtoul(line, &end, 0) != type) continue;
        if (value != NULL) *value = *end == ':' && strtoul(end + 1, NULL, 0) != 0;
        return true;
    }
    return false;
}

static bool is_private(const struct taken *taken) {
    for (CK_ULONG at = 0; at < taken->count; at++) {
        const CK_ATTRIBUTE *each = &taken->attributes[at];
        CK_OBJECT_CLASS class;
        if (each->type != CKA_CLASS || each->ulValueLen != sizeof class) continue;
        memcpy(&class, each->pValue, sizeof class);
        return class == CKO_SECRET_KEY || class == CKO_PRIVATE_KEY;
    }
    return false;
}

static void force(struct taken *taken, CK_ATTRIBUTE_TYPE type, bool value) {
    CK_ATTRIBUTE forced = {type, value ? &yes : &no, sizeof yes};
    for (CK_ULONG at = 0; at < taken->count; at++) {
        if (taken->attributes[at].type != type) continue;
        taken->attributes[at] = forced;
        return;
    }
    if (taken->count < MOST_ATTRIBUTES) taken->attributes[taken->count++] = forced;
}

void template_taken(struct taken *taken, CK_ATTRIBUTE_PTR template, CK_ULONG count, enum made made) {
    taken->count = 0;
    for (CK_ULONG at = 0; at < count && taken->count < MOST_ATTRIBUTES; at++) {
        if (!named("drop", template[at].type, NULL)) taken->attributes[taken->count++] = template[at];
    }
    if (made == MADE_NO_KEY || (made == MADE_BY_CLASS && !is_private(taken))) return;
    size_t at = 0;
    const char *line;
    while ((line = behaviour_each("force", &at)) != NULL) {
        CK_ATTRIBUTE_TYPE type = strtoul(line, NULL, 0);
        bool value = false;
        if (named("force", type, &value)) force(taken, type, value);
    }
}

bool attribute_pretended(CK_ATTRIBUTE_PTR attribute, CK_RV *rv) {
    bool value = false;
    if (!named("pretend", attribute->type, &value)) return false;
    CK_ULONG room = attribute->ulValueLen;
    attribute->ulValueLen = sizeof(CK_BBOOL);
    *rv = CKR_OK;
    if (attribute->pValue == NULL) return true;
    if (room < sizeof(CK_BBOOL)) {
        *rv = CKR_BUFFER_TOO_SMALL;
        return true;
    }
    *(CK_BBOOL *)attribute->pValue = value ? CK_TRUE : CK_FALSE;
    return true;
}
