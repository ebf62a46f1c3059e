/* A selection of Python packages on its way. Private to the PyPI adapter. */
#ifndef MIRROR_PYPI_SELECTION_H
#define MIRROR_PYPI_SELECTION_H

#include "mirror/config.h"
#include "mirror/intern.h"
#include "mirror/pypi/lock.h"
#include "mirror/pypi/requirements.h"
#include "mirror/pypi/tags.h"
#include "mirror/resolve.h"
#include "project.h"

/* One [[source.target]]. */
struct pypi_target {
        struct target target;
        struct tags *tags;
        char *title; /* "python 3.11 on manylinux_2_28_x86_64" */
};

/* Something that an environment shall hold, or (constraint) may hold only so. */
struct root {
        struct requirement requirement;
        char *text;  /* as the operator wrote it */
        char *where; /* "you asked for", "requirements.txt:12", "building foo 1.0 needs" */
        int constraint;
        int lenient; /* of a lock file that does not say whether it is needed: no hole if no file fits */
        const struct requirements_hash *hashes; /* of a requirements.txt; borrowed */
        size_t hash_count;
};

/* What one package may be in one environment. */
struct candidate {
        size_t release; /* of the project */
        size_t file;    /* the one that this target installs */
};

enum environment_state {
        ENVIRONMENT_NEW, /* the pages of its roots are being loaded */
        ENVIRONMENT_SOLVING,
        ENVIRONMENT_SOLVED,
        ENVIRONMENT_FAILED, /* a hole has been reported */
};

/* A set of requirements that shall be installable together on one target. */
struct environment {
        struct selection *selection;
        struct pypi_target *target;
        char *key; /* environments of the same key are one */
        struct root *roots;
        size_t root_count, root_cap;
        int keep;      /* newest versions of each root that are carried */
        int build;     /* what building an sdist needs */
        int locked;    /* exactly its roots: what they depend on has been decided by others */
        int hashed;    /* some root has hashes: then all that is installed must, as pip wants it */
        int extra_one; /* one of those older versions: that it cannot be had is a note, no hole */
        enum environment_state state;
        int collected;
        struct resolve *resolve;
        struct host *host; /* while a step is at work */

        struct intern names; /* packages of the resolver: "requests", "requests[socks]" */
        struct env_package {
                struct project *project;
                char *extra;                  /* NULL: the base package */
                uint32_t base;                /* package number of the base */
                struct candidate *candidates; /* of base packages */
                size_t count;
                int known;
        } * packages;
        size_t package_count, package_cap;

        struct env_requirement {
                const struct requirement *requirement; /* NULL: exactly candidate `exact` */
                uint32_t exact;
                int pre; /* it takes pre-releases; -1: not looked yet */
                char *text;
        } * requirements;
        size_t requirement_count, requirement_cap;
};

struct selection {
        const struct config_source *source;
        char *upstream; /* with a final '/' */
        struct file_policy policy;
        int use_build_tools;
        char **build_tools;
        size_t build_tool_count;
        struct pypi_target *targets;
        size_t target_count;
        struct intern project_names;
        struct project **projects;
        size_t project_cap;
        struct environment **environments;
        size_t environment_count, environment_cap;
        struct requirements *lockfiles; /* read ones */
        size_t lockfile_count;
        struct lock *locks; /* the other kinds */
        size_t lock_count;
        struct intern sources; /* names of packages that come as sdists: no wheel fits */
        int phase;
};

/* The project of that normalised name, made if it is new. */
struct project *selection_project(struct selection *s, const char *name);
int selection_excludes(const struct selection *s, const char *name);
struct environment *selection_environment(
    struct selection *s, struct pypi_target *t, const char *key);

/* Adds a root; the requirement is copied by its text. `where` and `text` are copied. */
int environment_add_root(
    struct environment *env, const char *requirement, const char *where, struct err *e);
/* 1: solved or failed. 0: waits for documents. -1: dray failed. */
int environment_step(struct environment *env, struct host *host, struct err *e);
/* Hands the chosen files to the host, and makes further environments (build, keep). */
int environment_collect(struct environment *env, struct host *host, struct err *e);
void environment_free(struct environment *env);

/* Hands one file, and its .metadata, to the host. */
int selection_want(struct selection *s, const struct project *p, const struct release *r,
    const struct project_file *f, const char *why, struct host *host, struct err *e);

/* Reads the local files and the lock files; both are at hand at once. 0, or -1. */
int selection_read_local(struct selection *s, struct host *host, struct err *e);
int selection_read_lockfiles(struct selection *s, struct host *host, struct err *e);
/* One that lock_is_known(). */
int selection_read_lock(
    struct selection *s, const struct config_text *file, struct host *host, struct err *e);

#endif
