/*
 * The manifest: what was written is read back, and of other lines, signed by
 * a trusted key, each is refused for what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forge_refused.h"

struct edit {
        const char *from, *to, *part;
};

static void refuse_edits(const struct edit *edits, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                struct forge f;

                forge_open(&f, keys[0]);
                forge_edit(&f, edits[i].from, edits[i].to);
                refuse(&f, edits[i].part);
        }
}

#define REFUSE_EDITS(edits) refuse_edits(edits, sizeof(edits) / sizeof *(edits))

static void totals_that_lie(void **state)
{
        static const struct edit edits[] = {
            {"\"added\":4", "\"added\":3", "more records than its totals say"},
            {"\"added\":4", "\"added\":5", "not the sums of its lines"},
            {"\"added\":4", "\"added\":8000001", "\"added\" is out of range"},
            {"\"blobs\":4", "\"blobs\":3", "more blobs than its totals say"},
            {"\"blobs\":4", "\"blobs\":5", "not the sums of its lines"},
            {"\"blobs\":4", "\"blobs\":4000001", "\"blobs\" is out of range"},
            {"\"bytes\":99", "\"bytes\":98", "not the sums of its lines"},
            {"\"bytes\":99", "\"bytes\":100", "not the sums of its lines"},
            {"\"bytes\":99", "\"bytes\":9223372036854775807", "not the sums of its lines"},
            {"\"bytes\":99", "\"bytes\":9223372036854775808", "not a JSON object"},
            {"\"bytes\":99", "\"bytes\":18446744073709551615", "not a JSON object"},
            {"\"bytes\":99", "\"bytes\":-1", "\"bytes\" is out of range"},
            {"\"bytes\":99", "\"bytes\":99.0", "not canonical"},
            {"\"bytes\":99", "\"bytes\":\"99\"", "\"bytes\" is not an integer"},
            {"\"packs\":2", "\"packs\":1", "more packs than its totals say"},
            {"\"packs\":2", "\"packs\":3", "not the sums of its lines"},
            {"\"packs\":2", "\"packs\":1000001", "\"packs\" is out of range"},
            {"\"stored\":", "\"stored\":1", "not the sums of its lines"},
            {"\"removed\":0,", "", "\"removed\" is missing"},
            {"\"removed\":0,", "\"removed\":0,\"s\":1,", "totals: unknown key \"s\""},
            {"\"totals\":{", "\"totals\":[{", "not a JSON object"},
        };

        (void)state;
        REFUSE_EDITS(edits);
}

#define SHA_0 "0000000000000000000000000000000000000000000000000000000000000000"
#define BASE(seq) "\"base\":{\"manifest\":\"" SHA_0 "\",\"seq\":" seq ",\"state\":\"" SHA_0 "\"}"

static void headers(void **state)
{
        static const struct edit edits[] = {
            {"dray-bundle-1", "dray-bundle-2",
                "format \"dray-bundle-2\" is not known to this dray"},
            {"\"pack-xz\"]", "\"pack-xz\",\"pack-zstd\"]",
                "needs \"pack-zstd\", which this dray does not know; a newer dray reads it"},
            {"[\"blob-copy\"", "[\"blob-copy\",\"blob-rebuild\"", "needs \"blob-rebuild\""},
            {"[\"blob-copy\"", "[\"blob-copy\\u0000x\"", "not a sorted list"},
            {"\"pack-raw\",\"pack-xz\"", "\"pack-xz\",\"pack-raw\"", "not a sorted list"},
            {"\"pack-raw\",", "\"pack-raw\",\"pack-raw\",", "not a sorted list"},
            {"\"pack-raw\",", "1,", "not a sorted list"},
            {"\"pack-raw\",", "", "\"requires\" is not what its lines use"},
            {"\"requires\":[", "\"requires\":{},\"s\":[", "\"requires\" is not an array"},
            {"\"audience\":\"\"", "\"audience\":\"a\\u0001b\"", "manifest: audience"},
            {"\"base\":null", "\"base\":1", "\"base\" is not an object"},
            {"\"base\":null", "\"base\":{}", "base: \"seq\" is missing"},
            {"\"base\":null", BASE("0"), "base: \"seq\" is 0"},
            {"\"base\":null", BASE("1"), "do not fit together"},
            {"\"base\":null", BASE("9223372036854775807"), "do not fit together"},
            {"\"base\":null", BASE("9223372036854775808"), "not a JSON object"},
            {"\"base\":null", BASE("0,\"sex\":1"), "unknown key \"sex\""},
            {"\"epoch\":1", "\"epoch\":0", "do not fit together"},
            {"\"epoch\":1", "\"epoch\":-1", "\"epoch\" is out of range"},
            {"\"seq\":1", "\"seq\":0", "do not fit together"},
            {"\"seq\":1", "\"seq\":-9223372036854775808", "\"seq\" is out of range"},
            {"\"seq\":1", "\"seq\":9223372036854775808", "not a JSON object"},
            {"\"holes\":[]", "\"holes\":[\"b\",\"a\"]", "\"holes\" is not sorted"},
            {"\"holes\":[]", "\"holes\":[\"a\",\"a\"]", "\"holes\" is not sorted"},
            {"\"holes\":[]", "\"holes\":[1]", "\"holes\" holds no text"},
            {"\"holes\":[]", "\"holes\":[\"\\u001B[2J\"]", "a hole holds a control character"},
            {"\"holes\":[]", "\"holes\":[\"a\342\200\256b\"]", "a hole holds a control character"},
            {"\"holes\":[]", "\"holes\":[\"a\\u0000\"]", "\"holes\" holds no text"},
            {"\"issued\":\"2026", "\"issued\":\"1926", "\"issued\" is not a time"},
            {"\"issued\":\"2026-11-22T12:00:00Z\"", "\"issued\":null",
                "\"issued\" is not a string"},
            {"\"next_by\":null", "\"next_by\":\"soon\"", "\"next_by\" is not a time"},
            {"\"next_by\":null", "\"next_by\":1", "\"next_by\" is not a string"},
            {"\"stream\":\"plant-a\"", "\"stream\":\"../a\"", "manifest: stream"},
            {"\"stream\":\"plant-a\"", "\"stream\":\"\"", "manifest: stream"},
            {"\"stream\":\"plant-a\"", "\"stream\":\"con\"", "manifest: stream"},
            {"\"type\":\"header\"", "\"type\":\"header\",\"zoo\":1", "unknown key \"zoo\""},
            {"\"type\":\"header\"", "\"type\":\"head\"", "line type \"head\" is not known"},
            {"\"type\":\"header\"", "\"type\":\"pack\"", "\"pack\" line stands where none may"},
            {",\"type\":\"header\"", "", "\"type\" is missing"},
            {",\"trust\":0", "", "\"trust\" is missing"},
            {"\"trust\":0", "\"trust\":-1", "\"trust\" is out of range"},
            {"\"trust\":0", "\"trust\":1000000", "\"trust\" is out of range"},
            {"\"trust\":0", "\"trust\":1", "lists were taken out"},
            {"{\"audience\"", "{ \"audience\"", "not canonical"},
            {"\"epoch\":1,", "\"epoch\":1,\"epoch\":1,", "not a JSON object"},
            {"{\"audience\"", "\n{\"audience\"", "not a JSON object"},
            {"\"type\":\"header\"}\n", "\"type\":\"header\"}\r\n", "not canonical"},
        };
        struct forge f;

        (void)state;
        REFUSE_EDITS(edits);
        forge_open(&f, keys[0]);
        forge_double_line(&f, 0);
        refuse(&f, "\"header\" line stands where none may");
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 0);
        refuse(&f, "\"source\" line stands where none may");
}

/* The state id is the last word: with another one nothing is taken. */
static void state_that_lies(void **state)
{
        struct forge f;
        char *header, *at, from[80], other[80];

        (void)state;
        forge_open(&f, keys[0]);
        header = forge_line(&f, 0);
        at = strstr(header, "\"state\":\"");
        snprintf(from, sizeof from, "%.20s", at);
        memcpy(other, from, sizeof from);
        other[12] = other[12] == 'a' ? 'b' : 'a';
        forge_edit(&f, from, other);
        refuse(&f, "would not be what the sender signed");
        free(header);
}

