/* Options before a command and behind it: clusters, values in every form, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mirror/opt.h"

static const struct opt_spec common[] = {
    {"directory", 'C', "DIR", "where"},
    {"quiet", 'q', NULL, "say less"},
    {"help", 'h', NULL, "this text"},
    {0},
};
static const struct opt_spec *const specs[] = {common, NULL};

/* The words of a line, which is cut up. */
static int split(char *line, char *argv[16])
{
        int argc = 0;

        for (char *word = strtok_r(line, " ", &line); word; word = strtok_r(NULL, " ", &line))
                argv[argc++] = word;
        return argc;
}

/* What stands before the command is taken, whichever way it is written, and the command is left. */
static void leading(void **state)
{
        static const struct {
                const char *line;
                int words, quiet;
                const char *directory;
        } cases[] = {
            {"status -q", 0, 0, NULL},
            {"-q status -C x", 1, 1, NULL},
            {"-C low status", 2, 0, "low"},
            {"-Clow status", 1, 0, "low"},
            {"-qC low status", 2, 1, "low"},
            {"-qClow status", 1, 1, "low"},
            {"--directory low -q status", 3, 1, "low"},
            {"--directory=low status", 1, 0, "low"},
            {"-C status", 2, 0, "status"},
            {"-q -- status", 2, 1, NULL},
            {"-q -- -q", 2, 1, NULL},
            {"- status", 0, 0, NULL},
            {"-q", 1, 1, NULL},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char line[64], *argv[16];
                const char *directory;
                struct err e = ERR_INIT;
                struct opt o;
                int words;

                snprintf(line, sizeof line, "%s", cases[i].line);
                words = opt_parse_leading(&o, specs, split(line, argv), argv, &e);
                directory = words < 0 ? NULL : opt_value(&o, "directory");
                if (words != cases[i].words || opt_flag(&o, "quiet") != cases[i].quiet ||
                    !directory != !cases[i].directory ||
                    (directory && strcmp(directory, cases[i].directory) != 0) || o.arg_count)
                        fail_msg("%s: %d words, directory %s; %s", cases[i].line, words,
                            directory ? directory : "(none)", e.msg);
                opt_release(&o);
        }
}

static void refuses(void **state)
{
        static const char *const cases[][2] = {
            {"-C", "option -C needs DIR"},
            {"-qC", "option -C needs DIR"},
            {"--directory", "option --directory needs DIR"},
            {"--quiet=yes", "takes no value"},
            {"-qx", "unknown option -x"},
            {"--quite", "did you mean --quiet?"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char line[64], *argv[16];
                struct err e = ERR_INIT;
                struct opt o;

                snprintf(line, sizeof line, "%s", cases[i][0]);
                if (opt_parse_leading(&o, specs, split(line, argv), argv, &e) != -1 ||
                    e.code != ERR_USAGE || !strstr(e.msg, cases[i][1]))
                        fail_msg("%s: \"%s\" should say \"%s\"", cases[i][0], e.msg, cases[i][1]);
        }
}

/* Behind the command both are mixed, and arguments keep their order. */
static void mixed(void **state)
{
        char line[] = "one -qC low two --directory high -- -q", *argv[16];
        struct err e = ERR_INIT;
        struct opt o;

        (void)state;
        assert_int_equal(opt_parse(&o, specs, split(line, argv), argv, &e), 0);
        assert_int_equal(o.arg_count, 3);
        assert_string_equal(o.args[0], "one");
        assert_string_equal(o.args[1], "two");
        assert_string_equal(o.args[2], "-q");
        assert_true(opt_flag(&o, "quiet"));
        assert_string_equal(opt_value(&o, "directory"), "high");
        assert_string_equal(opt_value_at(&o, "directory", 0), "low");
        assert_null(opt_value_at(&o, "directory", 2));
        opt_release(&o);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(leading),
            cmocka_unit_test(refuses),
            cmocka_unit_test(mixed),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
