/*
 * What the resolver's own files share. Private to resolve*.c.
 *
 * Each package is a variable over the values 0 .. count: its candidates, and the
 * value `count`, which means "not installed". A clause is a list of terms
 * (package, set of values) that must not all hold together; "a 1.0 needs b>=2" is
 * { a in {1.0}, b in everything but >=2 }, where "everything" has "not installed" in
 * it. So PubGrub's positive and negative terms are one kind of thing here.
 *
 * The trail is the list of what was decided or derived, in order; an entry holds the
 * set of values that its package still has. A derived entry names the clause
 * that forced it. The level is the number of decisions so far.
 */
#ifndef MIRROR_RESOLVE_STATE_H
#define MIRROR_RESOLVE_STATE_H

#include "mirror/resolve.h"
#include "resolve_map.h"
#include "resolve_set.h"

#define RESOLVE_NONE UINT32_MAX

struct term {
        uint32_t package;
        struct set *set;
};

enum clause_kind {
        CLAUSE_ASKED,    /* a wish: its one term is what does not fulfil it */
        CLAUSE_DEPENDS,  /* terms[0] is the dependent, terms[1] what does not fulfil the need */
        CLAUSE_UNUSABLE, /* its one term cannot be used, for a reason of the provider's */
        CLAUSE_LEARNED,  /* follows from other clauses */
};

/* One step of a derivation: the result so far, resolved with `clause` on `package`. */
struct cause {
        uint32_t clause;
        uint32_t package; /* of no meaning in the first one */
};

struct clause {
        enum clause_kind kind;
        uint32_t owner;  /* DEPENDS, UNUSABLE: the dependent; terms[0] is about it, if any is */
        uint32_t need;   /* ASKED, DEPENDS: in r->needs */
        bool joined;     /* DEPENDS: stands for several needs, of which `need` is one */
        char *reason;    /* UNUSABLE; owned */
        struct set *who; /* DEPENDS, UNUSABLE: the owner's candidates that it speaks of */
        struct cause *causes; /* LEARNED; owned */
        uint32_t cause_count;
        uint32_t watch[2]; /* the terms watched, when there are two or more */
        uint32_t term_count;
        struct term terms[];
};

/* A requirement on a package, once its candidates are known. */
struct need {
        uint32_t package;
        uint32_t requirement;
        struct set *refused; /* the values that do not satisfy it, "not installed" included */
};

struct dependency {
        uint32_t package;
        uint32_t requirement;
};

/* What the provider said of one candidate. */
struct release {
        struct dependency *dependencies;
        uint32_t dependency_count;
        char *reason;      /* why it is unusable; NULL when it is not */
        uint32_t *clauses; /* those stated of it, once `stated` */
        uint32_t clause_count;
        bool stated;
};

struct package {
        const char *name;          /* the provider's; once known */
        bool known;                /* the candidates: count and releases are valid */
        bool queued;               /* in the propagation queue */
        bool urgent;               /* lost to one earlier choice again and again: decided first */
        bool late;                 /* that earlier choice: decided last */
        uint32_t count;            /* of candidates */
        uint32_t depth;            /* 1: asked for */
        uint32_t order;            /* of the first wish for it; RESOLVE_NONE: none */
        uint32_t conflicts;        /* how often it had part in one */
        uint32_t tried;            /* the candidate decided last, or refused */
        uint32_t last_lost;        /* the candidate lost last; RESOLVE_NONE: none */
        uint32_t streak;           /* candidates lost in a row, downwards */
        uint32_t lost;             /* candidates lost in a row to a decision about ... */
        uint32_t lost_to;          /* ... this package */
        uint32_t unusable;         /* the last clause of that kind; RESOLVE_NONE: none */
        uint32_t choice;           /* its index in r->choices; RESOLVE_NONE: none */
        uint32_t visited;          /* the look-ahead's mark */
        struct set *guess;         /* the look-ahead's set */
        struct release **releases; /* by candidate; NULL: not known yet */

        uint32_t *history; /* its entries in the trail, ascending */
        size_t history_count, history_cap;
        struct watcher *watchers; /* clauses that watch a term about it */
        size_t watcher_count, watcher_cap;
};

/* A clause that watches a term, with the bounds of the term's set, for a quick look. */
struct watcher {
        uint32_t clause;
        struct resolve_range bounds;
};

/* A package's place in the order of decisions, as it was when this was noted. */
struct turn {
        uint64_t key;
        uint32_t package;
};

struct entry {
        uint32_t package;
        uint32_t level;
        uint32_t cause; /* clause; RESOLVE_NONE: a decision */
        struct set *set;
};

struct resolve {
        const struct resolve_provider *provider;
        void *p;

        struct package *packages; /* by number */
        size_t package_count;
        uint32_t *known; /* numbers of the packages whose candidates are known */
        size_t known_count, known_cap;
        struct dependency *wishes;
        size_t wish_count, wish_cap;
        bool wishes_stated;
        bool facts_only; /* all that counts was stated beforehand: the provider is not asked */

