#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "mirror/toml.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct toml *parse(const char *text)
{
        struct err e = ERR_INIT;
        struct toml *t = toml_parse("t.toml", text, strlen(text), &e);

        if (!t)
                fail_msg("%s in: %s", e.msg, text);
        return t;
}

/* The value at a path of keys and positions: "a.b.0". */
static const struct toml_value *at(const struct toml *t, const char *path)
{
        const struct toml_value *v = toml_root(t);
        char part[64];

        while (*path) {
                size_t n = strcspn(path, "."), i;

                snprintf(part, sizeof part, "%.*s", (int)n, path);
                path += n + (path[n] == '.');
                if (toml_kind(v) == TOML_TABLE) {
                        v = toml_get(v, part);
                } else {
                        i = strtoul(part, NULL, 10);
                        for (v = toml_first(v); v && i > 0; i--)
                                v = toml_next(v);
                }
                if (!v)
                        fail_msg("nothing at %s", part);
        }
        return v;
}

static void refused(const char *text, size_t len, const char *message)
{
        struct err e = ERR_INIT;
        struct toml *t = toml_parse("t.toml", text, len, &e);

        if (t)
                fail_msg("accepted: %s", text);
        assert_string_equal(e.msg, message);
        assert_int_equal(e.code, ERR_USAGE);
}

static void test_strings(void **state)
{
        static const struct {
                const char *text, *value;
        } cases[] = {
            {"a = \"\"", ""},
            {"a = ''", ""},
            {"a = \"tab\\tquote\\\"back\\\\slash\\b\\f\\n\\r\"", "tab\tquote\"back\\slash\b\f\n\r"},
            {"a = \"\\u00e9\\U0001F600\\u20ac\"", "é😀€"},
            {"a = 'C:\\new\\table'", "C:\\new\\table"},
            {"a = \"\"\"\nfirst\r\nsecond\"\"\"", "first\nsecond"},
            {"a = \"\"\"one \\\n   \n\t two\"\"\"", "one two"},
            {"a = \"\"\"one \\  \r\n  two\"\"\"", "one two"},
            {"a = \"\"\"\"quoted\"\"\"\"\"", "\"quoted\"\""},
            {"a = \"\"\"x\"\"y\"\"\"", "x\"\"y"},
            {"a = '''\n''two''\\n'''''", "''two''\\n''"},
            {"a = \"\"\"\"\"\"", ""},
            {"a = \"with # no comment\" # comment", "with # no comment"},
            {"\xef\xbb\xbf"
             "a = 'after a byte order mark'",
                "after a byte order mark"},
        };
        size_t i, len;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct toml *t = parse(cases[i].text);
                const char *s = toml_string(at(t, "a"), &len);

                assert_string_equal(s, cases[i].value);
                assert_int_equal(len, strlen(cases[i].value));
                toml_free(t);
        }
}

static void test_nul_in_string(void **state)
{
        struct toml *t = parse("a = \"x\\u0000y\"\n\"b\\u0000\" = 1");
        struct err e = ERR_INIT;
        const char *s;
        size_t len;

        (void)state;
        s = toml_string(at(t, "a"), &len);
        assert_int_equal(len, 3);
        assert_memory_equal(s, "x\0y", 4);
        assert_int_equal(toml_get_string(toml_root(t), "a", &s, &e), -1);
        assert_string_equal(
            e.msg, "t.toml:1:5: `a` holds a NUL character, which is not allowed here");
        assert_null(toml_get(toml_root(t), "b"));
        toml_free(t);
}

static void test_integers(void **state)
{
        static const struct {
                const char *text;
                int64_t value;
        } cases[] = {
            {"a=0", 0},
            {"a=+0", 0},
            {"a=-0", 0},
            {"a=1_000_000", 1000000},
            {"a=-17", -17},
            {"a=9223372036854775807", INT64_MAX},
            {"a=-9223372036854775808", INT64_MIN},
            {"a=0xDEAD_beef", 0xdeadbeef},
            {"a=0x7fffffffffffffff", INT64_MAX},
            {"a=0o755", 0755},
            {"a=0b1101_0110", 0xd6},
            {"a=0x00", 0},
            {"a = 0xe0", 0xe0},
        };
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct toml *t = parse(cases[i].text);

                assert_true(toml_integer(at(t, "a")) == cases[i].value);
                toml_free(t);
        }
}

