/* volume.json has one text for what it says, and nothing that is not meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "box.h"
#include "bundle/volume.h"

static struct volume example(size_t signatures)
{
        struct volume v = {.manifest_size = 700,
            .volume = 2,
            .volumes = 3,
            .first_pack = 4,
            .pack_count = 5,
            .signature_count = signatures};

        memset(v.manifest, 0xab, SHA256_SIZE);
        snprintf(v.medium, sizeof v.medium, "BD-DL");
        for (size_t i = 0; i < signatures; i++) {
                struct volume_file *s = &v.signatures[i];

                snprintf(s->name, sizeof s->name, "manifest.jsonl.xz.%016zX.minisig", i);
                memset(s->sha256, (int)i, SHA256_SIZE);
                s->size = 300 + i;
        }
        return v;
}

static void text_and_back(void **state)
{
        static const size_t counts[] = {0, 1, 2, LIMIT_SIGNATURES};
        struct volume v, back;
        struct buf text;
        struct err e;

        (void)state;
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                v = example(counts[i]);
                buf_init(&text, LIMIT_VOLUME_JSON);
                must(volume_format(&v, &text, &e));
                assert_int_equal(text.data[text.len - 1], '\n');
                memset(&back, 0xff, sizeof back);
                must(volume_parse(text.data, text.len, &back, &e));
                assert_memory_equal(back.manifest, v.manifest, SHA256_SIZE);
                assert_int_equal(back.manifest_size, 700);
                assert_int_equal(back.volume, 2);
                assert_int_equal(back.volumes, 3);
                assert_string_equal(back.medium, "BD-DL");
                assert_int_equal(back.first_pack, 4);
                assert_int_equal(back.pack_count, 5);
                assert_int_equal(back.signature_count, counts[i]);
                for (size_t s = 0; s < counts[i]; s++) {
                        assert_string_equal(back.signatures[s].name, v.signatures[s].name);
                        assert_memory_equal(
                            back.signatures[s].sha256, v.signatures[s].sha256, SHA256_SIZE);
                        assert_int_equal(back.signatures[s].size, 300 + s);
                }
                buf_release(&text);
        }
        v.medium[0] = '\0';
        buf_init(&text, 100);
        refused(volume_format(&v, &text, &e), &e, ERR_FAILED, "longer than 100");
        buf_release(&text);
}

/* The text with `from` replaced by `to`. */
static void parse_refuses(const char *from, const char *to, const char *part)
{
        struct volume v = example(1), back;
        struct buf text, other;
        struct err e;
        char *at;

        buf_init(&text, LIMIT_VOLUME_JSON);
        buf_init(&other, LIMIT_VOLUME_JSON);
        must(volume_format(&v, &text, &e));
        at = strstr(text.data, from);
        assert_non_null(at);
        buf_add(&other, text.data, (size_t)(at - text.data));
        buf_adds(&other, to);
        buf_adds(&other, at + strlen(from));
        refused(volume_parse(other.data, other.len, &back, &e), &e, ERR_REFUSED, part);
        buf_release(&other);
        buf_release(&text);
}

static void other_texts(void **state)
{
        struct volume back;
        struct err e;
        char longer[200], quoted[220];

        (void)state;
        refused(volume_parse("", 0, &back, &e), &e, ERR_REFUSED, "cut short");
        refused(volume_parse("\n", 1, &back, &e), &e, ERR_REFUSED, "not a JSON object");
        refused(volume_parse("{}", 2, &back, &e), &e, ERR_REFUSED, "cut short");
        refused(volume_parse("{}\n", 3, &back, &e), &e, ERR_REFUSED, "\"format\" is missing");
        parse_refuses("}\n", "}", "cut short");
        parse_refuses("}\n", "}\n\n", "canonical");
        parse_refuses("}\n", "} \n", "canonical");
        parse_refuses("dray-bundle-1", "dray-bundle-2", "this format");
        parse_refuses("manifest.jsonl.xz\"", "manifest.jsonl\"", "this format");
        parse_refuses("\"volume\":2", "\"volume\":0", "this format");
        parse_refuses("\"volume\":2", "\"volume\":4", "this format");
        parse_refuses("\"volume\":2", "\"volume\":-1", "out of range");
        parse_refuses("\"volumes\":3", "\"volumes\":10000", "out of range");
        parse_refuses("\"first_pack\":4", "\"first_pack\":1000001", "out of range");
        parse_refuses("\"pack_count\":5", "\"pack_count\":9223372036854775807", "out of range");
        parse_refuses("\"size\":700", "\"size\":67108865", "out of range");
        parse_refuses("\"size\":700", "\"size\":\"700\"", "not an integer");
        parse_refuses("abab", "ABAB", "lower-case");
        parse_refuses("\"signatures\":[", "\"signatures\":[1,", "not a file");
        parse_refuses("\"volumes\":3", "\"volumes\":3,\"x\":1", "unknown key \"x\"");
        parse_refuses("\"size\":300", "\"size\":300,\"x\":1", "unknown key \"x\"");
        parse_refuses("\"BD-DL\"", "\"\"", "\"medium\" names none");
        parse_refuses("\"BD-DL\"", "\" BD\"", "\"medium\" names none");
        parse_refuses("\"BD-DL\"", "\"BD\x1b[1m\"", "volume.json");
        parse_refuses("\"BD-DL\"", "\"B\\u001BD\"", "\"medium\" names none");
        parse_refuses("\"BD-DL\"", "\"B\xc3\x9f\"", "\"medium\" names none");
        parse_refuses(
            "\"BD-DL\"", "\"0123456789012345678901234567890123456789x\"", "\"medium\" names none");
        parse_refuses("\"BD-DL\"", "7", "not a string");
        parse_refuses(
            "\"volume\":2,\"volumes\":3", "\"volume\":1,\"volumes\":1", "\"medium\" names none");
        memset(longer, 'x', 120);
        longer[120] = '\0';
        snprintf(quoted, sizeof quoted, "\"%s\"", longer);
        parse_refuses("\"manifest.jsonl.xz.0000000000000000.minisig\"", quoted, "too long");
}

/* Of a file that is the whole bundle it is not told what it was made to fit. */
static void no_medium_of_one(void **state)
{
        struct volume v = example(0), back;
        struct buf text;
        struct err e;

        (void)state;
        v.volume = v.volumes = 1;
        buf_init(&text, LIMIT_VOLUME_JSON);
        must(volume_format(&v, &text, &e));
        assert_null(strstr(text.data, "medium"));
        must(volume_parse(text.data, text.len, &back, &e));
        assert_string_equal(back.medium, "");
        buf_release(&text);
}

static void too_many_signatures(void **state)
{
        struct volume v = example(LIMIT_SIGNATURES), back;
        struct buf text, more;
        struct err e;
        const char *first, *second;

        (void)state;
        buf_init(&text, LIMIT_VOLUME_JSON);
        buf_init(&more, LIMIT_VOLUME_JSON);
        must(volume_format(&v, &text, &e));
        first = strstr(text.data, "\"signatures\":[") + 14;
        second = strstr(first, "},{") + 2;
        buf_add(&more, text.data, (size_t)(second - text.data));
        buf_adds(&more, first); /* the first one twice */
        refused(volume_parse(more.data, more.len, &back, &e), &e, ERR_REFUSED, "more than 16");
        buf_release(&text);
        buf_release(&more);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(text_and_back),
            cmocka_unit_test(other_texts),
            cmocka_unit_test(no_medium_of_one),
            cmocka_unit_test(too_many_signatures),
        };

        return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
