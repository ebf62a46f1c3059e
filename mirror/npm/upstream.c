/* Where this machine's npm finds its registry; what is built in, npm itself is asked for. */
#include "bundle/mem.h"
#include "mirror/client_setup.h"
#include "mirror/npm/npmrc.h"
#include "npm.h"

void npm_client(struct client *out)
{
        struct npmrc rc = {0};

        npmrc_read(&rc);
        out->url = rc.registry;
        out->found = rc.found;
        out->ca_file = rc.cafile;
        out->access = rc.access;
        rc.registry = rc.found = rc.cafile = NULL;
        rc.access = (struct access_list){0};
        npmrc_release(&rc);
}

int npm_builtin(struct upstream *out, struct err *e)
{
        static char npm[] = "npm", config[] = "config", get[] = "get", registry[] = "registry";
        char *const argv[] = {npm, config, get, registry, NULL};
        char *url = client_first_line(argv);

        if (url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0)) {
                out->url = url;
                out->found = xstrdup("npm config get registry");
                return 0;
        }
        free(url);
        return err_set(e, ERR_USAGE,
            "no npm registry found: set `upstream` in dray.toml or `registry` in ~/.npmrc, or install npm, "
            "whose default is then used");
}