static void sources(void **state)
{
        static const struct edit edits[] = {
            {"\"name\":\"" SOURCE "\"", "\"name\":\"other\"",
                "names source " SOURCE ", which has no line"},
            {"\"name\":\"" SOURCE "\"", "\"name\":\"Made-up.src\"", "manifest: source"},
            {"\"name\":\"" SOURCE "\"", "\"name\":\"a/b\"", "manifest: source"},
            {"\"name\":\"" SOURCE "\"", "\"name\":\"..\"", "manifest: source"},
            {"\"name\":\"" SOURCE "\"", "\"name\":\"index.html\"", "the site's own page"},
            {"\"name\":\"" SOURCE "\"", "\"name\":\"aux\"", "device"},
            {"\"kind\":\"" KIND "\"", "\"kind\":\"\"", "manifest: kind"},
            {"\"kind\":\"" KIND "\"", "\"kind\":\"a b\"", "manifest: kind"},
            {"\"kind\":\"" KIND "\",", "", "\"kind\" is missing"},
            {"\"type\":\"source\"", "\"type\":\"source\",\"x\":1", "unknown key \"x\""},
        };
        struct forge f;
        char *line;

        (void)state;
        REFUSE_EDITS(edits);
        forge_open(&f, keys[0]);
        forge_double_line(&f, 1);
        refuse(&f, "sources are not sorted");
        forge_open(&f, keys[0]);
        forge_edit(
            &f, "{\"kind\"", "{\"kind\":\"a\",\"name\":\"zzz\",\"type\":\"source\"}\n{\"kind\"");
        refuse(&f, "sources are not sorted");
        forge_open(&f, keys[0]);
        line = forge_line(&f, 1);
        forge_edit(&f, line, "");
        refuse(&f, "names source " SOURCE ", which has no line");
        free(line);
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 1);
        refuse(&f, "\"source\" line stands where none may");
}

