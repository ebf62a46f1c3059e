/*
 * A registry adapter: what dray must know about one kind of registry.
 *
 * One const struct for each kind, listed in the table of registry.c. Adapters
 * are pure: they are handed bytes, and say through `struct host` which
 * documents they want to read and which files are wanted. They never see the
 * network, the store or SQL, so each can be tested from golden files.
 * (`client` and `builtin` are the exception: they look at how this machine's
 * own client of the registry is configured.)
 *
 * Selecting, driven by sync and plan:
 *
 *     s = registry->open(source, upstream, e);
 *     while ((r = registry->step(s, host, e)) == 0)
 *             ... fetch what was asked for through host->document ...
 *     registry->close(s);
 *
 * Publishing, driven by site: `path` for each record, `package_pages` for each
 * package that changed, and `source_pages` once if anything did.
 */
#ifndef MIRROR_REGISTRY_H
#define MIRROR_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "bundle/held_files.h"
#include "bundle/record.h"
#include "mirror/access.h"
#include "mirror/signer.h"

struct config_source; /* mirror/config.h */
struct page;          /* mirror/page.h */
struct selection;     /* each adapter's own */

/* A digest that an index states for a file. */
struct stated_digest {
        enum digest_kind kind;
        unsigned char value[DIGEST_MAX_SIZE];
};

enum document_kind {
        DOCUMENT_INDEX,      /* a page that may change: fetched conditionally, once in a run */
        DOCUMENT_FILE,       /* a file of known digest: fetched once, ever, and kept in the store */
        DOCUMENT_RANGE,      /* a run of bytes of such a file */
        DOCUMENT_LOCAL,      /* a text file of this machine, named in dray.toml or by such a file */
        DOCUMENT_LOCAL_FILE, /* a package file of this machine */
        DOCUMENT_LOCAL_LIST, /* the paths that a shell pattern matches, each with a newline, sorted */
};

struct document_request {
        enum document_kind kind;
        const char *url;    /* absolute; DOCUMENT_LOCAL*: a path or pattern */
        const char *accept; /* the Accept header, or NULL */
        uint64_t max_size;  /* bytes; a larger answer is a failure */
        /* DOCUMENT_FILE and DOCUMENT_RANGE: the digest of the whole file */
        struct stated_digest digest;
        uint64_t size; /* of the whole file; 0 = not stated */
        /* DOCUMENT_RANGE: offset and length; from_end: the last `length` bytes */
        uint64_t offset, length;
        int from_end;
};

enum document_state {
        DOCUMENT_OK,
        DOCUMENT_GONE,   /* 404, 410, 451, or no such local file */
        DOCUMENT_FAILED, /* `error` says why, in one line; it may pass, so what lacks is a hole.
                            Of an index, also: it is gone, and an earlier run had it */
};

/* Lent until the callback that asked for it returns. */
struct document {
        enum document_state state;
        const char *bytes; /* NUL after the last byte; NULL for the two kinds of file */
        size_t len;
        int fd; /* DOCUMENT_FILE and _LOCAL_FILE: the file, at offset 0; else -1 */
        unsigned char sha256[SHA256_SIZE]; /* of all bytes; not of a range */
        const char *url;                   /* after redirects: what relative links in it refer to */
        const char *content_type;          /* as sent, or "" */
        uint64_t offset, total; /* DOCUMENT_RANGE: where the bytes lie. Of files: the whole size */
        const char *error;
        int open_ended; /* where the connection ended, too: look for the end of the text itself */
};

/* A file that shall be carried. Every string is borrowed for the call. */
struct wanted_file {
        struct record record;        /* sha256 and size are zero where the index states none */
        struct stated_digest digest; /* what the index states; checked while it is fetched */
        const char *url;             /* absolute; or a path when `local` */
        int local;
        int index; /* no package's file but upstream's own index, which changes under its name */
        const char *why; /* "you asked for flask>=3" or "flask 3.0.0 needs werkzeug>=3" */
};

/* OpenPGP keys, as a keyring (RFC 4880, 3.6) or armored. */
struct key_text {
        const char *bytes;
        size_t len;
};

/* A text with OpenPGP signatures. */
struct signed_text {
        const char *bytes; /* clearsigned; or a text with a detached signature */
        size_t len;
        const char *signature; /* the detached signature, or NULL */
        size_t signature_len;
        const struct key_text *keys; /* at least one */
        size_t key_count;
};

