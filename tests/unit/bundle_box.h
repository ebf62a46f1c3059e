/*
 * Two mirrors and what goes between them: a sender with made-up records of a
 * made-up kind, keys, bundles in memory, and a receiver that trusts the keys.
 *
 *     struct sender s;
 *     struct box to;
 *     sender_open(&s);                          no records yet
 *     sender_put(&s, "a.txt", bytes, len);      in the next generation
 *     sender_commit(&s);                        ... which is made now
 *     int fd = sender_bundle(&s, NULL);         full; or &base: a delta on it
 *     box_open(&to);
 *     box_trust(&to, "plant-a", s.keys, 1, 1);
 *     must(box_import(&to, fd, &result, &e));
 */
#ifndef TESTS_BUNDLE_BOX_H
#define TESTS_BUNDLE_BOX_H

#include <sys/mman.h>

#include "box.h"
#include "bundle/bundle_write.h"
#include "bundle/catalog_stream.h"
#include "bundle/import.h"
#include "bundle/tar.h"
#include "bundle/trust.h"

#define STREAM "plant-a"
#define SOURCE "made-up.src"
#define KIND "made-up"
#define ISSUED 1795348800
#define KEYS 3

struct sender {
        struct box box;
        struct secret_key *keys[KEYS];
        char *sources[1];
        struct generation last;
        int64_t seq; /* of the last bundle */
};

/* A bundle that was written: what a delta on it has to say. */
struct written {
        int64_t seq, generation;
        struct bundle_written out;
};

