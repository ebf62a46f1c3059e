#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/buf.h"
#include "bundle/mem.h"
#include "mirror/config.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Registries of this test's own, so that it says nothing about the real ones. */
static const char *const pypi_keys[] = {"build_tools", NULL};
static const char *const pypi_target_keys[] = {"python", "platform", NULL};
static const char *const deb_keys[] = {
    "suites", "components", "architectures", "keyring", "base", NULL};
static const char *const npm_target_keys[] = {"platform", "node", NULL};
static const char *const none[] = {NULL};
static const struct registry registries[] = {
    {.kind = "pypi", .keys = pypi_keys, .target_keys = pypi_target_keys},
    {.kind = "npm", .keys = none, .target_keys = npm_target_keys},
    {.kind = "deb", .keys = deb_keys, .target_keys = none},
};

const struct registry *registry_find(const char *kind)
{
        size_t i;

        for (i = 0; i < COUNT(registries); i++)
                if (strcmp(registries[i].kind, kind) == 0)
                        return &registries[i];
        return NULL;
}

const char *const *registry_kinds(void)
{
        static const char *const kinds[] = {"pypi", "npm", "deb", NULL};

        return kinds;
}

static struct config *parse_at(const char *path, const char *text)
{
        struct err e = ERR_INIT;
        struct config *c = config_parse(path, text, strlen(text), &e);

        if (!c)
                fail_msg("%s", e.msg);
        return c;
}

static const char *const whole = "[mirror]\n"
                                 "base_url = \"http://mirror.plant/pub\"\n"
                                 "[[stream]]\n"
                                 "name = \"plant-a\"\n"
                                 "audience = \"plant A\"\n"
                                 "sources = [\"debian\"]\n"
                                 "keys = [\"low.key\", \"/etc/high.key\"]\n"
                                 "volume_size = \"4 GiB\"\n"
                                 "[[stream]]\n"
                                 "name = \"everybody\"\n"
                                 "[[source]]\n"
                                 "name = \"pypi\"\n"
                                 "kind = \"pypi\"\n"
                                 "upstream = \"http://127.0.0.1:8080/simple/\"\n"
                                 "packages = [\"requests\", \"numpy>=1.26,<3\"]\n"
                                 "lockfiles = [\"../app/uv.lock\", \"/srv/app/requirements.txt\"]\n"
                                 "local = [\"../dist/*.whl\"]\n"
                                 "exclude = [\"pyqt5\"]\n"
                                 "keep = 3\n"
                                 "min_age = \"7d\"\n"
                                 "as_of = 2026-11-01T00:00:00Z\n"
                                 "together = false\n"
                                 "build_tools = [\"hatchling\"]\n"
                                 "[[source.target]]\n"
                                 "python = \"3.11\"\n"
                                 "platform = \"manylinux_2_28_x86_64\"\n"
                                 "[[source.target]]\n"
                                 "python = \"3.12\"\n"
                                 "[[source]]\n"
                                 "name = \"debian\"\n"
                                 "kind = \"deb\"\n"
                                 "suites = [\"bookworm\"]\n";

static void test_sources(void **state)
{
        struct config *c = parse_at("/srv/mirror/dray.toml", whole);
        const struct config_source *s = &c->sources[0];
        struct config_list list;
        struct err e = ERR_INIT;

        (void)state;
        assert_string_equal(c->path, "/srv/mirror/dray.toml");
        assert_string_equal(c->base_url, "http://mirror.plant/pub/");
        assert_int_equal(c->source_count, 2);
        assert_string_equal(s->name, "pypi");
        assert_ptr_equal(s->registry, &registries[0]);
        assert_string_equal(s->upstream, "http://127.0.0.1:8080/simple/");
        assert_int_equal(s->packages.count, 2);
        assert_string_equal(s->packages.items[1].text, "numpy>=1.26,<3");
        assert_int_equal(toml_place(s->packages.items[1].at)->line, 15);
        assert_string_equal(s->lockfiles.items[0].text, "/srv/mirror/../app/uv.lock");
        assert_string_equal(s->lockfiles.items[1].text, "/srv/app/requirements.txt");
        assert_string_equal(s->local.items[0].text, "/srv/mirror/../dist/*.whl");
        assert_string_equal(s->exclude.items[0].text, "pyqt5");
        assert_int_equal(s->keep, 3);
        assert_int_equal(s->min_age, 604800);
        assert_true(s->has_as_of);
        assert_int_equal(s->as_of, 1793491200);
        assert_false(s->together);
        assert_int_equal(config_read_list(s->config, s->table, "build_tools", false, &list, &e), 0);
        assert_int_equal(list.count, 1);
        assert_string_equal(list.items[0].text, "hatchling");
        assert_int_equal(config_read_list(s->config, s->table, "suites", false, &list, &e), 0);
        assert_int_equal(list.count, 0);
        assert_int_equal(s->target_count, 2);
        assert_string_equal(toml_string(toml_get(s->targets[1], "python"), NULL), "3.12");
        assert_string_equal(config_path(s->config, "a.gpg"), "/srv/mirror/a.gpg");
        assert_string_equal(config_path(c, "/a.gpg"), "/a.gpg");

        s = config_source_find(c, "debian");
        assert_ptr_equal(s, &c->sources[1]);
        assert_null(s->upstream);
        assert_int_equal(s->packages.count, 0);
        assert_int_equal(s->keep, 1);
        assert_int_equal(s->min_age, 0);
        assert_false(s->has_as_of);
        assert_true(s->together);
        assert_int_equal(s->target_count, 0);
        assert_null(config_source_find(c, "npm"));
        config_free(c);
}

