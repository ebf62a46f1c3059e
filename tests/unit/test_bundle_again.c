/* A bundle of an earlier version, whose packs were compressed otherwise, is made again to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/bundle_again.h"
#include "bundle/hex.h"
#include "bundle/xz.h"
#include "bundle_box.h"

static struct sender s;
static struct bundle_head head;

static int keep_head(void *user, struct bundle_head *made, struct err *e)
{
        (void)user;
        (void)e;
        return buf_add(&head.manifest, made->manifest.data, made->manifest.len) < 0 ||
                       bundle_head_sign(&head, made->signatures[0].name,
                           made->signatures[0].text.data, made->signatures[0].text.len, e) < 0
                   ? -1
                   : 0;
}

/* A text and what does not compress: two packs. The head of their bundle is kept. */
static int set_up(void **state)
{
        unsigned char text[3000], noise[3000];
        struct bundle_spec spec;

        (void)state;
        box_fill(text, sizeof text, 1, 5);
        box_fill(noise, sizeof noise, 2, 256);
        sender_open(&s);
        sender_begin(&s);
        sender_put(&s, "a.txt", text, sizeof text);
        sender_put(&s, "b.whl", noise, sizeof noise);
        sender_commit(&s);
        bundle_head_init(&head);
        spec = sender_spec(&s, NULL);
        spec.made = keep_head;
        close(spec_bundle(&spec, NULL));
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        bundle_head_release(&head);
        sender_close(&s);
        return 0;
}

static void replace(struct buf *text, const char *old, const char *with)
{
        char *at = strstr(text->data, old);

        assert_non_null(at);
        while (*with)
                *at++ = *with++;
}

/* The head as if its packs had been made with that dictionary. Says how many became others. */
static unsigned repack(uint32_t dictionary)
{
        struct manifest m = {0}, was = {0};
        struct xz_decoder *x;
        struct pack_plan plan;
        struct buf lines;
        struct err e;
        unsigned others = 0;

        buf_init(&lines, MIB);
        must(manifest_read(head.manifest.data, head.manifest.len, &was, NULL, NULL, &e));
        must(manifest_read(head.manifest.data, head.manifest.len, &m, NULL, NULL, &e));
        x = xz_decoder_new_up_to(MIB / 2, xz_sink_buf, &lines);
        must(xz_decoder_write(x, head.manifest.data, head.manifest.len, &e));
        must(xz_decoder_finish(x, &e));
        xz_decoder_free(x);
        pack_plan_again(&plan, &m);
        plan.dictionary = dictionary;
        must(pack_build(&plan, s.box.store, s.box.packs, 1, NULL, NULL, &e));
        for (size_t i = 0; i < m.pack_count; i++) {
                char old[SHA256_HEX], new[SHA256_HEX];

                /* a small pack: only the dictionary's size in its head is another */
                assert_int_equal(m.packs[i].size, was.packs[i].size);
                if (memcmp(m.packs[i].sha256, was.packs[i].sha256, SHA256_SIZE) == 0)
                        continue;
                hex_encode(old, was.packs[i].sha256, SHA256_SIZE);
                hex_encode(new, m.packs[i].sha256, SHA256_SIZE);
                replace(&lines, old, new);
                others++;
        }
        head.manifest.len = 0;
        must(xz_encode(lines.data, lines.len, XZ_PRESET_DEFAULT, &head.manifest, &e));
        pack_plan_release(&plan);
        manifest_release(&m);
        manifest_release(&was);
        buf_release(&lines);
        return others;
}

static int make_again(struct err *e)
{
        const struct bundle_again again = {
            .store = s.box.store, .cache = s.box.packs, .threads = 2};
        int fd = memory_file(), ret;
        const struct volume_files files = {&fd, volume_to_fd_begin, volume_to_fd_end};
        struct bundle_written out;

        ret = bundle_write_again(&again, &head, &files, &out, e);
        close(fd);
        return ret;
}

static void as_it_is_made_now(void **state)
{
        struct err e;

        (void)state;
        assert_int_equal(repack(PACK_DICTIONARY), 0);
        must(make_again(&e));
}

static void as_it_was_made(void **state)
{
        struct err e;

        (void)state;
        assert_int_equal(repack(PACK_DICTIONARY_OLD), 1);
        must(make_again(&e));
}

static void as_it_never_was(void **state)
{
        struct err e;

        (void)state;
        assert_int_equal(repack(MIB), 1);
        refused(make_again(&e), &e, ERR_FAILED, "comes out otherwise than it did");
}

#define AGAIN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
            AGAIN(as_it_is_made_now),
            AGAIN(as_it_was_made),
            AGAIN(as_it_never_was),
        };

        return cmocka_run_group_tests_name("bundle_again", tests, NULL, NULL);
}
