/* Where this machine's apt has its packages from, to show it; see selection_apt.c for what is used. */
#include <fcntl.h>
#include <glob.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "deb.h"
#include "mirror/deb/apt_sources.h"

static void read_file(struct apt_sources *s, const char *path)
{
        struct err ignored = ERR_INIT;
        struct buf text;

        buf_init(&text, LIMIT_KEYRING);
        if (fs_read_file(AT_FDCWD, path, &text, &ignored) == 1)
                apt_sources_read(s, path, text.data, text.len);
        buf_release(&text);
}

static void read_matching(struct apt_sources *s, const char *folder, const char *pattern)
{
        char *whole = xasprintf("%s%s", folder, pattern);
        glob_t found;

        if (glob(whole, 0, NULL, &found) == 0) {
                for (size_t i = 0; i < found.gl_pathc; i++)
                        read_file(s, found.gl_pathv[i]);
                globfree(&found);
        }
        free(whole);
}

void deb_client(struct client *out)
{
        struct apt_sources sources = {0};
        struct apt_paths paths = {0};

        apt_paths_find(&paths);
        read_file(&sources, paths.list);
        read_matching(&sources, paths.parts, "*.list");
        read_matching(&sources, paths.parts, "*.sources");
        if (sources.count) {
                out->url = xstrdup(sources.items[0].uri);
                out->found = xasprintf(
                    "%s, and for each suite where apt has it from", sources.items[0].file);
        }
        apt_sources_release(&sources);
        apt_paths_release(&paths);
}

int deb_builtin(struct upstream *out, struct err *e)
{
        (void)out;
        return err_set(e, ERR_USAGE,
            "no Debian archive found: set `upstream` in dray.toml, or name the archive in apt's sources "
            "on this machine");
}
