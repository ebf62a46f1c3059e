#include "mirror/deb.h"

#include <string.h>

#include "deb.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/identify.h"
#include "mirror/deb/pages.h"
#include "mirror/deb/wish.h"
#include "settings.h"

static const char *const no_keys[] = {NULL};

static int check_spec(const char *spec, struct err *e)
{
        struct wish w;

        if (wish_parse(&w, spec, e) < 0)
                return -1;
        wish_release(&w);
        return 0;
}

static const char *known_as(const char *package)
{
        size_t source = strlen(DEB_SOURCE_PREFIX);

        if (strncmp(package, DEB_DISTS_PREFIX, strlen(DEB_DISTS_PREFIX)) == 0)
                return NULL;
        return strncmp(package, DEB_SOURCE_PREFIX, source) == 0 ? package + source : package;
}

const struct registry deb_registry = {
    .kind = "deb",
    .title = "Debian packages",
    .keys = settings_keys,
    .target_keys = no_keys,
    .names = {.package = "+.-:/", .version = ".+~:-", .file = ".+~_-%"},
    .check_spec = check_spec,
    .client = deb_client,
    .builtin = deb_builtin,
    .open = deb_open,
    .step = deb_step,
    .close = deb_close,
    .path = deb_entry_path,
    .identify = deb_identify,
    .known_as = known_as,
    .source_pages = deb_source_pages,
    .client_help = deb_client_help,
    .client_page = DEB_CLIENT_PAGE,
};