static inline int memory_file(void)
{
        int fd = memfd_create("bundle", MFD_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static inline void sender_open(struct sender *s)
{
        struct err e;

        *s = (struct sender){.sources = {xstrdup(SOURCE)}};
        box_open(&s->box);
        must(catalog_source_put(s->box.catalog, SOURCE, KIND, &e));
        for (int i = 0; i < KEYS; i++)
                s->keys[i] = secret_key_generate();
}

static inline void sender_close(struct sender *s)
{
        for (int i = 0; i < KEYS; i++)
                secret_key_free(s->keys[i]);
        free(s->sources[0]);
        box_close(&s->box);
}

/* Before the first put or drop of a generation. */
static inline void sender_begin(struct sender *s)
{
        struct err e;

        must(catalog_begin(s->box.catalog, &e));
        must(catalog_change_begin(s->box.catalog, &e));
}

static inline void sender_commit(struct sender *s)
{
        struct err e;

        must(catalog_change_end(s->box.catalog, &s->last, &e));
        must(catalog_commit(s->box.catalog, &e));
}

static inline struct record sender_put(
    struct sender *s, const char *file, const void *bytes, size_t len)
{
        struct record r = box_file(&s->box, SOURCE, "package", file, bytes, len);
        struct err e;

        must(catalog_record_add(s->box.catalog, &r, &e));
        return r;
}

static inline void sender_drop(struct sender *s, const struct record *r)
{
        struct err e;

        must(catalog_record_remove(s->box.catalog, r, &e));
}

/* The usual spec of the next bundle; base NULL: full. */
static inline struct bundle_spec sender_spec(struct sender *s, const struct written *base)
{
        struct bundle_spec spec = {.catalog = s->box.catalog,
            .store = s->box.store,
            .cache = s->box.packs,
            .stream = STREAM,
            .sources = s->sources,
            .source_count = 1,
            .epoch = 1,
            .seq = s->seq + 1,
            .issued = ISSUED,
            .generation = s->last.id,
            .keys = s->keys,
            .key_count = 1,
            .threads = 1};

        if (base) {
                spec.base_seq = base->seq;
                spec.base_generation = base->generation;
                memcpy(spec.base_state, base->out.state, SHA256_SIZE);
                memcpy(spec.base_manifest, base->out.manifest, SHA256_SIZE);
        }
        return spec;
}

/* The bundle of a spec, in memory, at its beginning. *w may be NULL. */
static inline int spec_bundle(const struct bundle_spec *spec, struct written *w)
{
        struct written ignored;
        struct err e;
        int fd = memory_file();

        if (!w)
                w = &ignored;
        w->seq = spec->seq;
        w->generation = spec->generation;
        must(bundle_write(spec, fd, &w->out, &e));
        assert_int_equal(lseek(fd, 0, SEEK_CUR), w->out.size);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static inline int sender_bundle(struct sender *s, const struct written *base, struct written *w)
{
        struct bundle_spec spec = sender_spec(s, base);
        int fd = spec_bundle(&spec, w);

        s->seq++;
        return fd;
}

/* The volumes of a bundle, in memory, each at its beginning. */
#define VOLUMES_MAX 16
struct volumes {
        int fd[VOLUMES_MAX];
        size_t count;
        struct written w;
};

static inline int volumes_begin(void *user, size_t v, size_t volumes, struct err *e)
{
        struct volumes *to = user;

        (void)e;
        assert_true(volumes <= VOLUMES_MAX);
        assert_int_equal(v, to->count);
        return to->fd[to->count++] = memory_file();
}

static inline int volumes_end(void *user, size_t v, struct err *e)
{
        struct volumes *to = user;

        (void)e;
        assert_int_equal(v + 1, to->count);
        return lseek(to->fd[v], 0, SEEK_SET) == 0 ? 0 : -1;
}

static inline void spec_volumes(const struct bundle_spec *spec, struct volumes *out)
{
        struct volume_files files = {NULL, volumes_begin, volumes_end};
        struct err e;

        *out = (struct volumes){.w = {.seq = spec->seq, .generation = spec->generation}};
        files.user = out;
        must(bundle_write_volumes(spec, &files, &out->w.out, &e));
        assert_int_equal(out->count, out->w.out.volumes);
}

static inline void volumes_close(struct volumes *v)
{
        while (v->count)
                close(v->fd[--v->count]);
}

/* The stream's list is these keys; threshold of them must have signed. */
static inline void box_trust(struct box *b, const char *stream, struct secret_key *const *keys,
    size_t count, unsigned threshold)
{
        struct trust *t = xmalloc(sizeof *t);
        struct public_key public;
        struct buf json;
        struct err e;

        buf_init(&json, LIMIT_TRUST_JSON);
        must(trust_init(t, stream, &e));
        for (size_t i = 0; i < count; i++) {
                secret_key_public(keys[i], &public);
                must(trust_add(t, &public, "", &e));
        }
        must(trust_set_threshold(t, threshold, &e));
        must(trust_set_list_threshold(t, threshold, &e));
        must(trust_to_json(t, &json, &e));
        must(catalog_trust_put(b->catalog, stream, json.data, &e));
        buf_release(&json);
        free(t);
}

/* Imports from the beginning of fd. *r may be NULL; else the caller releases it. */
static inline int box_import(struct box *b, int fd, struct import_result *r, struct err *e)
{
        struct import im = {.catalog = b->catalog, .store = b->store, .name = "a bundle"};
        struct import_result ignored;
        int ret;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        *e = (struct err)ERR_INIT;
        ret = import_bundle(&im, fd, r ? r : &ignored, e);
        if (!r)
                import_result_release(&ignored);
        return ret;
}

/* The import must be refused and leave the mirror as it was. */
#define import_refused(box, fd, code, part) \
        do { \
                unsigned char digest_before[SHA256_SIZE], digest_after[SHA256_SIZE]; \
                struct err refusal; \
                box_digest(box, digest_before); \
                refused(box_import(box, fd, NULL, &refusal), &refusal, code, part); \
                box_digest(box, digest_after); \
                assert_memory_equal(digest_before, digest_after, SHA256_SIZE); \
                assert_true(box_entries(box, "tmp") == 0); \
        } while (0)

/* Everything from the beginning. The caller frees. */
static inline unsigned char *bundle_bytes(int fd, size_t *len)
{
        off_t end = lseek(fd, 0, SEEK_END);
        unsigned char *bytes = xmalloc((size_t)end);

        *len = (size_t)end;
        assert_int_equal(pread(fd, bytes, *len, 0), end);
        return bytes;
}

/* Another file with the same bytes. */
static inline int bundle_copy(int fd)
{
        size_t len;
        unsigned char *bytes = bundle_bytes(fd, &len);
        int copy = memory_file();

        assert_int_equal(write(copy, bytes, len), len);
        free(bytes);
        return copy;
}

/* Where in a file the bytes of the n-th pack of that size begin. */
static inline off_t bundle_place(int fd, uint64_t pack_size, unsigned n)
{
        unsigned char *bytes, wanted[TAR_BLOCK];
        size_t len;
        off_t at = 0;

        bytes = bundle_bytes(fd, &len);
        tar_header("", pack_size, wanted);
        for (size_t i = 0; i + TAR_BLOCK <= len && !at; i += TAR_BLOCK)
                if (memcmp(bytes + i, "dray-bundle-1/packs/", 20) == 0 &&
                    memcmp(bytes + i + 124, wanted + 124, 11) == 0 && n-- == 0)
                        at = (off_t)i + TAR_BLOCK;
        free(bytes);
        assert_true(at > 0);
        return at;
}

static inline void same_bundle(int one, int two)
{
        size_t len, other_len;
        unsigned char *bytes = bundle_bytes(one, &len), *other = bundle_bytes(two, &other_len);

        assert_int_equal(len, other_len);
        assert_memory_equal(bytes, other, len);
        free(bytes);
        free(other);
}

/* The state id of everything that the newest generation of a mirror holds. */
static inline void box_state(struct box *b, unsigned char out[SHA256_SIZE])
{
        struct generation g;
        struct err e;

        must(catalog_generation_last(b->catalog, &g, &e));
        memcpy(out, g.state, SHA256_SIZE);
}

#endif
