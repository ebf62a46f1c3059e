/* What the readers of the kinds of lock files share. Private to lock*.c. */
#ifndef MIRROR_PYPI_LOCK_READ_H
#define MIRROR_PYPI_LOCK_READ_H

#include "mirror/pypi/lock.h"
#include "mirror/toml.h"

int lock_read_pylock(struct lock *l, const struct toml_value *root, struct err *e);
int lock_read_uv(struct lock *l, const struct toml_value *root, struct err *e);
int lock_read_poetry(struct lock *l, const struct toml_value *root, struct err *e);

/* A new package, with the name that the table states; NULL on error. Valid until the next one. */
struct lock_package *lock_add(struct lock *l, const struct toml_value *table, struct err *e);
/* Takes the key's string, if it is there. */
int lock_take(const struct toml_value *table, const char *key, char **out, struct err *e);
/* "sha256:..." or the two apart. Digests of other kinds are passed over. */
int lock_add_hash(struct lock_package *p, const struct toml_value *v, struct err *e);
int lock_add_digest(
    struct lock_package *p, const char *kind, const struct toml_value *hex, struct err *e);
/* The marker that is true where the one before, or this text, is. */
int lock_or_marker(struct marker **m, const struct toml_value *text, struct err *e);
struct lock_edge *lock_add_edge(struct lock_package *p, const char *name);
/* The array of tables under the key: 1, 0 there is none, -1. */
int lock_tables(
    const struct toml_value *table, const char *key, const struct toml_value **out, struct err *e);

#endif
