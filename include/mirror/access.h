/*
 * Which Authorization header goes to which addresses, as the clients of this
 * machine are set up: "//npm.plant/private/" stands for that host and port and
 * all paths below. Secrets: no message and no file ever holds one.
 */
#ifndef MIRROR_ACCESS_H
#define MIRROR_ACCESS_H

#include <stddef.h>

struct access_rule {
        char *below; /* "//host[:port]/path", with or without a '/' at its end */
        char *authorization;
};

struct access_list {
        struct access_rule *items;
        size_t count, cap;
};

/* The first rule for an address stands. */
void access_add(struct access_list *a, const char *below, const char *authorization);
/* Moves the rules of `from` behind those that are there; `from` is empty then. */
void access_take(struct access_list *a, struct access_list *from);
void access_release(struct access_list *a); /* accepts the zero value */

/*
 * What to send to the URL: of the rules for it, that with the longest path; NULL: nothing. Only over
 * https, or http to this machine itself; never beside credentials in the URL, and not to a path
 * with dot segments, which may lead elsewhere.
 */
const char *access_find(const struct access_list *a, const char *url);

#endif
