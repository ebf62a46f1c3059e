#include "mirror/pypi/metadata.h"

#include <sys/stat.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/utf8.h"

void metadata_release(struct metadata *m)
{
        free(m->requires_dist.items);
        free(m->provides_extra.items);
        free(m->dynamic.items);
        arena_release(&m->text);
        *m = (struct metadata){0};
}

int metadata_read(int fd, struct buf *out, struct err *e)
{
        struct stat st;
        char *bytes;
        ssize_t n;

        if (fstat(fd, &st) < 0)
                return err_sys(e, "cannot read the metadata");
        if ((uint64_t)st.st_size > LIMIT_METADATA)
                return err_set(e, ERR_REFUSED, "the metadata is larger than %d MiB",
                    (int)(LIMIT_METADATA / MIB));
        bytes = xmalloc((size_t)st.st_size);
        n = fs_pread(fd, bytes, (size_t)st.st_size, 0, e);
        if (n >= 0)
                buf_add(out, bytes, (size_t)n);
        free(bytes);
        return n < 0 ? -1 : 0;
}

/* A header: its name, and its value with the lines that continue it. */
struct header {
        const char *name, *value;
        size_t name_len, value_len;
};

/* Behind the end of the line at p: LF, CR LF or CR, as Python counts. */
static const char *next_line(const char *p, const char *end)
{
        while (p < end && *p != '\n' && *p != '\r')
                p++;
        if (p < end && *p == '\r' && p + 1 < end && p[1] == '\n')
                p++;
        return p < end ? p + 1 : end;
}

/* 1 and *p behind the header; 0: the headers have ended. The name may be empty. */
static int next_header(const char **p, const char *end, struct header *h)
{
        const char *colon = *p;

        while (colon<end && * colon> ' ' && *colon < 0x7f && *colon != ':')
                colon++;
        if (colon == end || *colon != ':')
                return 0;
        h->name = *p;
        h->name_len = (size_t)(colon - *p);
        h->value = colon + 1;
        do {
                *p = next_line(*p, end);
        } while (*p < end && (**p == ' ' || **p == '\t'));
        h->value_len = (size_t)(*p - h->value);
        return 1;
}

static int is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value on one line, with each fold (and what indents the next line) as one blank. */
static const char *unfold(struct metadata *m, const struct header *h, struct err *e)
{
        const char *in = h->value, *end = in + h->value_len;
        char *text, *out;

        while (in < end && is_blank(*in))
                in++;
        while (end > in && is_blank(end[-1]))
                end--;
        text = out = arena_alloc(&m->text, (size_t)(end - in) + 1);
        while (in < end) {
                if (*in == '\n' || *in == '\r') {
                        while (is_blank(*in)) /* the last byte is not */
                                in++;
                        *out++ = ' ';
                } else {
                        if (((unsigned char)*in < 0x20 && *in != '\t') || *in == 0x7f) {
                                err_set(e, ERR_FAILED, "%.*s holds a control character",
                                    (int)h->name_len, h->name);
                                return NULL;
                        }
                        *out++ = *in++;
                }
        }
        *out = '\0';
        if (!utf8_valid(text, (size_t)(out - text))) {
                err_set(e, ERR_FAILED, "%.*s is not UTF-8", (int)h->name_len, h->name);
                return NULL;
        }
        return text;
}

static int set_once(const char **field, const char *value, const struct header *h, struct err *e)
{
        if (*field && strcmp(*field, value) != 0)
                return err_set(e, ERR_FAILED, "%.*s is stated twice: \"%.60s\" and \"%.60s\"",
                    (int)h->name_len, h->name, *field, value);
        *field = value;
        return 0;
}

static void append(struct metadata_list *list, const char *value)
{
        list->items = xgrow(list->items, list->count, &list->room, sizeof *list->items);
        list->items[list->count++] = value;
}

static int take(struct metadata *m, const struct header *h, struct err *e)
{
        const struct {
                const char *name;
                const char **once;
                struct metadata_list *list;
        } fields[] = {
            {"Metadata-Version", &m->metadata_version, NULL},
            {"Name", &m->name, NULL},
            {"Version", &m->version, NULL},
            {"Requires-Python", &m->requires_python, NULL},
            {"Requires-Dist", NULL, &m->requires_dist},
            {"Provides-Extra", NULL, &m->provides_extra},
            {"Dynamic", NULL, &m->dynamic},
        };

        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
                const char *value;

                if (strlen(fields[i].name) != h->name_len ||
                    strncasecmp(fields[i].name, h->name, h->name_len) != 0)
                        continue;
                value = unfold(m, h, e);
                if (!value)
                        return -1;
                if (fields[i].once)
                        return set_once(fields[i].once, value, h, e);
                append(fields[i].list, value);
        }
        return 0;
}

/* "2.4" into its numbers. 0, or -1: not of that form. */
static int format_version(const char *s, unsigned *major, unsigned *minor)
{
        size_t n = strspn(s, "0123456789"), more;

        if (n < 1 || n > 4 || s[n] != '.')
                return -1;
        more = strspn(s + n + 1, "0123456789");
        if (more < 1 || more > 4 || s[n + 1 + more])
                return -1;
        *major = (unsigned)strtoul(s, NULL, 10);
        *minor = (unsigned)strtoul(s + n + 1, NULL, 10);
        return 0;
}

static int check(const struct metadata *m, struct err *e)
{
        unsigned major, minor;

        if (!m->metadata_version)
                return err_set(e, ERR_FAILED, "Metadata-Version is missing");
        if (format_version(m->metadata_version, &major, &minor) < 0)
                return err_set(e, ERR_FAILED, "Metadata-Version \"%.40s\" is not of the form 2.N",
                    m->metadata_version);
        if (major < 1 || major > 2)
                return err_set(e, ERR_FAILED,
                    "Metadata-Version is %.40s, and this dray reads 1.N and 2.N: a newer dray is needed",
                    m->metadata_version);
        if (!m->name || !*m->name)
                return err_set(e, ERR_FAILED, "Name is missing");
        if (!m->version || !*m->version)
                return err_set(e, ERR_FAILED, "Version is missing");
        return 0;
}

int metadata_parse(const char *bytes, size_t len, struct metadata *out, struct err *e)
{
        const char *p = bytes, *end = bytes + len;
        struct header h;
        int ret = -1;

        *out = (struct metadata){0};
        if (len > LIMIT_METADATA) {
                err_set(e, ERR_FAILED, "larger than %d MiB", (int)(LIMIT_METADATA / MIB));
                goto out;
        }
        if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
                p += 3;
        while (p < end && (*p == ' ' || *p == '\t')) /* continues nothing */
                p = next_line(p, end);
        while (next_header(&p, end, &h))
                if (take(out, &h, e) < 0)
                        goto out;
        ret = check(out, e);
out:
        if (ret < 0)
                metadata_release(out);
        return ret;
}

int metadata_is_dynamic(const struct metadata *m, const char *field)
{
        for (size_t i = 0; i < m->dynamic.count; i++)
                if (strcasecmp(m->dynamic.items[i], field) == 0)
                        return 1;
        return 0;
}

int metadata_sdist_dependencies_hold(const struct metadata *m)
{
        unsigned major, minor;

        if (format_version(m->metadata_version, &major, &minor) < 0)
                return 0;
        return (major > 2 || (major == 2 && minor >= 2)) &&
               !metadata_is_dynamic(m, "Requires-Dist");
}
