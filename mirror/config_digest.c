#include <string.h>

#include "bundle/hex.h"
#include "mirror/config.h"

/* With its length, so that no two texts run together to the same bytes. */
static void add_text(struct digest *sum, const char *text, size_t len)
{
        uint64_t n = len;

        digest_update(sum, &n, sizeof n);
        digest_update(sum, text, len);
}

static void add_scalar(struct digest *sum, const struct toml_value *v)
{
        const char *text;
        int64_t integer;
        double real;
        size_t len;

        switch (toml_kind(v)) {
        case TOML_STRING:
                text = toml_string(v, &len);
                add_text(sum, text, len);
                break;
        case TOML_INTEGER:
                integer = toml_integer(v);
                digest_update(sum, &integer, sizeof integer);
                break;
        case TOML_FLOAT:
                real = toml_float(v);
                digest_update(sum, &real, sizeof real);
                break;
        case TOML_BOOLEAN:
                integer = toml_boolean(v);
                digest_update(sum, &integer, sizeof integer);
                break;
        case TOML_DATETIME:
        case TOML_LOCAL_DATETIME:
        case TOML_LOCAL_DATE:
        case TOML_LOCAL_TIME:
                text = toml_datetime(v);
                add_text(sum, text, strlen(text));
                break;
        case TOML_ARRAY:
        case TOML_TABLE:
                break;
        }
}

/* How deep it goes is LIMIT_TOML_DEPTH's. NOLINTNEXTLINE(misc-no-recursion) */
static void add_value(struct digest *sum, const struct toml_value *v)
{
        uint64_t head[2] = {toml_kind(v), toml_count(v)};
        size_t len;
        const char *key = toml_key(v, &len);

        if (key)
                add_text(sum, key, len);
        digest_update(sum, head, sizeof head);
        add_scalar(sum, v);
        for (const struct toml_value *child = toml_first(v); child; child = toml_next(child))
                add_value(sum, child);
}

void config_source_sha256(const struct config_source *s, char hex[SHA256_HEX])
{
        struct digest *sum = digest_new(DIGEST_SHA256);
        unsigned char raw[DIGEST_MAX_SIZE];

        add_value(sum, s->table);
        digest_final(sum);
        digest_get(sum, DIGEST_SHA256, raw);
        hex_encode(hex, raw, SHA256_SIZE);
        digest_free(sum);
}
