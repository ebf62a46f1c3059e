/*
 * Free text that is shown to people: one line that a terminal or a page can
 * show as it is. And what is asked of any text.
 */
#ifndef BUNDLE_TEXT_H
#define BUNDLE_TEXT_H

#include <stdbool.h>

#include "bundle/err.h"

/*
 * 0 when the text is UTF-8 and holds no control characters, line or paragraph
 * separators, or marks that change the direction of what follows; else -1,
 * ERR_REFUSED. `what` begins the message.
 */
int text_check_line(const char *what, const char *text, struct err *e);
/* The same, and that it has at most LIMIT_NAME bytes. */
int text_check(const char *what, const char *text, struct err *e);
/* Puts a '?' in place of each character that text_check_line() would refuse. */
void text_clean(char *text);

bool text_ends_with(const char *text, const char *end);
/* By bytes; for qsort() over an array of strings. */
int text_compare(const void *a, const void *b);

#endif