/* What was found of it; lent until the callback that asked for it returns. */
struct verified_text {
        const char *status; /* lines of gpgv's --status-fd, as they came */
        const char *body;   /* what the signatures are about. Not to be looked at before the
                               status lines were judged: it comes with a bad one, too */
        size_t len;
};

/* What an adapter may ask of whoever drives it. */
struct host {
        void *user;

        /*
         * The document, if it is at hand: 1 and *out is filled. 0: not yet;
         * it has been queued, and `step` is called again when it has come.
         * Asking again for the same thing is cheap and is how steps go on.
         * -1: dray itself failed (disk, catalog).
         */
        int (*document)(struct host *h, const struct document_request *request,
            struct document *out, struct err *e);

        /*
         * What came for this request (of a range: for any of the same file) is no such document (a log-in page, a page cut short, a bad
         * signature): nothing of it is kept, so that no later answer confirms it. What lacks
         * without it is a hole, as with DOCUMENT_FAILED.
         */
        void (*unfit)(struct host *h, const struct document_request *request);

        /* This file is wanted. Called once for each file before `step` returns 1. 0 or -1. */
        int (*file)(struct host *h, const struct wanted_file *file, struct err *e);

        /*
         * Something selected cannot be had; the rest goes on. `item` names it
         * ("requests>=99", "target python 3.12"), `why` is one line or several.
         * package: the package it is about, or NULL when it may touch any.
         */
        void (*hole)(struct host *h, const char *item, const char *package, const char *why);

        /* Something the operator should know that is no failure. One line. */
        void (*note)(struct host *h, const char *text);

        /*
         * In-house names (dependency confusion). reserve: this package is in-house.
         * reserved: 1 if it ever was, so that an index's package of that name must
         * not be taken; 0; -1.
         */
        int (*reserve)(struct host *h, const char *package, struct err *e);
        int (*reserved)(struct host *h, const char *package, struct err *e);

        /*
         * Has OpenPGP signatures looked at. 0 and *out is filled, whatever they are worth: the
         * status lines say it. -1: they could not be looked at (no gpgv, no key).
         */
        int (*verify)(struct host *h, const struct signed_text *text, struct verified_text *out,
            struct err *e);

        /*
         * Small facts of a source that the next run needs ("the Date last seen of a suite").
         * remember: kept once this run has made its generation; plan keeps nothing. recall:
         * what an earlier run kept: 1, and the caller frees *value; 0; -1.
         */
        void (*remember)(struct host *h, const char *name, const char *value);
        int (*recall)(struct host *h, const char *name, char **value, struct err *e);

        /* After this moment (Unix seconds) the same documents must be selected from again. */
        void (*until)(struct host *h, int64_t when);

        /* An empty file without a name, for what is read again: a descriptor that the caller closes. -1. */
        int (*scratch)(struct host *h, struct err *e);

        /* The selection depends on more than documents and dray.toml (an environment variable). */
        void (*unrepeatable)(struct host *h);
};

/* Where an upstream address came from. */
struct upstream {
        char *url;   /* absolute, without credentials in messages; owned */
        char *found; /* "PIP_INDEX_URL in the environment"; owned */
};

/* A client's configuration; what is not configured is NULL. All owned: client_release(). */
struct client {
        char *url, *found; /* the registry's address, and where that stands */
        char *ca_file;     /* certificates to trust, for a registry behind a company's own CA */
        struct access_list access; /* what opens it, and the places that it sends to */
};

/* How long a page of a whole source stays. */
enum page_stay {
        PAGE_STANDS,  /* until the source's pages are written again, without it */
        PAGE_LINGERS, /* and through a few more changes of the source: a page named by its content,
                         which a client still asks for that has read the index before */
};

/* Where index pages go. */
struct page_sink {
        void *user;
        /* A whole page. Of a package only: bytes NULL: it is not part of the site any more. */
        int (*page)(
            struct page_sink *sink, const char *path, const void *bytes, size_t len, struct err *e);
        /*
         * For source_pages. folder: where pages in the making lie (mirror/page.h). place gives a
         * page that is ended one of its names. What source_pages does not write again goes.
         */
        int folder;
        int (*place)(struct page_sink *sink, const struct page *page, const char *path,
            enum page_stay stay, struct err *e);
        /* The xz form of a page that is ended, itself ended; path: the name that it will get. NULL on error. */
        struct page *(*xz)(
            struct page_sink *sink, const struct page *page, const char *path, struct err *e);
        /* The same for a record's file that is named by its content: it lingers when its record is gone. */
        void (*linger)(struct page_sink *sink, const char *path);
};

