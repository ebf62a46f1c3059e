/*
 * Drives the PEP 440/503/508/425 modules for a differential test: one line of
 * tab-separated fields in, one line out. "bad" stands for a refusal.
 *
 *     version TEXT                        canonical, local or "-", is_pre is_post is_dev
 *     compare A B                         -1 0 1
 *     specifier SET VERSION               with pre-releases, without, mentions; then the text
 *     filter SET VERSION...               the versions kept, "," between
 *     env N NAME=VALUE...                 defines marker environment N
 *     marker TEXT N EXTRA...              evaluation; then the text
 *     requirement TEXT                    name, extras, specifier, url, marker text
 *     name TEXT                           valid, normalised
 *     wheel FILE                          name, version, build, tags
 *     sdist FILE PROJECT                  version
 *     tags PYTHON IMPLEMENTATION ABI PLATFORM     all tags, "," between ("-": default)
 */
#include "bundle/err.h"

#include "bundle/mem.h"
#include "mirror/pypi/name.h"
#include "mirror/pypi/requirement.h"
#include "mirror/pypi/tags.h"

#define FIELDS 64
#define ENVIRONMENTS 64
#define OUT_MAX (64 * 1024 * 1024)

static struct marker_env environments[ENVIRONMENTS];

static int by_order(int order)
{
        return (order > 0) - (order < 0);
}

static void do_version(char **f, struct buf *out)
{
        struct version v;
        const char *local;

        if (version_parse(&v, f[0], NULL) < 0) {
                buf_adds(out, "bad");
                return;
        }
        local = version_local(&v);
        buf_addf(out, "%s\t%s\t%d%d%d", v.text, local ? local : "-", version_is_prerelease(&v),
            v.is_post, v.is_dev);
        version_release(&v);
}

static void do_compare(char **f, struct buf *out)
{
        struct version a = {0}, b = {0};

        if (version_parse(&a, f[0], NULL) < 0 || version_parse(&b, f[1], NULL) < 0)
                buf_adds(out, "bad");
        else
                buf_addf(out, "%d", by_order(version_compare(&a, &b)));
        version_release(&a);
        version_release(&b);
}

static void do_specifier(char **f, struct buf *out)
{
        struct specifier_set s = {0};
        struct version v = {0};

        if (specifier_set_parse(&s, f[0], NULL) < 0 || version_parse(&v, f[1], NULL) < 0) {
                buf_adds(out, "bad");
        } else {
                buf_addf(out, "%d%d%d\t", specifier_set_contains(&s, &v, true),
                    specifier_set_contains(&s, &v, false), specifier_set_mentions_prerelease(&s));
                specifier_set_text(&s, out);
        }
        specifier_set_release(&s);
        version_release(&v);
}

static void do_filter(char **f, struct buf *out)
{
        struct specifier_set s = {0};
        struct version versions[FIELDS];
        const struct version *list[FIELDS];
        bool keep[FIELDS], first = true;
        size_t count = 0;

        if (specifier_set_parse(&s, f[0], NULL) < 0) {
                buf_adds(out, "bad");
                return;
        }
        for (; f[count + 1]; count++) {
                version_parse(&versions[count], f[count + 1], NULL);
                list[count] = &versions[count];
        }
        specifier_set_filter(&s, list, count, false, keep);
        for (size_t i = 0; i < count; i++) {
                if (keep[i])
                        buf_addf(out, "%s%s", first ? "" : ",", versions[i].text);
                first = first && !keep[i];
                version_release(&versions[i]);
        }
        specifier_set_release(&s);
}

static void do_env(char **f, struct buf *out)
{
        static const char *const names[] = {"os_name", "sys_platform", "platform_machine",
            "platform_python_implementation", "platform_release", "platform_system",
            "platform_version", "python_version", "python_full_version", "implementation_name",
            "implementation_version"};
        struct marker_env *env = &environments[strtoul(f[0], NULL, 10) % ENVIRONMENTS];
        const char **fields[] = {&env->os_name, &env->sys_platform, &env->platform_machine,
            &env->platform_python_implementation, &env->platform_release, &env->platform_system,
            &env->platform_version, &env->python_version, &env->python_full_version,
            &env->implementation_name, &env->implementation_version};

        for (f++; *f; f++) {
                size_t name_len = strcspn(*f, "=");

                for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                        if (strlen(names[i]) == name_len && strncmp(names[i], *f, name_len) == 0)
                                *fields[i] = xstrdup(*f + name_len + 1);
        }
        buf_adds(out, "ok");
}

