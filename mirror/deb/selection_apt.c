/* Addresses and keys that dray.toml leaves to apt's configuration. */
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/local_files.h"
#include "selection.h"

/* 1: its bytes are added to *out; 0: it is not there; -1. */
static int read_local(struct host *host, const char *path, struct buf *out, struct err *e)
{
        struct document_request request = {
            .kind = DOCUMENT_LOCAL, .url = path, .max_size = LIMIT_KEYRING};
        struct document doc;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state == DOCUMENT_FAILED)
                return err_set(e, ERR_USAGE, "%s", doc.error);
        if (doc.state != DOCUMENT_OK)
                return 0;
        if (buf_add(out, doc.bytes, doc.len) < 0)
                return err_set(e, ERR_USAGE, "%s is too large", path);
        return 1;
}

/* -- addresses -- */

static int read_sources(void *user, struct host *host, const char *path, struct err *e)
{
        struct buf text;
        int r;

        buf_init(&text, LIMIT_KEYRING);
        r = read_local(host, path, &text, e);
        if (r == 1)
                apt_sources_read(user, path, text.data, text.len);
        buf_release(&text);
        return r < 0 ? -1 : 0;
}

static int read_all_sources(
    struct selection *s, struct host *host, struct apt_sources *out, struct err *e)
{
        char *lists = xasprintf("%s*.list", s->apt_paths.parts);
        char *stanzas = xasprintf("%s*.sources", s->apt_paths.parts);
        int ret = -1;

        if (read_sources(out, host, s->apt_paths.list, e) == 0 &&
            local_files(host, lists, read_sources, out, NULL, e) == 0 &&
            local_files(host, stanzas, read_sources, out, NULL, e) == 0)
                ret = 0;
        free(lists);
        free(stanzas);
        return ret;
}

/* -- keys -- */

static struct buf *add_keyring(struct suite *suite)
{
        suite->keys = xgrow(suite->keys, suite->key_count, &suite->key_cap, sizeof *suite->keys);
        buf_init(&suite->keys[suite->key_count], LIMIT_KEYRING);
        return &suite->keys[suite->key_count++];
}

static int add_keyring_file(void *user, struct host *host, const char *path, struct err *e)
{
        struct suite *suite = user;
        int r;

        if (suite->key_count == LIMIT_KEYRINGS)
                return err_set(e, ERR_USAGE, "more than %d keyrings", LIMIT_KEYRINGS);
        r = read_local(host, path, add_keyring(suite), e);
        if (r == 0)
                return err_set(e, ERR_USAGE,
                    "%s: no such keyring; set `keyring` in dray.toml (Debian's are in the package "
                    "debian-archive-keyring)",
                    path);
        return r < 0 ? -1 : 0;
}

/* Without any other word, what apt trusts for every archive. */
static int add_trusted(struct selection *s, struct suite *suite, struct host *host, struct err *e)
{
        static const char *const endings[] = {"gpg", "asc"};
        struct buf *old;
        int r;

        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
                char *pattern = xasprintf("%s*.%s", s->apt_paths.trusted_parts, endings[i]);

                r = local_files(host, pattern, add_keyring_file, suite, NULL, e);
                free(pattern);
                if (r < 0)
                        return -1;
        }
        if (suite->key_count == LIMIT_KEYRINGS)
                return 0;
        old = add_keyring(suite);
        r = read_local(host, s->apt_paths.trusted, old, e);
        if (r < 0)
                return -1;
        if (r == 0) {
                buf_release(old);
                suite->key_count--;
        }
        if (suite->key_count == 0)
                return err_set(e, ERR_USAGE,
                    "%s: no keys to check its signature with: set `keyring` in dray.toml (Debian's is in "
                    "the package debian-archive-keyring)",
                    suite->folder);
        return 0;
}

