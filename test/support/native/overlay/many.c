#include "many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour.h"
#include "inside.h"

/* Handles of SoftHSM are small numbers: the upper half of one of many says which it is, from 1. */
#define HALF 32
#define MOST_BYTES 256

/* The search that is under way: the object that is being given, and how often it was given already. */
static CK_OBJECT_HANDLE given;
static CK_ULONG times;

CK_OBJECT_HANDLE one_behind(CK_OBJECT_HANDLE object) {
    return object & (((CK_OBJECT_HANDLE)1 << HALF) - 1);
}

static CK_RV tell(CK_ATTRIBUTE_PTR attribute, const void *value, CK_ULONG length) {
    CK_ULONG room = attribute->ulValueLen;
    attribute->ulValueLen = length;
    if (attribute->pValue == NULL) return CKR_OK;
    if (room < length) return CKR_BUFFER_TOO_SMALL;
    memcpy(attribute->pValue, value, length);
    return CKR_OK;
}

bool own_name(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attribute, CK_RV *rv) {
    CK_ULONG number = object >> HALF;
    if (number == 0) return false;
    if (attribute->type == CKA_ID) {
        CK_BYTE id[4] = {number >> 24, number >> 16, number >> 8, number};
        *rv = tell(attribute, id, sizeof id);
        return true;
    }
    if (attribute->type != CKA_LABEL) return false;
    char label[MOST_BYTES + 32];
    CK_ATTRIBUTE common = {CKA_LABEL, label, MOST_BYTES};
    *rv = inner->C_GetAttributeValue(session, one_behind(object), &common, 1);
    if (*rv != CKR_OK) return true;
    int more = snprintf(label + common.ulValueLen, sizeof label - common.ulValueLen, " %lu", number - 1);
    *rv = tell(attribute, label, common.ulValueLen + (CK_ULONG)more);
    return true;
}

void many_sought(void) {
    given = 0;
    times = 0;
}

static CK_RV next(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR object, CK_ULONG_PTR found) {
    do {
        CK_RV rv = inner->C_FindObjects(session, object, 1, found);
        if (rv != CKR_OK) return rv;
    } while (*found > 0 && inside_hides(*object));
    return CKR_OK;
}

CK_RV find_many(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR count) {
    CK_ULONG many = strtoul(behaviour("many"), NULL, 10), found = 1;
    *count = 0;
    while (*count < room) {
        if (times == 0 || times >= many) {
            CK_RV rv = next(session, &given, &found);
            if (rv != CKR_OK) return rv;
            if (found == 0) break;
            times = 0;
        }
        times++;
        objects[(*count)++] = given | (times << HALF);
    }
    return CKR_OK;
}
