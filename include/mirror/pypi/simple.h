/*
 * A project page of the simple repository API: which files a project has.
 * JSON (PEP 691, 700, 714, 740, 792) and HTML (PEP 503, 592, 629, 658, 714)
 * are read into the same structure.
 *
 *     struct simple_page page;
 *     if (simple_parse(content_type, bytes, len, page_url, "requests", &page, e) < 0) ...
 *     for (size_t i = 0; i < page.file_count; i++)
 *             use(&page.files[i]);
 *     simple_page_release(&page);
 *
 * What is checked of the page: the API's major version is 1; it is about the
 * project that was asked for (JSON; HTML does not say it). Of each file: known
 * fields have the right type; the file name is one path component; digests are
 * well formed; the name does not stand for two digests. A file that fails is
 * passed over and counted: a project's others are as good as before. Only if
 * all of a page's files fail is the page an error, the first one's. Unknown
 * fields are passed over. A null is an absent field. What is not checked: that
 * a file name belongs to the project, and that it has a form that a client
 * would take.
 *
 * HTML comes without `versions`, sizes and, as a rule, upload times. A page of
 * HTML with no link to a package file is an empty project only if something
 * says that an index wrote it: its Content-Type, the meta element
 * "pypi:repository-version", or a title of "Links for ..." or "Index of ...".
 * Otherwise it is a login or error page, and an error.
 */
#ifndef MIRROR_PYPI_SIMPLE_H
#define MIRROR_PYPI_SIMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"
#include "mirror/arena.h"
#include "mirror/registry.h"

/* The Accept header for a page that simple_parse can read. */
#define SIMPLE_ACCEPT \
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, " \
        "text/html;q=0.01"

#define SIMPLE_API_MINOR \
        4 /* the newest 1.N known here: a page of a newer one is read all the same */
#define SIMPLE_NO_TIME INT64_MIN
#define SIMPLE_NO_SIZE (-1)

enum simple_status {
        SIMPLE_ACTIVE,
        SIMPLE_ARCHIVED,
        SIMPLE_QUARANTINED, /* the index offers no files */
        SIMPLE_DEPRECATED,
        SIMPLE_OTHER, /* a marker that is not known here */
};

struct simple_file {
        const char *filename; /* one path component */
        const char *url;      /* absolute, http, https or file; without fragment */
        struct stated_digest
            digest;              /* SHA-256, else SHA-512, else SHA-384; kind 0: none is stated */
        const char *weak_digest; /* what is stated when kind is 0 ("md5"); or NULL */
        int64_t size;            /* bytes; SIMPLE_NO_SIZE: not stated */
        const char *requires_python; /* NULL: not stated */
        const char *yanked;          /* NULL: it is not; else the reason, which may be "" */
        const char *upload_time;     /* as the page spells it; NULL: not stated */
        int64_t uploaded;       /* the same in seconds since 1970; SIMPLE_NO_TIME: unreadable too */
        const char *provenance; /* an address (PEP 740); NULL */
        int has_core_metadata;  /* <url>.metadata is served */
        struct stated_digest core_metadata; /* its digest; kind 0: not stated */
};

struct simple_page {
        const char *name;   /* as the page spells it; NULL in HTML */
        unsigned api_minor; /* of version 1.N */
        enum simple_status status;
        const char *status_text;   /* "archived"; NULL: not stated */
        const char *status_reason; /* NULL: none */
        struct simple_file *files; /* by file name, each name once */
        size_t file_count, file_room;
        size_t passed_over; /* file names that are not in `files`: something in them is wrong */
        const char *passed_over_why; /* the first one's fault; NULL: there is none */
        const char **versions;       /* in the page's order; none in HTML and before API 1.1 */
        size_t version_count, version_room;
        struct arena text; /* every string above */
};

/*
 * Reads a page. content_type: as the server sent it ("" is judged by the first
 * character); page_url: where it was found after redirects, which relative
 * links refer to; project: the name that was asked for, in any spelling.
 * On -1 *out is released. All pointers in *out are its own.
 */
int simple_parse(const char *content_type, const char *bytes, size_t len, const char *page_url,
    const char *project, struct simple_page *out, struct err *e);

void simple_page_release(struct simple_page *page); /* accepts the zero value */

#endif
