/* One document on its way; private to documents*.c. */
#ifndef MIRROR_DOCUMENTS_ENTRY_H
#define MIRROR_DOCUMENTS_ENTRY_H

#include "bundle/catalog_work.h"
#include "mirror/documents.h"

enum entry_state {
        ENTRY_WAITING,
        ENTRY_READY,
        ENTRY_GONE,
        ENTRY_FAILED,
};

struct entry {
        struct documents *owner;
        char *key, *source;
        enum entry_state state;
        char *url, *etag, *last_modified, *content_type, *error;
        unsigned char sha256[SHA256_SIZE];
        uint64_t size, offset, total;
        int fd;        /* plan: the bytes, in an unlinked file; else -1 */
        int fresh;     /* the catalog has no such row yet */
        int was_gone;  /* the catalog's row says so */
        int was_here;  /* the catalog's row is of one that came */
        int no_ranges; /* the server sent the whole file instead */
        int unfit;     /* its reader says that it is no such document */
        int used;      /* asked for in this run */
        enum document_kind kind;
        struct stated_digest digest;
        struct store_put *put; /* while it comes in */
};

struct documents {
        struct mirror *mirror;
        struct fetch *fetch;
        int keep;
        struct entry **table;
        size_t table_size, entry_count, waiting;
        struct document_counts counts;
        struct err fault;
        char *lent;
        int lent_fd, lent_fd_open;
};

struct entry *entry_find(const struct documents *d, const char *source, const char *key);
struct entry *entry_new(struct documents *d, const char *source, const char *key);
/* Takes over what the catalog has: bytes and validators. 0: the bytes are lost, and nothing is taken. */
int entry_take_row(struct entry *en, const struct document_row *row);
/* Queues the request, conditional if the entry has validators. */
int entry_fetch(struct entry *en, const struct document_request *r, struct err *e);
/* "sha256:<hex>" */
void entry_digest_text(const struct stated_digest *digest, char *out, size_t size);

#endif
