#include "mirror/npm.h"

#include "mirror/npm/spec.h"
#include "npm.h"

static const char *const keys[] = {"scopes", "signing_keys", NULL};
static const char *const target_keys[] = {"platform", "os", "cpu", "libc", "node", NULL};

static void client_help(const char *address, struct buf *out)
{
        buf_addf(out, "npm install --registry=%s PACKAGE\n", address);
        buf_addf(out, "pnpm add --registry=%s PACKAGE\n", address);
        buf_addf(out, "# or, in .npmrc:\nregistry=%s\nreplace-registry-host=always\n", address);
}

static int check_spec(const char *spec, struct err *e)
{
        struct npm_spec s;
        char *name;

        if (npm_spec_parse_argument(&name, &s, spec, e) < 0)
                return -1;
        npm_spec_release(&s);
        free(name);
        return 0;
}

const struct registry npm_registry = {
    .kind = "npm",
    .title = "npm packages",
    .keys = keys,
    .target_keys = target_keys,
    .names = {.package = "@/-_.~!'()*", .version = ".-+", .file = ".-+_~!'()"},
    .check_spec = check_spec,
    .client = npm_client,
    .trusts = true,
    .builtin = npm_builtin,
    .open = npm_open,
    .step = npm_step,
    .close = npm_close,
    .path = npm_path,
    .identify = npm_identify,
    .package_pages = npm_package_pages,
    .absolute = true,
    .source_pages = npm_source_pages,
    .client_help = client_help,
};