/* All records of a source in (package, version, file) order. */
struct record_cursor {
        void *user;
        int (*next)(struct record_cursor *c, struct record *out, struct err *e); /* 1, 0 end, -1 */
};

struct site_source {
        const char *name;     /* of the source: the first component of its paths */
        const char *base_url; /* of the site, with a final '/'; "" if not configured */
        /*
         * For source_pages that write a signed index: the site's own key, made when it is first
         * asked for, and the time that these pages shall say: later than that of any other set
         * published here before, and the same for the same records. Unix seconds.
         */
        void *user;
        int (*sign)(const struct site_source *site, const struct signer **key, int64_t *date,
            struct err *e);
};

/* What may stand in a record's names beside the letters and digits of ASCII. */
struct registry_names {
        const char *package, *version, *file;
};

/* Where pages of absolute addresses say the site is, when [mirror] has no base_url: the default of `dray serve`. */
#define SITE_ASSUMED_URL "http://localhost:8080/"

struct registry {
        const char *kind;               /* "pypi" */
        const char *title;              /* "PyPI (Python)" */
        const char *const *keys;        /* what its [[source]] may hold beside the common keys */
        const char *const *target_keys; /* what its [[source.target]] may hold; NULL-terminated */

        /*
         * The first of two gates for names from outside; `path` is the second. A ':' is only for
         * packages from whose names no path is made.
         */
        struct registry_names names;

        /* Whether a text is a package spec. ERR_USAGE says what is wrong with it. NULL: any is. */
        int (*check_spec)(const char *spec, struct err *e);

        /*
         * How this machine's client of the registry is configured, in its environment and its
         * files. Looked at in every run of a source that has no `upstream`; and of any, if trusts.
         */
        void (*client)(struct client *out);
        int trusts; /* client() may name certificates to trust, or tokens to send */
        /* What the client does unconfigured, asked of the client itself. -1: says what to set. */
        int (*builtin)(struct upstream *out, struct err *e);

        /* Reads the selection. ERR_USAGE with line and column for what is wrong in it. */
        struct selection *(*open)(
            const struct config_source *source, const char *upstream, struct err *e);
        /*
         * Goes on as far as the documents at hand allow. 1: complete, and every
         * file has been handed to host->file. 0: waits for documents. -1: failed.
         */
        int (*step)(struct selection *s, struct host *host, struct err *e);
        void (*close)(struct selection *s); /* NULL is fine */

        /*
         * Where the record's file is served, relative to the source's folder.
         * ERR_REFUSED when a name is not one that this registry allows: it is
         * what stands between a bundle's names and paths.
         */
        int (*path)(const struct record *r, struct buf *out, struct err *e);

        /*
         * Whether the record's file is the package that the record says: name and version as
         * they stand inside it, compared as this registry compares them. fd reads the file; its
         * position may be moved. A file that speaks for another one (the .metadata of a wheel) is
         * held against that one too, if `files` has it. 0, or -1: ERR_REFUSED says what is inside
         * instead, or what is wrong with the file. Within limits of time and memory whatever the
         * file holds: it comes from outside.
         */
        int (*identify)(const struct record *r, int fd, struct held_files *files, struct err *e);

        /*
         * The name under which people know a record's package, which is what policy speaks of.
         * NULL: it is no package, but an index of upstream's. May be NULL: it is the record's.
         */
        const char *(*known_as)(const char *package);
        /*
         * Writes a shell pattern for names of packages as this registry writes its names, which
         * people may write in other ways; in any case. out: as large as the pattern. May be NULL:
         * there is one way only.
         */
        void (*pattern)(const char *pattern, char *out);

        int absolute; /* its pages hold absolute addresses: they need base_url */
        /*
         * The index pages of one package that holds the given records (in
         * version, file order). count 0: it is gone; names each page with
         * bytes NULL. May be NULL.
         */
        int (*package_pages)(const struct site_source *site, const char *package,
            const struct record *records, size_t count, struct page_sink *sink, struct err *e);
        /* The pages that speak of the whole source. May be NULL. */
        int (*source_pages)(const struct site_source *site, struct record_cursor *all,
            struct page_sink *sink, struct err *e);

        /* How a client is pointed at `address` (".../pypi/"), for people. One or more lines. */
        void (*client_help)(const char *address, struct buf *out);
        /* A page of source_pages that says it for this very source, shown under those lines; or NULL. */
        const char *client_page;
};

/* NULL when the kind is not known. */
const struct registry *registry_find(const char *kind);

/* The known kinds, NULL-terminated, for messages. */
const char *const *registry_kinds(void);

#endif
