#include <errno.h>
#include <unistd.h>

#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/upstream.h"
#include "mirror/url.h"

static const struct opt_spec options[] = {
    {"isolated", 0, NULL, "the side behind the gap: a trust list, no sources"},
    {0},
};

/* An existing dray.toml is the operator's: it stays. */
static int write_template(const char *dir, int isolated, struct err *e)
{
        char *path = xasprintf("%s/dray.toml", dir);
        FILE *f = fopen(path, "wxe");
        int ret = -1;

        if (!f && errno == EEXIST) {
                ret = 0;
                goto out;
        }
        if (!f || config_write_template(f, isolated) < 0 || fflush(f) != 0 ||
            fsync(fileno(f)) < 0) {
                err_sys(e, "cannot write %s", path);
                goto out;
        }
        ret = 0;
out:
        if (f)
                fclose(f);
        free(path);
        return ret;
}

/* Which registries this machine's clients reach, so that nobody has to ask. */
static void show_upstreams(void)
{
        for (const char *const *kind = registry_kinds(); *kind; kind++) {
                struct upstream u = {0};
                struct err why = ERR_INIT;

                if (upstream_find(registry_find(*kind), NULL, &u, &why) == 0) {
                        char *shown = url_display(u.url);

                        printf("%-6s upstream %s (%s)\n", *kind, shown, u.found);
                        free(shown);
                } else {
                        printf("%-6s %s\n", *kind, why.msg);
                }
                upstream_release(&u);
        }
}

static int run(struct cmd *c, struct err *e)
{
        const char *dir;
        int isolated = opt_flag(&c->opt, "isolated");

        if (cmd_want_args(c, 0, 1, e) < 0)
                return -1;
        dir = c->opt.arg_count ? c->opt.args[0] : c->dir;
        if (mirror_create(dir, isolated, e) < 0 || write_template(dir, isolated, e) < 0)
                return -1;
        printf("made a mirror in %s (%s side)\n", dir, isolated ? "isolated" : "connected");
        if (isolated) {
                printf("next: dray -C %s trust add STREAM KEY.pub, then dray -C %s import BUNDLE\n",
                    dir, dir);
                return 0;
        }
        show_upstreams();
        printf("next: say in %s/dray.toml what to mirror, then dray -C %s plan\n", dir, dir);
        return 0;
}

const struct command cmd_init = {
    .name = "init",
    .run = run,
    .options = options,
    .arguments = "[DIR]",
    .summary = "make a mirror directory",
    .description =
        "Makes DIR (default: the current folder) a mirror: state/, outbox/ and a commented\n"
        "dray.toml to start from. A dray.toml that is there stays as it is.",
};
