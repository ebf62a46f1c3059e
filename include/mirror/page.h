/*
 * A page in the making: written in pieces to a temporary file, hashed on the
 * way, and given its names in the site once its hash is known.
 *
 *     struct page *p = page_new(sink->folder, e);
 *     page_write(p, bytes, len, e); ...
 *     page_end(p, e);
 *     use(page_sha256(p), page_size(p));
 *     sink->place(sink, p, "dists/...", PAGE_STAYS, e); ...    one file, several names
 *     page_free(p);
 *
 * So an index may be larger than memory, and many may be written side by side.
 */
#ifndef MIRROR_PAGE_H
#define MIRROR_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

struct page;

/* folder: descriptor of a folder for temporary files, on the site's file system. NULL on error. */
struct page *page_new(int folder, struct err *e);
void page_free(struct page *p); /* accepts NULL; the names that were given stay */

int page_write(struct page *p, const void *bytes, size_t len, struct err *e);
int page_end(struct page *p, struct err *e);

/* A new page: the xz form of one that is ended; ended itself. NULL on error. */
struct page *page_xz(const struct page *p, struct err *e);
/*
 * The same from a file that an earlier one became, if it decodes to these very bytes: reading is many
 * times faster than compressing. NULL: it does not, or cannot be read.
 */
struct page *page_xz_again(const struct page *p, int dir, const char *path);

/* After page_end. */
const unsigned char *page_sha256(const struct page *p);
uint64_t page_size(const struct page *p);

/* Whether the file that has the name path below dir holds its bytes. */
bool page_is_at(const struct page *p, int dir, const char *path);

/* Gives it the name path below dir, in place of what has it. */
int page_link(const struct page *p, int dir, const char *path, struct err *e);

#endif
