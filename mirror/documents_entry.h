/* One document on its way; private to documents*.c. */
#ifndef MIRROR_DOCUMENTS_ENTRY_H
#define MIRROR_DOCUMENTS_ENTRY_H

#include "bundle/catalog_work.h"
#include "mirror/documents.h"
#include "mirror/intern.h"

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
        uint64_t at;    /* of the bytes in the blob */
        int fd;         /* plan: the bytes, in an unlinked file; else -1 */
        int fresh;      /* the catalog has no such row yet */
        int was_gone;   /* the catalog's row says so */
        int was_here;   /* the catalog's row is of one that came */
        int no_ranges;  /* the server sent the whole file instead */
        int of_file;    /* a part, read from the file that is held: nothing is to be remembered */
        int open_ended; /* it ends where the connection did */
        int unfit;      /* its reader says that it is no such document */
        int used;       /* asked for in this run */
        enum document_kind kind;
        struct stated_digest digest;
        struct store_put *put; /* while it comes in */
};

struct documents {
        struct mirror *mirror;
        struct fetch *fetch;
        int keep;
        struct intern names; /* "SOURCE KEY" of each entry */
        struct entry **entries;
        size_t entry_cap, waiting;
        struct document_counts counts;
        struct err fault;
        char *lent;
        int lent_fd, lent_fd_open;
};

struct entry *entry_find(const struct documents *d, const char *source, const char *key);
struct entry *entry_new(struct documents *d, const char *source, const char *key);
/* Takes over what the catalog has: bytes and validators. 0: the bytes are lost, and nothing is taken. */
int entry_take_row(struct entry *en, const struct document_row *row);
/* The file of that digest, or the part of it that is asked for, if the file is held: 1, 0, -1. */
int entry_take_file(struct entry *en, const struct stated_digest *digest, struct err *e);
int entry_take_part(struct entry *en, const struct document_request *r, struct err *e);
/* Every part of the file that came from a server is unfit. 0: none did. */
int documents_unfit_parts(
    struct documents *d, const char *source, const struct stated_digest *file);
/* Queues the request, conditional if the entry has validators. */
int entry_fetch(struct entry *en, const struct document_request *r, struct err *e);

#endif
