#include "mirror/pypi/target.h"

#include <limits.h>

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

#define LAST_PATCH 99 /* stands for the newest x of 3.11.x */

static int parse_implementation(struct target *t, const char *text, struct err *e)
{
        if (!text || strcmp(text, "cp") == 0 || strcmp(text, "cpython") == 0)
                t->implementation = TARGET_CPYTHON;
        else if (strcmp(text, "pp") == 0 || strcmp(text, "pypy") == 0)
                t->implementation = TARGET_PYPY;
        else
                return err_set(
                    e, ERR_USAGE, "implementation \"%s\" is not known; use cp or pp", text);
        return 0;
}

static int refuse_python(const char *text, struct err *e)
{
        return err_set(e, ERR_USAGE,
            "python \"%s\" is no Python version; write it as in 3.11 or 3.11.7 (3.13t for the "
            "free-threaded build)",
            text);
}

/* The release numbers of a parsed version, which begin its text when it has no epoch. */
static bool take_minor(struct target *t, const struct version *v)
{
        char *end;
        unsigned long major = strtoul(v->text, &end, 10);
        unsigned long minor = *end == '.' ? strtoul(end + 1, &end, 10) : ULONG_MAX;

        if (v->release_count < 2 || *end == '!' || major < 2 || major > 3 ||
            minor > LIMIT_TAG_NUMBER)
                return false;
        t->major = (unsigned)major;
        t->minor = (unsigned)minor;
        return true;
}

static int parse_python(struct target *t, const char *text, struct err *e)
{
        size_t len = text ? strlen(text) : 0;

        if (len == 0)
                return err_set(e, ERR_USAGE, "a target needs its python version, as in 3.11");
        if (text[len - 1] == 't') {
                t->free_threaded = true;
                len--;
        }
        if (version_parse_n(&t->python[0], text, len, NULL) < 0)
                return refuse_python(text, e);
        t->python_count = 1;
        if (!take_minor(t, &t->python[0]) || t->python[0].is_post || version_local(&t->python[0]))
                return refuse_python(text, e);
        if (t->free_threaded && t->major == 3 && t->minor < 13)
                return err_set(
                    e, ERR_USAGE, "python \"%s\": free-threaded builds begin with 3.13", text);
        t->short_version = xasprintf("%u.%u", t->major, t->minor);
        return 0;
}

/* "3.11" is every 3.11.x; "3.14rc1" is one version already. */
static void complete_python(struct target *t)
{
        char *text;

        if (t->python[0].release_count > 2 || version_is_prerelease(&t->python[0]))
                return;
        version_release(&t->python[0]);
        for (size_t i = 0; i < 2; i++) {
                text = xasprintf("%s.%d", t->short_version, i ? LAST_PATCH : 0);
                version_parse(&t->python[i], text, NULL);
                free(text);
        }
        t->python_count = 2;
}

static bool before(const struct target *t, unsigned major, unsigned minor)
{
        return t->major < major || (t->major == major && t->minor < minor);
}

static char *default_abi(const struct target *t)
{
        const char *flags = "";

        if (t->implementation == TARGET_PYPY)
                return xasprintf("pypy%u%u_pp73", t->major, t->minor);
        if (t->free_threaded)
                flags = "t";
        else if (before(t, 3, 3)) /* wide Unicode, which Windows and macOS did not choose */
                flags = t->platform.system == PLATFORM_LINUX ? "mu" : "m";
        else if (before(t, 3, 8))
                flags = "m";
        return xasprintf("cp%u%u%s", t->major, t->minor, flags);
}

/* "cp311d" for Python 3.11: the flags "d". NULL: another Python's, or something else. */
static const char *cpython_flags(const struct target *t, const char *abi)
{
        char expected[32];
        int n = snprintf(expected, sizeof expected, "cp%u%u", t->major, t->minor);

        return strncmp(abi, expected, (size_t)n) == 0 && !ascii_is_digit(abi[n]) ? abi + n : NULL;
}

