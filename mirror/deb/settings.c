#include "settings.h"

#include "bundle/mem.h"
#include "mirror/config_read.h"
#include "mirror/deb/entry.h"

const char *const settings_keys[] = {"suites", "components", "architectures", "keyring",
    "fingerprints", "recommends", "sources", "base", "publish", "check_valid_until", "archive",
    NULL};

static const char *const archive_keys[] = {
    "upstream", "suites", "components", "keyring", "fingerprints", NULL};

static int take_flag(const struct toml_value *table, const char *key, bool *out, struct err *e)
{
        return toml_get_boolean(table, key, out, e) < 0 ? -1 : 0;
}

/* A choice between words. -1 also when it is none of them; *out is the number of the word. */
static int take_word(const struct toml_value *table, const char *key, const char *const *words,
    int *out, struct err *e)
{
        const char *text;
        char known[128] = "";
        int r = toml_get_string(table, key, &text, e);

        if (r <= 0)
                return r;
        for (int i = 0; words[i]; i++) {
                if (strcmp(words[i], text) == 0) {
                        *out = i;
                        return 0;
                }
                snprintf(known + strlen(known), sizeof known - strlen(known), "%s\"%s\"",
                    known[0] ? ", " : "", words[i]);
        }
        return toml_err(e, toml_get(table, key), "`%s` is one of %s", key, known);
}

static int check_suites(const struct settings_archive *a, struct err *e)
{
        for (size_t i = 0; i < a->suites.count; i++) {
                const char *text = a->suites.items[i].text;
                size_t len = strlen(text);

                if (text[len - 1] == '/')
                        return toml_err(e, a->suites.items[i].at,
                            "%s: an archive without dists/ (a flat one) cannot be mirrored", text);
                if (*text == '/' || *text == '.' || strstr(text, "/.") || strstr(text, "//") ||
                    !config_plain(text, 255))
                        return toml_err(e, a->suites.items[i].at, "%s is no suite", text);
        }
        return 0;
}

static int check_fingerprints(const struct config_list *list, struct err *e)
{
        for (size_t i = 0; i < list->count; i++) {
                const char *text = list->items[i].text;

                if (strspn(text, "0123456789abcdefABCDEF") != strlen(text) || strlen(text) != 40)
                        return toml_err(e, list->items[i].at,
                            "a fingerprint is 40 hexadecimal digits, without blanks");
        }
        return 0;
}

/* One path, or several. */
static int take_keyrings(
    struct config *c, const struct toml_value *table, struct config_list *out, struct err *e)
{
        const struct toml_value *v = toml_get(table, "keyring");
        const char *text;

        if (!v || toml_kind(v) != TOML_STRING)
                return config_read_list(c, table, "keyring", true, out, e);
        if (toml_get_string(table, "keyring", &text, e) < 0)
                return -1;
        if (!*text)
                return toml_err(e, v, "`keyring` is empty; delete it");
        out->items = config_alloc(c, 1, sizeof *out->items);
        out->items[out->count++] = (struct config_text){config_path(c, text), v};
        return 0;
}

/* Components as dray.toml states them, or main. */
static int take_components(
    struct config *c, const struct toml_value *table, struct config_list *out, struct err *e)
{
        if (config_read_list(c, table, "components", false, out, e) < 0)
                return -1;
        if (out->count)
                return 0;
        out->items = config_alloc(c, 1, sizeof *out->items);
        out->items[out->count++] = (struct config_text){"main", table};
        return 0;
}

static int take_archive(const struct config_source *source, const struct toml_value *table,
    const char *upstream, struct settings_archive *a, struct err *e)
{
        struct config *c = source->config;
        size_t len = upstream ? strlen(upstream) : 0;

        a->at = table;
        if (config_read_list(c, table, "suites", false, &a->suites, e) < 0 ||
            take_components(c, table, &a->components, e) < 0 ||
            take_keyrings(c, table, &a->keyrings, e) < 0 ||
            config_read_list(c, table, "fingerprints", false, &a->fingerprints, e) < 0 ||
            check_suites(a, e) < 0 || check_fingerprints(&a->fingerprints, e) < 0)
                return -1;
        if (a->suites.count == 0)
                return toml_err(e, table,
                    "a Debian source needs suites, such as suites = [\"bookworm\", \"bookworm-updates\"]");
        if (upstream)
                a->uri = xasprintf("%s%s", upstream, upstream[len - 1] == '/' ? "" : "/");
        return 0;
}

