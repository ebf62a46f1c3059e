/* Names of npm packages: "left-pad", "@types/node". */
#ifndef MIRROR_NPM_NAME_H
#define MIRROR_NPM_NAME_H

#include <stdbool.h>

/* One that the registry has, or once allowed: also old ones with capitals. Fit to be a path. */
bool npm_name_is_valid(const char *name);
/* "@acme", as it stands before the slash of names: in lower case, without one. */
bool npm_scope_is_valid(const char *scope);

/* Behind the scope: "node" of "@types/node". */
const char *npm_name_base(const char *name);

/*
 * The order of npm's own lists (ICU's root collation, which localeCompare uses): punctuation,
 * digits, letters, case last. Of names and of paths made of them.
 */
int npm_name_collate(const char *a, const char *b);

#endif