static void test_streams(void **state)
{
        struct config *c = parse_at("dray.toml", whole);
        const struct config_stream *s = config_stream_find(c, "plant-a");

        (void)state;
        assert_int_equal(c->stream_count, 2);
        assert_string_equal(s->audience, "plant A");
        assert_int_equal(s->source_count, 1);
        assert_ptr_equal(s->sources[0], &c->sources[1]);
        assert_int_equal(s->keys.count, 2);
        assert_string_equal(s->keys.items[0].text, "low.key");
        assert_string_equal(s->keys.items[1].text, "/etc/high.key");
        assert_true(s->volume_size == 4294967296);
        s = config_stream_find(c, "everybody");
        assert_null(s->audience);
        assert_int_equal(s->source_count, 2);
        assert_ptr_equal(s->sources[0], &c->sources[0]);
        assert_true(s->volume_size == 0);
        assert_int_equal(s->keys.count, 0);
        assert_null(config_stream_find(c, "plant-b"));
        config_free(c);
}

static void test_minimal(void **state)
{
        static const char *const cases[] = {"", "# nothing\n", "[mirror]\n", "source = []\n",
            "[[stream]]\nname = \"all\"\n", "[mirror]\nbase_url = \"https://[::1]:8080/\"\n",
            "source = [{name = \"x\", kind = \"npm\"}]\n"};
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct config *c = parse_at("dray.toml", cases[i]);

                assert_non_null(c->base_url);
                config_free(c);
        }
        config_free(NULL);
}

