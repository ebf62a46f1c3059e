#include "mirror/npm/spec.h"

#include "bundle/mem.h"
#include "mirror/npm/name.h"

static bool begins(const char *text, const char *with)
{
        return strncasecmp(text, with, strlen(with)) == 0;
}

static bool begins_any(const char *text, const char *const *with)
{
        for (; *with; with++)
                if (begins(text, *with))
                        return true;
        return false;
}

static bool ends_any(const char *text, const char *const *with)
{
        size_t len = strlen(text);

        for (; *with; with++)
                if (len > strlen(*with) && strcasecmp(text + len - strlen(*with), *with) == 0)
                        return true;
        return false;
}

/* scheme: letters, digits, + */
static bool has_scheme(const char *text)
{
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+");

        return n && text[n] == ':';
}

/* owner/repository, which npm looks for at its usual host */
static bool is_shorthand(const char *text)
{
        const char *slash = strchr(text, '/'), *hash = strchr(text, '#');

        return slash && slash > text && *text != '@' && *text != '.' && slash[1] &&
               slash[1] != '/' &&
               (!strchr(slash + 1, '/') || (hash && strchr(slash + 1, '/') > hash)) &&
               !strchr(text, ' ');
}

/* What is none of the registry's; NPM_SPEC_RANGE: it is. */
static enum npm_spec_kind foreign_kind(const char *text)
{
        static const char *const paths[] = {"file:", ".", "~/", "/", NULL};
        static const char *const others[] = {
            "workspace:", "portal:", "link:", "patch:", "exec:", "catalog:", NULL};
        static const char *const hosts[] = {"github:", "gitlab:", "bitbucket:", "gist:",
            "sourcehut:", "git+", "git:", "git@", "ssh:", NULL};
        static const char *const archives[] = {".tgz", ".tar.gz", ".tar", NULL};
        static const char *const repositories[] = {".git", NULL};

        if (begins_any(text, others))
                return NPM_SPEC_WORKSPACE;
        if (begins_any(text, paths))
                return NPM_SPEC_PATH;
        if (begins_any(text, hosts))
                return NPM_SPEC_GIT;
        if (begins(text, "http:") || begins(text, "https:"))
                return ends_any(text, repositories) || strstr(text, ".git#") ? NPM_SPEC_GIT
                                                                             : NPM_SPEC_URL;
        if (has_scheme(text))
                return NPM_SPEC_WRONG;
        if (is_shorthand(text))
                return NPM_SPEC_GIT;
        return strchr(text, '/') || ends_any(text, archives) ? NPM_SPEC_PATH : NPM_SPEC_RANGE;
}

/* A tag holds only what encodeURIComponent leaves as it is. */
static bool is_tag(const char *text)
{
        return strspn(text,
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()") ==
               strlen(text);
}

static void parse_registry(struct npm_spec *s)
{
        struct semver exact;

        s->range = semver_range_parse(s->text, SEMVER_LOOSE);
        if (semver_parse(&exact, s->text, strlen(s->text), SEMVER_LOOSE) == 0)
                s->kind = NPM_SPEC_VERSION;
        else if (s->range)
                s->kind = NPM_SPEC_RANGE;
        else
                s->kind = is_tag(s->text) ? NPM_SPEC_TAG : NPM_SPEC_WRONG;
        if (!npm_name_is_valid(s->package))
                s->kind = NPM_SPEC_WRONG;
}

static char *trimmed(const char *text)
{
        size_t len;

        text += strspn(text, " \t\r\n\v\f");
        len = strlen(text);
        while (len && strchr(" \t\r\n\v\f", text[len - 1]))
                len--;
        return xstrndup(text, len);
}

/* NAME@TEXT taken apart. Behind npm: no further alias may stand. */
static void parse_alias(struct npm_spec *s, const char *target)
{
        const char *at = *target ? strchr(target + 1, '@') : NULL;

        s->package = at ? xstrndup(target, (size_t)(at - target)) : xstrdup(target);
        s->text = trimmed(at && at[1] ? at + 1 : "*");
        if (begins(s->text, "npm:") || foreign_kind(s->text) != NPM_SPEC_RANGE)
                s->kind = NPM_SPEC_WRONG;
        else
                parse_registry(s);
}

void npm_spec_parse(struct npm_spec *s, const char *name, const char *text)
{
        *s = (struct npm_spec){0};
        if (begins(text, "npm:")) {
                parse_alias(s, text + 4);
                return;
        }
        s->package = xstrdup(name);
        s->text = trimmed(text);
        s->kind = foreign_kind(s->text);
        if (s->kind == NPM_SPEC_RANGE)
                parse_registry(s);
}

void npm_spec_release(struct npm_spec *s)
{
        free(s->package);
        free(s->text);
        semver_range_free(s->range);
        *s = (struct npm_spec){0};
}

bool npm_spec_is_registry(const struct npm_spec *s)
{
        return s->kind <= NPM_SPEC_TAG;
}

const char *npm_spec_kind_name(enum npm_spec_kind kind)
{
        static const char *const names[] = {
            [NPM_SPEC_RANGE] = "a range of versions",
            [NPM_SPEC_VERSION] = "a version",
            [NPM_SPEC_TAG] = "a tag",
            [NPM_SPEC_GIT] = "a git repository",
            [NPM_SPEC_URL] = "a tarball at an address",
            [NPM_SPEC_PATH] = "a file or folder",
            [NPM_SPEC_WORKSPACE] = "a package of the project's own workspace",
            [NPM_SPEC_WRONG] = "no package spec",
        };

        return names[kind];
}

int npm_spec_parse_argument(char **name, struct npm_spec *s, const char *argument, struct err *e)
{
        const char *at = *argument ? strchr(argument + 1, '@') : NULL;

        *name = at ? xstrndup(argument, (size_t)(at - argument)) : xstrdup(argument);
        npm_spec_parse(s, *name, at ? at + 1 : "");
        if (npm_name_is_valid(*name) && npm_spec_is_registry(s))
                return 0;
        err_set(e, ERR_USAGE,
            "\"%.200s\" is no package of a registry: write NAME or NAME@VERSION, as \"react@^18\", "
            "\"@types/node@20\" or \"old-react@npm:react@16\"",
            argument);
        npm_spec_release(s);
        free(*name);
        *name = NULL;
        return -1;
}

bool npm_spec_is_met(const struct npm_spec *s, const struct semver *version)
{
        switch (s->kind) {
        case NPM_SPEC_RANGE:
                if (!*s->text || strcmp(s->text, "*") == 0)
                        return true;
                /* fall through */
        case NPM_SPEC_VERSION:
                return version && semver_range_has(s->range, version);
        case NPM_SPEC_TAG:
                return version != NULL;
        default:
                return false;
        }
}