static void test_floats(void **state)
{
        static const struct {
                const char *text;
                double value;
        } cases[] = {
            {"a=3.14", 3.14},
            {"a=-0.01", -0.01},
            {"a=5e+22", 5e22},
            {"a=1E06", 1e6},
            {"a=6.626e-34", 6.626e-34},
            {"a=9_224.617_445", 9224.617445},
            {"a=0e0", 0},
            {"a=inf", (double)INFINITY},
            {"a=-inf", -(double)INFINITY},
            {"a=1e400", (double)INFINITY},
        };
        struct toml *t;
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                t = parse(cases[i].text);
                assert_true(toml_float(at(t, "a")) == cases[i].value);
                toml_free(t);
        }
        t = parse("a = [nan, +nan, -nan]\nb = -0.0");
        assert_true(isnan(toml_float(at(t, "a.0"))));
        assert_true(signbit(toml_float(at(t, "a.2"))));
        assert_true(signbit(toml_float(at(t, "b"))));
        toml_free(t);
}

static void test_datetimes(void **state)
{
        static const struct {
                const char *text, *kept;
                enum toml_kind kind;
                int64_t unix_time;
        } cases[] = {
            {"a=1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", TOML_DATETIME, 0},
            {"a=1979-05-27 00:32:00.999999-07:00", "1979-05-27 00:32:00.999999-07:00",
                TOML_DATETIME, 296638320},
            {"a=2026-11-01t00:00:00z#", "2026-11-01t00:00:00z", TOML_DATETIME, 1793491200},
            {"a=1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z", TOML_DATETIME, -1},
            {"a=2000-02-29T12:00:00+01:30", "2000-02-29T12:00:00+01:30", TOML_DATETIME, 951820200},
            {"a=1990-12-31T23:59:60Z", "1990-12-31T23:59:60Z", TOML_DATETIME, 662688000},
            {"a=0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", TOML_DATETIME, -62167219200},
            {"a=9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", TOML_DATETIME, 253402300799},
            {"a=1979-05-27T07:32:00", "1979-05-27T07:32:00", TOML_LOCAL_DATETIME, 0},
            {"a=1979-05-27 07:32:00.5", "1979-05-27 07:32:00.5", TOML_LOCAL_DATETIME, 0},
            {"a=1979-05-27", "1979-05-27", TOML_LOCAL_DATE, 0},
            {"a=1979-05-27 ", "1979-05-27", TOML_LOCAL_DATE, 0},
            {"a=07:32:00", "07:32:00", TOML_LOCAL_TIME, 0},
            {"a=00:32:00.999999", "00:32:00.999999", TOML_LOCAL_TIME, 0},
        };
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct toml *t = parse(cases[i].text);
                const struct toml_value *v = at(t, "a");

                assert_int_equal(toml_kind(v), cases[i].kind);
                assert_string_equal(toml_datetime(v), cases[i].kept);
                if (cases[i].kind == TOML_DATETIME)
                        assert_true(toml_unix(v) == cases[i].unix_time);
                toml_free(t);
        }
}

static void test_tables(void **state)
{
        struct toml *t = parse("[fruit]\n"
                               "apple.color = 'red'\n"
                               "apple.taste.sweet = true\n"
                               "[fruit.apple.texture]\n"
                               "smooth = true\n"
                               "[x.y.z.w]\n"
                               "[x]\n"
                               "q = {r.s = 1, r.t = [{}, {u = 2}]}\n"
                               "y.v = 3\n"
                               "[[list]]\n"
                               "[[list]]\n"
                               "n = 2\n"
                               "[list.sub]\n"
                               "[[list.sub2]]\n"
                               "'' = 'empty'\n"
                               "[ j . \"ʞ\" . 'l.m' ]\n"
                               "3.14159 = 'pi'\n");
        const struct toml_value *v;
        const char *order[] = {"fruit", "x", "list", "j"};
        size_t i = 0;

        (void)state;
        assert_true(toml_boolean(at(t, "fruit.apple.taste.sweet")));
        assert_true(toml_boolean(at(t, "fruit.apple.texture.smooth")));
        assert_int_equal(toml_integer(at(t, "x.q.r.t.1.u")), 2);
        assert_int_equal(toml_integer(at(t, "x.y.v")), 3);
        assert_int_equal(toml_count(at(t, "list")), 2);
        assert_int_equal(toml_count(at(t, "list.0")), 0);
        assert_int_equal(toml_integer(at(t, "list.1.n")), 2);
        assert_string_equal(toml_string(toml_first(at(t, "list.1.sub2.0")), NULL), "empty");
        v = toml_get(toml_get(at(t, "j"), "ʞ"), "l.m");
        assert_string_equal(toml_string(toml_get(toml_get(v, "3"), "14159"), NULL), "pi");
        for (v = toml_first(toml_root(t)); v; v = toml_next(v))
                assert_string_equal(toml_key(v, NULL), order[i++]);
        assert_int_equal(i, 4);
        assert_true(toml_has_header(at(t, "fruit")));
        assert_false(toml_has_header(at(t, "fruit.apple")));
        assert_false(toml_has_header(at(t, "x.q")));
        assert_true(toml_has_header(at(t, "list.1")));
        toml_free(t);
}

