#include "mirror/pypi.h"

#include "mirror/pypi/name.h"
#include "mirror/pypi/requirement.h"
#include "pypi.h"

static const char *const keys[] = {"sdist", "build_tools", NULL};
static const char *const target_keys[] = {"python", "platform", "implementation", "abi", NULL};

static void client_help(const char *address, struct buf *out)
{
        buf_addf(out, "pip install --index-url %ssimple/ PACKAGE\n", address);
        buf_addf(out, "uv pip install --default-index %ssimple/ PACKAGE\n", address);
}

static int check_spec(const char *spec, struct err *e)
{
        struct requirement r;

        if (requirement_parse(&r, spec, e) < 0) {
                e->code = ERR_USAGE; /* a person wrote it */
                return -1;
        }
        requirement_release(&r);
        return 0;
}

const struct registry pypi_registry = {
    .kind = "pypi",
    .title = "Python packages",
    .keys = keys,
    .target_keys = target_keys,
    .names = {.package = "-", .version = ".-_+!", .file = ".-_+!"},
    .check_spec = check_spec,
    .client = pypi_client,
    .trusts = true,
    .builtin = pypi_builtin,
    .open = pypi_open,
    .step = pypi_step,
    .close = pypi_close,
    .path = pypi_path,
    .identify = pypi_identify,
    .pattern = name_pattern,
    .package_pages = pypi_package_pages,
    .source_pages = pypi_source_pages,
    .client_help = client_help,
};
