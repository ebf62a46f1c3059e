#include "mirror/cmd.h"
#include "moment.h"

static const struct opt_spec options[] = {
    {"verbose", 'v', NULL, "list every package"},
    {0},
};

#define SHOWN_PACKAGES 100 /* without -v */

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct moment a = {0}, b = {0};
        struct changes changes = {0};
        int ret = -1;

        if (cmd_want_args(c, 1, 2, e) < 0 || mirror_open(&m, c->dir, MIRROR_READ, e) < 0 ||
            moment_find(&m, c->opt.args[0], 1, &a, e) < 0 ||
            moment_find(&m, c->opt.arg_count > 1 ? c->opt.args[1] : "last", 1, &b, e) < 0 ||
            moment_changes(&m, &a, &b, &changes, e) < 0)
                goto out;
        if (c->json) {
                json_t *v = changes_json(&changes);

                json_dumpf(v, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
                putchar('\n');
                json_decref(v);
        } else {
                changes_print(
                    &changes, opt_flag(&c->opt, "verbose") ? SIZE_MAX : SHOWN_PACKAGES, "");
        }
        if (changes.count == 0)
                cmd_note(c, "nothing differs");
        ret = 0;
out:
        changes_release(&changes);
        moment_release(&a);
        moment_release(&b);
        mirror_close(&m);
        return ret;
}

const struct command cmd_diff = {
    .name = "diff",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "FROM [TO]",
    .summary = "what changes from one state of the mirror to another",
    .description =
        "Lists the packages that are added, changed and removed, for each source. FROM and TO\n"
        "are each a generation, STREAM/SEQ (what was here after that bundle), last, site (what\n"
        "the site shows) or the file of a bundle; TO is last if it is left out.",
};
