/* What the played HSM makes of attributes that it forgets, forces or lies about. */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#include <stdbool.h>

#include "pkcs11-header.h"

#define MOST_ATTRIBUTES 64

struct taken {
    CK_ATTRIBUTE attributes[MOST_ATTRIBUTES];
    CK_ULONG count;
};

/* What a template is for: a secret or private key, what its class says, or anything else. */
enum made { MADE_KEY, MADE_BY_CLASS, MADE_NO_KEY };

/* The template without what `drop` names; where a secret or private key is made, also with what `force` names. */
void template_taken(struct taken *taken, CK_ATTRIBUTE_PTR template, CK_ULONG count, enum made made);
/* Whether `pretend` answers in place of the token; then *rv is what reading returns. */
bool attribute_pretended(CK_ATTRIBUTE_PTR attribute, CK_RV *rv);

#endif
