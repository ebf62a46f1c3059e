#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/config.h"
#include "mirror/nearest.h"

/* Text that goes in at an offset of the old text; the comma, if any, at an earlier one. */
struct insertion {
        size_t comma; /* SIZE_MAX: none */
        size_t at;
        struct buf text;
};

struct edit {
        const char *text;
        size_t len;
        const char *newline;
        const char **specs; /* the new ones only; borrowed */
        size_t spec_count;
        struct insertion in;
};

static bool blank(char c)
{
        return c == ' ' || c == '\t';
}

static size_t line_start(const struct edit *d, size_t at)
{
        while (at > 0 && d->text[at - 1] != '\n')
                at--;
        return at;
}

/* The blanks that the line of `at` begins with; true if nothing else stands before `at`. */
static bool indent(const struct edit *d, size_t at, size_t *start, size_t *len)
{
        *start = line_start(d, at);
        *len = 0;
        while (*start + *len < at && blank(d->text[*start + *len]))
                ++*len;
        return *start + *len == at;
}

/* If only blanks and a comment follow on the line, the end of the line; else `at` itself. */
static size_t past_comment(const struct edit *d, size_t at)
{
        size_t p = at;

        while (p < d->len && blank(d->text[p]))
                p++;
        if (p < d->len && d->text[p] == '#')
                while (p < d->len && d->text[p] != '\n' && d->text[p] != '\r')
                        p++;
        return p == d->len || d->text[p] == '\n' || d->text[p] == '\r' ? p : at;
}

/* The comma or closing bracket after the last element. */
static size_t after_last(const struct edit *d, size_t at)
{
        while (at < d->len && d->text[at] != ',' && d->text[at] != ']') {
                if (d->text[at] == '#')
                        while (at < d->len && d->text[at] != '\n')
                                at++;
                else
                        at++;
        }
        return at;
}

/* Edits are small beside LIMIT_TOML, and the result is held against it when it is parsed. */
static void put(struct buf *b, const char *text, size_t len)
{
        if (buf_add(b, text, len) < 0)
                abort();
}

static void puts_to(struct buf *b, const char *text)
{
        put(b, text, strlen(text));
}

/* As a TOML string: single quotes where that spares escapes. */
static void put_quoted(struct buf *b, const char *spec)
{
        if (strpbrk(spec, "\"\\") && !strchr(spec, '\'')) {
                puts_to(b, "'");
                puts_to(b, spec);
                puts_to(b, "'");
                return;
        }
        puts_to(b, "\"");
        for (; *spec; spec++) {
                if (*spec == '"' || *spec == '\\')
                        puts_to(b, "\\");
                put(b, spec, 1);
        }
        puts_to(b, "\"");
}

/* "a" between "b" between "c" */
static void put_all(struct edit *d, const char *between)
{
        size_t i;

        for (i = 0; i < d->spec_count; i++) {
                if (i > 0)
                        puts_to(&d->in.text, between);
                put_quoted(&d->in.text, d->specs[i]);
        }
}

/* After the last element, in whichever way that one is laid out. */
static void append_to_array(struct edit *d, const struct toml_value *array)
{
        const struct toml_value *v, *last = NULL;
        size_t next, end, start, len;
        bool comma, own_line;
        char *between;

        for (v = toml_first(array); v; v = toml_next(v))
                last = v;
        end = toml_place(last)->end;
        next = after_last(d, end);
        comma = d->text[next] == ',';
        own_line = indent(d, toml_place(last)->start, &start, &len);
        d->in.at = comma ? next + 1 : end;
        if (!comma)
                d->in.comma = end;
        if (own_line)
                d->in.at = past_comment(d, d->in.at);
        between =
            own_line ? xasprintf(",%s%.*s", d->newline, (int)len, d->text + start) : xstrdup(", ");
        puts_to(&d->in.text, between + 1); /* the first comma is there, or put at `comma` */
        put_all(d, between);
        if (comma)
                puts_to(&d->in.text, ",");
        free(between);
}