static void too_many_sources(void **state)
{
        struct forge f;
        struct buf lines;

        (void)state;
        buf_init(&lines, MIB);
        for (int i = 0; i < LIMIT_SOURCES; i++)
                buf_addf(&lines, "{\"kind\":\"k\",\"name\":\"0%03d\",\"type\":\"source\"}\n", i);
        buf_adds(&lines, "{\"kind\"");
        forge_open(&f, keys[0]);
        forge_edit(&f, "{\"kind\"", lines.data);
        refuse(&f, "more than 1000 sources");
        buf_release(&lines);
}

static void packs(void **state)
{
        static const struct edit edits[] = {
            {"\"encoding\":\"xz\"", "\"encoding\":\"zstd\"", "pack encoding \"zstd\" is not known"},
            {"\"encoding\":\"raw\"", "\"encoding\":\"xz\"", "what its lines use"},
            {"\"encoding\":\"xz\"", "\"encoding\":\"raw\"", "sizes are out of range"},
            {"\"decoded\":70", "\"decoded\":0", "sizes are out of range"},
            {"\"decoded\":70", "\"decoded\":-70", "\"decoded\" is out of range"},
            {"\"decoded\":70", "\"decoded\":69", "lies outside of its pack"},
            {"\"decoded\":70", "\"decoded\":71", "do not fill pack 0 exactly"},
            {"\"decoded\":70", "\"decoded\":33554433", "sizes are out of range"},
            {"\"decoded\":70", "\"decoded\":9223372036854775808", "not a JSON object"},
            {"\"decoded\":70,", "", "\"decoded\" is missing"},
            {"\"decoded\":29,", "\"decoded\":30,", "sizes are out of range"},
            {"\"decoded\":29,", "\"decoded\":1073741825,", "\"decoded\" is out of range"},
            {"\"size\":29,\"type\":\"pack\"", "\"size\":28,\"type\":\"pack\"", "out of range"},
            {"\"size\":29,\"type\":\"pack\"", "\"size\":1073741825,\"type\":\"pack\"",
                "out of range"},
            {"\"type\":\"pack\"", "\"type\":\"pack\",\"x\":1", "unknown key \"x\""},
        };
        struct forge f;
        char *line;

        (void)state;
        REFUSE_EDITS(edits);
        forge_open(&f, keys[0]);
        forge_double_line(&f, 2);
        refuse(&f, "more packs than its totals say");
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 2); /* their order is the packs' order in the file */
        refuse(&f, "lies outside of its pack");
        forge_open(&f, keys[0]);
        line = forge_line(&f, 3);
        buf_adds(&f.lines, line); /* after the records */
        refuse(&f, "\"pack\" line stands where none may");
        free(line);
}

