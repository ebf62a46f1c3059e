/* What dray.toml says of a Debian source beside the common keys. Private to the adapter. */
#ifndef MIRROR_DEB_SETTINGS_H
#define MIRROR_DEB_SETTINGS_H

#include "mirror/config.h"
#include "mirror/deb/universe.h"

/* Suites at one address: the source's own, and one for each [[source.archive]]. */
struct settings_archive {
        char *uri; /* with a final '/'; NULL: where apt has each suite from */
        struct config_list suites, components, keyrings, fingerprints;
        const struct toml_value *at;
};

struct settings {
        struct settings_archive *archives;
        size_t archive_count;
        struct config_list architectures;
        bool recommends, sources, check_valid_until, verbatim;
        bool essential; /* base: Essential packages are taken, too */
        bool has_base;  /* ... and those of this priority and the higher ones */
        enum universe_priority base;
};

/* The keys, for struct registry. */
extern const char *const settings_keys[];

/* ERR_USAGE with the place of what is wrong. *out is to be released in any case. */
int settings_read(const struct config_source *source, struct settings *out, struct err *e);
void settings_release(struct settings *s); /* accepts the zero value */

#endif