static void fill_array(struct edit *d, const struct toml_value *array)
{
        const struct toml_place *place = toml_place(array);
        size_t close = place->end - 1, start, len;
        char *between;

        if (!memchr(d->text + place->start, '\n', close - place->start)) {
                d->in.at = place->start + 1;
                put_all(d, ", ");
                return;
        }
        indent(d, close, &start, &len); /* the bracket has its line for itself */
        d->in.at = start;
        between = xasprintf(",%s%.*s    ", d->newline, (int)len, d->text + start);
        puts_to(&d->in.text, between + 1 + strlen(d->newline));
        put_all(d, between);
        puts_to(&d->in.text, ",");
        puts_to(&d->in.text, d->newline);
        free(between);
}

/* A line of its own below those that say what the source is. */
static int add_array(struct edit *d, const struct config_source *s, struct err *e)
{
        static const char *const above[] = {"name", "kind", "upstream"};
        const struct toml_value *v, *lowest = NULL;
        size_t i, start, len;

        if (!toml_has_header(s->table))
                return toml_err(e, s->table,
                    "source `%s` is written inline and has no `packages`; add it by hand", s->name);
        for (i = 0; i < sizeof above / sizeof *above; i++) {
                v = toml_get(s->table, above[i]);
                if (v && (!lowest || toml_place(v)->end > toml_place(lowest)->end))
                        lowest = v;
        }
        indent(d, toml_key_place(lowest)->start, &start, &len);
        d->in.at = past_comment(d, toml_place(lowest)->end);
        puts_to(&d->in.text, d->newline);
        put(&d->in.text, d->text + start, len);
        puts_to(&d->in.text, "packages = [");
        put_all(d, ", ");
        puts_to(&d->in.text, "]");
        return 0;
}

static int write_result(const struct edit *d, struct buf *out)
{
        size_t from = 0;

        if (d->in.comma != SIZE_MAX) {
                if (buf_add(out, d->text, d->in.comma) < 0 || buf_addc(out, ',') < 0)
                        return -1;
                from = d->in.comma;
        }
        if (buf_add(out, d->text + from, d->in.at - from) < 0 ||
            buf_add(out, d->in.text.data, d->in.text.len) < 0)
                return -1;
        return buf_add(out, d->text + d->in.at, d->len - d->in.at);
}

/* The result must be what was asked for, and nothing else: the old list and then the new specs. */
static int check_result(const struct edit *d, const char *path, const struct config_source *old,
    const struct buf *out, struct err *e)
{
        struct config *c = config_parse(path, out->data, out->len, e);
        const struct config_list *had = &old->packages, *has;
        size_t i;
        bool good;

        if (!c)
                return err_prefix(e, "left as it was, because the result would be wrong");
        has = &config_source_find(c, old->name)->packages;
        good = has->count == had->count + d->spec_count;
        for (i = 0; good && i < has->count; i++)
                good = strcmp(has->items[i].text,
                           i < had->count ? had->items[i].text : d->specs[i - had->count]) == 0;
        config_free(c);
        if (!good)
                return err_set(e, ERR_USAGE,
                    "%.200s: left as it was: cannot see where to add to `packages` of source "
                    "`%.64s`; edit it by hand",
                    path, old->name);
        return 0;
}

static const struct config_source *find(const struct config *c, const char *name, struct err *e)
{
        const struct config_source *s = config_source_find(c, name);
        struct nearest n = nearest_to(name);
        size_t i;

        if (s)
                return s;
        for (i = 0; i < c->source_count; i++)
                nearest_offer_one(&n, c->sources[i].name);
        if (n.word)
                err_set(e, ERR_USAGE, "%.200s has no source `%.64s`; did you mean `%s`?", c->path,
                    name, n.word);
        else
                err_set(e, ERR_USAGE,
                    "%.200s has no source `%.64s`; add a [[source]] with that name and its kind there",
                    c->path, name);
        return NULL;
}

static bool listed(const struct edit *d, const struct config_list *list, const char *spec)
{
        size_t i;

        for (i = 0; i < list->count; i++)
                if (strcmp(list->items[i].text, spec) == 0)
                        return true;
        for (i = 0; i < d->spec_count; i++)
                if (strcmp(d->specs[i], spec) == 0)
                        return true;
        return false;
}

/* Those of the specs that are not there yet. */
static int pick_new(
    struct edit *d, const struct config_source *s, const struct config_addition *add, struct err *e)
{
        const char *p;
        size_t i;