static void blobs(void **state)
{
        static const struct edit edits[] = {
            {"[0,0,50]", "[2,0,50]", "names a pack that is not there"},
            {"[0,0,50]", "[4294967296,0,50]", "names a pack that is not there"},
            {"[0,0,50]", "[9223372036854775807,0,50]", "names a pack that is not there"},
            {"[0,0,50]", "[-1,0,50]", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,-1,50]", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,0,-50]", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,0,50,0]", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,50]", "not [pack, offset, length]"},
            {"[0,0,50]", "[]", "not [pack, offset, length]"},
            {"[0,0,50]", "50", "not [pack, offset, length]"},
            {"[0,0,50]", "{}", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,0,\"50\"]", "not [pack, offset, length]"},
            {"[0,0,50]", "[0,0,0]", "lies outside of its pack"},
            {"[0,0,50]", "[0,21,50]", "lies outside of its pack"},
            {"[0,0,50]", "[0,71,1]", "lies outside of its pack"},
            {"[0,0,50]", "[0,9223372036854775807,50]", "lies outside of its pack"},
            {"[0,0,50]", "[0,20,9223372036854775807]", "lies outside of its pack"},
            {"[0,0,50]", "[0,0,50],[1,0,9223372036854775807]", "lies outside of its pack"},
            {"[0,0,50]", "[0,0,9223372036854775808]", "not a JSON object"},
            {"[0,0,50]", "[0,20,50]", "do not fill pack 0 exactly"},
            {"[0,0,50]", "[0,0,49]", "do not add up to its size"},
            {"[0,0,50]", "[0,0,50],[1,0,1]", "do not add up to its size"},
            {"[0,0,50]", "", "do not add up to its size"},
            {"[0,0,50]", "[0,0,20],[0,20,30]", "not in pack order"},
            {"[0,50,20],[1,0,20]", "[1,0,20],[0,50,20]", "not in pack order"},
            {"[0,50,20],[1,0,20]", "[0,30,20],[1,0,20]", "do not fill pack 0 exactly"},
            {"[1,20,9]", "[1,0,9]", "do not fill pack 1 exactly"},
            {"[1,20,9]", "[1,19,9]", "do not fill pack 1 exactly"},
            {"\"size\":50,\"type\":\"blob\"", "\"size\":51,\"type\":\"blob\"", "do not add up"},
            {"\"size\":0,\"type\":\"blob\"", "\"size\":1,\"type\":\"blob\"", "do not add up"},
            {"\"size\":50,\"type\":\"blob\"", "\"size\":34359738369,\"type\":\"blob\"",
                "out of range"},
            {"\"size\":50,\"type\":\"blob\"", "\"size\":9223372036854775808,\"type\":\"blob\"",
                "not a JSON object"},
            {"{\"copy\":[", "{\"copy\":{},\"d\":[", "\"copy\" is not an array"},
            {"{\"copy\":[", "{\"base\":\"" SHA_0 "\",\"copy\":[", "unknown key \"base\""},
        };
        struct forge f;

        (void)state;
        REFUSE_EDITS(edits);
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 4);
        refuse(&f, "blobs are not sorted");
        forge_open(&f, keys[0]);
        forge_double_line(&f, 7);
        refuse(&f, "more blobs than its totals say");
        forge_open(&f, keys[0]);
        forge_edit(&f, "\"blobs\":4", "\"blobs\":5");
        forge_double_line(&f, 7);
        refuse(&f, "blobs are not sorted");
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 7);
        refuse(&f, "\"blob\" line stands where none may");
}

