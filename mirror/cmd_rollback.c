#include "bundle/audit.h"
#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/site.h"
#include "moment.h"

/* The one before what the site shows. */
static int find_previous(struct mirror *m, struct moment *out, struct err *e)
{
        struct generation g;
        int r;

        if (moment_find(m, "site", 0, out, e) < 0)
                return -1;
        out->generation--;
        r = out->generation > 0 ? catalog_generation_get(m->catalog, out->generation, &g, e) : 0;
        if (r < 0)
                return -1;
        return r ? 0
                 : err_set(e, ERR_FAILED,
                       "there is no generation before the one that the site shows; dray gc keeps the last "
                       "ones, --keep says how many");
}

static int note(struct mirror *m, int64_t from, int64_t to, struct err *e)
{
        char *text = xasprintf("site from generation %lld to %lld", (long long)from, (long long)to);
        struct audit_event ev = {.event = "rollback", .text = text};
        int ret = -1;

        if (catalog_begin(m->catalog, e) == 0 && site_roll_back(m, to, e) == 0 &&
            audit_append(m->catalog, &ev, e) == 0 && catalog_commit(m->catalog, e) == 0)
                ret = 0;
        if (ret < 0)
                catalog_rollback(m->catalog);
        free(text);
        return ret;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct moment to = {0}, from = {0};
        struct site_result site;
        int ret = -1;

        if (cmd_want_args(c, 0, 1, e) < 0 ||
            mirror_open(&m, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0 ||
            moment_find(&m, "site", 0, &from, e) < 0 ||
            (c->opt.arg_count ? moment_find(&m, c->opt.args[0], 0, &to, e)
                              : find_previous(&m, &to, e)) < 0)
                goto out;
        if (to.generation == from.generation) {
                cmd_print_site(c, to.generation, 0);
                ret = 0;
                goto out;
        }
        if (note(&m, from.generation, to.generation, e) < 0 ||
            site_publish(&m, m.config->base_url, &site, e) < 0)
                goto out;
        cmd_print_site(c, site.generation, 1);
        ret = 0;
out:
        moment_release(&from);
        moment_release(&to);
        mirror_close(&m);
        return ret;
}

const struct command cmd_rollback = {
    .name = "rollback",
    .run = run,
    .json = 1,
    .options = NULL,
    .arguments = "[GENERATION]",
    .summary = "let the site show an earlier generation again",
    .description =
        "Switches the site to a generation that is kept: its number, STREAM/SEQ (what was here\n"
        "after that bundle), or the one before what is shown. Nothing else changes: the bundles\n"
        "that were imported stay imported, an older one is refused as before, and the next one\n"
        "goes on from the last and takes the site with it. `dray publish` goes forward without.",
};
