/*
 * dray.toml: what a mirror holds and for whom.
 *
 *     struct config *c = config_load("dray.toml", NULL, e);
 *     for (size_t i = 0; i < c->source_count; i++)
 *             ... c->sources[i].packages.items[k].text ...
 *     config_free(c);
 *
 * Everything is checked on reading: unknown keys (the nearest known one is
 * named), types, names, forms. What a kind of registry adds to the common keys
 * it lists itself (struct registry) and reads from the source's `table` and
 * `targets` with the functions of mirror/toml.h; errors at such a key should
 * point there with toml_err().
 *
 * Errors are ERR_USAGE and start with the place: "dray.toml:12:5: ...".
 * Everything in a config is borrowed from it, and valid until config_free.
 */
#ifndef MIRROR_CONFIG_H
#define MIRROR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bundle/digest.h"
#include "bundle/err.h"
#include "mirror/registry.h"
#include "mirror/toml.h"

/* One string of a list, with its place in dray.toml for errors about it. */
struct config_text {
        const char *text;
        const struct toml_value *at;
};

struct config_list {
        struct config_text *items;
        size_t count;
};

/* One [[source]]. */
struct config_source {
        const char *name; /* also its folder in the site: [a-z0-9][a-z0-9._-]{0,63} */
        const struct registry *registry; /* its kind */
        const char *upstream;            /* NULL: as this machine's client of the registry has it */
        struct config_list packages;     /* specs, as the kind writes them */
        struct config_list lockfiles;    /* paths */
        struct config_list local;        /* paths; the last component may be a shell pattern */
        struct config_list exclude;      /* package names */
        uint32_t keep;                   /* newest versions for each spec; 1 unless set */
        int64_t min_age;                 /* seconds; 0: none asked */
        bool has_as_of;
        int64_t as_of; /* Unix seconds; if has_as_of */
        bool together; /* `packages` are solved as one environment; true unless set */
        const struct toml_value *table;    /* all of it, for the kind's own keys */
        const struct toml_value **targets; /* the table of each [[source.target]] */
        size_t target_count;
        struct config *config; /* that it is part of, for config_path and config_read_list */
};

/* One [[stream]]. */
struct config_stream {
        const char *name;                     /* as a source's */
        const char *audience;                 /* one line (text_check); NULL: none given */
        const struct config_source **sources; /* all of the mirror's, unless it names some */
        size_t source_count;
        struct config_list brings;       /* isolated side: all it may bring; none: any source */
        struct config_list keys;         /* paths of secret keys */
        struct config_list receipt_keys; /* paths of public keys that sign receipts */
        int64_t max_jump;     /* isolated side: between two bundles' numbers; 0: not set */
        int64_t cadence;      /* seconds from one bundle to the next; 0: not stated */
        uint64_t volume_size; /* bytes; 0: one volume of any size */
        const struct toml_value *table;
};

/* One [[policy.source]]: shell patterns for names of packages, as the registry normalises them. */
struct config_policy_source {
        const char *name;
        bool has_allow; /* only what `allow` takes is let in */
        struct config_list allow, deny, reserved;
};

/* [policy]: what an isolated side lets in; see mirror/policy.h. All zero: whatever is authentic. */
struct config_policy {
        int64_t warn_age, max_age; /* seconds since a bundle was issued; 0: any */
        uint64_t max_size;         /* bytes that a bundle unpacks to; 0: any */
        bool review;               /* one person reviews, another one imports */
        struct config_policy_source *sources;
        size_t source_count;
};

struct config {
        const char *path;     /* as it was given */
        const char *base_url; /* http(s), ends with '/'; "" if not set */
        struct config_source *sources;
        size_t source_count;
        struct config_stream *streams;
        size_t stream_count;
        struct config_policy policy;
        struct toml *toml;
        const char *folder; /* of dray.toml, with a final '/', or "" for the current one */
        struct config_owned *owned;
};

/*
 * NULL on error. A mirror on the isolated side may have no sources at all. text: gets the file's
 * bytes, up to LIMIT_TOML; the caller's to release, also on error. NULL: nobody wants them.
 */
struct config *config_load(const char *path, struct buf *text, struct err *e);
/* The same from text; `path` need not exist: it names the text and its folder. */
struct config *config_parse(const char *path, const char *text, size_t len, struct err *e);
void config_free(struct config *c); /* accepts NULL */

/* NULL when there is none of that name. */
const struct config_source *config_source_find(const struct config *c, const char *name);
const struct config_stream *config_stream_find(const struct config *c, const char *name);

/* Of all that its [[source]] says, in that order; not of comments, layout, or the rest of dray.toml. */
void config_source_sha256(const struct config_source *s, char hex[SHA256_HEX]);

/*
 * For the kinds' own keys (the common ones are read already); `table` is a
 * source's table or one of its targets.
 *
 * The path as it is if absolute, else relative to the folder of dray.toml.
 */
const char *config_path(struct config *c, const char *path);
/* A list of strings, none of them empty; no such key: an empty list. paths: through config_path. */
int config_read_list(struct config *c, const struct toml_value *table, const char *key, bool paths,
    struct config_list *out, struct err *e);

/* What `dray add SOURCE SPEC...` asks for. */
struct config_addition {
        const char *source;
        const char *const *specs;
        size_t count;
        size_t added; /* out: how many of them were new */
};

/*
 * Adds package specs to the `packages` of a source, in the text of dray.toml:
 * comments and layout of everything else stay as they are. Specs that are
 * there already are passed over. The file is replaced in one step, only if it
 * is still a valid dray.toml with exactly these additions; on error it is
 * untouched.
 */
int config_add(const char *path, struct config_addition *add, struct err *e);

/* The same on text alone: appends the new text to *out, whose maximum should be LIMIT_TOML. */
int config_add_text(const char *path, const char *text, size_t len, struct config_addition *add,
    struct buf *out, struct err *e);

/* A commented dray.toml to start from, as `dray init` writes it. 0, or -1: errno says why. */
int config_write_template(FILE *out, bool isolated);

#endif
