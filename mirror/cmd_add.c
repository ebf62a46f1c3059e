#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"

static int run(struct cmd *c, struct err *e)
{
        struct config_addition addition = {0};
        char *path;
        int ret;

        if (cmd_want_args(c, 2, 10000, e) < 0)
                return -1;
        path = xasprintf("%s/dray.toml", c->dir);
        addition.source = c->opt.args[0];
        addition.specs = c->opt.args + 1;
        addition.count = c->opt.arg_count - 1;
        ret = config_add(path, &addition, e);
        if (ret == 0) {
                int here = strcmp(c->dir, ".") == 0;
                char *again = here ? xstrdup("") : xasprintf(" -C %s", c->dir);

                printf("%zu added to %s in %s; next: dray%s plan, dray%s sync\n", addition.added,
                    addition.source, path, again, again);
                free(again);
        }
        free(path);
        return ret;
}

const struct command cmd_add = {
    .name = "add",
    .run = run,
    .arguments = "SOURCE SPEC...",
    .summary = "add packages to a source in dray.toml",
    .description =
        "Adds package specs (\"requests\", \"numpy>=1.26,<3\") to the `packages` of a source.\n"
        "Comments and layout of dray.toml stay as they are.",
};
