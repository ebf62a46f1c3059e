/*
 * Bundles made by hand: properly signed by a trusted key, whatever they say,
 * so that nothing but the reader stands between them and the mirror.
 *
 *     struct forge f;
 *     forge_open(&f, key);                     a small bundle that is right
 *     forge_edit(&f, "\"seq\":1", "\"seq\":0");
 *     int fd = forge_bundle(&f);               packed, signed, in memory
 *     forge_close(&f);
 *
 * The bundle that is right: pack 0 (xz) holds a.txt and the first part of
 * b.txt, pack 1 (raw) the rest of b.txt and c.whl; d.txt is empty. Its lines
 * are: header, source, packs, blobs, records.
 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include "bundle/hex.h"
#include "bundle/signature.h"
#include "bundle/tar.h"
#include "bundle/volume.h"
#include "bundle/xz.h"
#include "bundle_box.h"

#define FORGE_FILES 4
#define FORGE_PACKS 8

struct forge {
        struct secret_key *key; /* borrowed */
        struct buf lines;
        struct buf manifest; /* the stored manifest, if it is not lines under xz: forge_store() */
        struct buf packs[FORGE_PACKS]; /* as stored */
        unsigned pack_count;
        struct volume volume; /* what volume.json says beyond the truth: first_pack, volume, ... */
        unsigned volume_pack_count;
};

struct forge_content {
        const char *name;
        const char *bytes;
        const char *extents; /* of the copy list */
};

static const struct forge_content forge_files[FORGE_FILES] = {
    {"a.txt", "the first file, which lies in the first pack whole", "[0,0,50]"},
    {"b.txt", "the second, of which a part lies in each", "[0,50,20],[1,0,20]"},
    {"c.whl", "the third", "[1,20,9]"},
    {"d.txt", "", ""},
};

/* Replaces the first `from` in the lines by `to`. */
static inline void forge_edit(struct forge *f, const char *from, const char *to)
{
        char *at = strstr(f->lines.data, from), *rest;

        if (!at)
                fail_msg("not in the lines: %s", from);
        rest = xstrdup(at + strlen(from));
        f->lines.len = (size_t)(at - f->lines.data);
        buf_adds(&f->lines, to);
        buf_adds(&f->lines, rest);
        free(rest);
}

/* Line number n (from 0) with its newline; the caller frees. */
static inline char *forge_line(const struct forge *f, unsigned n)
{
        const char *at = f->lines.data;

        while (n--)
                at = strchr(at, '\n') + 1;
        return xstrndup(at, (size_t)(strchr(at, '\n') + 1 - at));
}

static inline void forge_swap_lines(struct forge *f, unsigned n)
{
        char *one = forge_line(f, n), *two = forge_line(f, n + 1);
        char *both = xasprintf("%s%s", one, two), *swapped = xasprintf("%s%s", two, one);

        forge_edit(f, both, swapped);
        free(one), free(two), free(both), free(swapped);
}

static inline void forge_double_line(struct forge *f, unsigned n)
{
        char *one = forge_line(f, n), *twice = xasprintf("%s%s", one, one);

        forge_edit(f, one, twice);
        free(one), free(twice);
}

/* The pack's line and its bytes as stored. */
static inline void forge_pack(struct forge *f, const char *decoded, size_t len, int xz)
{
        struct buf *stored = &f->packs[f->pack_count++];
        char sha[SHA256_HEX];
        struct err e;

        buf_init(stored, 64 * MIB);
        if (xz)
                must(xz_encode(decoded, len, 0, stored, &e));
        else
                buf_add(stored, decoded, len);
        sha256_hex(stored->data, stored->len, sha);
        buf_addf(&f->lines,
            "{\"decoded\":%zu,\"encoding\":\"%s\",\"sha256\":\"%s\",\"size\":%zu,\"type\":\"pack\"}\n",
            len, xz ? "xz" : "raw", sha, stored->len);
}

