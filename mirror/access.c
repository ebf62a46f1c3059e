#include "mirror/access.h"

#include <stdbool.h>
#include <strings.h>

#include "bundle/mem.h"
#include "mirror/url.h"

void access_add(struct access_list *a, const char *below, const char *authorization)
{
        for (size_t i = 0; i < a->count; i++)
                if (strcmp(a->items[i].below, below) == 0)
                        return;
        a->items = xgrow(a->items, a->count, &a->cap, sizeof *a->items);
        a->items[a->count++] = (struct access_rule){xstrdup(below), xstrdup(authorization)};
}

void access_take(struct access_list *a, struct access_list *from)
{
        for (size_t i = 0; i < from->count; i++)
                access_add(a, from->items[i].below, from->items[i].authorization);
        access_release(from);
}

void access_release(struct access_list *a)
{
        for (size_t i = 0; i < a->count; i++) {
                free(a->items[i].below);
                free(a->items[i].authorization);
        }
        free(a->items);
        *a = (struct access_list){0};
}

static bool slice_is(struct url_slice s, const char *text)
{
        return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

/* 127.0.0.0/8 in its usual form only: any other host could be somebody else's name. */
static bool is_this_machine(struct url_slice host)
{
        char text[16];

        if (slice_is(host, "localhost") || slice_is(host, "[::1]"))
                return true;
        if (host.len >= sizeof text || strncmp(host.at, "127.", 4) != 0)
                return false;
        memcpy(text, host.at, host.len);
        text[host.len] = '\0';
        return strspn(text, "0123456789.") == host.len;
}

static bool may_carry_secrets(const struct url *u)
{
        if (u->userinfo.at || !(slice_is(u->scheme, "https") ||
                                  (slice_is(u->scheme, "http") && is_this_machine(u->host))))
                return false;
        for (size_t i = 0; i < u->path.len; i++)
                if (strncmp(u->path.at + i, "/.", 2) == 0 ||
                    strncasecmp(u->path.at + i, "%2e", 3) == 0)
                        return false;
        return true;
}

/* How much of the URL's path the rule covers, plus one; 0: the rule is not for it. */
static size_t covers(const struct access_rule *rule, const char *url, const struct url *u)
{
        struct err ignored = ERR_INIT;
        char *whole = xasprintf("%.*s:%s", (int)u->scheme.len, u->scheme.at, rule->below);
        struct url r;
        size_t len = 0;
        bool fits = url_parse(whole, &r, &ignored) == 0 && url_same_origin(whole, url);

        if (fits) {
                len = r.path.len;
                while (len && r.path.at[len - 1] == '/')
                        len--;
                fits = len <= u->path.len && (!len || memcmp(r.path.at, u->path.at, len) == 0) &&
                       (len == u->path.len || u->path.at[len] == '/');
        }
        free(whole);
        return fits ? len + 1 : 0;
}

const char *access_find(const struct access_list *a, const char *url)
{
        struct err ignored = ERR_INIT;
        const char *found = NULL;
        size_t longest = 0;
        struct url u;

        if (!a || url_parse(url, &u, &ignored) < 0 || !may_carry_secrets(&u))
                return NULL;
        for (size_t i = 0; i < a->count; i++) {
                size_t n = covers(&a->items[i], url, &u);

                if (n > longest) {
                        longest = n;
                        found = a->items[i].authorization;
                }
        }
        return found;
}
