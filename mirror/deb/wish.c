#include "mirror/deb/wish.h"

#include <fnmatch.h>

#include "bundle/mem.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/version.h"

static int none(const char *text, struct err *e)
{
        return err_set(e, ERR_USAGE,
            "\"%.100s\" is no Debian package; write name, name:arch, name=version, name/suite or task^",
            text);
}

/* Cuts what stands behind the mark off the text; NULL: no mark. */
static char *cut(char *text, char mark)
{
        char *at = strchr(text, mark);

        if (!at)
                return NULL;
        *at = '\0';
        return at + 1;
}

static bool is_word(const char *text)
{
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
                        return false;
        return *text != '\0';
}

int wish_parse(struct wish *out, const char *text, struct err *e)
{
        char *copy = xstrdup(text), *version, *suite, *architecture;
        size_t len = strlen(copy);
        int ret = -1;

        *out = (struct wish){0};
        if (len && copy[len - 1] == '^') {
                out->task = true;
                copy[--len] = '\0';
        }
        version = cut(copy, '=');
        suite = version ? NULL : cut(copy, '/');
        architecture = cut(copy, ':');
        if (!deb_name_is_valid(copy, strlen(copy)) || (version && !is_word(version)) ||
            (suite && !is_word(suite)) || (architecture && !is_word(architecture)) ||
            (out->task && (version || suite))) {
                none(text, e);
                goto out;
        }
        out->name = xstrdup(copy);
        out->version = xstrdup(version);
        out->suite = xstrdup(suite);
        out->architecture = xstrdup(architecture);
        ret = 0;
out:
        free(copy);
        return ret;
}

void wish_release(struct wish *w)
{
        free(w->name);
        free(w->architecture);
        free(w->version);
        free(w->suite);
        *w = (struct wish){0};
}

bool wish_is_for(const struct wish *w, const char *architecture)
{
        return !w->architecture || strcmp(w->architecture, architecture) == 0;
}

/* Is the word one of a list with commas and blanks between? */
static bool has_task(const char *tasks, const char *name)
{
        size_t len = strlen(name);

        while (*tasks) {
                size_t n;

                tasks += strspn(tasks, ", \t\n");
                n = strcspn(tasks, ", \t\n");
                if (n == len && strncmp(tasks, name, n) == 0)
                        return true;
                tasks += n;
        }
        return false;
}

static size_t find_task(const struct wish *w, const struct universe *u, uint32_t *out, size_t room)
{
        size_t count = 0;

        for (uint32_t p = UNIVERSE_FIRST; p < universe_end(u); p++) {
                const struct universe_package *package = universe_get(u, p);

                if (!has_task(package->tasks, w->name) || universe_candidate(u, package->name) != p)
                        continue;
                if (count < room)
                        out[count] = p;
                count++;
        }
        return count;
}

static bool fits(const struct wish *w, const struct universe_package *p, const char *const *suites,
    size_t suite_count)
{
        if (w->version)
                return fnmatch(w->version, p->version, 0) == 0;
        if (!w->suite)
                return true;
        for (size_t i = 0; i < suite_count; i++)
                if ((p->suites & (uint64_t)1 << i) && strcmp(suites[i], w->suite) == 0)
                        return true;
        return false;
}

/* apt's own choice first where nothing is said of version or suite, then the newest. */
static bool goes_before(const struct universe *u, const struct wish *w, uint32_t a, uint32_t b)
{
        const struct universe_package *x = universe_get(u, a), *y = universe_get(u, b);

        if (!w->version && !w->suite && x->pin != y->pin)
                return x->pin > y->pin;
        return deb_version_compare(x->version, y->version) > 0;
}

size_t wish_find(const struct wish *w, const struct universe *u, const char *const *suites,
    size_t suite_count, uint32_t *out, size_t room)
{
        size_t count = 0, held = 0;

        if (w->task)
                return find_task(w, u, out, room);
        for (uint32_t p = universe_find(u, w->name); p; p = universe_get(u, p)->next) {
                size_t at;

                if (!fits(w, universe_get(u, p), suites, suite_count))
                        continue;
                count++;
                for (at = held; at && goes_before(u, w, p, out[at - 1]); at--)
                        if (at < room)
                                out[at] = out[at - 1];
                if (at < room) {
                        out[at] = p;
                        held += held < room;
                }
        }
        return count;
}