static int parse_abi(struct target *t, const char *text, struct err *e)
{
        const char *flags;

        if (!text) {
                t->abi = default_abi(t);
                return 0;
        }
        t->abi = xstrdup(text);
        for (char *c = t->abi; *c; c++) {
                *c = ascii_lower(*c);
                if (!ascii_is_alphanumeric(*c) && *c != '_')
                        return err_set(e, ERR_USAGE,
                            "abi \"%s\": only letters, digits and \"_\" can be in it", text);
        }
        if (t->implementation == TARGET_PYPY || strcmp(t->abi, "none") == 0 ||
            strcmp(t->abi, "abi3") == 0)
                return 0;
        flags = cpython_flags(t, t->abi);
        if (!flags || (t->free_threaded && !strchr(flags, 't')))
                return err_set(e, ERR_USAGE,
                    "abi \"%s\" is not one of python %s%s; leave it out or write cp%u%u%s", text,
                    t->short_version, t->free_threaded ? "t" : "", t->major, t->minor,
                    t->free_threaded ? "t" : "");
        t->free_threaded = strchr(flags, 't') != NULL;
        return 0;
}

int target_init(struct target *t, const struct target_profile *p, struct err *e)
{
        int ret = -1;

        *t = (struct target){0};
        if (parse_implementation(t, p->implementation, e) < 0 ||
            parse_python(t, p->python, e) < 0 ||
            platform_parse(&t->platform, p->platform ? p->platform : "any", e) < 0 ||
            parse_abi(t, p->abi, e) < 0)
                goto out;
        complete_python(t);
        t->platform_release = xstrdup(p->platform_release ? p->platform_release : "");
        t->platform_version = xstrdup(p->platform_version ? p->platform_version : "");
        ret = 0;
out:
        if (ret < 0)
                target_release(t);
        return ret;
}

void target_release(struct target *t)
{
        free(t->short_version);
        free(t->abi);
        platform_release(&t->platform);
        version_release(&t->python[0]);
        version_release(&t->python[1]);
        free(t->platform_release);
        free(t->platform_version);
        *t = (struct target){0};
}

/* What uname says, where it differs from the tag. */
static const char *machine_name(const struct platform *p)
{
        static const char *const windows[][2] = {
            {"amd64", "AMD64"}, {"arm64", "ARM64"}, {"x86", "x86"}};

        for (size_t i = 0; p->system == PLATFORM_WINDOWS && i < 3; i++)
                if (strcmp(p->machine, windows[i][0]) == 0)
                        return windows[i][1];
        if (p->system == PLATFORM_MACOS && strncmp(p->machine, "ppc", 3) == 0)
                return "Power Macintosh";
        return p->machine;
}

void target_marker_env(const struct target *t, size_t which, struct marker_env *env)
{
        static const struct {
                const char *os_name, *sys_platform, *platform_system;
        } systems[] = {
            [PLATFORM_ANY] = {"", "", ""},
            [PLATFORM_LINUX] = {"posix", "linux", "Linux"},
            [PLATFORM_MACOS] = {"posix", "darwin", "Darwin"},
            [PLATFORM_WINDOWS] = {"nt", "win32", "Windows"},
        };
        enum platform_system system = t->platform.system;
        bool pypy = t->implementation == TARGET_PYPY;

        *env = (struct marker_env){
            .os_name = systems[system].os_name,
            .sys_platform = systems[system].sys_platform,
            .platform_system = systems[system].platform_system,
            .platform_machine = machine_name(&t->platform),
            .platform_release = t->platform_release,
            .platform_version = t->platform_version,
            .platform_python_implementation = pypy ? "PyPy" : "CPython",
            .implementation_name = pypy ? "pypy" : "cpython",
            .python_version = t->short_version,
            .python_full_version = t->python[which].text,
            .implementation_version = pypy ? "7.3.0" : t->python[which].text,
        };
        if (system == PLATFORM_LINUX && t->major == 2)
                env->sys_platform = "linux2";
}
