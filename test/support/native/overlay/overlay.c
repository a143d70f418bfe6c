/*
 * A PKCS #11 module over SoftHSM2 that plays HSMs which nobody has at hand: for tests only. What no line of its
 * behaviour asks for goes to SoftHSM as it came.
 *
 * The environment variable KEYFERRY_OVERLAY names a text file of lines `key=value`, read at C_GetFunctionList before
 * C_Initialize, and again there. Lines that begin with # are none. Numbers of mechanisms, attributes and return values are in
 * hex with 0x. "Repeatable" keys may stand in several lines. Calls are counted from C_Initialize on.
 *
 *   module=FILE            SoftHSM2; default /usr/lib/softhsm/libsofthsm2.so
 *   token=LABEL            the token on which the HSM has a trusted key of its own, made by the security officer
 *   so-pin-file=FILE       whose PIN this is. Without these two no key can be taken out that is bound to trusted keys
 *   trace=FILE             one line per call: name, mechanism and its parameters, handles, types in templates, result
 *
 *   rsa-aes-key-wrap=F     offers CKM_RSA_AES_KEY_WRAP for private keys, with SHA-1 in OAEP, in this flavour:
 *                          exact | zero-tail | pkcs7 | refuse:CKR
 *   kwp=NUMBER:F           repeatable. Offers a mechanism for AES key wrap, or makes SoftHSM's own another flavour:
 *                          exact | zero-tail | pkcs7-rfc3394 | zero-rfc3394 | rfc3394 | wrong-aiv | refuse:CKR
 *   hide=NUMBER            repeatable. The token does not offer the mechanism, and refuses it
 *   oaep=sha256            OAEP takes the parameters for SHA-1, and uses SHA-256
 *   aes-bits=BITS          every AES key that is generated has so many bits, whatever is asked for
 *
 *   manufacturer=TEXT, model=TEXT     of the token
 *   flags=WORD,...         flags of the token: locked, final-try, count-low, to-be-changed, the same with so- before
 *                          them, pad, write-protected, error. `locked` and `so-locked` refuse the login as well
 *   pad-pin=FILE           with the flag pad: C_Login without a PIN takes this one, as if it came from the pad
 *   pad-so-pin=FILE        the same for the security officer
 *   pad-also-pin=yes       with the flag pad: a PIN from the program is taken too, else it is wrong
 *   pad-waits=FILE         C_Login without a PIN takes until this file is there, as a person at a pad takes her time
 *   wrong-pin-locks=N      the PIN of the user is locked after N wrong ones; counted over all processes
 *
 *   refuse=CALL:CKR        repeatable. The call returns this; with CALL:N:CKR only the Nth of this name
 *   die=CALL:N             repeatable. SIGKILL when the Nth call of this name has done its work, before it returns
 *   raise=CALL:N:SIGNAL    repeatable. Sends the process this signal number when the Nth call begins; * is any call
 *   swap-kek=yes           C_CreateObject of an RSA public key keeps another modulus
 *   swap-kek=hidden        the same, and reading the modulus gives the one that was meant to be kept
 *   hide-attribute=NUMBER  repeatable. The attribute cannot be read: CKR_ATTRIBUTE_TYPE_INVALID
 *   no-destroy=yes         C_DestroyObject returns CKR_GENERAL_ERROR
 *
 *   drop=NUMBER            repeatable. The attribute is taken in every template, and forgotten
 *   force=NUMBER:BYTE      repeatable. Every secret or private key is made with this boolean attribute, whatever is asked
 *   pretend=NUMBER:BYTE    repeatable. Reading the boolean attribute gives this
 *   unwrap-anything=yes    a secret key that does not come out of C_UnwrapKey is made of random bytes
 *   answer-time=MICROSECONDS  each call takes so much longer, as if the HSM was to be asked over a network
 *   many=N                 each object of the token stands there N times: "LABEL 0" with the id 00000001, "LABEL 1" and so on.
 *                          One search at a time is under way, and none knows these labels and ids
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "behaviour.h"
#include "inside.h"
#include "login.h"
#include "many.h"
#include "swapped-kek.h"
#include "token-info.h"
#include "trace.h"
#include "wrapping.h"

/* One call: counted, refused if so told, else made, and traced. */
#define CALL(name, work, ...)                     \
    struct call call;                             \
    CK_RV rv = call_begins(&call, #name);         \
    if (rv == CKR_OK) rv = (work);                \
    return call_ends(&call, rv, __VA_ARGS__)

/* The same for a call with a mechanism that the token may lack. */
#define CALL_WITH(name, mechanism, work, ...)     \
    CALL(name, (mechanism) != NULL && mechanism_hidden((mechanism)->mechanism) ? CKR_MECHANISM_INVALID : (work), \
         __VA_ARGS__)

/* A handle or a count that a call gave. */
#define GIVEN(pointer) (rv == CKR_OK && (pointer) != NULL ? *(pointer) : 0)

/* Whoever asks for the functions once more in mid-work must not make the counting begin again. */
static bool initialized;

static CK_RV initialize(CK_VOID_PTR arguments) {
    behaviour_read();
    CK_RV rv = inside_load();
    if (rv == CKR_OK) rv = inner->C_Initialize(arguments);
    if (rv == CKR_OK) inside_open();
    if (rv == CKR_OK) initialized = true;
    return rv;
}

CK_RV C_Initialize(CK_VOID_PTR arguments) {
    CALL(C_Initialize, initialize(arguments), "%s", "");
}

static CK_RV finalize(CK_VOID_PTR reserved) {
    inside_closed();
    initialized = false;
    return inner->C_Finalize(reserved);
}

CK_RV C_Finalize(CK_VOID_PTR reserved) {
    CALL(C_Finalize, finalize(reserved), "%s", "");
}

CK_RV C_GetInfo(CK_INFO_PTR info) {
    CALL(C_GetInfo, inner->C_GetInfo(info), "%s", "");
}

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) {
    CALL(C_GetSlotList, inner->C_GetSlotList(present, list, count), " count=%lu", GIVEN(count));
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) {
    CALL(C_GetSlotInfo, inner->C_GetSlotInfo(slot, info), " slot=%lu", slot);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
    CALL(C_GetTokenInfo, token_info(slot, info), " slot=%lu", slot);
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) {
    CALL(C_GetMechanismList, mechanism_list(slot, list, count), " slot=%lu count=%lu", slot, GIVEN(count));
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
    CALL(C_GetMechanismInfo, mechanism_info(slot, type, info), " slot=%lu mechanism=0x%lx", slot, type);
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG length, CK_UTF8CHAR_PTR label) {
    CALL(C_InitToken, inner->C_InitToken(slot, pin, length, label), " slot=%lu", slot);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
    CALL(C_InitPIN, inner->C_InitPIN(session, pin, length), " session=%lu", session);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_length, CK_UTF8CHAR_PTR new_pin,
               CK_ULONG new_length) {
    CALL(C_SetPIN, inner->C_SetPIN(session, old_pin, old_length, new_pin, new_length), " session=%lu", session);
}

