/*
 * A suite on its way: from its signed release to the indexes that this vouches
 * for. Private to the Debian adapter.
 */
#ifndef MIRROR_DEB_SUITE_H
#define MIRROR_DEB_SUITE_H

#include "mirror/deb/index.h"
#include "mirror/deb/release.h"
#include "mirror/registry.h"
#include "settings.h"

/* One index: Packages of a component and an architecture, or Sources of a component. */
struct suite_index {
        const char *component;
        const char *architecture; /* "all", too; "source" */
        const struct release_file *file;
        enum index_packing packing;
        bool plain;  /* not under by-hash: there is none, or it did not have it */
        int decoded; /* a file without a name that holds it so, once it was read; or -1 */
};

/* A document as upstream has it, for publish = "verbatim". */
struct suite_document {
        char *name; /* "InRelease" */
        unsigned char sha256[SHA256_SIZE];
        uint64_t size;
};

struct suite {
        const struct settings_archive *archive;
        const char *folder; /* below dists/ */
        char *uri;          /* of the archive, with a final '/' */
        struct buf *keys;   /* keyrings */
        size_t key_count, key_cap;
        const char **fingerprints; /* borrowed texts */
        size_t fingerprint_count, fingerprint_cap;
        bool verified;
        struct release release;
        int pin; /* as apt would set it */
        struct suite_document documents[2];
        size_t document_count;
        struct suite_index *indexes;
        size_t index_count, index_cap;
};

void suite_release(struct suite *s); /* accepts the zero value */

/*
 * Fetches and verifies the release: signature, suite, dates. 1 verified, 0 waits for a
 * document, -1: ERR_REFUSED and the like say why not.
 */
int suite_verify(struct suite *s, bool check_valid_until, struct host *host, struct err *e);

/* Lists the indexes that are wanted. -1: the suite has no such component or architecture. */
int suite_list_indexes(struct suite *s, const struct settings *settings, struct err *e);

/*
 * An index's file: 1 and *out is at hand, 0 it is being fetched, -1: it cannot be had, or is
 * not what the release vouches for.
 */
int suite_index_get(struct suite *s, struct suite_index *index, struct host *host,
    struct document *out, struct err *e);

/*
 * Hands every stanza of an index that is at hand to the sink. again: it will be read once more, which
 * then takes no decoding.
 */
int suite_index_read(struct suite *s, struct suite_index *index, bool again, struct host *host,
    index_sink *sink, void *user, struct err *e);

/* "bookworm main amd64", for people. */
const char *suite_index_name(const struct suite *s, const struct suite_index *index, char out[128]);

/* The address of something below the suite's folder in dists/; the caller frees. */
char *suite_url(const struct suite *s, const char *path);

#endif
