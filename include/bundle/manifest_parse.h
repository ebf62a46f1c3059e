/*
 * The manifest's lines, one at a time; manifest_read() is on top of this.
 *
 *     struct manifest_parser p;
 *     manifest_parser_init(&p, &manifest, each, user);
 *     manifest_parser_line(&p, line, len, e); ...   without the newline
 *     manifest_parser_end(&p, e);                   sums and features
 *     manifest_parser_release(&p);                  the manifest stays
 */
#ifndef BUNDLE_MANIFEST_PARSE_H
#define BUNDLE_MANIFEST_PARSE_H

#include "bundle/manifest.h"

struct manifest_parser {
        struct manifest *m;
        manifest_record_fn *each;
        void *user;
        int section; /* which kind of line came last */
        uint64_t lines;
        struct manifest_totals seen;
        struct buf last; /* of the present section, for the order */
        size_t pack_cap, blob_cap, extent_cap, source_cap;
        unsigned used; /* features that lines needed */
        char *named;   /* by blob: a new record names it */
        size_t named_count;
};

void manifest_parser_init(
    struct manifest_parser *p, struct manifest *out, manifest_record_fn *each, void *user);
int manifest_parser_line(struct manifest_parser *p, const char *line, size_t len, struct err *e);
int manifest_parser_end(struct manifest_parser *p, struct err *e);
void manifest_parser_release(struct manifest_parser *p);

#endif
