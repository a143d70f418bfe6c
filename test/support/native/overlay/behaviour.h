/* What the file named by KEYFERRY_OVERLAY says, and the counting of calls that some of it depends on. */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "pkcs11-header.h"

/* Reads the file anew and forgets what was counted. */
void behaviour_read(void);
/* The value of the first line with this key, or NULL. */
const char *behaviour(const char *key);
/* The values of all lines with this key, one after the other; *at begins as 0. NULL at the end. */
const char *behaviour_each(const char *key, size_t *at);
bool behaviour_is(const char *key, const char *value);
/* Whether `word` is one of the comma-separated words of a value. */
bool behaviour_has_word(const char *key, const char *word);
/* The first line of the file that a key names. False when there is none. */
bool behaviour_file(const char *key, char *text, size_t size);

/* One call of the application. */
struct call {
    const char *name;
    unsigned long nth; /* of this name, from 1 */
};

/* Counts the call, raises what is due, and gives what it must return instead of being made, or CKR_OK. */
CK_RV call_begins(struct call *call, const char *name);
/* Whether the process must die before this call returns. */
bool call_is_the_last(const struct call *call);

/* How many wrong PINs were given since the last right one, by all processes with this file. */
unsigned long wrong_pins(void);
void set_wrong_pins(unsigned long count);

#endif
