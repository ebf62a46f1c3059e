/* The pool behind a universe. Private to universe.c and closure*.c. */
#ifndef MIRROR_DEB_UNIVERSE_POOL_H
#define MIRROR_DEB_UNIVERSE_POOL_H

#include <solv/pool.h>
#include <solv/repo.h>

#include "mirror/arena.h"
#include "mirror/deb/universe.h"

/* Relations of a package as libsolv's Ids, each ended by 0; alternatives are REL_OR. */
struct universe_relations {
        const Id *needs;      /* Pre-Depends, then Depends */
        const Id *recommends; /* Recommends */
        const Id *conflicts;  /* Conflicts and Breaks */
};

struct universe {
        Pool *pool;
        Repo *repo;
        char *architecture;
        struct universe_package *packages; /* by number, which is libsolv's */
        struct universe_relations *relations;
        size_t package_cap, relation_cap;
        uint32_t *by_name; /* the newest package of a name, by the name's Id; 0: none */
        size_t by_name_size;
        uint32_t *candidate;     /* by the name's Id, after universe_settle() */
        unsigned char *excluded; /* names, by Id */
        size_t excluded_size;
        struct arena text;
};

/* The two sides of a relation; NULL: the Id is a plain name. */
static inline const Reldep *universe_reldep(const struct universe *u, Id id)
{
        return id < 0 ? u->pool->rels + ((unsigned)id ^ 0x80000000U) : NULL;
}

/* A relation in Debian's words: "libc6 (>= 2.34) | libc6.1". */
void universe_relation_text(const struct universe *u, Id relation, struct buf *out);

#endif
