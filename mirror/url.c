#include "mirror/url.h"

#include <stdint.h>
#include <strings.h>

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

/* Longer than any URL: three bytes for each of a reference and its base. */
#define JOIN_MAX (8 * LIMIT_URL)

static bool is_alpha(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_unreserved(char c)
{
        return is_alpha(c) || is_digit(c) || (c && strchr("-._~", c));
}

/* May stand in a URL as it is: RFC 3986 unreserved, reserved, and '%'. */
static bool is_url_char(char c)
{
        return is_unreserved(c) || (c && strchr(":/?#[]@!$&'()*+,;=%", c));
}

static int hex_value(char c)
{
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

static bool slice_is(struct url_slice s, const char *word)
{
        return s.at && s.len == strlen(word) && !strncasecmp(s.at, word, s.len);
}

static bool slice_same(struct url_slice a, struct url_slice b)
{
        return a.len == b.len && (!a.len || !strncasecmp(a.at, b.at, a.len));
}

static struct url_slice slice_until(const char **p, const char *stops)
{
        struct url_slice s = {*p, strcspn(*p, stops)};

        *p += s.len;
        return s;
}

/* userinfo@host:port; an IPv6 address keeps its brackets. */
static void split_authority(struct url_slice authority, struct url *u)
{
        const char *host = authority.at, *end = authority.at + authority.len, *colon = NULL;

        /* The last '@': "a@b@host" must not be read as host "b@host". */
        for (const char *p = end; p > authority.at; p--)
                if (p[-1] == '@') {
                        u->userinfo =
                            (struct url_slice){authority.at, (size_t)(p - 1 - authority.at)};
                        host = p;
                        break;
                }
        for (const char *p = end; p > host && p[-1] != ']'; p--)
                if (p[-1] == ':')
                        colon = p - 1;
        u->host = (struct url_slice){host, (size_t)((colon ? colon : end) - host)};
        if (colon)
                u->port = (struct url_slice){colon + 1, (size_t)(end - colon - 1)};
}

/* RFC 3986, appendix B: any text splits. */
static void split(const char *text, struct url *u)
{
        const char *p = text;
        size_t n = 0;

        *u = (struct url){0};
        if (is_alpha(*p))
                while (is_alpha(p[n]) || is_digit(p[n]) || (p[n] && strchr("+-.", p[n])))
                        n++;
        if (n && p[n] == ':') {
                u->scheme = (struct url_slice){p, n};
                p += n + 1;
        }
        if (p[0] == '/' && p[1] == '/') {
                p += 2;
                split_authority(slice_until(&p, "/?#"), u);
        }
        u->path = slice_until(&p, "?#");
        if (*p == '?') {
                p++;
                u->query = slice_until(&p, "#");
        }
        if (*p == '#')
                u->fragment = (struct url_slice){p + 1, strlen(p + 1)};
}

static int check_port(const struct url *u)
{
        unsigned port = 0;

        if (!u->port.at || !u->port.len) /* "host:" is allowed, and means the default */
                return 0;
        for (size_t i = 0; i < u->port.len; i++) {
                if (!is_digit(u->port.at[i]))
                        return -1;
                port = port * 10 + (unsigned)(u->port.at[i] - '0');
                if (port > 65535)
                        return -1;
        }
        return port ? 0 : -1;
}

/* A bracketed address, or a name; bytes above 0x7f are left to the resolver's IDN rules. */
static int check_host(const struct url *u)
{
        const char *h = u->host.at;
        size_t n = u->host.len;

        if (!n)
                return -1;
        if (h[0] == '[')
                return n > 2 && h[n - 1] == ']' &&
                               strspn(h + 1, "0123456789abcdefABCDEF:.%") == n - 2
                           ? 0
                           : -1;
        for (size_t i = 0; i < n; i++)
                if (h[i] == '\\' || h[i] == '%' ||
                    ((unsigned char)h[i] < 0x80 && !is_url_char(h[i])) || strchr("[]@:", h[i]))
                        return -1;
        return 0;
}

/* A message about a URL: names it without its secrets. */
static int complain(struct err *e, const char *text, const char *what)
{
        char *shown = url_display(text);

        err_set(e, ERR_FAILED, "%.240s: not a usable URL: it %s", shown, what);
        free(shown);
        return -1;
}

/* A backslash there is a path to some readers and part of a name to others. */
static int check_userinfo(const struct url *u)
{
        for (size_t i = 0; i < u->userinfo.len; i++)
                if (!is_url_char(u->userinfo.at[i]))
                        return -1;
        return 0;
}

int url_parse(const char *text, struct url *u, struct err *e)
{
        bool is_file;

        split(text, u);
        is_file = slice_is(u->scheme, "file");
        if (strlen(text) > LIMIT_URL)
                return complain(e, text, "is longer than a URL may be");
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p <= ' ' || *p == 0x7f)
                        return complain(e, text, "has a blank or control character in it");
        if (!is_file && !slice_is(u->scheme, "http") && !slice_is(u->scheme, "https"))
                return complain(e, text, "does not start with http://, https:// or file://");
        if (!u->host.at)
                return complain(e, text, "has no // after its scheme");
        if (check_userinfo(u) < 0)
                return complain(e, text,
                    "has a character in its user name or password that must be "
                    "percent-encoded");
        if (is_file ? u->host.len && !slice_is(u->host, "localhost") : check_host(u) < 0)
                return complain(e, text, "does not name a host");
        if (check_port(u) < 0)
                return complain(e, text, "has a bad port number");
        return 0;
}

/* RFC 3986 5.2.4, on path[0..len); the result is never longer. */
static void remove_dot_segments(struct buf *path)
{
        char *in = path->data, *out = path->data, *end = path->data + path->len;

        while (in < end) {
                size_t left = (size_t)(end - in), segment;

                if (left >= 3 && !memcmp(in, "../", 3)) {
                        in += 3;
                } else if ((left >= 2 && !memcmp(in, "./", 2)) ||
                           (left >= 3 && !memcmp(in, "/./", 3))) {
                        in += 2;
                } else if (left == 2 && !memcmp(in, "/.", 2)) {
                        in[1] = '/';
                        in += 1;
                } else if ((left >= 4 && !memcmp(in, "/../", 4)) ||
                           (left == 3 && !memcmp(in, "/..", 3))) {
                        in[left == 3 ? 2 : 3] = '/';
                        in += left == 3 ? 2 : 3;
                        while (out > path->data && *--out != '/')
                                ;
                } else if ((left == 1 && *in == '.') || (left == 2 && !memcmp(in, "..", 2))) {
                        in = end;
                } else {
                        segment = 1;
                        while (in + segment < end && in[segment] != '/')
                                segment++;
                        memmove(out, in, segment);
                        out += segment;
                        in += segment;
                }
        }
        path->len = (size_t)(out - path->data);
}

/* RFC 3986 5.2.3: the reference's path takes the place of the base's last segment. */
static int merge_paths(struct buf *path, const struct url *base, struct url_slice reference)
{
        size_t keep = base->path.len;

        while (keep && base->path.at[keep - 1] != '/')
                keep--;
        if (!base->path.len && base->host.at && buf_addc(path, '/') < 0)
                return -1;
        if (buf_add(path, base->path.at, keep) < 0)
                return -1;
        return buf_add(path, reference.at, reference.len);
}

static int add_encoded(struct buf *out, const char *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (is_url_char(bytes[i]) && !strchr("[]", bytes[i])
                        ? buf_addc(out, bytes[i])
                        : buf_addf(out, "%%%02X", (unsigned char)bytes[i]))
                        return -1;
        return 0;
}

static int add_part(
    struct buf *out, const char *before, struct url_slice part, const char *after, bool encode)
{
        if (!part.at)
                return 0;
        if (buf_adds(out, before) < 0)
                return -1;
        if (encode ? add_encoded(out, part.at, part.len) : buf_add(out, part.at, part.len))
                return -1;
        return buf_adds(out, after);
}

/* RFC 3986 5.3. The authority is not encoded: a host with odd bytes must fail, not change. */
static int recompose(struct buf *out, const struct url *u, const struct buf *path)
{
        if (add_part(out, "", u->scheme, ":", false) < 0)
                return -1;
        if (u->host.at &&
            (buf_adds(out, "//") < 0 || add_part(out, "", u->userinfo, "@", false) ||
                add_part(out, "", u->host, "", false) || add_part(out, ":", u->port, "", false)))
                return -1;
        if (add_encoded(out, path->data, path->len) < 0)
                return -1;
        return add_part(out, "?", u->query, "", true);
}

/* RFC 3986 5.2.2; fills `path` and makes `r` the target. */
static int transform(const struct url *base, struct url *r, struct buf *path)
{
        struct url target = *r;

        if (!r->scheme.at) {
                target.scheme = base->scheme;
                if (!r->host.at) {
                        target.userinfo = base->userinfo;
                        target.host = base->host;
                        target.port = base->port;
                        if (!r->path.len && !r->query.at)
                                target.query = base->query;
                }
        }
        if (r->scheme.at || r->host.at || (r->path.len && r->path.at[0] == '/')) {
                if (buf_add(path, r->path.at, r->path.len) < 0)
                        return -1;
                remove_dot_segments(path);
        } else if (!r->path.len) {
                if (buf_add(path, base->path.at, base->path.len) < 0)
                        return -1;
        } else {
                if (merge_paths(path, base, r->path) < 0)
                        return -1;
                remove_dot_segments(path);
        }
        *r = target;
        return 0;
}

char *url_join(const char *base, const char *reference, struct err *e)
{
        struct url b, r;
        struct buf path, out;
        char *ret = NULL;

        buf_init(&path, JOIN_MAX);
        buf_init(&out, LIMIT_URL);
        split(base, &b);
        split(reference, &r);
        if (!b.scheme.at) {
                complain(e, base, "has no scheme, so that nothing can be relative to it");
                goto out;
        }
        if (transform(&b, &r, &path) < 0 || recompose(&out, &r, &path) < 0) {
                complain(e, reference, "is longer than a URL may be");
                goto out;
        }
        ret = buf_take(&out, NULL);
out:
        buf_release(&out);
        buf_release(&path);
        return ret;
}

char *url_display(const char *text)
{
        struct url u;

        split(text, &u);
        /* Split without a scheme ("user:pw@host/x") it cannot be told what is secret. */
        if (!u.scheme.at || !u.host.at)
                return strchr(text, '@') ? xstrdup("(not shown: it may hold a password)")
                                         : xstrndup(text, strcspn(text, "?#"));
        return xasprintf("%.*s://%.*s%s%.*s%.*s%s", (int)u.scheme.len, u.scheme.at, (int)u.host.len,
            u.host.at, u.port.at ? ":" : "", (int)u.port.len, u.port.at ? u.port.at : "",
            (int)u.path.len, u.path.at, u.query.at ? "?..." : "");
}

char *url_file_name(const char *text, struct err *e)
{
        struct url u;
        const char *end, *p;
        char *name;

        split(text, &u);
        end = p = u.path.at + u.path.len;
        while (p > u.path.at && p[-1] != '/')
                p--;
        name = url_decode(p, (size_t)(end - p), e);
        if (!name)
                return NULL;
        for (const char *c = name; *c; c++)
                if (*c == '/' || (unsigned char)*c < ' ' || *c == 0x7f)
                        goto bad;
        if (*name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
            strlen(name) <= LIMIT_NAME)
                return name;
bad:
        free(name);
        name = url_display(text);
        err_set(e, ERR_FAILED, "%.240s: its path does not end in a file name", name);
        free(name);
        return NULL;
}

char *url_without_fragment(const char *text, const char **fragment)
{
        size_t len = strcspn(text, "#");

        if (fragment)
                *fragment = text[len] ? text + len + 1 : NULL;
        return xstrndup(text, len);
}

char *url_encode_segment(const char *segment)
{
        struct buf out;
        char *ret;

        buf_init(&out, SIZE_MAX / 2); /* bounded by three times what the caller holds already */
        for (const char *p = segment; *p; p++)
                if (is_unreserved(*p))
                        buf_addc(&out, *p);
                else
                        buf_addf(&out, "%%%02X", (unsigned char)*p);
        ret = buf_take(&out, NULL);
        buf_release(&out);
        return ret;
}

char *url_decode(const char *text, size_t len, struct err *e)
{
        char *out = xmalloc(len + 1), *to = out;

        for (size_t i = 0; i < len; i++) {
                int high, low;

                if (text[i] != '%') {
                        *to++ = text[i];
                        continue;
                }
                high = i + 1 < len ? hex_value(text[i + 1]) : -1;
                low = i + 2 < len ? hex_value(text[i + 2]) : -1;
                if (high < 0 || low < 0 || !(high | low)) {
                        err_set(e, ERR_FAILED, "%.*s: bad percent escape",
                            (int)(len < 240 ? len : 240), text);
                        free(out);
                        return NULL;
                }
                *to++ = (char)(high << 4 | low);
                i += 2;
        }
        *to = '\0';
        return out;
}

static struct url_slice effective_port(const struct url *u)
{
        const char *port = slice_is(u->scheme, "https") ? "443" : "80";

        return u->port.len ? u->port : (struct url_slice){port, strlen(port)};
}

char *url_origin(const char *text, struct err *e)
{
        struct url u;
        struct url_slice port;
        char *origin;

        if (url_parse(text, &u, e) < 0)
                return NULL;
        if (slice_is(u.scheme, "file"))
                return xstrdup("file://");
        port = effective_port(&u);
        origin = xasprintf("%.*s://%.*s:%.*s", (int)u.scheme.len, u.scheme.at, (int)u.host.len,
            u.host.at, (int)port.len, port.at);
        for (char *p = origin; *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p = (char)(*p - 'A' + 'a');
        return origin;
}

static bool same_origin(const struct url *a, const struct url *b)
{
        return slice_same(a->scheme, b->scheme) && slice_same(a->host, b->host) &&
               slice_same(effective_port(a), effective_port(b));
}

bool url_same_origin(const char *a, const char *b)
{
        struct err ignored = ERR_INIT;
        struct url ua, ub;

        return url_parse(a, &ua, &ignored) == 0 && url_parse(b, &ub, &ignored) == 0 &&
               same_origin(&ua, &ub);
}

char *url_with_credentials(const char *text, const char *from)
{
        struct err ignored = ERR_INIT;
        struct url u, f;
        size_t before;

        if (url_parse(text, &u, &ignored) < 0 || url_parse(from, &f, &ignored) < 0 ||
            u.userinfo.at || !f.userinfo.at || !u.host.len || !same_origin(&u, &f))
                return xstrdup(text);
        before = (size_t)(u.host.at - text);
        return xasprintf(
            "%.*s%.*s@%s", (int)before, text, (int)f.userinfo.len, f.userinfo.at, text + before);
}
