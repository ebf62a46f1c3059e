/*
 * Small facts that adapters keep between runs (host->remember, host->recall).
 * What is said to be remembered is written with the run's generation, or not at
 * all.
 */
#ifndef MIRROR_FACTS_H
#define MIRROR_FACTS_H

#include "bundle/catalog_work.h"

struct fact {
        char *source, *name, *value;
};

struct facts {
        struct fact *items;
        size_t count, cap;
};

/* The last value of a name stands. Copies. */
void facts_remember(struct facts *f, const char *source, const char *name, const char *value);
/* Writes them; in a transaction. */
int facts_settle(const struct facts *f, struct catalog *c, struct err *e);
void facts_release(struct facts *f); /* accepts the zero value */

#endif