static void test_places(void **state)
{
        static const char text[] = "# comment\n"
                                   "  'é' = 'ü' # columns count characters\n"
                                   "a.b = [ 'ß', 7,\r\n"
                                   "   { c = 1 } ]\n"
                                   "[[ s . t ]]\n"
                                   "k = \"\"\"x\n"
                                   "y\"\"\"\n";
        static const struct {
                const char *path;
                uint32_t key_line, key_column, line, column;
                const char *text;
        } cases[] = {
            {"é", 2, 3, 2, 9, "'ü'"},
            {"a", 3, 1, 3, 1, "a"},
            {"a.b", 3, 3, 3, 7, "[ 'ß', 7,\r\n   { c = 1 } ]"},
            {"a.b.1", 0, 0, 3, 14, "7"},
            {"a.b.2.c", 4, 6, 4, 10, "1"},
            {"s", 5, 4, 5, 4, "s"},
            {"s.t.0", 0, 0, 5, 1, "[[ s . t ]]"},
            {"s.t.0.k", 6, 1, 6, 5, "\"\"\"x\ny\"\"\""},
        };
        struct toml *t = parse(text);
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                const struct toml_value *v = at(t, cases[i].path);
                const struct toml_place *p = toml_place(v), *k = toml_key_place(v);

                assert_int_equal(p->line, cases[i].line);
                assert_int_equal(p->column, cases[i].column);
                assert_int_equal(p->end - p->start, strlen(cases[i].text));
                assert_memory_equal(text + p->start, cases[i].text, strlen(cases[i].text));
                assert_int_equal(k ? k->line : 0, cases[i].key_line);
                assert_int_equal(k ? k->column : 0, cases[i].key_column);
        }
        toml_free(t);
}