static void records(void **state)
{
        static const struct edit edits[] = {
            {"\"file\":\"a.txt\"", "\"file\":\"../a.txt\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"/a.txt\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a/b.txt\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\\\\b.txt\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"..\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\".htaccess\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\\nb\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\\u001B[2J\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\x7f\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\\u0000.txt\"", "\"file\" holds a NUL"},
            {"\"file\":\"a.txt\"", "\"file\":\"a\xe2\x80\xae.txt\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"con\"", "device"},
            {"\"file\":\"a.txt\"", "\"file\":\"NUL.txt\"", "device"},
            {"\"file\":\"a.txt\"", "\"file\":\"cOm1.tar.gz\"", "device"},
            {"\"file\":\"a.txt\"", "\"file\":\"LPT9\"", "device"},
            {"\"file\":\"a.txt\"", "\"file\":\"a.txt.\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"a:b\"", "record: file"},
            {"\"file\":\"a.txt\"", "\"file\":\"d.txt\"", "records are not sorted"},
            {"\"package\":\"p\"", "\"package\":\"\"", "record: package"},
            {"\"package\":\"p\"", "\"package\":\"p q\"", "record: package"},
            {"\"version\":\"1\"", "\"version\":\"1\\u0007\"", "record: version"},
            {"\"version\":\"1\"", "\"version\":1", "\"version\" is not a string"},
            {"\"source\":\"" SOURCE "\"", "\"source\":\"other\"",
                "names source other, which has no line"},
            {"\"meta\":{}", "\"meta\":[]", "\"meta\" is not an object"},
            {"\"meta\":{}", "\"meta\":{\"a\":1.5}", "not canonical"},
            {"\"meta\":{}", "\"meta\":{},\"method\":1", "unknown key \"method\""},
            {"\"type\":\"add\"", "\"type\":\"update\"", "line type \"update\" is not known"},
            {"\"type\":\"add\"", "\"type\":\"add\",\"x\":1", "unknown key \"x\""},
            {"{\"record\":{", "{\"record\":[{", "not a JSON object"},
        };
        struct forge f;

        (void)state;
        REFUSE_EDITS(edits);
        forge_open(&f, keys[0]);
        forge_swap_lines(&f, 8);
        refuse(&f, "records are not sorted");
        forge_open(&f, keys[0]);
        forge_edit(&f, "\"added\":4", "\"added\":5");
        forge_double_line(&f, 9);
        refuse(&f, "records are not sorted");
}

/* In a full bundle: a record of bytes that did not come, or of another size, and the reverse. */
static void records_of_other_bytes(void **state)
{
        struct forge f;
        char *line, *other, *at;

        (void)state;
        for (int what = 0; what < 2; what++) {
                forge_open(&f, keys[0]);
                line = forge_line(&f, 8);
                other = xstrdup(line);
                at = strstr(other, what ? "\"size\":50" : "\"sha256\":\"") + (what ? 7 : 10);
                if (what)
                        *at = '4';
                else
                        *at = (char)(*at == 'a' ? 'b' : 'a');
                forge_edit(&f, line, other);
                refuse(&f, what ? "a.txt is said to have 40 bytes, and its blob has 50"
                                : "the bytes of " SOURCE "/a.txt are not in this full bundle");
                free(line), free(other);
        }
        for (unsigned n = 8; n < 12; n++) {
                forge_open(&f, keys[0]);
                line = forge_line(&f, n);
                forge_edit(&f, line, "");
                forge_edit(&f, "\"added\":4", "\"added\":3");
                refuse(&f, "a blob is named by no new record");
                free(line);
        }
}

