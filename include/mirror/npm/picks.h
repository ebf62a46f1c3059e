/*
 * Which release each name and spec stands for, asked of the registry, and with
 * each release all that it depends on in turn: everything that a tree can be
 * built from, before one is built. Every spec is answered alone, so that the
 * documents come many at a time and in any order.
 *
 *     struct npm_request *q = picks_ask(picks, "react", "^18", "you asked for react@^18");
 *     while ((r = picks_step(picks, host, e)) == 0) ... wait for documents
 *     q->release, or q->error
 */
#ifndef MIRROR_NPM_PICKS_H
#define MIRROR_NPM_PICKS_H

#include "mirror/npm/package.h"
#include "mirror/npm/pick.h"
#include "mirror/npm/release.h"

struct npm_request {
        struct npm_spec spec;
        char *why;               /* who asked first */
        struct release *release; /* NULL: none */
        char *error;             /* why there is none, once answered */
        bool answered;
        bool
            owed; /* there is one, or may be, that was refused or did not come: never passed over */
        struct npm_request *next; /* of the same package, not answered */
};

struct picks;

/* The packages are shared by all picks of a selection. policy is borrowed. */
struct picks *picks_new(struct npm_packages *packages, const struct pick_policy *policy);
/* Picks that do not ask for what a release needs in turn. */
struct picks *picks_new_single(struct npm_packages *packages, const struct pick_policy *policy);
void picks_free(struct picks *p); /* NULL is fine */

/* The same name and spec give the same request. It lives as long as the picks. */
struct npm_request *picks_ask(struct picks *p, const char *name, const char *spec, const char *why);

/* 1: everything is answered. 0: waits for documents. -1: dray itself failed. */
int picks_step(struct picks *p, struct host *host, struct err *e);

/* The release of that very version, if any request was answered by it; or NULL. */
struct release *picks_release(const struct picks *p, const char *package, const char *version);

#endif