/* What a person reads at 3 a.m.: the whole message, place included. */
static void test_messages(void **state)
{
        static const struct {
                const char *text, *message;
        } cases[] = {
            {"a = ", "t.toml:1:5: expected a value, but the file ends here"},
            {"a = \nb = 1", "t.toml:1:5: expected a value, but the line ends here"},
            {"a = # none", "t.toml:1:5: expected a value, found `#`"},
            {"a 1", "t.toml:1:3: expected `=` after the key, found `1`"},
            {"= 1", "t.toml:1:1: expected a key, found `=`"},
            {"é = 1",
                "t.toml:1:1: expected a key (quote a key with letters beyond a-z), found `é`"},
            {"\"\"\"a\"\"\" = 1", "t.toml:1:3: expected `=` after the key, found `\"`"},
            {"a = 1 b = 2", "t.toml:1:7: expected the end of the line, found `b`"},
            {"[a] b", "t.toml:1:5: expected the end of the line, found `b`"},
            {"a = pypi", "t.toml:1:5: `pypi` is not a value; put text in quotes: \"pypi\""},
            {"a = True", "t.toml:1:5: write `true` in lower case"},
            {"a = 4GiB", "t.toml:1:5: `4GiB` is not a valid number; put text in quotes: \"4GiB\""},
            {"a = 07", "t.toml:1:5: `07` is not a valid number; put text in quotes: \"07\""},
            {"a = 9223372036854775808",
                "t.toml:1:5: `9223372036854775808` does not fit a 64-bit integer"},
            {"a = 2026-02-30", "t.toml:1:5: `2026-02-30` is not a valid date or time; write "
                               "2026-11-01T00:00:00Z, 2026-11-01 or 07:32:00"},
            {"a = \"open\nb = 1", "t.toml:1:5: the string is not closed; add the closing quote"},
            {"a = 'open\r\nb = 1", "t.toml:1:5: the string is not closed; add the closing quote"},
            {"a = '''open\n", "t.toml:1:5: the string is not closed; add the three closing quotes"},
            {"a = \"C:\\data\"",
                "t.toml:1:8: unknown escape after `\\`; write `\\\\`, or put the string in single "
                "quotes"},
            {"a = \"\\u12\"", "t.toml:1:6: \\u needs 4 hexadecimal digits"},
            {"a = \"\\uD800\"", "t.toml:1:6: \\uD800 is not a Unicode character"},
            {"a = \"\\U00110000\"", "t.toml:1:6: \\U00110000 is not a Unicode character"},
            {"a = 'x\x01'", "t.toml:1:7: control character 0x01 in a string; write it as \\u0001"},
            {"a = 1 # \x7f", "t.toml:1:9: control character 0x7f in a comment; delete it"},
            {"a = 1\rb = 2",
                "t.toml:1:6: expected the end of the line, found the control character 0x0d"},
            {"a = [1, 2\nb = 1", "t.toml:2:1: expected `,` or `]` in the array, found `b`"},
            {"a = [1 2]", "t.toml:1:8: expected `,` or `]` in the array, found `2`"},
            {"a = {b = 1,}", "t.toml:1:12: expected a key, found `}`"},
            {"a = {b = 1\n}",
                "t.toml:1:11: expected `,` or `}` in the inline table, but the line ends here"},
            {"[a", "t.toml:1:3: expected `]` after the name, but the file ends here"},
            {"[[a] ]", "t.toml:1:5: expected `]]` after the name, found ` `"},
            {"a = 1\na = 2", "t.toml:2:1: `a` is already set on line 1; remove one"},
            {"[a]\n[b]\n[a]", "t.toml:3:2: `a` is already set on line 1; remove one"},
            {"a = {b = 1}\na.c = 2",
                "t.toml:2:1: `a` is already an inline table, from line 1, and cannot be added to "
                "here"},
            {"a = [1]\n[[a]]",
                "t.toml:2:3: `a` is already an array, from line 1, and cannot be added to here"},
            {"[[a]]\n[a]", "t.toml:2:2: `a` is already set on line 1; remove one"},
            {"[b.c]\n[a]\n[b]\nc.d = 1",
                "t.toml:4:1: `c` is already a table, from line 1, and cannot be added to here"},
            {"\xff\xfe"
             "a",
                "t.toml:1:1: the file is UTF-16; save it as UTF-8"},
            {"a = '\xc3\x28'", "t.toml:1:6: byte 0xc3 is not valid UTF-8; save the file as UTF-8"},
        };
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++)
                refused(cases[i].text, strlen(cases[i].text), cases[i].message);
        refused(
            "a = '\0'", 8, "t.toml:1:6: control character 0x00 in a string; write it as \\u0000");
        refused("a = 1\n\0", 7, "t.toml:2:1: expected a key, found the control character 0x00");
}