/* Every message whole: these are what an operator sees most. */
#define TEXT_64 "a234567890123456789012345678901234567890123456789012345678901234"
#define SOURCE "[[source]]\nname = \"a\"\nkind = \"pypi\"\n"
#define STREAM "[[stream]]\nname = \"s\"\n"
static const struct {
        const char *text, *message;
} refused[] = {
    {"a = ", "dray.toml:1:5: expected a value, but the file ends here"},
    /* unknown keys */
    {"[miror]\n", "dray.toml:1:2: unknown key `miror` in dray.toml; did you mean `mirror`?"},
    {"colour = 1\n",
        "dray.toml:1:1: unknown key `colour` in dray.toml, which has: mirror, source, stream, policy"},
    {"[mirror]\nbaseurl = \"http://x/\"\n",
        "dray.toml:2:1: unknown key `baseurl` in [mirror]; did you mean `base_url`?"},
    {SOURCE "pakages = [\"x\"]\n",
        "dray.toml:4:1: unknown key `pakages` in [[source]] of kind `pypi`; did you mean "
        "`packages`?"},
    {SOURCE "build-tools = [\"x\"]\n",
        "dray.toml:4:1: unknown key `build-tools` in [[source]] of kind `pypi`; did you mean "
        "`build_tools`?"},
    {SOURCE "suites = [\"bookworm\"]\n",
        "dray.toml:4:1: `suites` is a key of kind `deb`, not of this [[source]] of kind `pypi`"},
    {SOURCE "colour = 1\n",
        "dray.toml:4:1: unknown key `colour` in [[source]] of kind `pypi`, which has: name, kind, "
        "upstream, packages, lockfiles, local, exclude, keep, min_age, as_of, together, target, "
        "build_tools"},
    {SOURCE "[[source.target]]\npyhton = \"3.11\"\n",
        "dray.toml:5:1: unknown key `pyhton` in [[source.target]] of kind `pypi`; did you mean "
        "`python`?"},
    {STREAM "volumesize = 1\n",
        "dray.toml:3:1: unknown key `volumesize` in [[stream]]; did you mean `volume_size`?"},
    /* the shape of tables */
    {"[source]\nname = \"a\"\n",
        "dray.toml:1:1: write [[source]], with two brackets, for each source"},
    {"source = [1]\n", "dray.toml:1:10: write [[source]], with two brackets, for each source"},
    {"[[mirror]]\n", "dray.toml:1:3: write [mirror], with one bracket, once for the mirror"},
    {SOURCE "[source.target]\npython = \"3.11\"\n",
        "dray.toml:4:1: write [[source.target]], with two brackets, for each target"},
    {SOURCE "target = [1]\n",
        "dray.toml:4:11: `target`: each element must be a table, not an integer"},
    {"[[source]]\nname = \"a\"\nkind = \"deb\"\n[[source.target]]\n",
        "dray.toml:4:1: kind `deb` has no targets; delete this [[source.target]]"},
    /* names */
    {"[[source]]\nkind = \"pypi\"\n", "dray.toml:1:1: this [[source]] has no `name`; add one"},
    {"[[source]]\nnmae = \"a\"\n",
        "dray.toml:2:1: unknown key `nmae` in [[source]]; did you mean `name`?"},
    {"[[source]]\nname = 1\n", "dray.toml:2:8: `name` must be a string, not an integer"},
    {"[[source]]\nname = \"\"\n",
        "dray.toml:2:8: the name `` must be 1 to 64 of a-z 0-9 . _ - and begin with a letter or "
        "digit"},
    {"[[source]]\nname = \"PyPI\"\n",
        "dray.toml:2:8: the name `PyPI` must be 1 to 64 of a-z 0-9 . _ - and begin with a letter "
        "or digit"},
    {"[[source]]\nname = \"../x\"\n",
        "dray.toml:2:8: the name `../x` must be 1 to 64 of a-z 0-9 . _ - and begin with a letter "
        "or digit"},
    {"[[source]]\nname = \".x\"\n",
        "dray.toml:2:8: the name `.x` must be 1 to 64 of a-z 0-9 . _ - and begin with a letter or "
        "digit"},
    {"[[source]]\nname = \"" TEXT_64 "5\"\n",
        "dray.toml:2:8: the name `" TEXT_64 "5` must be 1 to 64 of a-z 0-9 . _ - and begin with a "
        "letter or digit"},
    {"[[source]]\nname = \"a.\"\n",
        "dray.toml:2:8: the name `a.` must not end with a dot, which Windows drops"},
    {"[[source]]\nname = \"com1.x\"\n",
        "dray.toml:2:8: the name `com1.x` is the name of a device on Windows"},
    {"[[stream]]\nname = \"nul\"\n",
        "dray.toml:2:8: the name `nul` is the name of a device on Windows"},
    {"[[source]]\nname = \"index.html\"\n",
        "dray.toml:2:8: the name `index.html` is the site's own page"},
    {SOURCE SOURCE, "dray.toml:5:8: a source named `a` is already on line 2; choose another name"},
    {"[[stream]]\nname = \"plant-e2\"\n",
        "dray.toml:2:8: a stream cannot be called plant-e2: the files of stream plant are called so in "
        "its epoch 2"},
    {STREAM STREAM, "dray.toml:4:8: a stream named `s` is already on line 2; choose another name"},
    /* kinds */
    {"[[source]]\nname = \"a\"\n", "dray.toml:1:1: this [[source]] has no `kind`; add one"},
    {"[[source]]\nname = \"a\"\nkind = \"pipy\"\n",
        "dray.toml:3:8: unknown kind `pipy`; did you mean `pypi`?"},
    {"[[source]]\nname = \"a\"\nkind = \"conda\"\n",
        "dray.toml:3:8: unknown kind `conda`; known are: pypi, npm, deb"},
    /* values */
    {"[mirror]\nbase_url = \"mirror.plant\"\n",
        "dray.toml:2:12: `base_url` must be the address of the site as its clients reach it: "
        "\"http://mirror.plant/\""},
    {"[mirror]\nbase_url = \"http:///pub/\"\n",
        "dray.toml:2:12: `base_url` must be the address of the site as its clients reach it: "
        "\"http://mirror.plant/\""},
    {"[mirror]\nbase_url = \"http://mirror.plant/?a\"\n",
        "dray.toml:2:12: `base_url` must be the address of the site as its clients reach it: "
        "\"http://mirror.plant/\""},
    {SOURCE "packages = \"requests\"\n",
        "dray.toml:4:12: `packages` is a list: put the string in brackets: [\"...\"]"},
    {SOURCE "packages = [\"a\", 2]\n",
        "dray.toml:4:18: `packages`: each element must be a string, not an integer"},
    {SOURCE "local = [\"\"]\n", "dray.toml:4:10: `local` holds an empty string; delete it"},
    {SOURCE "upstream = \"http://x/ y\"\n",
        "dray.toml:4:12: `upstream` must be the address of the registry, without blanks"},
    {SOURCE "upstream = \"\"\n",
        "dray.toml:4:12: `upstream` must be the address of the registry, without blanks"},
    {SOURCE "keep = 0\n", "dray.toml:4:8: `keep` is the number of versions, 1 to 100000"},
    {SOURCE "keep = \"2\"\n", "dray.toml:4:8: `keep` must be an integer, not a string"},
    {SOURCE "min_age = 7\n", "dray.toml:4:11: `min_age` is a string like 90m, 12h, 7d or 2w"},
    {SOURCE "min_age = \"7 days\"\n",
        "dray.toml:4:11: `min_age` is a string like 90m, 12h, 7d or 2w"},
    {SOURCE "as_of = 2026-11-01\n",
        "dray.toml:4:9: `as_of` is a moment with a time zone, without quotes: as_of = "
        "2026-11-01T00:00:00Z"},
    {SOURCE "as_of = \"2026-11-01T00:00:00Z\"\n",
        "dray.toml:4:9: `as_of` is a moment with a time zone, without quotes: as_of = "
        "2026-11-01T00:00:00Z"},
    {SOURCE "together = 1\n", "dray.toml:4:12: `together` must be true or false, not an integer"},
    /* streams */
    {"[[source]]\nname = \"debian\"\nkind = \"deb\"\n" STREAM "sources = [\"debain\"]\n",
        "dray.toml:6:12: there is no source `debain`; did you mean `debian`?"},
    {SOURCE STREAM "sources = [\"debian\"]\n",
        "dray.toml:6:12: there is no source `debian`; add a [[source]] of that name, or delete it "
        "here"},
    {SOURCE STREAM "sources = [\"a\", \"a\"]\n",
        "dray.toml:6:17: source `a` is named twice; delete one"},
    {SOURCE STREAM "sources = []\n",
        "dray.toml:6:11: `sources` is empty; name one, or delete the line to mean all of them"},
    {STREAM "volume_size = \"4 gallons\"\n",
        "dray.toml:3:15: `volume_size` is one of: 4 GiB, 700 MB, a number of bytes, fat32, cd, "
        "dvd, dvd-dl, bd or bd-dl"},
    {STREAM "volume_size = -1\n",
        "dray.toml:3:15: `volume_size` is one of: 4 GiB, 700 MB, a number of bytes, fat32, cd, "
        "dvd, dvd-dl, bd or bd-dl"},
    {STREAM "max_jump = 0\n", "dray.toml:3:12: `max_jump` is a number from 1 to 1000000"},
    {STREAM "max_jump = \"9\"\n", "dray.toml:3:12: `max_jump` is a number from 1 to 1000000"},
    {STREAM "volume_size = 0\n", "dray.toml:3:15: `volume_size` must be at least 64 KiB"},
    {STREAM "keys = \"low.key\"\n",
        "dray.toml:3:8: `keys` is a list: put the string in brackets: [\"...\"]"},
};

