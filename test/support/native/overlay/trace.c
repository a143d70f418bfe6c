#define _GNU_SOURCE
#include "trace.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PART_BYTES 1024

static void append_line(const char *text, size_t length) {
    const char *path = behaviour("trace");
    int file = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    /* One write, so that lines of several threads do not mix. */
    if (write(file, text, length) < 0) perror("overlay: trace");
    close(file);
}

CK_RV call_ends(const struct call *call, CK_RV rv, const char *format, ...) {
    char line[4 * PART_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = (size_t)snprintf(line, sizeof line, "%s", call->name);
    length += (size_t)vsnprintf(line + length, sizeof line - length, format, arguments);
    va_end(arguments);
    bool last = call_is_the_last(call);
    length += (size_t)snprintf(line + length, sizeof line - length, last ? " -> died\n" : " -> 0x%lx\n", rv);
    append_line(line, length);
    if (last) kill(getpid(), SIGKILL);
    return rv;
}

static char *part(void) {
    static _Thread_local char parts[4][PART_BYTES];
    static _Thread_local unsigned int next;
    char *text = parts[next++ % 4];
    text[0] = '\0';
    return text;
}

static bool is_boolean(CK_ATTRIBUTE_TYPE type) {
    return type == CKA_TOKEN || type == CKA_PRIVATE || type == CKA_TRUSTED || type == CKA_ALWAYS_AUTHENTICATE ||
           type == CKA_WRAP_WITH_TRUSTED || (type >= CKA_SENSITIVE && type <= CKA_DERIVE) ||
           (type >= CKA_EXTRACTABLE && type <= CKA_ALWAYS_SENSITIVE) ||
           (type >= CKA_MODIFIABLE && type <= CKA_DESTROYABLE);
}

static bool is_number(CK_ATTRIBUTE_TYPE type) {
    return type == CKA_CLASS || type == CKA_KEY_TYPE || type == CKA_MODULUS_BITS || type == CKA_VALUE_LEN;
}

/* The types, and the values of those that hold a yes, a no or a plain number. */
const char *template_text(CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    char *text = part();
    size_t length = 0;
    for (CK_ULONG at = 0; attributes != NULL && at < count && length + 64 < PART_BYTES; at++) {
        const CK_ATTRIBUTE *each = &attributes[at];
        length += (size_t)snprintf(text + length, PART_BYTES - length, "%s0x%lx", at > 0 ? "," : "", each->type);
        if (each->pValue == NULL) continue;
        if (is_boolean(each->type) && each->ulValueLen == 1) {
            const char *word = *(CK_BBOOL *)each->pValue ? "true" : "false";
            length += (size_t)snprintf(text + length, PART_BYTES - length, "=%s", word);
        } else if (is_number(each->type) && each->ulValueLen == sizeof(CK_ULONG)) {
            CK_ULONG number;
            memcpy(&number, each->pValue, sizeof number);
            length += (size_t)snprintf(text + length, PART_BYTES - length, "=%lu", number);
        }
    }
    return text;
}

static size_t oaep_text(char *text, size_t size, const CK_RSA_PKCS_OAEP_PARAMS *oaep) {
    return (size_t)snprintf(text, size, " hash=0x%lx mgf=0x%lx source=%lu labelLength=%lu", oaep->hashAlg, oaep->mgf,
                            oaep->source, oaep->ulSourceDataLen);
}

const char *mechanism_text(CK_MECHANISM_PTR mechanism) {
    char *text = part();
    if (mechanism == NULL) return text;
    size_t length = (size_t)snprintf(text, PART_BYTES, "mechanism=0x%lx", mechanism->mechanism);
    if (mechanism->pParameter == NULL) return text;
    if (mechanism->mechanism == CKM_RSA_PKCS_OAEP && mechanism->ulParameterLen == sizeof(CK_RSA_PKCS_OAEP_PARAMS)) {
        oaep_text(text + length, PART_BYTES - length, mechanism->pParameter);
    } else if (mechanism->mechanism == CKM_RSA_AES_KEY_WRAP &&
               mechanism->ulParameterLen == sizeof(CK_RSA_AES_KEY_WRAP_PARAMS)) {
        const CK_RSA_AES_KEY_WRAP_PARAMS *both = mechanism->pParameter;
        length += (size_t)snprintf(text + length, PART_BYTES - length, " aesBits=%lu", both->ulAESKeyBits);
        if (both->pOAEPParams != NULL) oaep_text(text + length, PART_BYTES - length, both->pOAEPParams);
    } else {
        snprintf(text + length, PART_BYTES - length, " parameterLength=%lu", mechanism->ulParameterLen);
    }
    return text;
}