/* Each breaks one rule of TOML 1.0. */
static void test_refused(void **state)
{
        static const char *const cases[] = {/* numbers */
            "a=_1", "a=1_", "a=1__0", "a=+0x1", "a=-0o7", "a=0x", "a=0xg", "a=0b2", "a=0o8",
            "a=0X1", "a=00", "a=-01", "a=.5", "a=5.", "a=1.e5", "a=1_.5", "a=1._5", "a=1e",
            "a=1e_5", "a=1e5_", "a=03.5", "a=Inf", "a=NaN", "a=++1", "a=1.2.3", "a=0x_1",
            "a=-9223372036854775809", "a=0xffffffffffffffff", "a=0x1.8", "a=truely", "a=1-2",
            /* dates */
            "a=1979-5-27", "a=1979-05-27T", "a=1979-05-27T07:32", "a=1979-05-27T07:32:00.",
            "a=1979-05-27T24:00:00Z", "a=1979-05-27T07:60:00Z", "a=1979-05-27T07:32:61Z",
            "a=1979-05-27T07:32:00+24:00", "a=1979-05-27T07:32:00+7", "a=1979-00-01",
            "a=1900-02-29", "a=1979-05-27  07:32:00", "a=1979-05-27Z", "a=07:32:00Z", "a=7:32:00",
            "a=1979-05-27T07:32:00ZZ",
            /* keys and tables */
            "a.=1", ".a=1", "a..b=1", "[]", "[a.]", "[a..b]", "[ [a]]", "[a]]", "a",
            "a=", "'a\nb'=1", "'''a'''=1", "a = 1 = 2", "[a]\nb=1\n[a.b]", "a=1\n[a]", "a.b=1\n[a]",
            "a.b=1\na.b.c=2", "a.b.c=1\na.b=2", "[a.b]\n[a]\nb.c=1", "[a.b.c]\n[a]\nb.c.d=1",
            "[t]\na.b=1\n[t.a]", "[a]\n[[a]]", "a=[]\n[[a]]", "[[a.b]]\n[a]\nb.c=1", "[a.b]\n[[a]]",
            "[fruit]\napple.taste.sweet=true\n[fruit.apple.taste]", "[a]\nb.c=1\n[x]\n[a]",
            "[a.b.c]\n[a]\nb.d=1\n[a.b]", "a.b=1\n[x]\n[a.b]",
            /* inline tables and arrays */
            "a={b=1}\n[a.c]", "a={b=1}\n[a]", "a={b={c=1},b.d=2}", "a={b.c=1,b={}}", "a={b=1,b=2}",
            "a={,}", "a={b}", "a={b=1 c=2}", "a=[{b=1}]\n[a.c]", "a=[{b=1}]\n[[a]]",
            "a={b=[{}]}\n[[a.b]]", "a=[,]", "a=[1,,2]", "a=[1", "a={b=1", "a={\nb=1}",
            "a={b=1 # c\n}", "a={b.c={d=1},b.c.e=2}",
            /* text */
            "a=\"\"\"\\q\"\"\"", "a=\"\"\" \\ x\"\"\"", "a='''x''''''", "a=\"x\ry\"",
            "a=\"\"\"x\ry\"\"\"", "a='x\ry'", "a=\"\\x41\"", "a=\"\\e\"", "a=\"\t\x7f\"", "a=\"\\",
            "a='\xed\xa0\x80'", "a='\xc0\xaf'", "a='\xf4\x90\x80\x80'", "a='\xe2\x82'",
            "a='\xf5\x80\x80\x80'", "\x80=1", "a = 1\n\xef\xbb\xbf", "# \r x", "a\xc2\xa0=1"};
        size_t i;
        struct err e = ERR_INIT;

        (void)state;
        for (i = 0; i < COUNT(cases); i++)
                if (toml_parse("t.toml", cases[i], strlen(cases[i]), &e))
                        fail_msg("accepted: %s", cases[i]);
}

/* Parses `head`, then `unit` `count` times, then `tail`. */
static struct toml *repeated(
    const char *head, const char *unit, size_t count, const char *tail, struct err *e)
{
        struct buf b;
        struct toml *t;

        buf_init(&b, LIMIT_TOML + 1);
        assert_int_equal(buf_adds(&b, head), 0);
        while (count--)
                assert_int_equal(buf_adds(&b, unit), 0);
        assert_int_equal(buf_adds(&b, tail), 0);
        t = toml_parse("t.toml", b.data, b.len, e);
        buf_release(&b);
        return t;
}

static void test_limits(void **state)
{
        struct err e = ERR_INIT;
        struct toml *t;

        (void)state;
        assert_null(repeated("a=", "[", LIMIT_TOML_DEPTH - 1, "", &e));
        assert_non_null(strstr(e.msg, "expected a value, but the file ends here"));
        assert_null(repeated("a=", "[", 100000, "", &e));
        assert_string_equal(e.msg, "t.toml:1:67: nested deeper than 64 levels");
        t = repeated("a", ".a", LIMIT_TOML_DEPTH - 1, "=1", &e);
        assert_non_null(t);
        toml_free(t);
        assert_null(repeated("a", ".a", LIMIT_TOML_DEPTH, "=1", &e));
        assert_null(repeated("[a", ".a", LIMIT_TOML_DEPTH, "]", &e));
        assert_null(repeated("a=", "{a=", 100000, "", &e));
        assert_null(repeated("a=[", "1,", LIMIT_TOML_VALUES, "]", &e));
        assert_non_null(strstr(e.msg, ": more than 4000000 values in one file"));
        assert_null(repeated("#", "#", LIMIT_TOML, "", &e));
        assert_string_equal(e.msg, "t.toml: larger than 64 MiB, the most that dray reads");
}

