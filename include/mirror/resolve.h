/*
 * Chooses one candidate of every package that is needed, so that all
 * requirements hold; or explains why that cannot be.
 *
 * Pure: it knows no registry and reads nothing. A provider answers questions
 * about packages; an answer may be "not here yet", and then everything is kept
 * until resolve_step() is called again:
 *
 *     struct resolve *r = resolve_new(&my_provider, mine);
 *     resolve_require(r, package, requirement);            once for each wish
 *     while ((status = resolve_step(r, &e)) == RESOLVE_PENDING)
 *             ... fetch the documents that the provider queued ...
 *     if (status == RESOLVE_DONE)
 *             for (i = 0; i < resolve_count(r); i++)
 *                     resolve_get(r, i)
 *     if (status == RESOLVE_CONFLICT)
 *             resolve_explain(r, &text);
 *     resolve_free(r);
 *
 * A package is a small integer of the provider's, best given out from 0 up (an
 * interned name). Its candidates are 0 .. count-1, the most preferred first. An
 * extra such as requests[socks] is a package of its own whose candidate i
 * depends on the extra's packages and on the base package at exactly the same
 * version. A requirement is the provider's number too; its meaning is only what
 * matches() says of it.
 *
 * The method is PubGrub's (conflict-driven clause learning; N. Weizenbaum, 2018):
 * every dependency is a statement of what cannot hold together, and a dead end
 * is turned into a new such statement, so that the same mistake is never made twice.
 *
 * What is chosen. While nothing conflicts: each package's most preferred candidate
 * that all requirements met so far allow, which is what pip takes. The order in
 * which packages are decided:
 *     1. a package that kept losing to one earlier choice (see below)
 *     2. one candidate is left (pinned)
 *     3. all others before such an earlier choice
 *     4. more conflicts so far
 *     5. nearer to what was asked for (1 = asked for itself)
 *     6. the order of the resolve_require() calls
 *     7. some of its candidates are excluded already
 *     8. the name
 * pip orders by: given as a direct address, pinned by an operator, part of the
 * last conflict, depth, order of request, constrained, name. So the two agree until
 * the first conflict, except that "pinned" is here what is left and there what is
 * written. After a conflict they may differ: pip walks one package down through all its
 * versions before it reconsiders an earlier choice, and may so arrive at a very old
 * version; here, once 8 candidates of a package were refused in a row because of
 * one earlier choice, the package is decided first, and that choice last.
 *
 * The result does not depend on when documents arrive, nor on how often
 * resolve_step() is called.
 */
#ifndef MIRROR_RESOLVE_H
#define MIRROR_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/buf.h"
#include "bundle/err.h"

struct resolve;
struct resolve_sink;

/* Candidates first .. last, both included. */
struct resolve_range {
        uint32_t first;
        uint32_t last;
};

/*
 * What the resolver asks. `p` is the pointer given to resolve_new(). Answers
 * other than "not here yet" must not change while the resolver lives. All
 * returned strings must live as long as the resolver.
 */
struct resolve_provider {
        /*
         * Gives the number of candidates of the package; 0 when there is no such package or
         * nothing usable in it. Returns 1 answered / 0 not here yet (the provider has noted
         * that it is wanted; asked again later) / -1 error, which ends the resolution.
         * At most LIMIT_RESOLVE_CANDIDATES.
         */
        int (*candidates)(void *p, uint32_t package, uint32_t *count, struct err *e);

        /*
         * Tells what a candidate needs, by resolve_depends() calls on the sink, or that it cannot
         * be used, by one resolve_unusable() call. Returns as candidates(). What was put into
         * the sink before returning 0 or -1 is dropped. Not called again after a 1.
         */
        int (*dependencies)(void *p, uint32_t package, uint32_t candidate,
            struct resolve_sink *sink, struct err *e);

        /*
         * Does the candidate satisfy the requirement? Asked once for each candidate of the
         * package, after candidates() has answered. Rules about pre-releases belong here.
         */
        bool (*matches)(void *p, uint32_t requirement, uint32_t package, uint32_t candidate);

        /* For people and for ordering: the package ("requests[socks]"). Never NULL. */
        const char *(*name)(void *p, uint32_t package);

        /* The version of a candidate ("2.31.0"). Never NULL. */
        const char *(*version)(void *p, uint32_t package, uint32_t candidate);

        /* The whole requirement as a person writes it ("pandas>=2"). Never NULL. */
        const char *(*requirement)(void *p, uint32_t requirement);

