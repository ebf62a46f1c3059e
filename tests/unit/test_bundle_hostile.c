/*
 * Bundles that a trusted key signed and whose bytes are wrong all the same:
 * bombs, packs of other bytes, members that nobody listed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lzma.h>

#include "forge_refused.h"

#define SHA_0 "0000000000000000000000000000000000000000000000000000000000000000"

/* The forged bundle itself is right, or nothing here would mean anything. */
static void the_right_one_is_accepted(void **state)
{
        struct box mirror;
        struct import_result r;
        struct forge f;
        struct err e;
        int fd;

        (void)state;
        box_open(&mirror);
        box_trust(&mirror, STREAM, keys, 1, 1);
        forge_open(&f, keys[0]);
        fd = forge_bundle(&f);
        must(box_import(&mirror, fd, &r, &e));
        assert_int_equal(r.generation.id, 1);
        assert_int_equal(r.manifest.totals.blobs, FORGE_FILES);
        import_result_release(&r);
        for (unsigned i = 0; i < FORGE_FILES; i++) {
                unsigned char sha[SHA256_SIZE];
                size_t len = strlen(forge_files[i].bytes);

                sha256(forge_files[i].bytes, len, sha);
                assert_int_equal(store_check(mirror.store, sha, len, &e), 1);
        }
        close(fd);
        forge_close(&f);
        box_close(&mirror);
}

/* -- the manifest as stored -- */

static void store_xz(struct forge *f, const void *bytes, size_t len)
{
        struct err e;

        must(xz_encode(bytes, len, 0, &f->manifest, &e));
}

static void stored_manifests(void **state)
{
        struct forge f;

        (void)state;
        forge_open(&f, keys[0]);
        buf_adds(&f.manifest, f.lines.data);
        refuse(&f, "not an xz stream");
        forge_open(&f, keys[0]);
        store_xz(&f, "", 0);
        refuse(&f, "manifest: empty");
        forge_open(&f, keys[0]);
        store_xz(&f, "\n", 1);
        refuse(&f, "not a JSON object");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, f.lines.len - 1);
        refuse(&f, "its last line has no end");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, f.lines.len);
        f.manifest.len -= 1;
        refuse(&f, "cut short");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, f.lines.len);
        buf_add(&f.manifest, "\0\0\0\0", 4);
        refuse(&f, "bytes follow the end");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, 100);
        store_xz(&f, f.lines.data + 100, f.lines.len - 100);
        refuse(&f, "bytes follow the end");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, f.lines.len);
        f.manifest.data[f.manifest.len / 2] ^= 1;
        refuse(&f, "damaged xz stream");
}

/* The size of the dictionary that the first block asks for, set to 1.5 GiB. */
static void ask_for_memory(struct buf *xz)
{
        unsigned char *block = (unsigned char *)xz->data + LZMA_STREAM_HEADER_SIZE;
        size_t size = ((size_t)block[0] + 1) * 4;
        uint32_t crc;

        assert_int_equal(block[2], 0x21); /* LZMA2 */
        block[4] = 37;
        crc = lzma_crc32(block, size - 4, 0);
        for (size_t i = 0; i < 4; i++)
                block[size - 4 + i] = (unsigned char)(crc >> 8 * i);
}

/* Replaces a pack by other bytes under its own true hash and size. */
static void replace_pack(struct forge *f, unsigned n, const char *bytes, size_t len)
{
        struct buf *pack = &f->packs[n];
        char sha[SHA256_HEX], other[SHA256_HEX], from[60], to_size[60];
        size_t stored = f->packs[0].len + f->packs[1].len, old = pack->len;

        sha256_hex(pack->data, pack->len, sha);
        buf_reset(pack);
        buf_add(pack, bytes, len);
        sha256_hex(pack->data, pack->len, other);
        forge_edit(f, sha, other);
        snprintf(from, sizeof from, "\"size\":%zu,\"type\":\"pack\"", old);
        snprintf(to_size, sizeof to_size, "\"size\":%zu,\"type\":\"pack\"", len);
        forge_edit(f, from, to_size);
        snprintf(from, sizeof from, "\"stored\":%zu", stored);
        snprintf(to_size, sizeof to_size, "\"stored\":%zu", stored - old + len);
        forge_edit(f, from, to_size);
}

