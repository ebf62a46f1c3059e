/*
 * Drives the reader of requirements.txt for a differential test. One line in:
 * the path of a file. One line out, fields separated by tabs:
 *
 *     bad MESSAGE
 *     entry|FILE|LINE|CONSTRAINT|REQUIREMENT|sha256:HEX,...
 *     note|FILE|LINE|KIND            editable, vcs, url, path, ignored
 *     option|NAME|VALUE
 *
 * Variables come from the environment of the tool.
 */
#include "bundle/err.h"

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/pypi/requirements.h"

#define OUT_MAX (64 * 1024 * 1024)

static int read_file(void *user, const char *path, char **text, size_t *len, struct err *e)
{
        FILE *f = fopen(path, "rb");
        struct buf b;
        char piece[4096];
        size_t n;

        (void)user;
        if (!f)
                return err_sys(e, "%s", path);
        buf_init(&b, LIMIT_REQUIREMENTS);
        while ((n = fread(piece, 1, sizeof piece, f)) > 0)
                buf_add(&b, piece, n);
        fclose(f);
        *text = buf_take(&b, len);
        return 0;
}

static const char *environment(void *user, const char *name)
{
        (void)user;
        return getenv(name);
}

static void put_entry(const struct requirements_entry *entry, struct buf *out)
{
        char hex[2 * DIGEST_MAX_SIZE + 1];

        buf_addf(out, "\tentry|%s|%lu|%d|", entry->file, entry->line, entry->constraint);
        requirement_text(&entry->requirement, out);
        buf_addc(out, '|');
        for (size_t i = 0; i < entry->hash_count; i++) {
                hex_encode(hex, entry->hashes[i].value, digest_size(entry->hashes[i].kind));
                buf_addf(out, "%s%s:%s", i ? "," : "", digest_name(entry->hashes[i].kind), hex);
        }
}

static void put_list(const char *name, const struct requirements_list *l, struct buf *out)
{
        for (size_t i = 0; i < l->count; i++)
                buf_addf(out, "\toption|%s|%s", name, l->list[i]);
}

static void put_options(const struct requirements *r, struct buf *out)
{
        const struct {
                const char *name;
                bool set;
        } flags[] = {
            {"no-index", r->no_index},
            {"pre", r->pre},
            {"prefer-binary", r->prefer_binary},
            {"require-hashes", r->require_hashes},
        };

        if (r->index_url)
                buf_addf(out, "\toption|index-url|%s", r->index_url);
        put_list("extra-index-url", &r->extra_index_urls, out);
        put_list("find-links", &r->find_links, out);
        put_list("trusted-host", &r->trusted_hosts, out);
        put_list("no-binary", &r->no_binary, out);
        put_list("only-binary", &r->only_binary, out);
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
                if (flags[i].set)
                        buf_addf(out, "\toption|%s|", flags[i].name);
}

static void run(const char *path, struct buf *out)
{
        static const char *const kinds[] = {[REQUIREMENTS_EDITABLE] = "editable",
            [REQUIREMENTS_VCS] = "vcs",
            [REQUIREMENTS_URL] = "url",
            [REQUIREMENTS_PATH] = "path",
            [REQUIREMENTS_IGNORED] = "ignored"};
        const struct requirements_reader in = {read_file, environment, NULL};
        struct requirements r;
        struct err e = ERR_INIT;
        char *text = NULL;
        size_t len = 0;

        if (read_file(NULL, path, &text, &len, &e) < 0) {
                buf_addf(out, "bad\t%s", e.msg);
                return;
        }
        if (requirements_parse(&r, path, text, len, &in, &e) < 0) {
                buf_addf(out, "bad\t%s", e.msg);
        } else {
                buf_adds(out, "good");
                for (size_t i = 0; i < r.entry_count; i++)
                        put_entry(&r.entries[i], out);
                for (size_t i = 0; i < r.note_count; i++)
                        buf_addf(out, "\tnote|%s|%lu|%s", r.notes[i].file, r.notes[i].line,
                            kinds[r.notes[i].kind]);
                put_options(&r, out);
        }
        requirements_release(&r);
        free(text);
}

int main(void)
{
        struct buf out;
        char *line = NULL;
        size_t size = 0;
        ssize_t n;

        buf_init(&out, OUT_MAX);
        while ((n = getline(&line, &size, stdin)) > 0) {
                if (line[n - 1] == '\n')
                        line[n - 1] = '\0';
                buf_reset(&out);
                run(line, &out);
                puts(out.data);
        }
        free(line);
        buf_release(&out);
        return 0;
}
