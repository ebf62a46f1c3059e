#include "collect.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/stanza.h"
#include "mirror/deb/version.h"

/* The text of a field; "" when it is not there. */
struct text {
        const char *at;
        size_t len;
};

static struct text field(const char *stanza, size_t len, const char *name)
{
        struct stanza_field f;
        struct err ignored = ERR_INIT;

        if (stanza_get(stanza, len, name, &f, &ignored) != 1)
                return (struct text){"", 0};
        return (struct text){f.value, f.value_len};
}

static const char *keep(struct collect *c, struct text t)
{
        return arena_text(&c->s->chosen.text, t.at, t.len);
}

static int parse_sha256(struct text t, unsigned char out[SHA256_SIZE])
{
        char hex[SHA256_HEX];

        if (t.len != SHA256_HEX - 1)
                return -1;
        memcpy(hex, t.at, t.len);
        hex[t.len] = '\0';
        return hex_decode(out, SHA256_SIZE, hex);
}

static int parse_size(struct text t, uint64_t *out)
{
        *out = 0;
        if (t.len == 0 || t.len > 15)
                return -1;
        for (size_t i = 0; i < t.len; i++) {
                if (t.at[i] < '0' || t.at[i] > '9')
                        return -1;
                *out = *out * 10 + (uint64_t)(t.at[i] - '0');
        }
        return *out <= LIMIT_FILE ? 0 : -1;
}

/* A relative path of plain components that can stand in an address as it is. */
static bool is_relative(const char *path)
{
        for (const char *p = path; *p; p++) {
                if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
                    strchr("\\?#\"<>^`{|}", *p))
                        return false;
                if ((p == path || p[-1] == '/') &&
                    (*p == '/' || strncmp(p, "../", 3) == 0 || strcmp(p, "..") == 0))
                        return false;
        }
        return *path && !strstr(path, "://");
}

/* The stanza without the fields that the record tells. */
static const char *control_of(
    struct arena *a, enum deb_kind kind, const char *stanza, size_t len, struct err *e)
{
        struct stanza_reader r;
        struct stanza_field f;
        struct buf out;
        const char *text = NULL;
        int more;

        buf_init(&out, LIMIT_STANZA + 1);
        stanza_first(&r, stanza, len);
        while ((more = stanza_next(&r, &f, e)) == 1) {
                if (deb_control_omits(kind, f.name, f.name_len))
                        continue;
                buf_add(&out, f.lines, f.lines_len);
                if (f.lines[f.lines_len - 1] != '\n')
                        buf_addc(&out, '\n');
        }
        if (more == 0)
                text = arena_text(a, out.data, out.len);
        buf_release(&out);
        return text;
}

/* One file, by its path as upstream states it: where it is fetched from and served. */
static int describe(struct collect *c, struct chosen_file *f, const char *upstream,
    const char *source, struct err *e)
{
        const char *slash;
        struct buf path;
        char *url;

        if (!is_relative(upstream))
                return err_set(e, ERR_REFUSED, "\"%.200s\" is no path in an archive", upstream);
        buf_init(&path, LIMIT_PATH);
        if (deb_pool_path(&path, upstream, c->index->component, source, e) < 0) {
                buf_release(&path);
                return -1;
        }
        url = xasprintf("%s%s", c->suite->uri, upstream);
        f->path = arena_text(&c->s->chosen.text, path.data, path.len);
        f->url = arena_text(&c->s->chosen.text, url, strlen(url));
        slash = strrchr(f->path, '/');
        f->file = slash + 1;
        f->found = true;
        free(url);
        buf_release(&path);
        return 0;
}

/* Every architecture for whose machines the index is. */
static void add_lists(struct collect *c, struct chosen_file *f)
{
        const struct config_list *architectures = &c->s->settings.architectures;

        if (strcmp(c->index->architecture, "all") != 0) {
                chosen_list(f, c->suite->folder, c->index->component, c->index->architecture);
                return;
        }
        for (size_t i = 0; i < architectures->count; i++)
                chosen_list(f, c->suite->folder, c->index->component, architectures->items[i].text);
}

/* -- binary packages -- */

