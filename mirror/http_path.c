#include "mirror/http_path.h"

#include <strings.h>

#include "bundle/err.h"

/* The path part: behind "http://host" if that is there. NULL: no absolute path. */
static const char *path_part(const char *target)
{
        size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                        : strncasecmp(target, "https://", 8) == 0 ? 8
                                                                  : 0;

        if (scheme) {
                target += scheme + strcspn(target + scheme, "/?#");
                return *target == '/' ? target : "/";
        }
        return *target == '/' ? target : NULL;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* The next character, decoded, or -1. */
static int next_char(const char **s)
{
        const char *p = *s;
        int c = (unsigned char)*p++;

        if (c == '%') {
                int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

                if (low < 0)
                        return -1;
                c = high * 16 + low;
                p += 2;
        }
        *s = p;
        return c < 0x20 || c == 0x7f ? -1 : c;
}

enum http_path_error http_path_parse(struct http_path *p, const char *target)
{
        const char *s = path_part(target);
        bool at_start = true, hidden = false; /* at the start of a name */

        if (!s)
                return HTTP_PATH_BAD;
        p->len = 0;
        while (*s && *s != '?' && *s != '#') {
                int c = next_char(&s);

                if (c < 0)
                        return HTTP_PATH_BAD;
                if (c == '/') {
                        at_start = true;
                        continue;
                }
                if (p->len + 2 > LIMIT_PATH)
                        return HTTP_PATH_LONG;
                if (at_start && p->len)
                        p->text[p->len++] = '/';
                if (at_start && c == '.')
                        hidden = true;
                at_start = false;
                p->text[p->len++] = (char)c;
        }
        p->text[p->len] = '\0';
        p->directory = at_start;
        return hidden ? HTTP_PATH_HIDDEN : HTTP_PATH_OK;
}

/* What may stand in a path segment as it is (RFC 3986 3.3), and '%', which is an encoding already.
 */
static bool plain(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c && strchr("-._~!$&'()*+,;=:@%", c));
}

int http_path_redirect(struct buf *out, const char *target)
{
        const char *path = path_part(target);
        const char *last;
        size_t len;

        if (!path)
                return -1;
        len = strcspn(path, "?#");
        for (last = path + len; last > path && last[-1] != '/';)
                last--;
        len = (size_t)(path + len - last);
        if (memchr(last, ':', len) && buf_adds(out, "./") < 0) /* or it would read as a scheme */
                return -1;
        for (size_t i = 0; i < len; i++) {
                int bad = plain(last[i]) ? buf_addc(out, last[i])
                                         : buf_addf(out, "%%%02X", (unsigned char)last[i]);

                if (bad < 0)
                        return -1;
        }
        return buf_addc(out, '/');
}