static void test_refused(void **state)
{
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(refused); i++) {
                struct err e = ERR_INIT;
                struct config *c =
                    config_parse("dray.toml", refused[i].text, strlen(refused[i].text), &e);

                if (c)
                        fail_msg("accepted:\n%s", refused[i].text);
                assert_string_equal(e.msg, refused[i].message);
                assert_int_equal(e.code, ERR_USAGE);
        }
}

static void test_names_allowed(void **state)
{
        static const char *const names[] = {
            "0", "a.b_c-d", "console", "com", "com10", "lpt", "nulx", TEXT_64, "con1"};
        char text[200];
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(names); i++) {
                snprintf(text, sizeof text, "[[stream]]\nname = \"%s\"\n", names[i]);
                config_free(parse_at("dray.toml", text));
        }
}

/* The template as it is, and with every example switched on ("#x" but not "# x"). */
static void check_template(bool isolated)
{
        FILE *f = tmpfile();
        struct buf as_is, on;
        struct config *c;
        char line[256];

        buf_init(&as_is, 65536);
        buf_init(&on, 65536);
        assert_int_equal(config_write_template(f, isolated), 0);
        rewind(f);
        while (fgets(line, sizeof line, f)) {
                bool example = line[0] == '#' && line[1] != ' ' && line[1] != '\n';

                assert_true(strlen(line) <= 100);
                buf_adds(&as_is, line);
                buf_adds(&on, line + example);
        }
        fclose(f);
        c = parse_at("dray.toml", as_is.data);
        assert_int_equal(c->source_count, 0);
        config_free(c);
        c = parse_at("dray.toml", on.data);
        assert_int_equal(c->source_count, isolated ? 0 : 3);
        assert_int_equal(c->stream_count, isolated ? 0 : 1);
        assert_string_equal(c->base_url, "http://mirror.plant/");
        config_free(c);
        buf_release(&as_is);
        buf_release(&on);
}