/* The source's own suites, then those of each [[source.archive]]. */
static int take_archives(const struct config_source *source, struct settings *s, struct err *e)
{
        const struct toml_value *list = NULL, *t;
        int r = toml_get_array(source->table, "archive", TOML_TABLE, &list, e);

        if (r < 0)
                return -1;
        s->archives = xcalloc(1 + toml_count(list ? list : source->table), sizeof *s->archives);
        if (take_archive(
                source, source->table, source->upstream, &s->archives[s->archive_count++], e) < 0)
                return -1;
        for (t = list ? toml_first(list) : NULL; t; t = toml_next(t)) {
                const char *upstream = NULL;

                if (config_check_keys(t, "[[source.archive]]", archive_keys, NULL, e) < 0 ||
                    toml_get_string(t, "upstream", &upstream, e) < 0)
                        return -1;
                if (upstream && !config_plain(upstream, 8192))
                        return toml_err(e, toml_get(t, "upstream"),
                            "`upstream` must be the address of the archive, without blanks");
                if (take_archive(source, t, upstream, &s->archives[s->archive_count++], e) < 0)
                        return -1;
        }
        return 0;
}

static int take_architectures(const struct config_source *source, struct settings *s, struct err *e)
{
        struct config_list *list = &s->architectures;

        if (config_read_list(source->config, source->table, "architectures", false, list, e) < 0)
                return -1;
        if (list->count == 0)
                return toml_err(e, source->table,
                    "a Debian source needs architectures, such as architectures = [\"amd64\"]");
        for (size_t i = 0; i < list->count; i++) {
                const char *text = list->items[i].text;

                if (!deb_architecture_is_valid(text) || strcmp(text, "source") == 0)
                        return toml_err(e, list->items[i].at, "%s is no architecture", text);
                if (strcmp(text, "all") == 0)
                        return toml_err(e, list->items[i].at,
                            "packages for all architectures come with each one; name those that your "
                            "machines have");
        }
        return 0;
}

static int take_base(const struct config_source *source, struct settings *s, struct err *e)
{
        static const char *const words[] = {
            "none", "essential", "required", "important", "standard", NULL};
        int base = 0;

        if (take_word(source->table, "base", words, &base, e) < 0)
                return -1;
        s->essential = base > 0;
        s->has_base = base > 1;
        s->base = (enum universe_priority)(base > 1 ? base - 2 : 0);
        return 0;
}

/* An archive says what there is, not since when: what the common keys ask for cannot be had. */
static int check_dates(const struct config_source *source, struct err *e)
{
        const char *key = source->min_age ? "min_age" : source->has_as_of ? "as_of" : NULL;

        if (!key)
                return 0;
        return toml_err(e, toml_get(source->table, key),
            "`%s`: a Debian archive does not say how old a package is; take a snapshot of the archive "
            "as `upstream` instead",
            key);
}

static bool is_name(const char *text)
{
        return deb_name_is_valid(text, strlen(text));
}

int settings_read(const struct config_source *source, struct settings *out, struct err *e)
{
        static const char *const modes[] = {"subset", "verbatim", NULL};
        int mode = 0;

        *out = (struct settings){.recommends = true, .check_valid_until = true};
        if (check_dates(source, e) < 0 ||
            config_check_names("exclude", &source->exclude, is_name, e) < 0 ||
            take_archives(source, out, e) < 0 || take_architectures(source, out, e) < 0 ||
            take_base(source, out, e) < 0 ||
            take_flag(source->table, "recommends", &out->recommends, e) < 0 ||
            take_flag(source->table, "sources", &out->sources, e) < 0 ||
            take_flag(source->table, "check_valid_until", &out->check_valid_until, e) < 0 ||
            take_word(source->table, "publish", modes, &mode, e) < 0)
                return -1;
        out->verbatim = mode == 1;
        if (out->verbatim && source->local.count)
                return toml_err(e, source->local.items[0].at,
                    "`local`: upstream's own indexes (publish = \"verbatim\") list no package of yours; "
                    "make a source of its own of them");
        return 0;
}

void settings_release(struct settings *s)
{
        for (size_t i = 0; i < s->archive_count; i++)
                free(s->archives[i].uri);
        free(s->archives);
        *s = (struct settings){0};
}
