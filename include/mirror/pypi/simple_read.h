/*
 * What the readers of the two forms of a project page (simple_json.c,
 * simple_html.c) share: the checks of single fields. Not for others; see
 * mirror/pypi/simple.h.
 */
#ifndef MIRROR_PYPI_SIMPLE_READ_H
#define MIRROR_PYPI_SIMPLE_READ_H

#include "mirror/pypi/simple.h"

/* Each form: reads into the empty *page. The page is sorted and checked as a whole by simple_parse. */
int simple_read_json(struct simple_page *page, const char *bytes, size_t len, const char *page_url,
    const char *project, int named_type, struct err *e);
int simple_read_html(struct simple_page *page, const char *bytes, size_t len, const char *page_url,
    int named_type, struct err *e);

/* A new file at the end of the page: nothing stated. Valid until the next. */
struct simple_file *simple_new_file(struct simple_page *page);

/* One more file that is not to be used: *e says why, and is cleared. It is the caller's to take off. */
void simple_pass_over(struct simple_page *page, struct err *e);

/* "1.N" into page->api_minor; another major version is an error that says so. */
int simple_api_version(struct simple_page *page, const char *text, size_t len, struct err *e);
void simple_status(struct simple_page *page, const char *text, size_t len);

int simple_filename(
    struct simple_page *page, struct simple_file *f, const char *text, size_t len, struct err *e);

/* What the links of a page refer to. Set `base`; the rest is remembered to be quick. */
struct simple_links {
        const char *base; /* absolute */
        const char *
            origin; /* "https://host/" of the link before: checked, and most often the next one's too */
        size_t origin_len;
};

/* Resolves a link. 1: done; 0: it leads to nothing that can be fetched, and *e says why. */
int simple_url(struct simple_page *page, struct simple_links *links, const char **out,
    const char *text, size_t len, struct err *e);

/*
 * Takes note of one stated digest if it is better than what *d holds. 1: of a
 * sufficient kind. 0: not (md5, ...). -1: malformed.
 */
int simple_digest(struct stated_digest *d, const char *name, size_t name_len, const char *hex,
    size_t hex_len, struct err *e);

void simple_upload_time(
    struct simple_page *page, struct simple_file *f, const char *text, size_t len);

#endif