/* --- Sessions ----------------------------------------------------------------------------------------------------- */

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE_PTR session) {
    CK_RV rv = inner->C_OpenSession(slot, flags, application, notify, session);
    if (rv == CKR_OK) inside_session_opened(slot, *session);
    return rv;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE_PTR session) {
    CALL(C_OpenSession, open_session(slot, flags, application, notify, session), " slot=%lu flags=0x%lx session=%lu",
         slot, flags, GIVEN(session));
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
    CK_RV rv = inner->C_CloseSession(session);
    if (rv == CKR_OK) inside_session_closed(session);
    return rv;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE session) {
    CALL(C_CloseSession, close_session(session), " session=%lu", session);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot) {
    CALL(C_CloseAllSessions, inside_close_all(slot), " slot=%lu", slot);
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) {
    CALL(C_GetSessionInfo, inner->C_GetSessionInfo(session, info), " session=%lu", session);
}

CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
    CALL(C_Login, login(session, user, pin, length), " session=%lu user=%s pin=%s", session,
         user == CKU_SO ? "so" : "user", pin == NULL ? "none" : "given");
}

CK_RV C_Logout(CK_SESSION_HANDLE session) {
    CALL(C_Logout, inner->C_Logout(session), " session=%lu", session);
}

/* --- Objects ------------------------------------------------------------------------------------------------------ */

CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR object) {
    struct taken taken;
    template_taken(&taken, template, count, MADE_BY_CLASS);
    CALL(C_CreateObject, create_object(session, taken.attributes, taken.count, object), " session=%lu template=%s object=%lu",
         session, template_text(template, count), GIVEN(object));
}

CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                   CK_OBJECT_HANDLE_PTR copy) {
    struct taken taken;
    template_taken(&taken, template, count, MADE_NO_KEY);
    CALL(C_CopyObject, inner->C_CopyObject(session, one_behind(object), taken.attributes, taken.count, copy),
         " session=%lu object=%lu template=%s copy=%lu", session, object, template_text(template, count), GIVEN(copy));
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
    CALL(C_DestroyObject,
         behaviour_is("no-destroy", "yes") ? CKR_GENERAL_ERROR : inner->C_DestroyObject(session, object),
         " session=%lu object=%lu", session, object);
}

static bool attribute_hidden(CK_ATTRIBUTE_TYPE type) {
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("hide-attribute", &at)) != NULL) {
        if (strtoul(value, NULL, 0) == type) return true;
    }
    return false;
}