static void test_template(void **state)
{
        (void)state;
        check_template(false);
        check_template(true);
}

/* Old text, specs to add to source "a", and the text that must come out. */
#define HEAD "# top\n[[source]]\nname = \"a\" # who\nkind = \"pypi\"\n"
#define TAIL "keep = 2 # newest\n\n[[source]] # other\nname='b'\nkind='npm'\npackages=['z']\n"
static const struct {
        const char *old, *specs[3], *new;
} additions[] = {
    /* one line */
    {HEAD "packages = [\"x\"] # c\n" TAIL, {"y"}, HEAD "packages = [\"x\", \"y\"] # c\n" TAIL},
    {HEAD "packages = [\"x\"]\n" TAIL, {"y", "x", "z>=1,<2"},
        HEAD "packages = [\"x\", \"y\", \"z>=1,<2\"]\n" TAIL},
    {HEAD "packages = [ 'x' , ]\n" TAIL, {"y", "z"},
        HEAD "packages = [ 'x' , \"y\", \"z\", ]\n" TAIL},
    {HEAD "packages = []\n" TAIL, {"y", "z"}, HEAD "packages = [\"y\", \"z\"]\n" TAIL},
    {HEAD "packages = [\"x\"]\n" TAIL, {"y; python_version < \"3.9\""},
        HEAD "packages = [\"x\", 'y; python_version < \"3.9\"']\n" TAIL},
    {HEAD "packages = [\"x\"]\n" TAIL, {"it's \"\\\""},
        HEAD "packages = [\"x\", \"it's \\\"\\\\\\\"\"]\n" TAIL},
    {HEAD "packages = [\"x,]\", ']#']\n" TAIL, {"y"},
        HEAD "packages = [\"x,]\", ']#', \"y\"]\n" TAIL},
    /* one on each line */
    {HEAD "packages = [\n  \"x\", # why\n  # the end\n]\n" TAIL, {"y", "z"},
        HEAD "packages = [\n  \"x\", # why\n  \"y\",\n  \"z\",\n  # the end\n]\n" TAIL},
    {HEAD "packages = [\n\t\"w\",\n\t\"x\" # why, [not]\n]\n" TAIL, {"y", "z"},
        HEAD "packages = [\n\t\"w\",\n\t\"x\", # why, [not]\n\t\"y\",\n\t\"z\"\n]\n" TAIL},
    {HEAD "packages = [\n  \"x\"]\n" TAIL, {"y"}, HEAD "packages = [\n  \"x\",\n  \"y\"]\n" TAIL},
    {HEAD "packages = [\n  \"x\"\n  # ] , here\n  ,\n]\n" TAIL, {"y"},
        HEAD "packages = [\n  \"x\"\n  # ] , here\n  ,\n  \"y\",\n]\n" TAIL},
    {HEAD "packages = [\n  \"v\", \"w\",\n  \"x\", \"y\", # two\n]\n" TAIL, {"z"},
        HEAD "packages = [\n  \"v\", \"w\",\n  \"x\", \"y\", \"z\", # two\n]\n" TAIL},
    {HEAD "packages = [\n]\n" TAIL, {"y", "z"},
        HEAD "packages = [\n    \"y\",\n    \"z\",\n]\n" TAIL},
    {HEAD "packages = [\n  # none yet\n  ]\n" TAIL, {"y"},
        HEAD "packages = [\n  # none yet\n      \"y\",\n  ]\n" TAIL},
    {"[[source]]\r\nname='a'\r\nkind='pypi'\r\npackages = [\r\n 'x', # c\r\n]\r\n", {"y"},
        "[[source]]\r\nname='a'\r\nkind='pypi'\r\npackages = [\r\n 'x', # c\r\n \"y\",\r\n]\r\n"},
    /* no list yet */
    {HEAD TAIL, {"y"}, HEAD "packages = [\"y\"]\n" TAIL},
    {"[[source]]\nname='a'\nkind='pypi' # last", {"y", "z"},
        "[[source]]\nname='a'\nkind='pypi' # last\npackages = [\"y\", \"z\"]"},
    {"[[source]]\n  kind='pypi'\n  name='a'\n  [[source.target]]\n  python='3'\n", {"y"},
        "[[source]]\n  kind='pypi'\n  name='a'\n  packages = [\"y\"]\n  [[source.target]]\n  "
        "python='3'\n"},
    {"[[source]]\r\nname='a'\r\nkind='pypi'\r\n", {"y"},
        "[[source]]\r\nname='a'\r\nkind='pypi'\r\npackages = [\"y\"]\r\n"},
    /* nothing to do */
    {HEAD "packages = ['x', \"y\"]\n" TAIL, {"y", "x"}, HEAD "packages = ['x', \"y\"]\n" TAIL},
    /* the source may be inline if it has the list */
    {"source = [{name='a', kind='npm', packages=['x']}]", {"y"},
        "source = [{name='a', kind='npm', packages=['x', \"y\"]}]"},
    /* a byte order mark, and wide characters before the place */
    {"\xef\xbb\xbf# é\n[[source]]\nname='a'\nkind='pypi'\npackages=['é']", {"y"},
        "\xef\xbb\xbf# é\n[[source]]\nname='a'\nkind='pypi'\npackages=['é', \"y\"]"},
};

