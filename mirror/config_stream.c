#include "bundle/bundle_cut.h"
#include "bundle/limit.h"
#include "bundle/text.h"
#include "mirror/config_read.h"
#include "mirror/nearest.h"

static const char *const stream_keys[] = {"name", "audience", "sources", "keys", "volume_size",
    "cadence", "max_jump", "receipt_keys", NULL};

static int unknown_source(const struct config *c, const struct config_text *name, struct err *e)
{
        struct nearest n = nearest_to(name->text);
        size_t i;

        for (i = 0; i < c->source_count; i++)
                nearest_offer_one(&n, c->sources[i].name);
        if (n.word)
                return toml_err(e, name->at, "there is no source `%.80s`; did you mean `%s`?",
                    name->text, n.word);
        return toml_err(e, name->at,
            "there is no source `%.80s`; add a [[source]] of that name, or delete it here",
            name->text);
}

static int named_twice(const struct config_text *name, struct err *e)
{
        return toml_err(e, name->at, "source `%s` is named twice; delete one", name->text);
}

/* On the isolated side sources come with the bundles: what `sources` says is which ones may. */
static int read_brings(const struct config_list *names, struct config_stream *out, struct err *e)
{
        for (size_t i = 0; i < names->count; i++)
                for (size_t k = 0; k < i; k++)
                        if (strcmp(names->items[k].text, names->items[i].text) == 0)
                                return named_twice(&names->items[i], e);
        out->brings = *names;
        return 0;
}

/* Every source, unless the stream names some. */
static int read_stream_sources(
    struct config *c, const struct toml_value *table, struct config_stream *out, struct err *e)
{
        struct config_list names = {0};
        const struct config_source *s;
        size_t i, k;

        if (config_read_list(c, table, "sources", false, &names, e) < 0)
                return -1;
        if (toml_get(table, "sources") && names.count == 0)
                return toml_err(e, toml_get(table, "sources"),
                    "`sources` is empty; name one, or delete the line to mean all of them");
        if (c->source_count == 0)
                return read_brings(&names, out, e);
        out->sources = config_alloc(c, names.count + c->source_count, sizeof *out->sources);
        for (i = 0; names.count == 0 && i < c->source_count; i++)
                out->sources[out->source_count++] = &c->sources[i];
        for (i = 0; i < names.count; i++) {
                s = config_source_find(c, names.items[i].text);
                if (!s)
                        return unknown_source(c, &names.items[i], e);
                for (k = 0; k < out->source_count; k++)
                        if (out->sources[k] == s)
                                return named_twice(&names.items[i], e);
                out->sources[out->source_count++] = s;
        }
        return 0;
}

/* It is signed into every bundle, for people to read. */
static int read_audience(const struct toml_value *table, struct config_stream *out, struct err *e)
{
        struct err why = ERR_INIT;

        if (toml_get_string(table, "audience", &out->audience, e) < 0)
                return -1;
        if (out->audience && text_check("`audience`", out->audience, &why) < 0)
                return toml_err(e, toml_get(table, "audience"), "%s", why.msg);
        return 0;
}

static int read_volume_size(
    const struct toml_value *table, struct config_stream *out, struct err *e)
{
        int found = config_read_bytes(table, "volume_size", &out->volume_size, e);

        if (found <= 0)
                return found;
        if (out->volume_size < LIMIT_VOLUME_MIN)
                return toml_err(e, toml_get(table, "volume_size"),
                    "`volume_size` must be at least %llu KiB",
                    (unsigned long long)(LIMIT_VOLUME_MIN / KIB));
        return 0;
}

static int read_max_jump(const struct toml_value *table, struct config_stream *out, struct err *e)
{
        const struct toml_value *v = toml_get(table, "max_jump");

        if (!v)
                return 0;
        if (toml_kind(v) != TOML_INTEGER || toml_integer(v) < 1 ||
            toml_integer(v) > LIMIT_SEQ_JUMP_MAX)
                return toml_err(e, v, "`max_jump` is a number from 1 to %d", LIMIT_SEQ_JUMP_MAX);
        out->max_jump = toml_integer(v);
        return 0;
}

static int check_name(const struct toml_value *table, const char *name, struct err *e)
{
        struct err why = ERR_INIT;

        if (bundle_stream_check(name, &why) == 0)
                return 0;
        return toml_err(e, toml_get(table, "name"), "%s", why.msg);
}

int config_read_stream(
    struct config *c, const struct toml_value *table, struct config_stream *out, struct err *e)
{
        out->table = table;
        if (config_read_name(table, "[[stream]]", &out->name, e) < 0 ||
            check_name(table, out->name, e) < 0 ||
            config_check_keys(table, "[[stream]]", stream_keys, NULL, e) < 0 ||
            read_audience(table, out, e) < 0 || read_stream_sources(c, table, out, e) < 0 ||
            config_read_list(c, table, "keys", true, &out->keys, e) < 0 ||
            config_read_list(c, table, "receipt_keys", true, &out->receipt_keys, e) < 0 ||
            config_read_seconds(table, "cadence", &out->cadence, e) < 0 ||
            read_max_jump(table, out, e) < 0)
                return -1;
        return read_volume_size(table, out, e);
}