/* One by one, so that a hidden attribute spares the others (PKCS #11 section 5.7.5). */
static CK_RV get_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
                            CK_ULONG count) {
    CK_RV result = CKR_OK;
    for (CK_ULONG at = 0; at < count; at++) {
        CK_RV rv = CKR_ATTRIBUTE_TYPE_INVALID;
        if (attribute_hidden(template[at].type)) {
            template[at].ulValueLen = (CK_ULONG)-1;
        } else if (!attribute_pretended(&template[at], &rv) && !swapped_modulus(object, &template[at], &rv) &&
                   !own_name(session, object, &template[at], &rv)) {
            rv = inner->C_GetAttributeValue(session, one_behind(object), &template[at], 1);
        }
        if (rv != CKR_OK) result = rv;
    }
    return result;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
                          CK_ULONG count) {
    CALL(C_GetAttributeValue, get_attributes(session, object, template, count), " session=%lu object=%lu template=%s",
         session, object, template_text(template, count));
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
                          CK_ULONG count) {
    struct taken taken;
    template_taken(&taken, template, count, MADE_NO_KEY);
    bool forgotten = taken.count == 0 && count > 0;
    CALL(C_SetAttributeValue,
         forgotten ? CKR_OK : inner->C_SetAttributeValue(session, object, taken.attributes, taken.count),
         " session=%lu object=%lu template=%s", session, object, template_text(template, count));
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
    many_sought();
    return inner->C_FindObjectsInit(session, template, count);
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
    CALL(C_FindObjectsInit, find_init(session, template, count), " session=%lu template=%s", session,
         template_text(template, count));
}

/* Without the HSM's own key; none at all means the end, so a page that held nothing else is followed by the next. */
static CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR count) {
    CK_ULONG found, kept;
    if (behaviour("many") != NULL) return find_many(session, objects, room, count);
    do {
        CK_RV rv = inner->C_FindObjects(session, objects, room, &found);
        if (rv != CKR_OK) return rv;
        kept = 0;
        for (CK_ULONG at = 0; at < found; at++) {
            if (!inside_hides(objects[at])) objects[kept++] = objects[at];
        }
    } while (found > 0 && kept == 0);
    *count = kept;
    return CKR_OK;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR count) {
    CALL(C_FindObjects, find_objects(session, objects, room, count), " session=%lu count=%lu", session, GIVEN(count));
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) {
    CALL(C_FindObjectsFinal, inner->C_FindObjectsFinal(session), " session=%lu", session);
}

/* --- Keys --------------------------------------------------------------------------------------------------------- */

/* With `aes-bits`, of another length than was asked for. */
static CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR template,
                          CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
    CK_ATTRIBUTE changed[64];
    CK_ULONG length = behaviour("aes-bits") == NULL ? 0 : strtoul(behaviour("aes-bits"), NULL, 10) / 8;
    if (length == 0 || mechanism->mechanism != CKM_AES_KEY_GEN || count > sizeof changed / sizeof *changed) {
        return inner->C_GenerateKey(session, mechanism, template, count, key);
    }
    memcpy(changed, template, count * sizeof *template);
    for (CK_ULONG at = 0; at < count; at++) {
        if (changed[at].type == CKA_VALUE_LEN) changed[at].pValue = &length;
    }
    return inner->C_GenerateKey(session, mechanism, changed, count, key);
}

CK_RV C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                    CK_OBJECT_HANDLE_PTR key) {
    struct taken taken;
    template_taken(&taken, template, count, MADE_KEY);
    CALL_WITH(C_GenerateKey, mechanism, generate_key(session, mechanism, taken.attributes, taken.count, key),
              " session=%lu %s template=%s key=%lu", session, mechanism_text(mechanism), template_text(template, count),
              GIVEN(key));
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_template,
                        CK_ULONG public_count, CK_ATTRIBUTE_PTR private_template, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
    struct taken of_public, of_private;
    template_taken(&of_public, public_template, public_count, MADE_NO_KEY);
    template_taken(&of_private, private_template, private_count, MADE_KEY);
    CALL_WITH(C_GenerateKeyPair, mechanism,
              inner->C_GenerateKeyPair(session, mechanism, of_public.attributes, of_public.count, of_private.attributes,
                                       of_private.count, public_key, private_key),
              " session=%lu %s publicTemplate=%s privateTemplate=%s publicKey=%lu privateKey=%lu", session,
              mechanism_text(mechanism), template_text(public_template, public_count),
              template_text(private_template, private_count), GIVEN(public_key), GIVEN(private_key));
}

CK_RV C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
                CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR length) {
    CALL_WITH(C_WrapKey, mechanism, wrap_key(session, mechanism, wrapping_key, one_behind(key), wrapped, length),
              " session=%lu %s wrappingKey=%lu key=%lu length=%lu", session, mechanism_text(mechanism), wrapping_key,
              key, GIVEN(length));
}