static void test_add_text(void **state)
{
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(additions); i++) {
                struct err e = ERR_INIT;
                struct config_addition add = {"a", additions[i].specs, 0, 9};
                struct buf out;

                buf_init(&out, 65536);
                while (add.count < 3 && additions[i].specs[add.count])
                        add.count++;
                if (config_add_text("dray.toml", additions[i].old, strlen(additions[i].old), &add,
                        &out, &e) < 0)
                        fail_msg("%s in:\n%s", e.msg, additions[i].old);
                assert_string_equal(out.data, additions[i].new);
                assert_true((add.added == 0) == (strcmp(additions[i].old, additions[i].new) == 0));
                buf_release(&out);
        }
}

static void test_add_refused(void **state)
{
        static const struct {
                const char *text, *source, *spec, *message;
        } cases[] = {
            {"[[source]]\nname = \"pypi\"\nkind = \"pypi\"\n", "pypy", "x",
                "dray.toml has no source `pypy`; did you mean `pypi`?"},
            {SOURCE, "debian", "x",
                "dray.toml has no source `debian`; add a [[source]] with that name and its kind "
                "there"},
            {SOURCE, "a", "", "`` is no package spec: it is empty or holds control characters"},
            {SOURCE, "a", "x\ny",
                "`x?y` is no package spec: it is empty or holds control characters"},
            {SOURCE, "a", "x\xff",
                "left as it was, because the result would be wrong: dray.toml:4:15: byte 0xff is "
                "not valid UTF-8; save the file as UTF-8"},
            {SOURCE "packages = 1\n", "a", "x",
                "dray.toml:4:12: `packages` must be an array, not an integer"},
            {"source = [{name='a', kind='npm'}]", "a", "x",
                "dray.toml:1:11: source `a` is written inline and has no `packages`; add it by "
                "hand"},
        };
        struct err e = ERR_INIT;
        struct buf out;
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct config_addition add = {cases[i].source, &cases[i].spec, 1, 9};

                buf_init(&out, 65536);
                assert_int_equal(config_add_text("dray.toml", cases[i].text, strlen(cases[i].text),
                                     &add, &out, &e),
                    -1);
                assert_string_equal(e.msg, cases[i].message);
                assert_int_equal(e.code, ERR_USAGE);
                buf_release(&out);
        }
}