static void refuse_xz_pack(const char *decoded, size_t len, size_t more, const char *part)
{
        struct forge f;
        struct buf xz;
        struct err e;

        buf_init(&xz, MIB);
        must(xz_encode(decoded, len, 0, &xz, &e));
        while (more--)
                buf_addc(&xz, '\0');
        forge_open(&f, keys[0]);
        replace_pack(&f, 0, xz.data, xz.len);
        refuse(&f, part);
        buf_release(&xz);
}

static void bombs(void **state)
{
        size_t len = 64 * MIB;
        char *many = xmalloc(len);
        struct buf pack;
        struct forge f;

        (void)state;
        memset(many, '\n', len);
        forge_open(&f, keys[0]);
        store_xz(&f, many, len);
        refuse(&f, "not a JSON object");
        memset(many, ' ', len);
        forge_open(&f, keys[0]);
        store_xz(&f, many, len);
        refuse(&f, "a line is too long");
        forge_open(&f, keys[0]);
        store_xz(&f, f.lines.data, f.lines.len);
        ask_for_memory(&f.manifest);
        refuse(&f, "needs 1536 MiB to decode; the limit is 96 MiB");
        refuse_xz_pack(many, len, 0, "holds more than the 70 bytes declared");
        forge_open(&f, keys[0]);
        buf_init(&pack, MIB);
        buf_add(&pack, f.packs[0].data, f.packs[0].len);
        ask_for_memory(&pack);
        replace_pack(&f, 0, pack.data, pack.len);
        buf_release(&pack);
        refuse(&f, "needs 1536 MiB to decode");
        free(many);
}

/* -- packs that are what their hashes say, and yet wrong -- */

static void packs_of_other_bytes(void **state)
{
        char decoded[100];
        struct forge f;

        (void)state;
        memset(decoded, 'x', sizeof decoded);
        refuse_xz_pack(decoded, 70, 0, "its bytes are not what its name says");
        memcpy(decoded, forge_files[0].bytes, 50);
        refuse_xz_pack(decoded, 70, 0, "its bytes are not what its name says");
        memcpy(decoded + 50, forge_files[1].bytes, 20);
        refuse_xz_pack(decoded, 69, 0, "70 were declared");
        refuse_xz_pack(decoded, 71, 0, "holds more than the 70 bytes declared");
        refuse_xz_pack(decoded, 70, 4, "bytes follow the end of the xz stream");
        refuse_xz_pack(decoded, 0, 0, "0 bytes, and 70 were declared");
        forge_open(&f, keys[0]);
        replace_pack(&f, 0, decoded, 70);
        refuse(&f, "not an xz stream");
        forge_open(&f, keys[0]);
        replace_pack(&f, 0, "", 0);
        refuse(&f, "cut short");
        forge_open(&f, keys[0]);
        replace_pack(&f, 1, decoded, 29);
        refuse(&f, "its bytes are not what its name says");
}

/* A decoder would say something else of such bytes: it does not get to see them. */
static void a_pack_is_hashed_before_it_is_decoded(void **state)
{
        char part[SHA256_HEX + 40], sha[SHA256_HEX];
        struct forge f;
        int fd;

        (void)state;
        forge_open(&f, keys[0]);
        fd = forge_bundle(&f);
        sha256_hex(f.packs[0].data, f.packs[0].len, sha);
        snprintf(part, sizeof part, "pack %s is damaged; copy", sha);
        assert_int_equal(pwrite(fd, "no xz", 5, bundle_place(fd, f.packs[0].len, 0)), 5);
        import_refused(&to, fd, ERR_REFUSED, part);
        close(fd);
        forge_close(&f);
}

