#include "mirror/npm/npmrc.h"

#include <fcntl.h>
#include <stdbool.h>
#include <strings.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/client_setup.h"

extern char **environ;

static struct npmrc_scope *find_scope(struct npmrc *rc, const char *scope)
{
        for (size_t i = 0; i < rc->scope_count; i++)
                if (strcmp(rc->scopes[i].name, scope) == 0)
                        return &rc->scopes[i];
        return NULL;
}

void npmrc_set_scope(struct npmrc *rc, const char *scope, const char *url)
{
        struct npmrc_scope *there = find_scope(rc, scope);

        if (!there) {
                rc->scopes = xgrow(rc->scopes, rc->scope_count, &rc->scope_cap, sizeof *rc->scopes);
                there = &rc->scopes[rc->scope_count++];
                *there = (struct npmrc_scope){.name = xstrdup(scope)};
        }
        free(there->url);
        there->url = xstrdup(url);
}

/* ${NAME} is that variable of the environment; one that is not set stays as it is written. */
static char *expand(const char *text)
{
        struct buf out;
        char *expanded;

        buf_init(&out, LIMIT_URL);
        while (*text) {
                const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
                char *name = end ? xstrndup(text + 2, (size_t)(end - text - 2)) : NULL;
                const char *value = name ? getenv(name) : NULL;

                free(name);
                if (value) {
                        buf_adds(&out, value);
                        text = end + 1;
                } else {
                        buf_addc(&out, *text++);
                }
        }
        expanded = buf_take(&out, NULL);
        buf_release(&out);
        return expanded;
}

static void set_once(char **slot, const char *value)
{
        if (!*slot && *value)
                *slot = xstrdup(value);
}

/* //host/path/:_authToken or //host/path:_auth */
static void set_access(struct npmrc *rc, const char *key, const char *value)
{
        const char *colon = strrchr(key, ':');
        bool is_token = colon && strcmp(colon, ":_authToken") == 0;
        char *below, *authorization;

        if (!*value || !colon || (!is_token && strcmp(colon, ":_auth") != 0))
                return;
        below = xstrndup(key, (size_t)(colon - key));
        authorization = xasprintf("%s %s", is_token ? "Bearer" : "Basic", value);
        access_add(&rc->access, below, authorization);
        free(below);
        free(authorization);
}

static void set(struct npmrc *rc, const char *key, const char *value, const char *where)
{
        const char *colon = strchr(key, ':');

        if (strcmp(key, "registry") == 0) {
                if (!rc->registry && *value)
                        rc->found = xasprintf("registry in %s", where);
                set_once(&rc->registry, value);
        } else if (strcmp(key, "cafile") == 0) {
                set_once(&rc->cafile, value);
        } else if (strncmp(key, "//", 2) == 0) {
                set_access(rc, key, value);
        } else if (*key == '@' && colon && strcmp(colon, ":registry") == 0) {
                char *scope = xstrndup(key, (size_t)(colon - key));

                if (!find_scope(rc, scope) && *value)
                        npmrc_set_scope(rc, scope, value);
                free(scope);
        }
}

static char *trimmed(const char *text, size_t len)
{
        while (len && strchr(" \t\r", *text)) {
                text++;
                len--;
        }
        while (len && strchr(" \t\r", text[len - 1]))
                len--;
        if (len >= 2 && (*text == '"' || *text == '\'') && text[len - 1] == *text) {
                text++;
                len -= 2;
        }
        return xstrndup(text, len);
}

void npmrc_parse(struct npmrc *rc, const char *text, const char *where)
{
        while (*text) {
                size_t len = strcspn(text, "\n");
                const char *equals = memchr(text, '=', len);
                size_t blank = strspn(text, " \t");

                if (equals && !strchr("#;[", text[blank])) {
                        char *key = trimmed(text, (size_t)(equals - text));
                        char *raw = trimmed(equals + 1, (size_t)(text + len - equals - 1));
                        char *value = expand(raw);

                        set(rc, key, value, where);
                        free(key);
                        free(raw);
                        free(value);
                }
                text += len + (text[len] == '\n');
        }
}

/* npm_config_KEY, in capitals or not, with '_' for '-'; what is of an address only stays as it is. */
static void read_environment(struct npmrc *rc)
{
        for (char **v = environ; *v; v++) {
                const char *equals = strchr(*v, '=');
                char *key, *where;

                if (strncasecmp(*v, "npm_config_", 11) != 0 || !equals)
                        continue;
                key = xstrndup(*v + 11, (size_t)(equals - *v - 11));
                where = xasprintf("the environment (%.*s)", (int)(equals - *v), *v);
                for (char *c = key; *c && *key != '@' && *key != '/'; c++)
                        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
                set(rc, key, equals + 1, where);
                free(key);
                free(where);
        }
}

static void read_file(struct npmrc *rc, const char *path)
{
        struct err ignored = ERR_INIT;
        struct buf text;

        buf_init(&text, LIMIT_METADATA);
        if (fs_read_file(AT_FDCWD, path, &text, &ignored) == 1)
                npmrc_parse(rc, text.data, path);
        buf_release(&text);
}

/* A file that a variable names, or the usual one. */
static void read_named(
    struct npmrc *rc, const char *variable, const char *capitals, char *usual_take)
{
        const char *named = getenv(variable);

        if (!named || !*named)
                named = getenv(capitals);
        read_file(rc, named && *named ? named : usual_take);
        free(usual_take);
}

void npmrc_read(struct npmrc *rc)
{
        read_environment(rc);
        read_file(rc, ".npmrc");
        read_named(rc, "npm_config_userconfig", "NPM_CONFIG_USERCONFIG",
            xasprintf("%s/.npmrc", client_home()));
        read_named(rc, "npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG", xstrdup("/etc/npmrc"));
        read_file(rc, "/usr/local/etc/npmrc");
        read_file(rc, "/usr/etc/npmrc");
}

void npmrc_release(struct npmrc *rc)
{
        for (size_t i = 0; i < rc->scope_count; i++) {
                free(rc->scopes[i].name);
                free(rc->scopes[i].url);
        }
        free(rc->scopes);
        free(rc->registry);
        free(rc->found);
        free(rc->cafile);
        access_release(&rc->access);
        *rc = (struct npmrc){0};
}
