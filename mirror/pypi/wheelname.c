#include "mirror/pypi/wheelname.h"

#include "ascii.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/name.h"

#define PARTS_MAX 6 /* name, version, build, python, abi, platform */

static bool is_tag_character(char c)
{
        return ascii_is_alphanumeric(c) || c == '_';
}

static int refuse(struct err *e, const char *file_name, const char *why)
{
        return err_set(e, ERR_FAILED, "\"%s\" is not the file name of a wheel: %s", file_name, why);
}

/* Cuts `text` at each "-". Returns the number of parts, PARTS_MAX + 1 when there are more. */
static size_t cut(char *text, char *parts[PARTS_MAX])
{
        size_t count = 0;

        while (count < PARTS_MAX) {
                char *dash = strchr(text, '-');

                parts[count++] = text;
                if (!dash)
                        return count;
                *dash = '\0';
                text = dash + 1;
        }
        return PARTS_MAX + 1;
}

/* Cuts `text` at each "."; false when it, or a member, is empty or holds a foreign character. */
static bool read_tag_set(struct wheel_tag_set *set, char *text)
{
        size_t cap = 0;
        char *start = text;

        for (char *at = text;; at++) {
                bool end = *at == '\0';

                if (!end && *at != '.') {
                        if (!is_tag_character(*at))
                                return false;
                        *at = ascii_lower(*at);
                        continue;
                }
                if (at == start)
                        return false;
                *at = '\0';
                set->list = xgrow(set->list, set->count, &cap, sizeof *set->list);
                set->list[set->count++] = start;
                if (end)
                        return true;
                start = at + 1;
        }
}

static bool is_build(const char *text)
{
        if (!ascii_is_digit(*text))
                return false;
        for (; *text; text++)
                if (!is_tag_character(*text) && *text != '.')
                        return false;
        return true;
}

static int read_version(struct version *v, const char *text)
{
        char *dashed;
        int ret;

        if (version_parse(v, text, NULL) == 0)
                return 0;
        dashed = xstrdup(text);
        for (char *c = dashed; *c; c++)
                if (*c == '_')
                        *c = '-';
        ret = version_parse(v, dashed, NULL);
        free(dashed);
        return ret;
}

/* No white space: version_parse would forgive it. */
static bool has_blank(const char *text)
{
        return text[strcspn(text, " \t\n\v\f\r")] != '\0';
}

static int read_parts(struct wheel_name *w, const char *file_name, struct err *e)
{
        char *parts[PARTS_MAX];
        size_t count = cut(w->parts, parts);

        if (count != 5 && count != 6)
                return refuse(e, file_name,
                    "it must be NAME-VERSION-PYTHON-ABI-PLATFORM.whl, or the same with a build "
                    "number after the version");
        if (!name_is_valid(parts[0], strlen(parts[0])))
                return refuse(e, file_name, "no valid project name in front");
        w->name = name_normalize(parts[0], strlen(parts[0]));
        if (has_blank(parts[1]) || read_version(&w->version, parts[1]) < 0)
                return refuse(e, file_name, "the second part is not a version (PEP 440)");
        if (count == 6) {
                if (!is_build(parts[2]))
                        return refuse(e, file_name, "the build number must begin with a digit");
                w->build = parts[2];
        }
        if (!read_tag_set(&w->pythons, parts[count - 3]) ||
            !read_tag_set(&w->abis, parts[count - 2]) ||
            !read_tag_set(&w->platforms, parts[count - 1]))
                return refuse(e, file_name, "a tag at its end is empty or no tag");
        return 0;
}

int wheel_name_parse(struct wheel_name *w, const char *file_name, struct err *e)
{
        size_t len = strlen(file_name);

        *w = (struct wheel_name){0};
        if (len < 4 || strcmp(file_name + len - 4, ".whl") != 0)
                return refuse(e, file_name, "it does not end in .whl");
        if (len > LIMIT_NAME)
                return refuse(e, file_name, "it is too long");
        w->parts = xstrndup(file_name, len - 4);
        if (read_parts(w, file_name, e) < 0) {
                wheel_name_release(w);
                return -1;
        }
        return 0;
}

void wheel_name_release(struct wheel_name *w)
{
        free(w->name);
        version_release(&w->version);
        free(w->pythons.list);
        free(w->abis.list);
        free(w->platforms.list);
        free(w->parts);
        *w = (struct wheel_name){0};
}

static size_t take_digits(const char **text, const char **digits)
{
        while (**text == '0')
                ++*text;
        *digits = *text;
        while (ascii_is_digit(**text))
                ++*text;
        return (size_t)(*text - *digits);
}

int wheel_build_compare(const char *a, const char *b)
{
        const char *a_digits, *b_digits;
        size_t a_len, b_len;
        int order;

        if (!a || !b)
                return (a != NULL) - (b != NULL);
        a_len = take_digits(&a, &a_digits);
        b_len = take_digits(&b, &b_digits);
        if (a_len != b_len)
                return a_len < b_len ? -1 : 1;
        order = memcmp(a_digits, b_digits, a_len);
        return order ? order : strcmp(a, b);
}

/* The length of the name without its ending; 0 when it has none of them. */
static size_t stem_length(const char *file_name)
{
        static const char *const endings[] = {".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"};
        size_t len = strlen(file_name);

        for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
                size_t n = strlen(endings[i]);

                if (len > n && strcmp(file_name + len - n, endings[i]) == 0)
                        return len - n;
        }
        return 0;
}

bool sdist_name_has_ending(const char *file_name)
{
        return stem_length(file_name) > 0;
}

int sdist_name_parse(struct version *v, const char *file_name, const char *project, struct err *e)
{
        size_t len = stem_length(file_name);
        char *normal = name_normalize(project, strlen(project));
        int ret = -1;

        *v = (struct version){0};
        if (len == 0 || strlen(file_name) > LIMIT_NAME || has_blank(file_name)) {
                err_set(e, ERR_FAILED,
                    "\"%s\" is not the file name of a source distribution (NAME-VERSION.tar.gz)",
                    file_name);
                goto out;
        }
        for (size_t dash = 1; dash < len && ret < 0; dash++) {
                char *name;

                if (file_name[dash] != '-')
                        continue;
                name = name_normalize(file_name, dash);
                if (strcmp(name, normal) == 0)
                        ret = version_parse_n(v, file_name + dash + 1, len - dash - 1, NULL);
                free(name);
        }
        if (ret < 0)
                err_set(e, ERR_FAILED,
                    "\"%s\" is not a source distribution of %s: no version (PEP 440) follows its "
                    "name",
                    file_name, normal);
out:
        free(normal);
        return ret;
}