/* "Source: name" or "Source: name (version)"; without it, the package itself. */
static void source_of(const char *stanza, size_t len, struct text *name, struct text *version)
{
        struct text source = field(stanza, len, "Source");
        const char *open = source.len ? memchr(source.at, '(', source.len) : NULL;

        *name = source.len ? source : field(stanza, len, "Package");
        *version = field(stanza, len, "Version");
        if (!open)
                return;
        name->len = (size_t)(open - source.at);
        while (name->len && name->at[name->len - 1] == ' ')
                name->len--;
        version->at = open + 1;
        version->len = source.len - (size_t)(open + 1 - source.at);
        if (version->len && version->at[version->len - 1] == ')')
                version->len--;
}

static void note_source(struct collect *c, struct text name, struct text version)
{
        char *key = xasprintf("%.*s %.*s", (int)name.len, name.at, (int)version.len, version.at);

        intern_put(c->sources, key);
        free(key);
}

static int describe_binary(
    struct collect *c, struct chosen_file *f, const char *stanza, size_t len, struct err *e)
{
        struct text source, version;
        char *source_name, *upstream = NULL;
        struct text path = field(stanza, len, "Filename");
        int ret = -1;

        source_of(stanza, len, &source, &version);
        source_name = xstrndup(source.at, source.len);
        upstream = xstrndup(path.at, path.len);
        if (!deb_name_is_valid(source.at, source.len)) {
                err_set(e, ERR_REFUSED, "\"%.60s\" is no source package", source_name);
                goto out;
        }
        if (parse_size(field(stanza, len, "Size"), &f->size) < 0) {
                err_set(e, ERR_REFUSED, "%.200s has no size", upstream);
                goto out;
        }
        f->kind = DEB_BINARY;
        f->control = control_of(&c->s->chosen.text, DEB_BINARY, stanza, len, e);
        if (!f->control || describe(c, f, upstream, source_name, e) < 0)
                goto out;
        f->package = keep(c, field(stanza, len, "Package"));
        f->version = keep(c, field(stanza, len, "Version"));
        f->architecture = keep(c, field(stanza, len, "Architecture"));
        if (c->sources)
                note_source(c, source, version);
        ret = 0;
out:
        free(source_name);
        free(upstream);
        return ret;
}

static bool is_text(struct text t, const char *wanted)
{
        return t.len == strlen(wanted) && memcmp(t.at, wanted, t.len) == 0;
}

int collect_binary(struct collect *c, const char *stanza, size_t len, struct err *e)
{
        unsigned char sha256[SHA256_SIZE];
        struct chosen_file *f;

        if (parse_sha256(field(stanza, len, "SHA256"), sha256) < 0)
                return 0; /* nor was it chosen */
        f = chosen_find(&c->s->chosen, sha256);
        if (!f)
                return 0;
        if (!f->found && describe_binary(c, f, stanza, len, e) < 0)
                return -1;
        /* the same bytes under another name are another package's business */
        if (is_text(field(stanza, len, "Package"), f->package) &&
            is_text(field(stanza, len, "Version"), f->version))
                add_lists(c, f);
        return 0;
}

/* -- packages of this machine -- */

int collect_local(struct selection *s, struct chosen_file *f, const struct selection_local *local,
    const char *source, struct err *e)
{
        struct suite *suite = &s->suites[0];
        struct suite_index index = {.component = suite->archive->components.items[0].text,
            .architecture = local->architecture};
        struct collect c = {.s = s, .suite = suite, .index = &index};
        const char *stanza = local->stanza.data, *slash = strrchr(local->path, '/');
        size_t len = local->stanza.len;
        struct buf path;

        buf_init(&path, LIMIT_PATH);
        if (deb_pool_path(&path, slash ? slash + 1 : local->path, "local", source, e) < 0) {
                buf_release(&path);
                return -1;
        }
        f->path = arena_text(&s->chosen.text, path.data, path.len);
        buf_release(&path);
        f->kind = DEB_BINARY;
        f->control = control_of(&s->chosen.text, DEB_BINARY, stanza, len, e);
        if (!f->control)
                return -1;
        f->file = strrchr(f->path, '/') + 1;
        f->url = local->path;
        f->package = local->package;
        f->version = keep(&c, field(stanza, len, "Version"));
        f->architecture = local->architecture;
        f->local = f->found = true;
        add_lists(&c, f);
        return 0;
}