        struct need *needs;
        size_t need_count, need_cap;
        struct map need_map; /* package, requirement: index in needs */

        struct clause **clauses;
        size_t clause_count, clause_cap;
        struct map depends_map; /* dependent, need: clause */

        struct entry *trail;
        size_t trail_count, trail_cap;
        uint32_t level;

        uint32_t *queue; /* packages whose set changed */
        size_t queue_head, queue_count, queue_cap;

        struct term *work; /* conflict analysis: the clause in the making */
        size_t work_count, work_cap;
        struct cause *work_causes;
        size_t work_cause_count, work_cause_cap;

        struct turn *turns; /* a heap */
        size_t turn_count, turn_cap;

        uint32_t visit; /* the look-ahead's current mark */

        struct resolve_choice *choices;
        size_t choice_count, choice_cap;
        uint32_t failure; /* the clause without terms; RESOLVE_NONE */
        uint64_t step_limit;
        uint64_t looks; /* at clauses, in propagation: the small change of steps */
        struct resolve_stats stats;
};

uint64_t resolve_steps(const struct resolve *r); /* so far; what step_limit is held against */

/* resolve_need.c: what the provider says, asked once and kept */

/* The package, made if it is not there. Moves r->packages. -1: its number is too large. */
int resolve_package_add(struct resolve *r, uint32_t package, struct err *e);
/* Are the candidates known? 1 / 0 not here yet / -1. */
int resolve_candidates(struct resolve *r, uint32_t package, struct err *e);
/* Are the dependencies known? Sets *out on 1. */
int resolve_release(
    struct resolve *r, uint32_t package, uint32_t candidate, struct release **out, struct err *e);
/* The index in r->needs; the package's candidates must be known. */
uint32_t resolve_need(struct resolve *r, uint32_t package, uint32_t requirement);
void resolve_package_release(struct package *p);

/* resolve_ahead.c: asks for all that is foreseeably needed. Returns 0 or -1. */
int resolve_ahead(struct resolve *r, struct err *e);

/* resolve_trail.c */

/* The values that the package still has; borrowed. NULL: all. */
const struct set *trail_domain(const struct resolve *r, uint32_t package);
bool trail_is_needed(const struct resolve *r, uint32_t package); /* cannot be "not installed" */
bool trail_is_open(const struct resolve *r, uint32_t package);   /* needed and not decided */
bool trail_is_decided(const struct resolve *r, uint32_t package);
uint32_t trail_best(const struct resolve *r, uint32_t package);        /* of a needed package */
bool trail_satisfies(const struct resolve *r, const struct term *t);   /* it holds */
bool trail_contradicts(const struct resolve *r, const struct term *t); /* it cannot hold */
/* The first entry after which the package is within the set; it must be so now. */
uint32_t trail_satisfier(const struct resolve *r, uint32_t package, const struct set *s);
void trail_decide(struct resolve *r, uint32_t package, uint32_t candidate);
/* Takes the term's set from its package, because of the clause. */
void trail_derive(struct resolve *r, const struct term *t, uint32_t cause);
void trail_undo(struct resolve *r, uint32_t level); /* back to this many decisions */

/* resolve_choose.c */

/* Something about the package changed that bears on the order of decisions. */
void choose_touch(struct resolve *r, uint32_t package);
/* The package to decide next; RESOLVE_NONE: all are. */
uint32_t choose_package(struct resolve *r);

/* resolve_why.c: the choices, from the finished trail */
void resolve_collect(struct resolve *r);

/* resolve_clause.c */

/* Room for the terms is made; they are not set. Not yet in the resolver. */
struct clause *clause_new(enum clause_kind kind, uint32_t term_count);
void clause_free(struct clause *c);
uint32_t clause_add_take(struct resolve *r, struct clause *c); /* watches it */
/* States that the candidate has this dependency, or is unusable; in an existing clause where that can be. */
uint32_t clause_depends(struct resolve *r, uint32_t package, uint32_t candidate, uint32_t need);
uint32_t clause_unusable(
    struct resolve *r, uint32_t package, uint32_t candidate, const char *reason);
enum clause_effect { CLAUSE_QUIET, CLAUSE_DERIVED, CLAUSE_CONFLICT };
/* Looks at one clause as things stand; derives what it forces. */
enum clause_effect clause_examine(struct resolve *r, uint32_t clause);
/* Until nothing more follows. Returns a clause that cannot hold, or RESOLVE_NONE. */
uint32_t clause_propagate(struct resolve *r);

/*
 * resolve_learn.c: turns a conflict into a clause and goes back to where that clause forces
 * something. Returns 1, or 0: it follows from nothing, so there is no solution.
 * After a 1, *lost is a package whose decision was taken back because of the clause; or RESOLVE_NONE.
 */
int resolve_learn(struct resolve *r, uint32_t conflict, uint32_t *lost, uint32_t *because);
/* Resolves the terms in r->work with a clause on a package. For the derivation and for its text. */
void resolve_work_start(struct resolve *r, const struct clause *c);
void resolve_work_merge(struct resolve *r, const struct clause *c, uint32_t package);

#endif