/* A pack that is one whole raw blob is hashed once for both; its name must be the blob's. */
static void own_pack_of_another_blob(void **state)
{
        static const char one[] = "the bytes that lie here";
        char other[SHA256_HEX], *record;
        struct forge f;

        (void)state;
        forge_open_empty(&f, keys[0]);
        record = forge_record("x.whl", "something else, of 23 b", 23);
        sha256_hex("something else, of 23 b", 23, other);
        buf_addf(&f.lines,
            "{\"audience\":\"\",\"base\":null,\"epoch\":1,\"format\":\"dray-bundle-1\",\"holes\":[],"
            "\"issued\":\"2026-11-22T12:00:00Z\",\"next_by\":null,\"requires\":[\"blob-copy\","
            "\"pack-raw\"],\"seq\":1,\"state\":\"" SHA_0 "\",\"stream\":\"" STREAM "\","
            "\"totals\":{\"added\":1,\"blobs\":1,\"bytes\":23,\"packs\":1,\"removed\":0,"
            "\"stored\":23},\"trust\":0,\"type\":\"header\"}\n"
            "{\"kind\":\"" KIND "\",\"name\":\"" SOURCE "\",\"type\":\"source\"}\n");
        forge_pack(&f, one, strlen(one), 0);
        buf_addf(&f.lines,
            "{\"copy\":[[0,0,23]],\"sha256\":\"%s\",\"size\":23,\"type\":\"blob\"}\n"
            "{\"record\":%s,\"type\":\"add\"}\n",
            other, record);
        f.volume_pack_count = 1;
        refuse(&f, "its bytes are not what its name says");
        free(record);
}

/* n blobs of two bytes, of which the first lies in pack 0 and the second in pack 1. */
static void forge_open_blobs(struct forge *f, unsigned n)
{
        char *lines[16] = {0}, *records[16] = {0}, first[16], second[16], state_hex[SHA256_HEX];
        struct buf text, rest;

        forge_open_empty(f, keys[0]);
        for (unsigned i = 0; i < n; i++) {
                char bytes[2] = {first[i] = (char)('a' + i), second[i] = (char)('A' + i)};
                char sha[SHA256_HEX], file[16];

                sha256_hex(bytes, 2, sha);
                snprintf(file, sizeof file, "f%u", i);
                records[i] = forge_record(file, bytes, 2);
                lines[i] = xasprintf("%s{\"copy\":[[0,%u,1],[1,%u,1]],\"sha256\":\"%s\",\"size\":2,"
                                     "\"type\":\"blob\"}\n",
                    sha, i, i, sha);
        }
        buf_init(&text, MIB);
        qsort(records, n, sizeof *records, forge_by_text);
        for (unsigned i = 0; i < n; i++)
                buf_addf(&text, "%s\n", records[i]);
        sha256_hex(text.data, text.len, state_hex);
        buf_release(&text);
        forge_pack(f, first, n, 0);
        forge_pack(f, second, n, 0);
        rest = f->lines;
        buf_init(&f->lines, MIB);
        buf_addf(&f->lines,
            "{\"audience\":\"\",\"base\":null,\"epoch\":1,\"format\":\"dray-bundle-1\",\"holes\":[],"
            "\"issued\":\"2026-11-22T12:00:00Z\",\"next_by\":null,\"requires\":[\"blob-copy\","
            "\"pack-raw\"],\"seq\":1,\"state\":\"%s\",\"stream\":\"" STREAM "\","
            "\"totals\":{\"added\":%u,\"blobs\":%u,\"bytes\":%u,\"packs\":2,\"removed\":0,"
            "\"stored\":%u},\"trust\":0,\"type\":\"header\"}\n"
            "{\"kind\":\"" KIND "\",\"name\":\"" SOURCE "\",\"type\":\"source\"}\n%s",
            state_hex, n, n, 2 * n, 2 * n, rest.data);
        buf_release(&rest);
        qsort(lines, n, sizeof *lines, forge_by_text);
        for (unsigned i = 0; i < n; i++) {
                buf_adds(&f->lines, lines[i] + SHA256_HEX - 1);
                free(lines[i]);
        }
        for (unsigned i = 0; i < n; i++) {
                buf_addf(&f->lines, "{\"record\":%s,\"type\":\"add\"}\n", records[i]);
                free(records[i]);
        }
        f->volume_pack_count = 2;
}

