/* With `many`, an HSM that keeps its keys elsewhere, as hardware does: SoftHSM holds each object in memory. */
#ifndef MANY_H
#define MANY_H

#include <stdbool.h>

#include "pkcs11-header.h"

/* The object of SoftHSM that stands behind one of many; any other object is its own. */
CK_OBJECT_HANDLE one_behind(CK_OBJECT_HANDLE object);
/* Label and id of one of many, by which it differs from the others. False: it is for SoftHSM to tell. */
bool own_name(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attribute, CK_RV *rv);
/* A search begins: nothing is left of the one before. */
void many_sought(void);
/* The next objects of the search, each as often as it stands there. */
CK_RV find_many(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR count);

#endif