/* -- source packages -- */

/* What a source file's name says of its version: "hello_2.10.orig.tar.gz": 2.10. */
static struct text version_in(const char *file)
{
        static const char *const ends[] = {
            ".orig", ".debian.tar", ".diff.", ".tar.", ".dsc", ".asc"};
        const char *from = strchr(file, '_'), *to;
        size_t len;

        if (!from || !from[1])
                return (struct text){file, strlen(file)};
        len = strlen(++from);
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
                to = strstr(from, ends[i]);
                if (to && to > from && (size_t)(to - from) < len)
                        len = (size_t)(to - from);
        }
        return (struct text){from, len};
}

struct source {
        struct text name, version, directory;
        const char *control, *why;
};

/* One line of Checksums-Sha256: "<sha256> <size> <file>". */
static int take_source_file(
    struct collect *c, const struct source *s, const char *line, size_t len, struct err *e)
{
        struct text words[3] = {{"", 0}, {"", 0}, {"", 0}};
        unsigned char sha256[SHA256_SIZE];
        struct chosen_file *f;
        char *upstream, *name, *file;
        bool dsc;
        int ret;

        for (size_t i = 0, n = 0; i < len && n < 3; n++) {
                while (i < len && line[i] == ' ')
                        i++;
                words[n].at = line + i;
                while (i < len && line[i] != ' ')
                        i++;
                words[n].len = (size_t)(line + i - words[n].at);
        }
        if (words[2].len == 0 || memchr(words[2].at, '/', words[2].len) ||
            parse_sha256(words[0], sha256) < 0)
                return err_set(e, ERR_REFUSED, "a line of Checksums-Sha256 is unfit");
        f = chosen_add(&c->s->chosen, sha256, s->why);
        if (f->found) {
                add_lists(c, f);
                return 0;
        }
        file = xstrndup(words[2].at, words[2].len);
        name = xstrndup(s->name.at, s->name.len);
        upstream = xasprintf("%.*s/%s", (int)s->directory.len, s->directory.at, file);
        dsc = words[2].len > 4 && strcmp(file + words[2].len - 4, ".dsc") == 0;
        f->kind = DEB_SOURCE;
        f->architecture = "";
        f->control = dsc ? s->control : "";
        ret = parse_size(words[1], &f->size) < 0 ? err_set(e, ERR_REFUSED, "%s has no size", file)
                                                 : describe(c, f, upstream, name, e);
        if (ret == 0) {
                struct text version = dsc ? s->version : version_in(f->file);
                char *package = xasprintf(DEB_SOURCE_PREFIX "%s", name);

                f->version = keep(c, version);
                f->package = arena_text(&c->s->chosen.text, package, strlen(package));
                free(package);
                add_lists(c, f);
        }
        free(file);
        free(name);
        free(upstream);
        return ret;
}

int collect_source(struct collect *c, const char *stanza, size_t len, struct err *e)
{
        struct source s = {.name = field(stanza, len, "Package"),
            .version = field(stanza, len, "Version"),
            .directory = field(stanza, len, "Directory")};
        struct text files = field(stanza, len, "Checksums-Sha256");
        char *key = xasprintf(
                 "%.*s %.*s", (int)s.name.len, s.name.at, (int)s.version.len, s.version.at),
             *why;
        const char *at = files.at, *end = files.at + files.len;
        uint32_t ignored;
        int ret = 0, wanted = intern_find(c->sources, key, &ignored);

        free(key);
        if (!wanted)
                return 0;
        if (!deb_name_is_valid(s.name.at, s.name.len))
                return err_set(e, ERR_REFUSED, "a stanza without the name of a source package");
        s.control = control_of(&c->s->chosen.text, DEB_SOURCE, stanza, len, e);
        if (!s.control)
                return -1;
        why = xasprintf("the source of %.*s %.*s", (int)s.name.len, s.name.at, (int)s.version.len,
            s.version.at);
        s.why = why;
        while (ret == 0 && at < end) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                const char *stop = newline ? newline : end;

                if (stop > at)
                        ret = take_source_file(c, &s, at, (size_t)(stop - at), e);
                at = newline ? newline + 1 : end;
        }
        free(why);
        return ret;
}