static void open_blobs_are_few(void **state)
{
        struct forge f;
        struct box mirror;
        struct err e;
        int fd;

        (void)state;
        box_open(&mirror);
        box_trust(&mirror, STREAM, keys, 1, 1);
        forge_open_blobs(&f, 4);
        fd = forge_bundle(&f);
        must(box_import(&mirror, fd, NULL, &e));
        close(fd);
        forge_close(&f);
        box_close(&mirror);
        forge_open_blobs(&f, 5);
        refuse(&f, "more than 4 blobs run on into later packs");
        forge_open_blobs(&f, 12);
        refuse(&f, "more than 4 blobs run on into later packs");
}

/* -- the file around it -- */

static void pack_members(void **state)
{
        struct forge f;
        struct buf swap;

        (void)state;
        forge_open(&f, keys[0]);
        swap = f.packs[0];
        f.packs[0] = f.packs[1];
        f.packs[1] = swap;
        refuse(&f, "the bundle holds packs/");
        forge_open(&f, keys[0]);
        buf_release(&f.packs[--f.pack_count]);
        refuse(&f, "the bundle holds nothing where packs/");
        forge_open(&f, keys[0]);
        buf_init(&f.packs[f.pack_count], 100);
        buf_adds(&f.packs[f.pack_count++], "one more");
        refuse(&f, "the bundle holds more than its manifest lists");
}

/* The head of a bundle up to volume.json, and what volume.json then says. */
static void begin_head(struct forge *f, struct buf *out)
{
        buf_init(out, 4 * MIB);
        forge_open(f, keys[0]);
        forge_head(f, out);
        out->len = (size_t)((char *)memmem(out->data, out->len, "dray-bundle-1/volume.json", 26) -
                            out->data);
}

/* Ends both. */
static void refuse_bytes(struct forge *f, struct buf *out, const char *part)
{
        int fd = memory_file();

        assert_int_equal(write(fd, out->data, out->len), out->len);
        import_refused(&to, fd, ERR_REFUSED, part);
        close(fd);
        buf_release(out);
        forge_close(f);
}

static void refuse_volume(struct forge *f, struct buf *out, const char *part)
{
        struct buf json;
        struct err e;

        buf_init(&json, LIMIT_VOLUME_JSON);
        must(volume_format(&f->volume, &json, &e));
        forge_member(out, "volume.json", json.data, json.len);
        buf_release(&json);
        refuse_bytes(f, out, part);
}

static void volume_json(void **state)
{
        struct forge f;
        struct buf out;

        (void)state;
        forge_open(&f, keys[0]);
        f.volume_pack_count = 3;
        refuse(&f, "does not list the packs that the manifest does");
        forge_open(&f, keys[0]);
        f.volume.first_pack = 1;
        refuse(&f, "does not list the packs that the manifest does");
        forge_open(&f, keys[0]);
        f.volume.volumes = 2; /* more packs than there are, and not in the last volume */
        f.volume_pack_count = 3;
        refuse(&f, "does not list the packs that the manifest does");
        forge_open(&f, keys[0]);
        f.volume.volumes = 2; /* the first volume begins in the middle */
        f.volume.first_pack = 1;
        f.volume_pack_count = 1;
        refuse(&f, "does not list the packs that the manifest does");
        forge_open(&f, keys[0]);
        f.volume.volume = f.volume.volumes = 2;
        f.volume.first_pack = 0;
        f.volume_pack_count = 1;
        refuse(&f, "does not list the packs that the manifest does");
        begin_head(&f, &out);
        f.volume.manifest[0] ^= 1;
        refuse_volume(&f, &out, "manifest.jsonl.xz is not what volume.json says");
        begin_head(&f, &out);
        f.volume.signatures[0].sha256[31] ^= 1;
        refuse_volume(&f, &out, "manifest.jsonl.xz.minisig is not what volume.json says");
        begin_head(&f, &out);
        f.volume.signature_count = 0;
        refuse_volume(&f, &out, "volume.json lists 0 signatures, there are 1");
        begin_head(&f, &out);
        forge_member(&out, "trust/000001.list", "any", 3);
        refuse_volume(&f, &out, "volume.json names 0 trust lists, there are 1");
}