static inline int forge_by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The record's line without newline; the caller frees. */
static inline char *forge_record(const char *file, const char *bytes, size_t len)
{
        char sha[SHA256_HEX];

        sha256_hex(bytes, len, sha);
        return xasprintf("{\"file\":\"%s\",\"meta\":{},\"package\":\"p\",\"sha256\":\"%s\","
                         "\"size\":%zu,\"source\":\"" SOURCE "\",\"version\":\"1\"}",
            file, sha, len);
}

/* Sorts and adds; frees the texts. */
static inline void forge_add_sorted(struct buf *out, char **texts, size_t n)
{
        qsort(texts, n, sizeof *texts, forge_by_text);
        for (size_t i = 0; i < n; i++) {
                buf_adds(out, texts[i]);
                free(texts[i]);
        }
}

static inline void forge_state(char out[SHA256_HEX])
{
        struct buf text;
        char *lines[FORGE_FILES];

        buf_init(&text, MIB);
        for (unsigned i = 0; i < FORGE_FILES; i++) {
                const struct forge_content *file = &forge_files[i];
                char *line = forge_record(file->name, file->bytes, strlen(file->bytes));

                lines[i] = xasprintf("%s\n", line);
                free(line);
        }
        forge_add_sorted(&text, lines, FORGE_FILES);
        sha256_hex(text.data, text.len, out);
        buf_release(&text);
}

static inline void forge_header(struct forge *f, size_t stored)
{
        char state[SHA256_HEX];

        forge_state(state);
        buf_addf(&f->lines,
            "{\"audience\":\"\",\"base\":null,\"epoch\":1,\"format\":\"dray-bundle-1\",\"holes\":[],"
            "\"issued\":\"2026-11-22T12:00:00Z\",\"next_by\":null,\"requires\":[\"blob-copy\","
            "\"pack-raw\",\"pack-xz\"],\"seq\":1,\"state\":\"%s\",\"stream\":\"" STREAM
            "\",\"totals\":{\"added\":4,\"blobs\":4,\"bytes\":99,\"packs\":2,\"removed\":0,"
            "\"stored\":%zu},\"trust\":0,\"type\":\"header\"}\n",
            state, stored);
}

static inline void forge_blobs_and_records(struct forge *f)
{
        char *blobs[FORGE_FILES], *records[FORGE_FILES], sha[SHA256_HEX];

        for (unsigned i = 0; i < FORGE_FILES; i++) {
                const struct forge_content *file = &forge_files[i];
                size_t len = strlen(file->bytes);
                char *record = forge_record(file->name, file->bytes, len);

                sha256_hex(file->bytes, len, sha);
                /* "copy" sorts before "sha256": the digest goes in front for sorting, and away */
                blobs[i] = xasprintf(
                    "%s{\"copy\":[%s],\"sha256\":\"%s\",\"size\":%zu,\"type\":\"blob\"}\n", sha,
                    file->extents, sha, len);
                records[i] = xasprintf("{\"record\":%s,\"type\":\"add\"}\n", record);
                free(record);
        }
        qsort(blobs, FORGE_FILES, sizeof *blobs, forge_by_text);
        for (unsigned i = 0; i < FORGE_FILES; i++) {
                buf_adds(&f->lines, blobs[i] + SHA256_HEX - 1);
                free(blobs[i]);
        }
        forge_add_sorted(&f->lines, records, FORGE_FILES);
}

static inline void forge_open(struct forge *f, struct secret_key *key)
{
        const char *a = forge_files[0].bytes, *b = forge_files[1].bytes, *c = forge_files[2].bytes;
        char *first = xasprintf("%s%.20s", a, b), *second = xasprintf("%s%s", b + 20, c);
        struct buf rest;

        *f = (struct forge){.key = key, .volume = {.volume = 1, .volumes = 1}};
        buf_init(&f->lines, 64 * MIB);
        buf_init(&f->manifest, 64 * MIB);
        assert_int_equal(strlen(a), 50);
        assert_int_equal(strlen(b), 40);
        forge_pack(f, first, strlen(first), 1);
        forge_pack(f, second, strlen(second), 0);
        /* the header knows the packs' sizes, and stands before them */
        rest = f->lines;
        buf_init(&f->lines, 64 * MIB);
        forge_header(f, f->packs[0].len + f->packs[1].len);
        buf_adds(
            &f->lines, "{\"kind\":\"" KIND "\",\"name\":\"" SOURCE "\",\"type\":\"source\"}\n");
        buf_adds(&f->lines, rest.data);
        buf_release(&rest);
        forge_blobs_and_records(f);
        f->volume_pack_count = f->pack_count;
        free(first), free(second);
}

