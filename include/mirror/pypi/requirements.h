/*
 * requirements.txt and constraints files, as pip reads them.
 *
 *     struct requirements r;
 *     struct requirements_reader in = {.include = read_file, .environment = get, .user = ...};
 *     if (requirements_parse(&r, "requirements.txt", text, len, &in, &e) < 0) ...
 *     for (i = 0; i < r.entry_count; i++) ... r.entries[i].requirement
 *     for (i = 0; i < r.note_count; i++) log(r.notes[i].message)
 *     requirements_release(&r);
 *
 * No input or output happens here: the text of an included file and the values
 * of ${VARIABLES} come from the caller.
 *
 * Nothing is dropped silently. What is no requirement of the index (an
 * editable install, an address, a path) and what pip itself passes over
 * without a word becomes a note. What pip would refuse is an error, with file
 * and line. Notes and errors show the line as it stands in the file, with
 * ${VARIABLES} not filled in and passwords in addresses left out.
 */
#ifndef MIRROR_PYPI_REQUIREMENTS_H
#define MIRROR_PYPI_REQUIREMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "mirror/pypi/requirement.h"
#include "mirror/pypi/requirements_list.h"

struct requirements_hash {
        enum digest_kind kind; /* sha256, sha384 or sha512 */
        unsigned char value[DIGEST_MAX_SIZE];
};

struct requirements_entry {
        const char *file; /* where it stands, as in r->files */
        unsigned long line;
        bool constraint;                  /* from a -c file: limits versions, asks for nothing */
        struct requirement requirement;   /* its url is NULL */
        struct requirements_hash *hashes; /* --hash; a file must have one of them. None: any file */
        size_t hash_count, hash_cap;
};

enum requirements_note_kind {
        /* Wanted, but cannot come from an index: */
        REQUIREMENTS_EDITABLE,
        REQUIREMENTS_VCS,  /* git+https://... */
        REQUIREMENTS_URL,  /* https://.../x.whl, or "name @ address" */
        REQUIREMENTS_PATH, /* ./dist/x.whl */
        /* Without consequence for what is wanted, or passed over by pip: */
        REQUIREMENTS_IGNORED,
};

struct requirements_note {
        enum requirements_note_kind kind;
        const char *file;
        unsigned long line;
        struct requirement requirement; /* of "name @ address"; otherwise zeroed */
        char *message; /* "requirements.txt:12: "-e git+..." cannot be mirrored: ..." */
};

struct requirements {
        struct requirements_entry *entries;
        size_t entry_count, entry_cap;
        struct requirements_note *notes;
        size_t note_count, note_cap;
        struct requirements_list files; /* every file read, the first one first; no passwords */
        /* Options, from all files together: */
        char *index_url; /* the last one, or NULL */
        struct requirements_list extra_index_urls, find_links, trusted_hosts;
        struct requirements_list no_binary, only_binary; /* normalised names, or ":all:" */
        bool no_index, pre, prefer_binary, require_hashes;
};

struct requirements_reader {
        /*
         * The text behind -r or -c: `path` is an address, or a path that is absolute or relative to
         * what the name of the first file is relative to. On 0 *text is allocated, and freed here.
         */
        int (*include)(void *user, const char *path, char **text, size_t *len, struct err *e);
        /* The value of an environment variable, or NULL. May be NULL: none is set. */
        const char *(*environment)(void *user, const char *name);
        void *user;
};

/* `file` names the text in messages, and its folder is where relative -r paths begin. */
int requirements_parse(struct requirements *r, const char *file, const char *text, size_t len,
    const struct requirements_reader *in, struct err *e);
void requirements_release(struct requirements *r); /* accepts a zeroed struct; leaves it zeroed */

/* Must every file be checked against a --hash? One --hash, or --require-hashes, says so. */
bool requirements_needs_hashes(const struct requirements *r);

#endif