/* Each of the head's members, said to be larger than it may be: no memory is set aside for it. */
static void sizes_before_memory(void **state)
{
        static const struct {
                const char *name;
                uint64_t size;
        } cases[] = {
            {"manifest.jsonl.xz", LIMIT_MANIFEST_STORED + 1},
            {"manifest.jsonl.xz", 077777777777},
            {"manifest.jsonl.xz.0123456789ABCDEF.minisig", LIMIT_SIGNATURE + 1},
            {"trust/000001.list", LIMIT_TRUST_LIST + 1},
            {"volume.json", LIMIT_VOLUME_JSON + 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                unsigned char block[TAR_BLOCK];
                char path[200];
                struct forge f;
                struct buf out;

                begin_head(&f, &out);
                if (i < 2)
                        buf_reset(&out);
                snprintf(path, sizeof path, "dray-bundle-1/%s", cases[i].name);
                tar_header(path, cases[i].size, block);
                buf_add(&out, block, sizeof block);
                refuse_bytes(&f, &out, "a member of the bundle is larger than any may be");
        }
}

static void members_twice(void **state)
{
        struct forge f;
        struct buf out;
        char name[100];

        (void)state;
        begin_head(&f, &out);
        forge_member(&out, "manifest.jsonl.xz.minisig", "again", 5);
        refuse_bytes(&f, &out, "the bundle has manifest.jsonl.xz.minisig twice");
        begin_head(&f, &out);
        for (unsigned i = 0; i < LIMIT_SIGNATURES; i++) {
                snprintf(name, sizeof name, "manifest.jsonl.xz.%016X.minisig", i);
                forge_member(&out, name, "any", 3);
        }
        refuse_bytes(&f, &out, "more than 16 signatures");
        begin_head(&f, &out);
        forge_member(&out, "trust/000001.list", "any", 3);
        forge_member(&out, "trust/000001.list", "any", 3);
        refuse_bytes(&f, &out, "trust lists are not in order");
        begin_head(&f, &out);
        for (unsigned i = 0; i <= LIMIT_TRUST_LISTS; i++) {
                snprintf(name, sizeof name, "trust/%06u.list", i + 1);
                forge_member(&out, name, "any", 3);
        }
        refuse_bytes(&f, &out, "more than 64 trust lists");
        begin_head(&f, &out);
        forge_member(&out, "trust/000001.list", "any", 3);
        forge_member(&out, "manifest.jsonl.xz.0123456789ABCDEF.minisig", "late", 4);
        refuse_bytes(&f, &out, "where volume.json should be");
        begin_head(&f, &out);
        forge_member(&out, "readme.txt", "nobody asked", 12);
        refuse_bytes(&f, &out, "the bundle holds readme.txt where volume.json should be");
}

/* Signed by one that is not trusted: not a byte of the manifest is decoded. */
static void nothing_is_decoded_before_the_signature(void **state)
{
        struct forge f;

        (void)state;
        forge_open(&f, keys[1]);
        buf_adds(&f.manifest, "this is no xz");
        refuse(&f, "key");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            FORGE_TEST(the_right_one_is_accepted),
            FORGE_TEST(stored_manifests),
            FORGE_TEST(bombs),
            FORGE_TEST(packs_of_other_bytes),
            FORGE_TEST(a_pack_is_hashed_before_it_is_decoded),
            FORGE_TEST(own_pack_of_another_blob),
            FORGE_TEST(open_blobs_are_few),
            FORGE_TEST(pack_members),
            FORGE_TEST(volume_json),
            FORGE_TEST(sizes_before_memory),
            FORGE_TEST(members_twice),
            FORGE_TEST(nothing_is_decoded_before_the_signature),
        };

        return cmocka_run_group_tests_name("bundle_hostile", tests, make_keys, free_keys);
}