static void do_marker(char **f, struct buf *out)
{
        struct marker *m = NULL;
        struct err e = ERR_INIT;
        const struct marker_env *env = &environments[strtoul(f[1], NULL, 10) % ENVIRONMENTS];

        if (marker_parse(&m, f[0], &e) < 0) {
                buf_adds(out, "bad");
                return;
        }
        for (f += 2;; f++) {
                int result = marker_evaluate(m, env, *f ? *f : "", &e);

                buf_addf(out, "%c", result < 0 ? 'e' : '0' + result);
                if (!*f || !f[1])
                        break;
        }
        buf_adds(out, "\t");
        marker_text(m, out);
        marker_free(m);
}

static void do_requirement(char **f, struct buf *out)
{
        struct requirement r;
        struct err e = ERR_INIT;

        if (requirement_parse(&r, f[0], &e) < 0) {
                buf_addf(out, "bad\t%s", e.msg);
                return;
        }
        buf_addf(out, "%s\t", r.written);
        for (size_t i = 0; i < r.extra_count; i++)
                buf_addf(out, "%s%s", i ? "," : "", r.extras[i]);
        buf_adds(out, "\t");
        specifier_set_text(&r.specifier, out);
        buf_addf(out, "\t%s\t", r.url ? r.url : "");
        if (r.marker)
                marker_text(r.marker, out);
        requirement_release(&r);
}

static void do_name(char **f, struct buf *out)
{
        char *normal = name_normalize(f[0], strlen(f[0]));

        buf_addf(out, "%d\t%s", name_is_valid(f[0], strlen(f[0])), normal);
        free(normal);
}

static void do_wheel(char **f, struct buf *out)
{
        struct wheel_name w;
        struct err e = ERR_INIT;

        if (wheel_name_parse(&w, f[0], &e) < 0) {
                buf_addf(out, "bad\t%s", e.msg);
                return;
        }
        buf_addf(out, "%s\t%s\t%s\t", w.name, w.version.text, w.build ? w.build : "");
        for (size_t i = 0; i < w.pythons.count; i++)
                for (size_t j = 0; j < w.abis.count; j++)
                        for (size_t k = 0; k < w.platforms.count; k++)
                                buf_addf(out, "%s%s-%s-%s", i + j + k ? "," : "", w.pythons.list[i],
                                    w.abis.list[j], w.platforms.list[k]);
        wheel_name_release(&w);
}

static void do_sdist(char **f, struct buf *out)
{
        struct version v;
        struct err e = ERR_INIT;

        if (sdist_name_parse(&v, f[0], f[1], &e) < 0)
                buf_addf(out, "bad\t%s", e.msg);
        else
                buf_adds(out, v.text);
        version_release(&v);
}

static const char *or_default(const char *text)
{
        return strcmp(text, "-") == 0 ? NULL : text;
}

static void do_tags(char **f, struct buf *out)
{
        struct target_profile p = {.python = f[0],
            .implementation = or_default(f[1]),
            .abi = or_default(f[2]),
            .platform = or_default(f[3])};
        struct err e = ERR_INIT;
        struct target t;
        struct tags *tags;

        if (target_init(&t, &p, &e) < 0) {
                buf_addf(out, "bad\t%s", e.msg);
                return;
        }
        tags = tags_new(&t);
        for (size_t i = 0; i < tags_count(tags); i++)
                buf_addf(out, "%s%s", i ? "," : "", tags_get(tags, i));
        tags_free(tags);
        target_release(&t);
}

static const struct {
        const char *name;
        size_t fields; /* at least */
        void (*run)(char **fields, struct buf *out);
} commands[] = {
    {"version", 1, do_version},
    {"compare", 2, do_compare},
    {"specifier", 2, do_specifier},
    {"filter", 1, do_filter},
    {"env", 1, do_env},
    {"marker", 2, do_marker},
    {"requirement", 1, do_requirement},
    {"name", 1, do_name},
    {"wheel", 1, do_wheel},
    {"sdist", 2, do_sdist},
    {"tags", 4, do_tags},
};

static int run(char *line, struct buf *out)
{
        char *fields[FIELDS + 1] = {0};
        size_t count = 0;

        for (char *at = line; at && count < FIELDS - 1;) {
                fields[count++] = at;
                at = strchr(at, '\t');
                if (at)
                        *at++ = '\0';
        }
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
                if (strcmp(commands[i].name, fields[0]) != 0 || count <= commands[i].fields)
                        continue;
                commands[i].run(fields + 1, out);
                return 0;
        }
        fprintf(stderr, "pep: no such command, or too few fields: %s\n", line);
        return -1;
}

int main(void)
{
        struct buf out;
        char *line = NULL;
        size_t size = 0;
        ssize_t n;
        int ret = 1;

        buf_init(&out, OUT_MAX);
        while ((n = getline(&line, &size, stdin)) > 0) {
                if (line[n - 1] == '\n')
                        line[n - 1] = '\0';
                buf_reset(&out);
                if (run(line, &out) < 0)
                        goto out;
                puts(out.data);
        }
        ret = 0;
out:
        free(line);
        buf_release(&out);
        return ret;
}