/* In a delta: of bytes that are not here either, or are held in another size. */
static void deltas_of_other_bytes(void **state)
{
        static const struct {
                const char *bytes;
                size_t size;
                const char *part;
        } cases[] = {
            {"nowhere", 7, "new: its bytes are neither in the bundle nor here"},
            {"the third", 8, "new: is said to have 8 bytes, and what is held has 9"},
            {"the third", 9,
                "would not be what the sender signed"}, /* all right but for the state */
        };
        char manifest[SHA256_HEX], state_hex[SHA256_HEX], sha[SHA256_HEX];
        struct bundle_row row;
        struct forge f;
        struct err e;
        int fd;

        (void)state;
        forge_open(&f, keys[0]);
        fd = forge_bundle(&f);
        must(box_import(&to, fd, NULL, &e));
        close(fd);
        forge_close(&f);
        assert_int_equal(catalog_bundle_get(to.catalog, STREAM, 1, &row, &e), 1);
        hex_encode(manifest, row.manifest, SHA256_SIZE);
        hex_encode(state_hex, row.state, SHA256_SIZE);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                sha256_hex(cases[i].bytes, strlen(cases[i].bytes), sha);
                forge_open_empty(&f, keys[0]);
                buf_addf(&f.lines,
                    "{\"audience\":\"\",\"base\":{\"manifest\":\"%s\",\"seq\":1,\"state\":\"%s\"},"
                    "\"epoch\":1,\"format\":\"dray-bundle-1\",\"holes\":[],"
                    "\"issued\":\"2026-11-22T12:00:00Z\",\"next_by\":null,\"requires\":[],\"seq\":2,"
                    "\"state\":\"" SHA_0 "\",\"stream\":\"" STREAM "\",\"totals\":{\"added\":1,"
                    "\"blobs\":0,\"bytes\":0,\"packs\":0,\"removed\":0,\"stored\":0},"
                    "\"trust\":0,\"type\":\"header\"}\n"
                    "{\"kind\":\"" KIND "\",\"name\":\"" SOURCE "\",\"type\":\"source\"}\n"
                    "{\"record\":{\"file\":\"new\",\"meta\":{},\"package\":\"p\",\"sha256\":\"%s\","
                    "\"size\":%zu,\"source\":\"" SOURCE "\",\"version\":\"1\"},\"type\":\"add\"}\n",
                    manifest, state_hex, sha, cases[i].size);
                refuse(&f, cases[i].part);
        }
        bundle_row_release(&row);
}

/* A full bundle says what is there; there is nothing to remove from. */
static void full_bundle_that_removes(void **state)
{
        struct forge f;

        (void)state;
        forge_open(&f, keys[0]);
        forge_edit(&f, "\"type\":\"add\"", "\"type\":\"remove\"");
        forge_edit(&f, "\"added\":4", "\"added\":3");
        forge_edit(&f, "\"removed\":0", "\"removed\":1");
        refuse(&f, "a full bundle removes nothing");
}

/* What a delta may say: first what goes, then what comes. */
static void deltas(void **state)
{
        struct forge f;
        char *line, *other;

        (void)state;
        for (unsigned n = 8; n <= 11; n += 3) {
                forge_open(&f, keys[0]);
                forge_edit(&f, "\"seq\":1", "\"seq\":2");
                forge_edit(&f, "\"base\":null", BASE("1"));
                forge_edit(&f, "\"added\":4", "\"added\":3");
                forge_edit(&f, "\"removed\":0", "\"removed\":1");
                line = forge_line(&f, n);
                other = xasprintf("%.*sremove\"}\n", (int)strlen(line) - 6, line);
                forge_edit(&f, line, other);
                free(line), free(other);
                refuse(&f, n == 8 ? "a blob is named by no new record"
                                  : "\"remove\" line stands where none may");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            FORGE_TEST(totals_that_lie),
            FORGE_TEST(headers),
            FORGE_TEST(state_that_lies),
            FORGE_TEST(sources),
            FORGE_TEST(too_many_sources),
            FORGE_TEST(packs),
            FORGE_TEST(blobs),
            FORGE_TEST(records),
            FORGE_TEST(records_of_other_bytes),
            FORGE_TEST(deltas),
            FORGE_TEST(deltas_of_other_bytes),
            FORGE_TEST(full_bundle_that_removes),
        };

        return cmocka_run_group_tests_name("manifest", tests, make_keys, free_keys);
}
