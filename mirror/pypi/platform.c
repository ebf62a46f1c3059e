#include "mirror/pypi/platform.h"

#include <limits.h>

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/nearest.h"

/* Glibc versions that had a name before PEP 600, newest first. */
static const struct {
        const char *name;
        unsigned minor;
} legacy_manylinux[] = {
    {"manylinux2014", 17},
    {"manylinux2010", 12},
    {"manylinux1", 5},
};

static void add_tag(struct platform *p, char *tag)
{
        p->tags = xgrow(p->tags, p->tag_count, &p->tag_cap, sizeof *p->tags);
        p->tags[p->tag_count++] = tag;
}

/* "manylinux_2_28_x86_64" with the prefix "manylinux": 2, 28, and what follows. */
static const char *take_numbers(
    const char *text, const char *prefix, unsigned *major, unsigned *minor)
{
        unsigned *numbers[2] = {major, minor};
        size_t n = strlen(prefix);

        if (strncmp(text, prefix, n) != 0)
                return NULL;
        text += n;
        for (int i = 0; i < 2; i++) {
                unsigned value = 0;

                if (*text++ != '_' || !ascii_is_digit(*text))
                        return NULL;
                for (; ascii_is_digit(*text); text++) {
                        value = value * 10 + (unsigned)(*text - '0');
                        if (value > LIMIT_TAG_NUMBER)
                                return NULL;
                }
                *numbers[i] = value;
        }
        return *text == '_' && text[1] ? text + 1 : NULL;
}

/* Before these nobody promised anything: PEP 513 for x86, PEP 599 for the others. */
static unsigned oldest_glibc(const char *machine)
{
        return strcmp(machine, "x86_64") == 0 || strcmp(machine, "i686") == 0 ? 5 : 17;
}

static int add_manylinux(struct platform *p, unsigned newest, const char *machine, struct err *e)
{
        unsigned oldest = oldest_glibc(machine);

        if (newest < oldest)
                return err_set(e, ERR_USAGE,
                    "platform: there are no manylinux wheels for %s on a glibc older than 2.%u",
                    machine, oldest);
        for (unsigned minor = newest; minor >= oldest; minor--) {
                add_tag(p, xasprintf("manylinux_2_%u_%s", minor, machine));
                for (size_t i = 0; i < sizeof legacy_manylinux / sizeof legacy_manylinux[0]; i++)
                        if (legacy_manylinux[i].minor == minor)
                                add_tag(p, xasprintf("%s_%s", legacy_manylinux[i].name, machine));
        }
        return 0;
}

/* As `uname -m` has them, which is what wheels are named by. */
static const char *const linux_machines[] = {"aarch64", "armv6l", "armv7l", "armv8l", "i686",
    "loongarch64", "mips64", "ppc64", "ppc64le", "riscv64", "s390x", "x86_64", NULL};

/* What others call them. */
static const char *const linux_aliases[][2] = {{"amd64", "x86_64"}, {"x64", "x86_64"},
    {"arm64", "aarch64"}, {"armhf", "armv7l"}, {"i386", "i686"}, {"ia32", "i686"}, {"x86", "i686"},
    {"ppc64el", "ppc64le"}};

/* No wheel is built for a machine that is none: all would be taken as source, without a word. */
static int check_machine(const char *text, const char *machine, struct err *e)
{
        size_t before = (size_t)(machine - text);
        struct nearest n = nearest_to(machine);

        for (const char *const *known = linux_machines; *known; known++)
                if (strcmp(*known, machine) == 0)
                        return 0;
        nearest_offer(&n, linux_machines);
        for (size_t i = 0; i < sizeof linux_aliases / sizeof linux_aliases[0]; i++)
                if (strcmp(linux_aliases[i][0], machine) == 0)
                        n.word = linux_aliases[i][1];
        if (!n.word)
                return err_set(
                    e, ERR_USAGE, "platform \"%s\": \"%s\" is no machine of Linux", text, machine);
        if (strncmp(text, "linux_", 6) == 0)
                return err_set(e, ERR_USAGE,
                    "platform \"%s\": Linux has no machine \"%s\"; did you mean manylinux_2_28_%s?",
                    text, machine, n.word);
        return err_set(e, ERR_USAGE,
            "platform \"%s\": Linux has no machine \"%s\"; did you mean %.*s%s?", text, machine,
            (int)before, text, n.word);
}

/* 1: it is one (or -1: a wrong one); 0: something else. */
static int parse_linux(struct platform *p, const char *text, struct err *e)
{
        const char *machine = NULL;
        unsigned major = 0, minor = 0;
        bool manylinux, musllinux;

        for (size_t i = 0; i < sizeof legacy_manylinux / sizeof legacy_manylinux[0]; i++) {
                size_t n = strlen(legacy_manylinux[i].name);

                if (strncmp(text, legacy_manylinux[i].name, n) == 0 && text[n] == '_') {
                        machine = text + n + 1;
                        minor = legacy_manylinux[i].minor;
                }
        }
        if (!machine) {
                machine = take_numbers(text, "manylinux", &major, &minor);
                if (machine && major != 2)
                        return err_set(
                            e, ERR_USAGE, "platform \"%s\": there is no glibc %u", text, major);
        }
        manylinux = machine != NULL;
        if (!machine)
                machine = take_numbers(text, "musllinux", &major, &minor);
        musllinux = machine && !manylinux;
        if (!machine && strncmp(text, "linux_", 6) == 0)
                machine = text + 6;
        if (!machine || !*machine)
                return 0;
        if (check_machine(text, machine, e) < 0 ||
            (manylinux && add_manylinux(p, minor, machine, e) < 0))
                return -1;
        for (unsigned i = minor + 1; musllinux && i-- > 0;)
                add_tag(p, xasprintf("musllinux_%u_%u_%s", major, i, machine));
        add_tag(p, xasprintf("linux_%s", machine));
        p->system = PLATFORM_LINUX;
        p->machine = xstrdup(machine);
        return 1;
}

