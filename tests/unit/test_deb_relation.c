/* Relation fields, written out again in one form; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/buf.h"
#include "mirror/deb/relation.h"

/* "a>=1|b:any,c": or "!" when it is refused. */
static void write_out(const char *text, struct buf *out)
{
        static const char *const ops[] = {"", "<<", "<=", "=", ">=", ">>"};
        struct relation_reader r;
        struct relation d;
        struct err e = ERR_INIT;
        int more;

        relation_first(&r, text, strlen(text));
        while ((more = relation_next(&r, &d, &e)) == 1) {
                buf_adds(out, d.is_alternative ? "|" : out->len ? "," : "");
                buf_addf(out, "%.*s", (int)d.name_len, d.name);
                if (d.qualifier_len)
                        buf_addf(out, ":%.*s", (int)d.qualifier_len, d.qualifier);
                if (d.op)
                        buf_addf(out, "%s%.*s", ops[d.op], (int)d.version_len, d.version);
        }
        if (more < 0) {
                assert_int_equal(e.code, ERR_REFUSED);
                buf_reset(out);
                buf_adds(out, "!");
        }
}

static void fields(void **state)
{
        static const char *const cases[][2] = {
            {"libc6 (>= 2.34)", "libc6>=2.34"},
            {"a,b | c:any(<<2)|d (=1:2-3) ,\n e", "a,b|c:any<<2|d=1:2-3,e"},
            {" a (> 1), b (< 2)", "a>=1,b<=2"},
            {"a, , b,", "a,b"},
            {"libstdc++6 (>>1)", "libstdc++6>>1"},
            {"", ""},
            {"a |", "!"},
            {"| a", "!"},
            {"a b", "!"},
            {"a (1)", "!"},
            {"a (>= )", "!"},
            {"a (>= 1", "!"},
            {"a (>= x)", "!"},
            {"a [amd64]", "!"},
            {"a <!nocheck>", "!"},
            {"a:", "!"},
            {"a/b", "!"},
            {"a || b", "!"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct buf out;

                buf_init(&out, 1000);
                write_out(cases[i][0], &out);
                assert_string_equal(out.data, cases[i][1]);
                buf_release(&out);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(fields)};

        return cmocka_run_group_tests_name("deb_relation", tests, NULL, NULL);
}