/* Lines of the test's own, in place of the bundle that is right. */
static inline void forge_open_empty(struct forge *f, struct secret_key *key)
{
        *f = (struct forge){.key = key, .volume = {.volume = 1, .volumes = 1}};
        buf_init(&f->lines, 64 * MIB);
        buf_init(&f->manifest, 64 * MIB);
}

static inline void forge_close(struct forge *f)
{
        buf_release(&f->lines);
        buf_release(&f->manifest);
        for (unsigned i = 0; i < f->pack_count; i++)
                buf_release(&f->packs[i]);
}

static inline void forge_member(struct buf *out, const char *name, const void *bytes, size_t len)
{
        static const char zero[TAR_BLOCK];
        unsigned char block[TAR_BLOCK];
        char path[200];

        snprintf(path, sizeof path, "dray-bundle-1/%s", name);
        tar_header(path, len, block);
        buf_add(out, block, sizeof block);
        buf_add(out, bytes, len);
        buf_add(out, zero, tar_padding(len));
}

/* Signs the stored manifest; adds it, the signature and a true volume.json. */
static inline void forge_head(struct forge *f, struct buf *out)
{
        struct signature signature;
        unsigned char hash[PREHASH_SIZE];
        char text[SIGNATURE_TEXT];
        struct volume *v = &f->volume;
        struct buf json;
        struct err e;
        size_t len;

        if (!f->manifest.len)
                must(xz_encode(f->lines.data, f->lines.len, 0, &f->manifest, &e));
        prehash(f->manifest.data, f->manifest.len, hash);
        must(signature_make(&signature, f->key, hash, "forged", &e));
        len = signature_format(&signature, text);
        sha256(f->manifest.data, f->manifest.len, v->manifest);
        v->manifest_size = f->manifest.len;
        v->pack_count = f->volume_pack_count;
        v->signature_count = 1;
        snprintf(v->signatures[0].name, sizeof v->signatures[0].name, "manifest.jsonl.xz.minisig");
        sha256(text, len, v->signatures[0].sha256);
        v->signatures[0].size = len;
        buf_init(&json, LIMIT_VOLUME_JSON);
        must(volume_format(v, &json, &e));
        forge_member(out, "manifest.jsonl.xz", f->manifest.data, f->manifest.len);
        forge_member(out, "manifest.jsonl.xz.minisig", text, len);
        forge_member(out, "volume.json", json.data, json.len);
        buf_release(&json);
}

/* The packs from first to end - 1 behind the head. */
static inline int forge_file(struct forge *f, unsigned first, unsigned end_pack)
{
        static const char end[2 * TAR_BLOCK];
        char name[6 + SHA256_HEX] = "packs/";
        struct buf out;
        int fd = memory_file();

        buf_init(&out, 256 * MIB);
        forge_head(f, &out);
        for (unsigned i = first; i < end_pack; i++) {
                sha256_hex(f->packs[i].data, f->packs[i].len, name + 6);
                forge_member(&out, name, f->packs[i].data, f->packs[i].len);
        }
        buf_add(&out, end, sizeof end);
        assert_int_equal(write(fd, out.data, out.len), out.len);
        buf_release(&out);
        return fd;
}

static inline int forge_bundle(struct forge *f)
{
        return forge_file(f, 0, f->pack_count);
}

/* Volume v (from 0) of so many, of which each has one pack. */
static inline int forge_volume(struct forge *f, unsigned v, unsigned volumes)
{
        assert_int_equal(volumes, f->pack_count);
        f->volume.volume = v + 1;
        f->volume.volumes = volumes;
        f->volume.first_pack = v;
        f->volume_pack_count = 1;
        return forge_file(f, v, v + 1);
}

#endif
