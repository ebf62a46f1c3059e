/*
 * Versions of Python packages (PEP 440): parsed once, compared often.
 *
 *     struct version v;
 *     if (version_parse(&v, "v1.0-RC.1", &e) < 0) ...
 *     v.text                                   "1.0rc1", the canonical form
 *     version_compare(&v, &other)
 *     version_release(&v);
 *
 * Every permitted spelling is accepted: a leading v, either case, white space
 * around it, alpha beta c pre preview rev r, "-1" for ".post1", left-out
 * numbers, any of the three separators. Numbers have no upper bound except
 * that the whole text has one (LIMIT_VERSION): they are kept as digits and
 * never overflow.
 *
 * The order is that of a sort key, made when the version is parsed, whose
 * bytes memcmp() puts in the order that PEP 440 asks for. The *_len fields say
 * where its parts end, so that a comparison that leaves out the local label,
 * or that looks at the release only, is one memcmp() too.
 */
#ifndef MIRROR_PYPI_VERSION_H
#define MIRROR_PYPI_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/err.h"

/* All fields are for reading only. */
struct version {
        char *text;               /* canonical form; one block with the key */
        const unsigned char *key; /* epoch, release, pre, post, dev, local */
        uint16_t key_len;
        uint16_t epoch_len;       /* the key up to and with the epoch */
        uint16_t base_len;        /* ... the release without trailing zeros */
        uint16_t pre_len;         /* ... the pre-release */
        uint16_t post_len;        /* ... the post-release */
        uint16_t public_len;      /* ... the development release: all but the local label */
        uint16_t public_text_len; /* text without "+local" */
        uint16_t release_count;   /* numbers in the release as written, trailing zeros too */
        bool is_pre;              /* has a, b or rc */
        bool is_post;
        bool is_dev;
};

/* Fills *v, or returns -1 and leaves *v zeroed. `e` may be NULL when nobody reads it. */
int version_parse(struct version *v, const char *text, struct err *e);
int version_parse_n(struct version *v, const char *text, size_t len, struct err *e);

void version_copy(struct version *to, const struct version *from);
void version_release(struct version *v); /* accepts a zeroed struct; leaves it zeroed */

/* Less than, equal to or greater than 0. 1.0 and 1.0.0 are equal; 1.0+local is greater. */
int version_compare(const struct version *a, const struct version *b);

/* The same with both local labels left out. */
int version_compare_public(const struct version *a, const struct version *b);

/* Same epoch and same release (1.0rc1 and 1.0.0.post1). */
bool version_same_base(const struct version *a, const struct version *b);

/* Same epoch, and the first `count` release numbers are equal; missing ones are 0. */
bool version_same_prefix(const struct version *a, const struct version *b, size_t count);

bool version_is_prerelease(const struct version *v); /* a, b, rc or dev */
const char *version_local(const struct version *v);  /* "ubuntu.1", or NULL */

#endif