        d->specs = xcalloc(add->count, sizeof *d->specs);
        for (i = 0; i < add->count; i++) {
                for (p = add->specs[i]; *p && ((unsigned char)*p >= ' ' && *p != 0x7f);)
                        p++;
                if (*p || p == add->specs[i])
                        return err_set(e, ERR_USAGE,
                            "`%.100s` is no package spec: it is empty or holds control characters",
                            add->specs[i]);
                if (s->registry->check_spec && s->registry->check_spec(add->specs[i], e) < 0)
                        return -1;
                if (!listed(d, &s->packages, add->specs[i]))
                        d->specs[d->spec_count++] = add->specs[i];
        }
        return 0;
}

static int insert_specs(struct edit *d, const struct config_source *s, struct err *e)
{
        const struct toml_value *array = toml_get(s->table, "packages");

        if (d->spec_count == 0)
                return 0;
        if (!array)
                return add_array(d, s, e);
        if (s->packages.count > 0)
                append_to_array(d, array);
        else
                fill_array(d, array);
        return 0;
}

int config_add_text(const char *path, const char *text, size_t len, struct config_addition *add,
    struct buf *out, struct err *e)
{
        struct edit d = {.text = text, .len = len, .newline = "\n", .in.comma = SIZE_MAX};
        struct config *c = config_parse(path, text, len, e);
        const struct config_source *s = c ? find(c, add->source, e) : NULL;
        const char *lf = memchr(text, '\n', len);
        int ret = -1;

        buf_init(&d.in.text, LIMIT_TOML);
        if (lf && lf > text && lf[-1] == '\r')
                d.newline = "\r\n";
        if (!s || pick_new(&d, s, add, e) < 0 || insert_specs(&d, s, e) < 0)
                goto out;
        if (write_result(&d, out) < 0) {
                err_set(e, ERR_USAGE, "%.200s would become too large", path);
                goto out;
        }
        if (check_result(&d, path, s, out, e) < 0)
                goto out;
        add->added = d.spec_count;
        ret = 0;
out:
        free(d.specs);
        buf_release(&d.in.text);
        config_free(c);
        return ret;
}

/* Over the old file in one step, with the old one's mode and owner: it may hold a password. */
static int replace(const char *path, const struct buf *text, struct err *e)
{
        struct fs_temp t = FS_TEMP_INIT;
        char *copy = xstrdup(path), *base = strrchr(copy, '/'); /* the path is absolute */
        struct stat st;
        int dir = -1, ret = -1;

        *base++ = '\0';
        dir = open(copy[0] ? copy : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0 || fstatat(dir, base, &st, 0) < 0) {
                err_sys(e, "cannot open %.200s", path);
                goto out;
        }
        if (fs_temp_open(&t, dir, e) < 0)
                goto out;
        if ((st.st_uid != geteuid() && fchown(t.fd, st.st_uid, st.st_gid) < 0) ||
            fchmod(t.fd, st.st_mode & 07777) < 0) {
                err_sys(e, "cannot give the new %.200s the owner and mode of the old one", path);
                goto out;
        }
        if (fs_write(t.fd, text->data, text->len, e) < 0 ||
            fs_temp_commit(&t, dir, base, FS_DURABLE, e) < 0)
                goto out;
        ret = 0;
out:
        fs_temp_discard(&t);
        if (dir >= 0)
                close(dir);
        free(copy);
        return ret;
}

int config_add(const char *path, struct config_addition *add, struct err *e)
{
        struct buf old, new;
        char *real = realpath(path, NULL); /* a link stays a link: what it leads to is edited */
        int found, ret = -1;

        buf_init(&old, LIMIT_TOML);
        buf_init(&new, LIMIT_TOML);
        if (!real) {
                err_sys(e, "cannot read %.200s", path);
                goto out;
        }
        found = fs_read_file(AT_FDCWD, real, &old, e);
        if (found == 0)
                err_set(e, ERR_FAILED, "%.200s has just gone", path);
        if (found != 1 || config_add_text(path, old.data, old.len, add, &new, e) < 0 ||
            (add->added > 0 && replace(real, &new, e) < 0))
                goto out;
        ret = 0;
out:
        free(real);
        buf_release(&old);
        buf_release(&new);
        return ret;
}
