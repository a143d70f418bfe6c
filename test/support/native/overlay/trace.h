/* One line per call: what was asked, without PINs and without the values of keys. */
#ifndef TRACE_H
#define TRACE_H

#include "behaviour.h"

/* Ends every call: writes its line, and dies if that is due. Gives rv back. */
CK_RV call_ends(const struct call *call, CK_RV rv, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Parts of a line; they live until this thread has asked for four more. */
const char *template_text(CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
const char *mechanism_text(CK_MECHANISM_PTR mechanism);

#endif
