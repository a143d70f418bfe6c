#define _GNU_SOURCE
#include "token-info.h"

#include <string.h>

#include "behaviour.h"
#include "inside.h"
#include "login.h"

static const struct {
    const char *word;
    CK_FLAGS flag;
} flags[] = {
    {"write-protected", CKF_WRITE_PROTECTED}, {"pad", CKF_PROTECTED_AUTHENTICATION_PATH},
    {"count-low", CKF_USER_PIN_COUNT_LOW},    {"final-try", CKF_USER_PIN_FINAL_TRY},
    {"locked", CKF_USER_PIN_LOCKED},          {"to-be-changed", CKF_USER_PIN_TO_BE_CHANGED},
    {"so-count-low", CKF_SO_PIN_COUNT_LOW},   {"so-final-try", CKF_SO_PIN_FINAL_TRY},
    {"so-locked", CKF_SO_PIN_LOCKED},         {"so-to-be-changed", CKF_SO_PIN_TO_BE_CHANGED},
    {"error", 0x1000000UL},
};

/* Texts of PKCS #11 are filled up with blanks. */
static void set_text(const char *key, CK_UTF8CHAR *field, size_t size) {
    const char *text = behaviour(key);
    if (text == NULL) return;
    size_t length = strnlen(text, size);
    memset(field, ' ', size);
    memcpy(field, text, length);
}

CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
    CK_RV rv = inner->C_GetTokenInfo(slot, info);
    if (rv != CKR_OK) return rv;
    set_text("manufacturer", info->manufacturerID, sizeof info->manufacturerID);
    set_text("model", info->model, sizeof info->model);
    for (size_t at = 0; at < sizeof flags / sizeof *flags; at++) {
        if (behaviour_has_word("flags", flags[at].word)) info->flags |= flags[at].flag;
    }
    info->flags |= wrong_pin_flags();
    return CKR_OK;
}
