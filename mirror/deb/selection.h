/* A selection of Debian packages on its way. Private to the Debian adapter. */
#ifndef MIRROR_DEB_SELECTION_H
#define MIRROR_DEB_SELECTION_H

#include "chosen.h"
#include "mirror/deb/apt_sources.h"
#include "mirror/deb/closure.h"
#include "mirror/deb/wish.h"
#include "suite.h"

/* A wish, and where it stands. */
struct selection_wish {
        struct wish wish;
        char *text;  /* as it was written */
        char *where; /* "you asked for", "machine.status lists" */
};

/* A .deb of this machine. */
struct selection_local {
        char *path;
        char *package, *architecture;
        struct buf stanza; /* as Packages would have it */
};

struct selection {
        const struct config_source *source;
        struct settings settings;
        struct suite *suites; /* in the order in which they are configured */
        size_t suite_count;
        struct apt_paths apt_paths;
        struct selection_wish *wishes;
        size_t wish_count, wish_cap;
        struct selection_local *locals;
        size_t local_count, local_cap;
        struct chosen chosen; /* files, of all architectures */
        int phase;
};

/*
 * What apt's configuration says of suites without an address or without keys of their own. All
 * of it is on this machine. 0, or -1.
 */
int deb_ask_apt(struct selection *s, struct host *host, struct err *e);

/* Reads `lockfiles` into wishes. 0, or -1. */
int deb_read_lockfiles(struct selection *s, struct host *host, struct err *e);

/*
 * Reads `local`: each package is chosen, and wished for with all that it needs. Upstream's packages
 * of these names are hidden. 0, or -1.
 */
int deb_read_locals(struct selection *s, struct host *host, struct err *e);

void deb_locals_release(struct selection *s);

/* One more wish. ERR_USAGE: it is none. */
int deb_add_wish(struct selection *s, const char *text, const char *where, struct err *e);

/*
 * Reads what an architecture can install, and puts the closures of all wishes into s->chosen.
 * All indexes are at hand. 0, or -1.
 */
int deb_solve(struct selection *s, const char *architecture, struct host *host, struct err *e);

/* Reads the stanzas of the chosen files and, if asked for, of their sources; hands them over. */
int deb_collect(struct selection *s, struct host *host, struct err *e);
/* Upstream's releases and indexes themselves, for publish = "verbatim". */
int deb_want_indexes(struct selection *s, struct host *host, struct err *e);

#endif