/* Many keys in one table: found again, and duplicates noticed. */
static void test_large_table(void **state)
{
        struct err e = ERR_INIT;
        struct buf b;
        struct toml *t;
        const struct toml_value *v;
        char key[32];
        int i;

        (void)state;
        buf_init(&b, LIMIT_TOML);
        for (i = 0; i < 20000; i++)
                assert_int_equal(buf_addf(&b, "key%d = %d\n", i, i), 0);
        t = toml_parse("t.toml", b.data, b.len, &e);
        assert_non_null(t);
        assert_int_equal(toml_count(toml_root(t)), 20000);
        for (i = 0, v = toml_first(toml_root(t)); v; v = toml_next(v), i++) {
                snprintf(key, sizeof key, "key%d", i);
                assert_string_equal(toml_key(v, NULL), key);
                assert_ptr_equal(toml_get(toml_root(t), key), v);
        }
        assert_null(toml_get(toml_root(t), "key20000"));
        toml_free(t);
        assert_int_equal(buf_adds(&b, "key777 = 1"), 0);
        assert_null(toml_parse("t.toml", b.data, b.len, &e));
        assert_string_equal(
            e.msg, "t.toml:20001:1: `key777` is already set on line 778; remove one");
        buf_release(&b);
}

static void test_getters(void **state)
{
        struct toml *t = parse("s = 'x'\ni = 1\nb = true\nw = 2026-11-01T00:00:00Z\n"
                               "l = ['a', 'b']\nm = ['a', 2]\n[t]\n");
        const struct toml_value *r = toml_root(t), *v;
        struct err e = ERR_INIT;
        const char *s = NULL;
        int64_t i = 0;
        bool b = false;

        (void)state;
        assert_int_equal(toml_get_string(r, "s", &s, &e), 1);
        assert_string_equal(s, "x");
        assert_int_equal(toml_get_string(r, "none", &s, &e), 0);
        assert_int_equal(toml_get_integer(r, "i", &i, &e), 1);
        assert_int_equal(i, 1);
        assert_int_equal(toml_get_boolean(r, "b", &b, &e), 1);
        assert_true(b);
        assert_int_equal(toml_get_unix(r, "w", &i, &e), 1);
        assert_int_equal(i, 1793491200);
        assert_int_equal(toml_get_table(r, "t", &v, &e), 1);
        assert_int_equal(toml_count(v), 0);
        assert_int_equal(toml_get_array(r, "l", TOML_STRING, &v, &e), 1);
        assert_int_equal(toml_count(v), 2);
        assert_int_equal(e.code, ERR_NONE);

        assert_int_equal(toml_get_string(r, "i", &s, &e), -1);
        assert_string_equal(e.msg, "t.toml:2:5: `i` must be a string, not an integer");
        assert_int_equal(toml_get_integer(r, "s", &i, &e), -1);
        assert_string_equal(e.msg, "t.toml:1:5: `s` must be an integer, not a string");
        assert_int_equal(toml_get_boolean(r, "t", &b, &e), -1);
        assert_string_equal(e.msg, "t.toml:7:1: `t` must be true or false, not a table");
        assert_int_equal(toml_get_table(r, "l", &v, &e), -1);
        assert_string_equal(e.msg, "t.toml:5:5: `l` must be a table, not an array");
        assert_int_equal(toml_get_array(r, "m", TOML_STRING, &v, &e), -1);
        assert_string_equal(
            e.msg, "t.toml:6:11: `m`: each element must be a string, not an integer");
        assert_int_equal(toml_get_array(r, "s", TOML_STRING, &v, &e), -1);
        assert_int_equal(toml_err_key(&e, at(t, "w"), "unknown key `w`"), -1);
        assert_string_equal(e.msg, "t.toml:4:1: unknown key `w`");
        toml_free(t);
}

static void test_empty(void **state)
{
        static const char *const cases[] = {
            "", "\n", " \t", "# only a comment", "\r\n\r\n", "\xef\xbb\xbf"};
        size_t i;

        (void)state;
        for (i = 0; i < COUNT(cases); i++) {
                struct toml *t = parse(cases[i]);

                assert_int_equal(toml_count(toml_root(t)), 0);
                toml_free(t);
        }
        toml_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_strings),
            cmocka_unit_test(test_nul_in_string),
            cmocka_unit_test(test_integers),
            cmocka_unit_test(test_floats),
            cmocka_unit_test(test_datetimes),
            cmocka_unit_test(test_tables),
            cmocka_unit_test(test_places),
            cmocka_unit_test(test_messages),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_large_table),
            cmocka_unit_test(test_getters),
            cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
