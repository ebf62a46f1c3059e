/*
 * Projects as a selection knows them: the index page (or local files), read
 * once into releases, newest first. Private to the PyPI adapter.
 */
#ifndef MIRROR_PYPI_PROJECT_H
#define MIRROR_PYPI_PROJECT_H

#include "mirror/pypi/requirement.h"
#include "mirror/pypi/simple.h"
#include "mirror/pypi/wheelname.h"
#include "mirror/registry.h"

/* What METADATA says that matters: kept for each file that was looked into. */
struct package_metadata {
        char *version;
        char *requires_python;
        struct requirement *requires_dist;
        size_t requires_count;
        char *doubt; /* NULL; or why the dependencies of an sdist may not be all */
};

enum metadata_state {
        METADATA_UNKNOWN,
        METADATA_READY,
        METADATA_FAILED, /* `error` says why; the file cannot be used */
};

struct project_file {
        const struct simple_file *index; /* what the index says of it */
        struct wheel_name *wheel;        /* NULL: an sdist */
        char *local;                     /* path of a local file; else NULL */
        enum metadata_state state;
        struct package_metadata metadata;
        char *error;
        char **build_requires; /* of an sdist, once its metadata is known */
        size_t build_count;
        int no_ranges; /* the server does not answer range requests, or not with what can be read */
        int no_sidecar; /* the .metadata that the index promises could not be had */
};

struct release {
        struct version version;
        size_t first, count; /* of project.files */
        int yanked;          /* all of its files are */
        int asked;           /* some root pins exactly this version */
};

enum project_state {
        PROJECT_UNKNOWN,
        PROJECT_ASKED, /* for its page, which is not here yet */
        PROJECT_READY,
        PROJECT_GONE,   /* the index has no such project */
        PROJECT_FAILED, /* `error` */
};

struct project {
        char *name; /* normalised */
        enum project_state state;
        char *error;
        struct simple_page page; /* owns the strings of the files */
        struct project_file *files;
        size_t file_count;
        struct release *releases; /* newest first */
        size_t release_count;
        int local;       /* from local files; the index is not asked */
        int pre_allowed; /* some root asks for pre-releases of it */
        size_t unusable; /* files left out: no sufficient digest, no date, too new */
        struct local_file {
                char *path;
                struct simple_file *index; /* made up from the file itself */
        } * locals;
        size_t local_count, local_cap;
};

/* A policy on which files may be taken at all. */
struct file_policy {
        int64_t not_after; /* uploaded at this time or before; INT64_MAX: any */
        const char *rule;  /* what the limit comes from, for messages */
        int sdist;         /* sdists may be taken */
};

/*
 * Asks for the page and reads it. 1: the state says how it went. 0: not yet. -1.
 */
int project_load(struct project *p, const char *upstream, const struct file_policy *policy,
    struct host *host, struct err *e);
void project_release(struct project *p);

/* Adds a local file, whose name and version have been read from inside it. */
int project_add_local(struct project *p, const char *path, const unsigned char sha256[SHA256_SIZE],
    uint64_t size, struct err *e);

/* The metadata of one file: 1 (see f->state), 0 not yet, -1. */
int project_metadata(struct project *p, struct project_file *f, struct host *host, struct err *e);
void package_metadata_release(struct package_metadata *m);

/* Reads METADATA or PKG-INFO and holds it against the file's name. 0, or -1 with the reason. */
int package_metadata_read(const struct project *p, const struct version *version, int sdist,
    const char *bytes, size_t len, struct package_metadata *out, struct err *e);

#endif