/* The kinds of fat binaries that a machine runs, its own first. */
static const struct {
        const char *machine;
        unsigned oldest, newest; /* minor versions of macOS 10 that had it */
        const char *formats[7];
} mac_formats[] = {
    {"arm64", 0, UINT_MAX, {"arm64", "universal2"}},
    {"x86_64", 4, UINT_MAX, {"x86_64", "intel", "fat64", "fat3", "universal2", "universal"}},
    {"i386", 4, UINT_MAX, {"i386", "intel", "fat3", "fat", "universal"}},
    {"ppc64", 4, 5, {"ppc64", "fat64", "universal"}},
    {"ppc", 0, 6, {"ppc", "fat3", "fat", "universal"}},
};

static void add_macos(struct platform *p, size_t machine, unsigned major, unsigned minor)
{
        unsigned as_10 = major == 10 ? minor : UINT_MAX;

        if (as_10 < mac_formats[machine].oldest || as_10 > mac_formats[machine].newest)
                return;
        for (const char *const *format = mac_formats[machine].formats; *format; format++)
                add_tag(p, xasprintf("macosx_%u_%u_%s", major, minor, *format));
}

/* Since macOS 11 a year is a major version; an Intel one still runs what was built for 10.x. */
static int parse_macos(struct platform *p, const char *text, struct err *e)
{
        unsigned major, minor;
        const char *machine = take_numbers(text, "macosx", &major, &minor);
        size_t which = 0, known = sizeof mac_formats / sizeof mac_formats[0];

        if (!machine)
                return 0;
        while (which < known && strcmp(mac_formats[which].machine, machine) != 0)
                which++;
        if (which == known || major < 10)
                return err_set(e, ERR_USAGE,
                    "platform \"%s\": give the macOS version and the machine, arm64 or x86_64, as "
                    "in macosx_11_0_arm64",
                    text);
        if (major == 10)
                for (unsigned i = minor + 1; i-- > 0;)
                        add_macos(p, which, 10, i);
        for (unsigned i = major; i >= 11; i--)
                add_macos(p, which, i, 0);
        for (unsigned i = 16; major >= 11 && i >= 4; i--) {
                if (strcmp(machine, "x86_64") == 0)
                        add_macos(p, which, 10, i);
                else
                        add_tag(p, xasprintf("macosx_10_%u_universal2", i));
        }
        p->system = PLATFORM_MACOS;
        p->machine = xstrdup(machine);
        return 1;
}

static int parse_windows(struct platform *p, const char *text)
{
        static const char *const known[][2] = {
            {"win_amd64", "amd64"}, {"win32", "x86"}, {"win_arm64", "arm64"}};

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                if (strcmp(text, known[i][0]) != 0)
                        continue;
                add_tag(p, xstrdup(text));
                p->system = PLATFORM_WINDOWS;
                p->machine = xstrdup(known[i][1]);
                return 1;
        }
        return 0;
}

static int parse(struct platform *p, const char *text, struct err *e)
{
        int found;

        if (strcmp(text, "any") == 0) {
                add_tag(p, xstrdup(text));
                p->machine = xstrdup("");
                return 0;
        }
        found = parse_linux(p, text, e);
        if (found == 0)
                found = parse_macos(p, text, e);
        if (found == 0)
                found = parse_windows(p, text);
        if (found == 0)
                return err_set(e, ERR_USAGE,
                    "platform \"%s\" is not known; write it as in manylinux_2_28_x86_64, "
                    "musllinux_1_2_x86_64, macosx_11_0_arm64, win_amd64, or any",
                    text);
        return found < 0 ? -1 : 0;
}

int platform_parse(struct platform *p, const char *text, struct err *e)
{
        char *normal = xstrndup(text, strnlen(text, LIMIT_NAME));
        int ret = -1;

        *p = (struct platform){0};
        for (char *c = normal; *c; c++) {
                if (*c == '-' || *c == '.')
                        *c = '_';
                *c = ascii_lower(*c);
                if (!ascii_is_alphanumeric(*c) && *c != '_') {
                        err_set(e, ERR_USAGE,
                            "platform \"%s\": only letters, digits and \"_\" can be in it", text);
                        goto out;
                }
        }
        ret = parse(p, normal, e);
out:
        if (ret < 0)
                platform_release(p);
        free(normal);
        return ret;
}

void platform_release(struct platform *p)
{
        free(p->machine);
        for (size_t i = 0; i < p->tag_count; i++)
                free(p->tags[i]);
        free(p->tags);
        *p = (struct platform){0};
}
