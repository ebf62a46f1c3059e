#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/pypi/html.h"

/* The tags of a page on one line: "a(href=x) /a ..." */
static void check(const char *page, const char *expected)
{
        size_t len = strlen(page);
        char *copy = xmalloc(len);
        struct buf out, value;
        struct html h;

        for (size_t i = 0; i < len; i++)
                copy[i] = page[i];
        buf_init(&out, 10000);
        buf_init(&value, 10000);
        html_init(&h, copy, len);
        while (html_next(&h)) {
                buf_addf(&out, "%s%s%s", out.len ? " " : "", h.closing ? "/" : "", h.name);
                for (size_t i = 0; i < h.attribute_count; i++) {
                        const struct html_attribute *a = &h.attributes[i];

                        buf_reset(&value);
                        html_decode(&value, a->value, a->value_len);
                        buf_addf(&out, "(%.*s=%s)", (int)a->name_len, a->name, value.data);
                }
        }
        if (strcmp(out.data, expected) != 0)
                fail_msg("%s\nexpected: %s\nfound:    %s", page, expected, out.data);
        assert_int_equal(html_next(&h), 0);
        buf_release(&out);
        buf_release(&value);
        free(copy);
}

static void test_tags(void **state)
{
        (void)state;
        check("", "");
        check("no tag & nothing", "");
        check("<a>", "a");
        check("<A HREF=x>y</A>", "a(HREF=x) /a");
        check("<a href='x\">'>", "a(href=x\">)");
        check("<a href=\"x'>\">", "a(href=x'>)");
        check("<a\nhref\n=\n\"x\"\n>", "a(href=x)");
        check("<a href=x/y?z=1>", "a(href=x/y?z=1)");
        check("<br/><br /><a/href=x>", "br br a(href=x)");
        check("<a data-yanked href=x>", "a(data-yanked=)(href=x)");
        check("<a href=x href=y>", "a(href=x)(href=y)");
        check("<a =x>", "a(=x=)");
        check("<a href=\"x\"data-y='z'>", "a(href=x)(data-y=z)");
        check("a < b > c <1> <", "");
        check("<a href=x", "");
        check("<a href=\"x>", "");
        check("<a><b", "a");
        check("</a", "");
        check("<abcdefghijklmnopqrstuvwxyz x=1><a>", "(x=1) a");
}

static void test_what_is_no_tag(void **state)
{
        (void)state;
        check("<!DOCTYPE html><a>", "a");
        check("<!-- <a> --><b>", "b");
        check("<!--><a>", "a");
        check("<!---><a>", "a");
        check("<!-- <a> --!><b>", "b");
        check("<!-- <a> --!> <b> -->", "b");
        check("<!-- never <a>", "");
        check("<!x <a><b>", "b");
        check("<?xml <a>?><b>", "b");
        check("</ a><b>", "b");
        check("<script><a></script><b>", "script /script b");
        check("<SCRIPT>if (a</b/) '<a>'</scripty></Script ><b>", "script /script b");
        check("<style><a>", "style");
        check("<title><a></title><a>", "title /title a");
        check("<textarea><a></textarea>", "textarea /textarea");
}

static void test_entities(void **state)
{
        (void)state;
        check("<a x='&lt;&gt;&amp;&quot;&apos;'>", "a(x=<>&\"')");
        check("<a x='&#62;&#x3E;&#X3e;&#62'>", "a(x=>>>>)");
        check("<a x='&nbsp;&#233;'>", "a(x=\xc2\xa0\xc3\xa9)");
        check("<a x='&lt;=3&amp;amp;'>", "a(x=<=3&amp;)");
        check("<a x='&copy; & &; &# &#x; &#xg &lt &LT; &'>",
            "a(x=&copy; & &; &# &#x; &#xg &lt &LT; &)");
        check("<a x='&#0;&#xd800;&#1114112;&#99999999999999999999;'>",
            "a(x=\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd)");
        check("<a x='\xe9\xc3\xa9'>", "a(x=\xef\xbf\xbd\xc3\xa9)");
}

static void test_attribute(void **state)
{
        const char *page = "<a HREF='1' href='2' data-Yanked x='&amp;'>";
        struct buf value;
        struct html h;

        (void)state;
        buf_init(&value, 100);
        html_init(&h, page, strlen(page));
        assert_int_equal(html_next(&h), 1);
        assert_int_equal(html_attribute(&h, "href", &value), 1);
        assert_string_equal(value.data, "1");
        assert_int_equal(html_attribute(&h, "data-yanked", &value), 1);
        assert_string_equal(value.data, "");
        assert_int_equal(html_attribute(&h, "x", &value), 1);
        assert_string_equal(value.data, "&");
        assert_int_equal(html_attribute(&h, "hre", &value), 0);
        assert_int_equal(html_attribute(&h, "hrefs", &value), 0);
        buf_release(&value);
}

static void test_text(void **state)
{
        const char *page = "<title>Links &amp; more</title>";
        struct html h;

        (void)state;
        html_init(&h, page, strlen(page));
        assert_int_equal(html_next(&h), 1);
        assert_int_equal(h.text_len, 0);
        assert_int_equal(html_next(&h), 1);
        assert_true(h.closing);
        assert_int_equal(h.text_len, strlen("Links &amp; more"));
        assert_memory_equal(h.text, "Links &amp; more", h.text_len);
}

/* A page of nothing but beginnings must not take time in proportion to its square. */
static void test_time_is_linear(void **state)
{
        static const char *const beginnings[] = {
            "<", "</", "<!--", "<a ", "<a href='", "&#", "<title>"};
        struct timespec from, to;
        struct buf b;
        struct html h;

        (void)state;
        buf_init(&b, 10000000);
        for (size_t k = 0; k < sizeof beginnings / sizeof *beginnings; k++) {
                buf_reset(&b);
                while (b.len < 4000000)
                        buf_adds(&b, beginnings[k]);
                clock_gettime(CLOCK_MONOTONIC, &from);
                html_init(&h, b.data, b.len);
                while (html_next(&h))
                        ;
                clock_gettime(CLOCK_MONOTONIC, &to);
                if (to.tv_sec - from.tv_sec > 5)
                        fail_msg("%s: %ld s", beginnings[k], (long)(to.tv_sec - from.tv_sec));
        }
        buf_release(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_tags),
            cmocka_unit_test(test_what_is_no_tag),
            cmocka_unit_test(test_entities),
            cmocka_unit_test(test_attribute),
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_time_is_linear),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
