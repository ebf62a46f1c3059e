#include <jansson.h>

#include "bundle/audit.h"
#include "bundle/catalog_stream.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/site.h"
#include "mirror/site_key.h"

static const struct opt_spec options[] = {
    {"new-site-key", 0, NULL, "sign with a new key, which every client must be given"},
    {0},
};

void cmd_print_site(const struct cmd *c, int64_t generation, int changed)
{
        if (c->json)
                cmd_print_json_take(
                    json_pack("{sI sb}", "generation", (json_int_t)generation, "changed", changed));
        else
                printf("site shows generation %lld%s\n", (long long)generation,
                    changed ? "" : " already");
}

/* Both trees are made anew, whatever happens after this. */
static int forget_trees(struct mirror *m, struct err *e)
{
        if (catalog_begin(m->catalog, e) < 0)
                return -1;
        if (catalog_tree_put(m->catalog, "a", -1, "", e) < 0 ||
            catalog_tree_put(m->catalog, "b", -1, "", e) < 0 || catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

/* Forward again after a rollback. */
static int go_forward(struct mirror *m, struct err *e)
{
        struct audit_event ev = {
            .event = "rollback", .text = "undone: the site goes forward again"};
        struct generation last;
        int64_t shown;
        int rolled_back = site_wanted(m, &shown, e);

        if (rolled_back <= 0)
                return rolled_back;
        if (catalog_generation_last(m->catalog, &last, e) < 0 || catalog_begin(m->catalog, e) < 0)
                return -1;
        if (site_roll_back(m, last.id, e) < 0 || audit_append(m->catalog, &ev, e) < 0 ||
            catalog_commit(m->catalog, e) < 0) {
                catalog_rollback(m->catalog);
                return -1;
        }
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct site_result site;
        int ret = -1;

        if (cmd_want_args(c, 0, 0, e) < 0 ||
            mirror_open(&m, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0)
                goto out;
        if (opt_flag(&c->opt, "new-site-key") &&
            (forget_trees(&m, e) < 0 || site_key_replace(&m, e) < 0))
                goto out;
        if (go_forward(&m, e) < 0 || site_publish(&m, m.config->base_url, &site, e) < 0)
                goto out;
        cmd_print_site(c, site.generation, site.changed);
        if (cmd_note_address(c, &m, e) < 0)
                goto out;
        ret = 0;
out:
        mirror_close(&m);
        return ret;
}

const struct command cmd_publish = {
    .name = "publish",
    .run = run,
    .json = 1,
    .options = options,
    .arguments = "",
    .summary = "bring the site to the last generation",
    .description =
        "Brings the idle tree of the site to the last generation and switches to it. sync\n"
        "and import do this by themselves; publish is for after a change of base_url, and to go\n"
        "forward again after a rollback.\n\n"
        "Where an index has to be signed (Debian), it is signed with this mirror's own key,\n"
        "state/site.key, which is made when it is first needed. --new-site-key is for a key\n"
        "that is lost or was stolen: clients refuse the site until they have the new one.",
};