/* A key that stands in the .sources file itself: each line indented, " ." for an empty one. */
static void add_inline_key(struct suite *suite, const char *text)
{
        struct buf *out = add_keyring(suite);

        while (*text) {
                size_t len;

                text += strspn(text, " \t");
                len = strcspn(text, "\n");
                if (!(len == 1 && *text == '.'))
                        buf_add(out, text, len);
                buf_addc(out, '\n');
                text += len + (text[len] == '\n');
        }
}

static void add_fingerprint(struct suite *suite, const char *text)
{
        suite->fingerprints = xgrow(suite->fingerprints, suite->fingerprint_count,
            &suite->fingerprint_cap, sizeof *suite->fingerprints);
        suite->fingerprints[suite->fingerprint_count++] = text;
}

/* Signed-By: keyrings, or fingerprints of keys that apt trusts, or a key. */
static int add_signed_by(struct selection *s, struct suite *suite, const char *signed_by,
    struct host *host, struct err *e)
{
        char *words, *word, *rest;
        int ret = 0;

        if (strstr(signed_by, "-----BEGIN PGP")) {
                add_inline_key(suite, signed_by);
                return 0;
        }
        words = rest = xstrdup(signed_by);
        while (ret == 0 && (word = strsep(&rest, ", \t\n"))) {
                if (*word == '/')
                        ret = add_keyring_file(suite, host, word, e);
                else if (strspn(word, "0123456789abcdefABCDEF") == 40)
                        add_fingerprint(
                            suite, arena_text(&s->chosen.text, word, 40)); /* "!" may follow */
        }
        free(words);
        return ret < 0 || suite->key_count ? ret : add_trusted(s, suite, host, e);
}

static int find_keys(struct selection *s, struct suite *suite, const struct apt_source *apt,
    struct host *host, struct err *e)
{
        const struct config_list *keyrings = &suite->archive->keyrings;
        const struct config_list *fingerprints = &suite->archive->fingerprints;

        for (size_t i = 0; i < keyrings->count; i++)
                if (add_keyring_file(suite, host, keyrings->items[i].text, e) < 0)
                        return -1;
        for (size_t i = 0; i < fingerprints->count; i++)
                add_fingerprint(suite, fingerprints->items[i].text);
        if (suite->key_count)
                return 0;
        if (apt && *apt->signed_by)
                return add_signed_by(s, suite, apt->signed_by, host, e);
        return add_trusted(s, suite, host, e);
}

static int find_suite(struct selection *s, struct suite *suite, const struct apt_sources *sources,
    struct host *host, struct err *e)
{
        const struct settings_archive *a = suite->archive;
        const struct apt_source *apt = NULL;
        size_t len;

        if (a->uri) {
                suite->uri = xstrdup(a->uri);
        } else {
                apt = apt_sources_find(sources, suite->folder, a->components.items[0].text);
                if (!apt)
                        apt = apt_sources_find(sources, suite->folder, NULL);
                if (!apt)
                        return err_set(e, ERR_USAGE,
                            "apt on this machine has no suite %s; set `upstream` in dray.toml, or correct "
                            "`suites`",
                            suite->folder);
                len = strlen(apt->uri);
                suite->uri = xasprintf("%s%s", apt->uri, apt->uri[len - 1] == '/' ? "" : "/");
        }
        return find_keys(s, suite, apt, host, e);
}

int deb_ask_apt(struct selection *s, struct host *host, struct err *e)
{
        struct apt_sources sources = {0};
        bool addresses = false, keys = false;
        int ret = -1;

        for (size_t i = 0; i < s->suite_count; i++) {
                addresses = addresses || !s->suites[i].archive->uri;
                keys = keys || !s->suites[i].archive->keyrings.count;
        }
        if (addresses || keys)
                apt_paths_find(&s->apt_paths);
        if (addresses && read_all_sources(s, host, &sources, e) < 0)
                goto out;
        for (size_t i = 0; i < s->suite_count; i++)
                if (find_suite(s, &s->suites[i], &sources, host, e) < 0)
                        goto out;
        ret = 0;
out:
        apt_sources_release(&sources);
        return ret;
}
