/*
 * What a record of a Debian source says in its metadata: the contract between
 * selecting, which writes it, and publishing, which reads it, often on another
 * machine and years later.
 *
 *     record.package   the binary package; "src:<name>" for files of a source package;
 *                      "dists:<suite>" for upstream's own index files (publish = "verbatim")
 *     record.version   the full Debian version. Of a source's files, which versions may
 *                      share, what their names say. Of an index file the Date of the
 *                      release that it came with: 2026-11-07T10:16:37Z
 *     record.file      the last component of its path
 *
 * One file is one record, in however many suites, components and architectures
 * upstream lists it: `lists` holds them all.
 *
 *     struct deb_entry entry;
 *     if (deb_entry_parse(&record, &entry, e) < 0) ...     everything in it is checked
 *     deb_entry_release(&entry);
 *
 * As JSON: {"architecture","control","kind","lists":["bookworm main amd64",...],
 * "path","suites":{"bookworm":{"codename","name",...}}}; what is empty is left out.
 */
#ifndef MIRROR_DEB_ENTRY_H
#define MIRROR_DEB_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/record.h"
#include "mirror/arena.h"

#define DEB_SOURCE_PREFIX "src:"
#define DEB_DISTS_PREFIX "dists:"

enum deb_kind {
        DEB_BINARY, /* a .deb */
        DEB_SOURCE, /* a file of a source package */
        DEB_INDEX,  /* InRelease, Packages.xz, ... as upstream has them, byte for byte */
};

/* One index that lists the file. */
struct deb_list {
        const char *suite;        /* its folder below dists/: "bookworm", "stable/updates" */
        const char *component;    /* "main", "updates/main" */
        const char *architecture; /* of the index, so never "all" alone; "source" */
};

/* What upstream's Release says of a suite, for our own. */
struct deb_suite {
        const char *folder;          /* as in struct deb_list */
        const char *name;            /* Suite: "oldstable"; "" if it has none */
        const char *codename;        /* Codename: "bookworm"; "" if it has none */
        bool not_automatic;          /* NotAutomatic: yes, as backports have it */
        bool but_automatic_upgrades; /* ButAutomaticUpgrades: yes */
};

struct deb_entry {
        enum deb_kind kind;
        const char *path; /* below the source's folder: "pool/main/h/hello/...", "dists/..." */
        const char *architecture; /* DEB_BINARY: "amd64", "all"; else "" */
        /*
         * DEB_BINARY: the stanza of Packages, with the fields and in the order that upstream
         * wrote, a newline after each line, without those that the record tells: Filename,
         * Size, MD5sum, SHA1, SHA256, SHA512. DEB_SOURCE: that of Sources without Directory,
         * and only in the .dsc's record. Else "".
         */
        const char *control;
        struct deb_list *lists; /* sorted, each once; none for DEB_INDEX */
        size_t list_count;
        struct deb_suite
            *suites; /* sorted by folder: every one of the source; DEB_INDEX: its own */
        size_t suite_count;
        struct arena text; /* of an entry that was parsed: everything above */
};

/*
 * ERR_REFUSED: something in it is not as stated above, or does not fit the record; a path
 * leads elsewhere; `control` is not one stanza of that package and version. *out is then
 * released.
 */
int deb_entry_parse(const struct record *r, struct deb_entry *out, struct err *e);
void deb_entry_release(struct deb_entry *entry); /* accepts the zero value */

/*
 * Appends the canonical JSON for record.meta. Lists and suites may be in any order and are
 * sorted in place. Text that is not UTF-8 goes in with U+FFFD for what is not.
 */
int deb_entry_format(struct deb_entry *entry, struct buf *out, struct err *e);

/* Where the record's file is served: the path of its entry. As registry->path. */
int deb_entry_path(const struct record *r, struct buf *out, struct err *e);

/*
 * Appends the path of a file in the pool: upstream's own (Filename, or Directory and name)
 * if it lies in pool/ and every component is fit for any host, else
 * pool/<component>/<prefix>/<source>/<file> (prefix: "h", "libh"). ERR_REFUSED when the
 * file's name is unfit.
 */
int deb_pool_path(struct buf *out, const char *upstream, const char *component, const char *source,
    struct err *e);

/* Does the stanza's field belong to what deb_entry.control leaves out? */
bool deb_control_omits(enum deb_kind kind, const char *name, size_t name_len);

/* A package name of Debian Policy 5.6.7, upper case allowed: [A-Za-z0-9][A-Za-z0-9+.-]* */
bool deb_name_is_valid(const char *name, size_t len);

/* An architecture's name, "all" and "source" included: [a-z0-9][a-z0-9-]* */
bool deb_architecture_is_valid(const char *text);

#endif
