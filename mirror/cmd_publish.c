#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/site.h"

static int run(struct cmd *c, struct err *e)
{
        struct mirror m = MIRROR_INIT;
        struct site_result site;
        int ret = -1;

        if (cmd_want_args(c, 0, 0, e) < 0 ||
            mirror_open(&m, c->dir, MIRROR_LOCKED | MIRROR_CONFIG, e) < 0 ||
            site_publish(&m, m.config->base_url, &site, e) < 0)
                goto out;
        printf("site shows generation %lld%s\n", (long long)site.generation,
            site.changed ? "" : " already");
        ret = 0;
out:
        mirror_close(&m);
        return ret;
}

const struct command cmd_publish = {
    .name = "publish",
    .run = run,
    .arguments = "",
    .summary = "bring the site to the last generation",
    .description =
        "Brings the idle tree of the site to the last generation and switches to it. sync\n"
        "and import do this by themselves; publish is for after a change of base_url.",
};