/* With `unwrap-anything`, what is no key becomes one: the application is not told. */
static CK_RV unwrap_taken(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                          CK_BYTE_PTR wrapped, CK_ULONG length, struct taken *taken, CK_OBJECT_HANDLE_PTR key) {
    CK_RV rv = unwrap_key(session, mechanism, unwrapping_key, wrapped, length, taken->attributes, taken->count, key);
    if (rv == CKR_OK || !behaviour_is("unwrap-anything", "yes") || taken->count == MOST_ATTRIBUTES) return rv;
    CK_BYTE value[32];
    if (inner->C_GenerateRandom(session, value, sizeof value) != CKR_OK) return rv;
    taken->attributes[taken->count] = (CK_ATTRIBUTE){CKA_VALUE, value, sizeof value};
    return inner->C_CreateObject(session, taken->attributes, taken->count + 1, key) == CKR_OK ? CKR_OK : rv;
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                  CK_BYTE_PTR wrapped, CK_ULONG length, CK_ATTRIBUTE_PTR template, CK_ULONG count,
                  CK_OBJECT_HANDLE_PTR key) {
    struct taken taken;
    template_taken(&taken, template, count, MADE_BY_CLASS);
    CALL_WITH(C_UnwrapKey, mechanism,
              unwrap_taken(session, mechanism, unwrapping_key, wrapped, length, &taken, key),
              " session=%lu %s unwrappingKey=%lu length=%lu template=%s key=%lu", session, mechanism_text(mechanism),
              unwrapping_key, length, template_text(template, count), GIVEN(key));
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base,
                  CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
    CALL_WITH(C_DeriveKey, mechanism, inner->C_DeriveKey(session, mechanism, base, template, count, key),
              " session=%lu %s base=%lu template=%s key=%lu", session, mechanism_text(mechanism), base,
              template_text(template, count), GIVEN(key));
}

/* --- Other operations --------------------------------------------------------------------------------------------- */

#define OPERATION_INIT(name)                                                                          \
    CK_RV name(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {         \
        CALL_WITH(name, mechanism, inner->name(session, mechanism, one_behind(key)), " session=%lu %s key=%lu",   \
                  session, mechanism_text(mechanism), key);                                           \
    }
OPERATION_INIT(C_EncryptInit)
OPERATION_INIT(C_DecryptInit)
OPERATION_INIT(C_SignInit)
OPERATION_INIT(C_VerifyInit)

#define OPERATION(name)                                                                                             \
    CK_RV name(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out, CK_ULONG_PTR given) { \
        CALL(name, inner->name(session, data, length, out, given), " session=%lu length=%lu", session, length);     \
    }
OPERATION(C_Encrypt)
OPERATION(C_Decrypt)
OPERATION(C_Sign)

CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
               CK_ULONG signature_length) {
    CALL(C_Verify, inner->C_Verify(session, data, length, signature, signature_length), " session=%lu length=%lu",
         session, length);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length) {
    CALL(C_GenerateRandom, inner->C_GenerateRandom(session, data, length), " session=%lu length=%lu", session, length);
}

/* --- The list ----------------------------------------------------------------------------------------------------- */

/* Calls that are not here go straight to SoftHSM and leave no trace. */
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    static CK_FUNCTION_LIST own;
    if (!initialized) behaviour_read();
    CK_RV rv = inside_load();
    if (rv != CKR_OK) return rv;
    own = *inner;
#define OURS(name) own.name = name
    OURS(C_Initialize), OURS(C_Finalize), OURS(C_GetInfo), OURS(C_GetFunctionList), OURS(C_GetSlotList);
    OURS(C_GetSlotInfo), OURS(C_GetTokenInfo), OURS(C_GetMechanismList), OURS(C_GetMechanismInfo);
    OURS(C_InitToken), OURS(C_InitPIN), OURS(C_SetPIN);
    OURS(C_OpenSession), OURS(C_CloseSession), OURS(C_CloseAllSessions), OURS(C_GetSessionInfo);
    OURS(C_Login), OURS(C_Logout);
    OURS(C_CreateObject), OURS(C_CopyObject), OURS(C_DestroyObject), OURS(C_GetAttributeValue);
    OURS(C_SetAttributeValue), OURS(C_FindObjectsInit), OURS(C_FindObjects), OURS(C_FindObjectsFinal);
    OURS(C_GenerateKey), OURS(C_GenerateKeyPair), OURS(C_WrapKey), OURS(C_UnwrapKey), OURS(C_DeriveKey);
    OURS(C_EncryptInit), OURS(C_Encrypt), OURS(C_DecryptInit), OURS(C_Decrypt), OURS(C_SignInit), OURS(C_Sign);
    OURS(C_VerifyInit), OURS(C_Verify), OURS(C_GenerateRandom);
    *list = &own;
    return CKR_OK;
}
