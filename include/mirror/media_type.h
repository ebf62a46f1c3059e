/*
 * Which media type a file of the site has, and which variant of a directory's
 * index a client wants.
 *
 * The type follows from the file's name alone. A compressed file keeps the
 * type of its compression (.gz is application/gzip) and is never sent with
 * Content-Encoding: clients check the digest of the bytes as stored.
 *
 * A directory may hold its index in several forms: index.html for people and
 * for most clients, and beside it variants such as index.v1_json. A new variant
 * is one more row of the table in media_type.c.
 */
#ifndef MIRROR_MEDIA_TYPE_H
#define MIRROR_MEDIA_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The Content-Type of a file, by its name or path; application/octet-stream when unknown. */
const char *media_type_of(const char *path);

struct media_variant {
        const char *file;  /* "index.html" */
        const char *asked; /* the type in Accept that selects it */
        const char *type;  /* the Content-Type it is then sent with */
        bool named_only;   /* a wildcard in Accept does not select it */
};

/* All variants, in order of preference. At most 32, so that a set of them fits a mask. */
const struct media_variant *media_variants(size_t *count);

/*
 * Chooses by Accept (RFC 9110 12.5.1; NULL: no such header) among the variants
 * whose bit is set in `present` (bit i = media_variants()[i]). The highest
 * q-value wins, then a type that is named over one that a wildcard covers, then
 * the order of the table. When Accept excludes all of them the first one that
 * is present is sent anyway: an old client with an odd header is better served
 * by a page than by 406. NULL only when `present` is empty.
 */
const struct media_variant *media_variant_choose(const char *accept, uint32_t present);

enum media_match {
        MEDIA_MATCH_NONE,
        MEDIA_MATCH_ANY,   /* by the range that allows everything */
        MEDIA_MATCH_MAJOR, /* by "text" and a star */
        MEDIA_MATCH_NAMED, /* by "text/html" */
};

/*
 * The quality, 0 to 1000, that `accept` gives to `type` ("text/html", without
 * parameters), from its most specific range that matches; *match says which
 * kind that was. Parameters of a range other than q are ignored.
 */
unsigned media_accept_quality(const char *accept, const char *type, enum media_match *match);

#endif
