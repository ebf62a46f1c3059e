/*
 * Debian versions: [epoch:]upstream[-revision] (Debian Policy 5.6.12), in the
 * order in which dpkg puts them. They are compared as text; nothing is parsed
 * ahead or allocated.
 */
#ifndef MIRROR_DEB_VERSION_H
#define MIRROR_DEB_VERSION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Less than, equal to or greater than 0. A missing epoch is 0, a missing revision the
 * smallest one; "~" sorts before the end, letters before what is no letter, numbers by
 * their value whatever their length. Any text has a place in the order.
 */
int deb_version_compare(const char *a, const char *b);
int deb_version_compare_n(const char *a, size_t a_len, const char *b, size_t b_len);

/*
 * What dpkg accepts in a control file: an epoch of digits up to INT_MAX, an upstream part
 * that begins with a digit and holds [A-Za-z0-9.+~:-], a revision of [A-Za-z0-9.+~] after
 * the last "-"; at most LIMIT_NAME bytes.
 */
bool deb_version_is_valid(const char *text, size_t len);

#endif