/* ---- with files */

static char folder[] = "/tmp/dray-test-config-XXXXXX";

static int enter_folder(void **state)
{
        static char template[sizeof folder];

        (void)state;
        memcpy(template, folder, sizeof folder);
        if (!mkdtemp(template) || chdir(template) < 0)
                return -1;
        *state = template;
        return 0;
}

static int leave_folder(void **state)
{
        static const char *const names[] = {
            "dray.toml", "real/dray.toml", "real/other.toml", "real"};
        size_t i;

        for (i = 0; i < COUNT(names); i++)
                remove(names[i]);
        return chdir("/") < 0 || rmdir(*state) < 0 ? -1 : 0;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_true(fputs(text, f) != EOF);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(path, mode), 0);
}

static void assert_text(const char *path, const char *expected)
{
        char text[4096];
        FILE *f = fopen(path, "r");
        size_t n;

        assert_non_null(f);
        n = fread(text, 1, sizeof text - 1, f);
        text[n] = '\0';
        fclose(f);
        assert_string_equal(text, expected);
}

static void test_load(void **state)
{
        struct err e = ERR_INIT;
        struct config *c;

        (void)state;
        assert_null(config_load("dray.toml", NULL, &e));
        assert_string_equal(e.msg,
            "dray.toml is not there; run dray in the folder of a mirror, or make one with `dray "
            "init`");
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(mkdir("real", 0755), 0);
        write_text("real/other.toml", SOURCE "lockfiles = [\"x.lock\"]\n", 0644);
        assert_int_equal(symlink("real/other.toml", "dray.toml"), 0);
        c = config_load("dray.toml", NULL, &e);
        assert_non_null(c);
        assert_string_equal(c->sources[0].lockfiles.items[0].text, "x.lock");
        config_free(c);
        c = config_load("real/other.toml", NULL, &e);
        assert_non_null(c);
        assert_string_equal(c->sources[0].lockfiles.items[0].text, "real/x.lock");
        config_free(c);
        assert_null(config_load("real", NULL, &e));
        assert_int_equal(e.code, ERR_FAILED);
}

/* Through a link the file behind it is edited; mode stays; a refusal leaves everything. */
static void test_add(void **state)
{
        static const char *const specs[] = {"x", "y"}, *const bad[] = {"x\n"};
        struct err e = ERR_INIT;
        struct stat st;
        struct config_addition add = {"a", specs, 2, 9}, wrong = {"a", bad, 1, 9};

        (void)state;
        assert_int_equal(mkdir("real", 0755), 0);
        write_text("real/dray.toml", SOURCE "packages = [\"x\"]\n", 0600);
        assert_int_equal(symlink("real/dray.toml", "dray.toml"), 0);
        assert_int_equal(config_add("dray.toml", &add, &e), 0);
        assert_int_equal(add.added, 1);
        assert_text("real/dray.toml", SOURCE "packages = [\"x\", \"y\"]\n");
        assert_int_equal(lstat("dray.toml", &st), 0);
        assert_true(S_ISLNK(st.st_mode));
        assert_int_equal(stat("dray.toml", &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(config_add("dray.toml", &add, &e), 0);
        assert_int_equal(add.added, 0);
        assert_int_equal(config_add("dray.toml", &wrong, &e), -1);
        assert_text("real/dray.toml", SOURCE "packages = [\"x\", \"y\"]\n");
        assert_int_equal(config_add("none.toml", &add, &e), -1);
        assert_string_equal(e.msg, "cannot read none.toml: No such file or directory");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_sources),
            cmocka_unit_test(test_streams),
            cmocka_unit_test(test_minimal),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_names_allowed),
            cmocka_unit_test(test_template),
            cmocka_unit_test(test_add_text),
            cmocka_unit_test(test_add_refused),
            cmocka_unit_test_setup_teardown(test_load, enter_folder, leave_folder),
            cmocka_unit_test_setup_teardown(test_add, enter_folder, leave_folder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
