#include "mirror/npm/platform.h"

#include "bundle/mem.h"
#include "mirror/nearest.h"

/* process.platform and process.arch, as Node documents them. */
static const char *const systems[] = {"aix", "android", "darwin", "freebsd", "linux", "netbsd",
    "openbsd", "openharmony", "sunos", "win32", NULL};
static const char *const processors[] = {
    "arm", "arm64", "ia32", "loong64", "mips", "mipsel", "ppc64", "riscv64", "s390x", "x64", NULL};
static const char *const libraries[] = {"glibc", "musl", NULL};

static int one_of(const char *key, const char *value, const char *const *known, struct err *e)
{
        struct nearest n;

        for (const char *const *k = known; *k; k++)
                if (strcmp(*k, value) == 0)
                        return 0;
        n = nearest_to(value);
        nearest_offer(&n, known);
        return err_set(e, ERR_USAGE, "%s = \"%.60s\" is none that Node knows%s%s%s", key, value,
            n.word ? "; did you mean \"" : "", n.word ? n.word : "", n.word ? "\"?" : "");
}

/* "20" and "20.11" stand for their newest version: what a person who names no more of it has. */
static int read_node(struct npm_platform *p, const char *text, struct err *e)
{
        size_t dots = 0;

        for (const char *c = text; *c; c++)
                dots += *c == '.';
        p->node = xasprintf("%s%s%s", text, dots < 1 ? ".999" : "", dots < 2 ? ".999" : "");
        if (semver_parse(&p->version, p->node, strlen(p->node), SEMVER_LOOSE) == 0)
                return 0;
        return err_set(
            e, ERR_USAGE, "node = \"%.60s\" is no version: write \"20\" or \"20.11.1\"", text);
}

int npm_platform_init(struct npm_platform *p, const char *os, const char *cpu, const char *libc,
    const char *node, struct err *e)
{
        bool linux_os = strcmp(os, "linux") == 0;

        *p = (struct npm_platform){0};
        if (one_of("os", os, systems, e) < 0 || one_of("cpu", cpu, processors, e) < 0 ||
            (libc && one_of("libc", libc, libraries, e) < 0) ||
            (node && read_node(p, node, e) < 0)) {
                npm_platform_release(p);
                return -1;
        }
        if (libc && !linux_os) {
                npm_platform_release(p);
                return err_set(e, ERR_USAGE, "libc is for os = \"linux\" only");
        }
        p->os = xstrdup(os);
        p->cpu = xstrdup(cpu);
        p->libc = linux_os ? xstrdup(libc ? libc : "glibc") : NULL;
        p->title = xasprintf("%s-%s%s%s%s%s", os, cpu, p->libc ? "-" : "", p->libc ? p->libc : "",
            node ? ", node " : "", node ? node : "");
        return 0;
}

void npm_platform_release(struct npm_platform *p)
{
        free(p->os);
        free(p->cpu);
        free(p->libc);
        free(p->node);
        free(p->title);
        *p = (struct npm_platform){0};
}

/* No negated entry is the value, and one of the others is, if there are others. */
static bool list_takes(const json_t *list, const char *value)
{
        size_t count = json_is_string(list) ? 1 : json_array_size(list), negated = 0, i;
        bool match = false;

        for (i = 0; i < count; i++) {
                const char *entry =
                    json_string_value(json_is_string(list) ? list : json_array_get(list, i));

                if (!entry)
                        continue;
                if (count == 1 && strcmp(entry, "any") == 0)
                        return true;
                if (*entry != '!') {
                        match = match || (value && strcmp(entry, value) == 0);
                        continue;
                }
                negated++;
                if (value && strcmp(entry + 1, value) == 0)
                        return false;
        }
        return match || negated == count;
}

bool npm_platform_takes(
    const struct npm_platform *p, const json_t *os, const json_t *cpu, const json_t *libc)
{
        return list_takes(os, p->os) && list_takes(cpu, p->cpu) &&
               (!libc || (p->libc && list_takes(libc, p->libc)));
}
