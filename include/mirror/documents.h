/*
 * The documents that adapters read: index pages, files, ranges of files and
 * local files, from the network or from what an earlier run left.
 *
 * An index page is asked for once in a run, conditionally if it was seen
 * before; a file or a range of known digest is fetched once, ever. A range of
 * a file that is held is read from that file.
 *
 *     d = documents_open(&mirror, fetch, keep);
 *     documents_get(d, source, request, &document, e);     1 at hand, 0 queued, -1
 *     fetch_run(...)
 *     documents_settle(d, e);          rows for what came, inside a transaction
 *     documents_close(d);
 *
 * With `keep` 0 (plan) nothing outlives the run: bytes go to unlinked
 * temporary files and the catalog is only read.
 */
#ifndef MIRROR_DOCUMENTS_H
#define MIRROR_DOCUMENTS_H

#include "mirror/fetch.h"
#include "mirror/mirror.h"
#include "mirror/registry.h"

struct documents;

struct document_counts {
        uint64_t requests;  /* sent */
        uint64_t unchanged; /* 304 */
        uint64_t fetched;   /* new bytes came */
        uint64_t bytes;     /* of these */
};

struct documents *documents_open(struct mirror *m, struct fetch *f, int keep);
void documents_close(struct documents *d);

/* host->document for one source; the document is lent until the next call. */
int documents_get(struct documents *d, const char *source, const struct document_request *request,
    struct document *out, struct err *e);

/*
 * What came for the request (of a range: for any of the same file) is no such document:
 * documents_settle() keeps nothing of it. 0: nothing came.
 */
int documents_unfit(
    struct documents *d, const char *source, const struct document_request *request);

/*
 * Asks for every index page that the source's last selection was made from,
 * all at once. documents_waiting() tells when all answers are there.
 */
int documents_refresh(struct documents *d, const char *source, struct err *e);

/*
 * A file that came as a document in this run, compared with its digest and kept
 * in the store, where it has no row yet: 1, else 0.
 */
int documents_file(const struct documents *d, const char *source, const char *url,
    const struct stated_digest *digest, unsigned char sha256[SHA256_SIZE], uint64_t *size);

/*
 * Once files are fetched: each range that a server sent is compared with its file, if that is
 * held. One that does not lie in it is unfit, and `differs` is called. 0, -1.
 */
int documents_compare_parts(struct documents *d,
    void (*differs)(void *user, const char *source, const struct stated_digest *file), void *user,
    struct err *e);

/* Requests that have not been answered. */
size_t documents_waiting(const struct documents *d);

/*
 * After documents_refresh(): 1 if every page, and every local file, is what
 * the last selection was made from.
 */
int documents_unchanged(struct documents *d, const char *source, struct err *e);

/*
 * Digest of the source's documents as the catalog has them, and of `extra`:
 * what a selection was made from.
 */
int documents_inputs(struct documents *d, const char *source, const void *extra, size_t extra_len,
    unsigned char out[SHA256_SIZE], struct err *e);

/* Writes the rows of what came and was fit, and (for the sources given) forgets what was not asked for. In a transaction. */
int documents_settle(struct documents *d, char *const *sources, size_t count, struct err *e);

/* An error of this machine (full disk, ...) that a transfer met, if any: 1 and *e is set. */
int documents_fault(const struct documents *d, struct err *e);

void documents_count(const struct documents *d, struct document_counts *out);

#endif
