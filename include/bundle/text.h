/*
 * Free text that is shown to people: one line that a terminal or a page can
 * show as it is. The bytes are UTF-8 already, as the readers of JSON and TOML
 * hand them out.
 */
#ifndef BUNDLE_TEXT_H
#define BUNDLE_TEXT_H

#include "bundle/err.h"

/*
 * 0 when the text has at most LIMIT_NAME bytes and holds no control characters,
 * line or paragraph separators, or marks that change the direction of what
 * follows; else -1, ERR_REFUSED. `what` begins the message.
 */
int text_check(const char *what, const char *text, struct err *e);

#endif
