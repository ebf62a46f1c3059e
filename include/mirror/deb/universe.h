/*
 * All packages that one architecture can install, from every configured suite
 * together: what a closure is made from. It stands on a libsolv pool.
 *
 *     struct universe *u = universe_new("amd64");
 *     universe_exclude(u, "tex-common");                 before the stanzas
 *     universe_add(u, suite, pin, stanza, len, e); ...   every stanza of every index
 *     universe_settle(u);                                once, then:
 *     closure_solve(u, ...)                              mirror/deb/closure.h
 *     universe_free(u);
 *
 * The stanzas themselves are not kept. Packages have numbers from
 * UNIVERSE_FIRST up to universe_end(), in the order in which they came.
 */
#ifndef MIRROR_DEB_UNIVERSE_H
#define MIRROR_DEB_UNIVERSE_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/digest.h"
#include "bundle/err.h"

#define UNIVERSE_SUITES 64
#define UNIVERSE_FIRST 2 /* libsolv keeps 0 and 1 for itself */

struct universe;

enum universe_priority {
        PRIORITY_REQUIRED,
        PRIORITY_IMPORTANT,
        PRIORITY_STANDARD,
        PRIORITY_OPTIONAL, /* also when not stated */
        PRIORITY_EXTRA,
};

struct universe_package {
        const char *name, *version, *architecture;
        unsigned char sha256[SHA256_SIZE];
        const char *tasks; /* Task: names, commas between; "" */
        uint64_t suites;   /* bit n: suite n lists it */
        int pin;           /* the best of these suites' */
        enum universe_priority priority;
        bool essential, excluded;
        uint32_t next; /* another package of the same name; 0: none */
};

struct universe *universe_new(const char *architecture);
void universe_free(struct universe *u); /* accepts NULL */

/*
 * A package of that name is never taken: whatever needs it counts as satisfied by it,
 * and what it needs itself does not count.
 */
void universe_exclude(struct universe *u, const char *name);

/*
 * Adds the package of a stanza. Another one with the same name, version, architecture is
 * the same package if it is the same file; one that is not is left out, the first stands.
 * suite: below UNIVERSE_SUITES; pin: as apt's priorities, the highest wins over the newest.
 * A package of another architecture is passed over. ERR_REFUSED: the stanza is unfit.
 */
int universe_add(
    struct universe *u, unsigned suite, int pin, const char *stanza, size_t len, struct err *e);

/* All stanzas are in. */
void universe_settle(struct universe *u);

uint32_t universe_end(const struct universe *u); /* just past the last number */
const struct universe_package *universe_get(const struct universe *u, uint32_t package);
const char *universe_architecture(const struct universe *u);

/* The first package of that name, to be followed by .next; 0: there is none. */
uint32_t universe_find(const struct universe *u, const char *name);

/* The version that apt would install: of the highest pin, the newest. 0: none. */
uint32_t universe_candidate(const struct universe *u, const char *name);

/*
 * For a name that no package has: appends which packages provide it ("it is provided by a, b;
 * ask for one of them"), and returns how many there are.
 */
size_t universe_providers(const struct universe *u, const char *name, struct buf *out);

#endif
