#define _GNU_SOURCE
#include "login.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behaviour.h"
#include "inside.h"

static unsigned long wrong_pins_that_lock(void) {
    const char *text = behaviour("wrong-pin-locks");
    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

CK_FLAGS wrong_pin_flags(void) {
    unsigned long most = wrong_pins_that_lock(), now = wrong_pins();
    if (most == 0 || now == 0) return 0;
    if (now >= most) return CKF_USER_PIN_LOCKED;
    return CKF_USER_PIN_COUNT_LOW | (now + 1 == most ? CKF_USER_PIN_FINAL_TRY : 0);
}

static CK_RV login_at_pad(CK_SESSION_HANDLE session, CK_USER_TYPE user) {
    char pin[256];
    const char *awaited = behaviour("pad-waits");
    while (awaited != NULL && access(awaited, F_OK) != 0) usleep(2000);
    if (!behaviour_file(user == CKU_SO ? "pad-so-pin" : "pad-pin", pin, sizeof pin)) return CKR_FUNCTION_CANCELED;
    CK_RV rv = inner->C_Login(session, user, (CK_UTF8CHAR_PTR)pin, strlen(pin));
    explicit_bzero(pin, sizeof pin);
    return rv;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
    bool pad = behaviour_has_word("flags", "pad"), counted = user == CKU_USER && wrong_pins_that_lock() > 0;
    if (behaviour_has_word("flags", user == CKU_SO ? "so-locked" : "locked")) return CKR_PIN_LOCKED;
    if (counted && wrong_pins() >= wrong_pins_that_lock()) return CKR_PIN_LOCKED;
    CK_RV rv = CKR_PIN_INCORRECT;
    if (pad && pin == NULL) {
        rv = login_at_pad(session, user);
    } else if (!pad || behaviour_is("pad-also-pin", "yes")) {
        rv = inner->C_Login(session, user, pin, length);
    }
    if (counted && rv == CKR_OK) set_wrong_pins(0);
    if (counted && (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE)) set_wrong_pins(wrong_pins() + 1);
    return rv;
}