        /*
         * Describes a set of candidates, as text that follows the package's name (">=2,<3").
         * The set is neither empty nor complete; ranges are ascending and never touch.
         * NULL: resolve_describe_versions(), which is right where candidates are
         * ordered from the newest version to the oldest.
         */
        void (*describe)(void *p, uint32_t package, const struct resolve_range *ranges,
            size_t range_count, struct buf *out);

        /*
         * Why a package has no candidates ("no such project", "all 3 versions are younger than 7d"),
         * for the explanation. May be NULL, or return NULL: it says that there is none.
         */
        const char *(*absence)(void *p, uint32_t package);
};

/* For use in dependencies() only: the candidate needs a candidate of `package` that
 * satisfies `requirement`. */
void resolve_depends(struct resolve_sink *sink, uint32_t package, uint32_t requirement);

/* For use in dependencies() only: the candidate must not be chosen. The reason follows "a 1.0 cannot
 * be used: " ("it needs python>=3.12"); it is copied. */
void resolve_unusable(struct resolve_sink *sink, const char *reason);

/* The provider must outlive the resolver. */
struct resolve *resolve_new(const struct resolve_provider *provider, void *p);
void resolve_free(struct resolve *r); /* accepts NULL */

/* Asks for a package. Before the first resolve_step(); the order of the calls matters. */
void resolve_require(struct resolve *r, uint32_t package, uint32_t requirement);

enum resolve_status {
        RESOLVE_PENDING = 0,  /* answers are missing: call again when some have come */
        RESOLVE_DONE = 1,     /* resolve_get() and resolve_why() answer */
        RESOLVE_CONFLICT = 2, /* resolve_explain() answers */
};

/*
 * Works until it is done or an answer is missing. Before it returns RESOLVE_PENDING it has
 * asked for all that is foreseeably needed (candidates of every needed package,
 * dependencies of each one's best allowed candidate, and so on through what these
 * answer), so that documents can be fetched in parallel. Where candidate after candidate
 * of one package is refused, it asks for several of the next ones ahead.
 *
 * Returns an enum resolve_status, or -1: the provider's own error, or the resolver
 * gave up at LIMIT_RESOLVE_STEPS or LIMIT_RESOLVE_MEMORY. After -1 only resolve_free() is of use.
 */
int resolve_step(struct resolve *r, struct err *e);

/* One chosen candidate, and what first led to the package. */
struct resolve_choice {
        uint32_t package;
        uint32_t candidate;
        uint32_t requirement; /* the requirement that led here */
        bool asked;           /* it was a resolve_require() */
        uint32_t parent;      /* otherwise: the index of the choice that has this requirement */
};

/*
 * The choices, breadth first from what was asked for: a parent's index is
 * always less than its child's, and following parents gives a shortest chain.
 * Valid after RESOLVE_DONE.
 */
size_t resolve_count(const struct resolve *r);
const struct resolve_choice *resolve_get(const struct resolve *r, size_t index);

/* Finds the choice of a package. Returns 1 and its index, or 0: it is not needed. */
int resolve_find(const struct resolve *r, uint32_t package, size_t *index);

/*
 * Adds one line (without newline) that tells why a package was chosen:
 * "you asked for app; app 1.0 depends on b>=2; b 2.1". Returns 0, or -1: `out` is full.
 */
int resolve_why(const struct resolve *r, size_t index, struct buf *out);

/*
 * Adds the reason why there is no solution: sentences on lines of their own, at most
 * LIMIT_RESOLVE_TEXT bytes. Valid after RESOLVE_CONFLICT.
 *
 *     Because app 1.0 depends on a>=2 and a>=2 depends on b<3, app 1.0 requires b<3.
 *     And because you asked for app and b>=3, there is no solution.
 *
 * Only what is needed for the contradiction is told, and versions with like dependencies
 * as one. A conclusion that is used again farther down has a number: "(1)".
 */
void resolve_explain(struct resolve *r, struct buf *out);

/* The default of resolve_provider.describe. */
void resolve_describe_versions(const struct resolve_provider *provider, void *p, uint32_t package,
    uint32_t candidate_count, const struct resolve_range *ranges, size_t range_count,
    struct buf *out);

/* How hard it was; for tests and --verbose. */
struct resolve_stats {
        uint64_t steps;     /* what LIMIT_RESOLVE_STEPS counts */
        uint64_t decisions; /* candidates tried */
        uint64_t refused;   /* candidates left out because a dependency did not fit */
        uint64_t conflicts; /* dead ends that were learned from */
        uint64_t memory;    /* bytes in statements and sets, now */
};
struct resolve_stats resolve_get_stats(const struct resolve *r);

#endif
