/* Sizes and durations in dray.toml. */
#include "mirror/config_read.h"
#include "mirror/quantity.h"

int config_read_seconds(
    const struct toml_value *table, const char *key, int64_t *seconds, struct err *e)
{
        const struct toml_value *v = toml_get(table, key);

        if (v && (toml_kind(v) != TOML_STRING || toml_expect(v, TOML_STRING, e) < 0 ||
                     quantity_seconds(toml_string(v, NULL), seconds) < 0))
                return toml_err(e, v, "`%s` is a string like " QUANTITY_SECONDS_FORM, key);
        return v != NULL;
}

int config_read_bytes(
    const struct toml_value *table, const char *key, uint64_t *bytes, struct err *e)
{
        const struct toml_value *v = toml_get(table, key);

        if (!v)
                return 0;
        if (toml_kind(v) == TOML_INTEGER && toml_integer(v) >= 0)
                *bytes = (uint64_t)toml_integer(v);
        else if (toml_kind(v) != TOML_STRING || toml_expect(v, TOML_STRING, e) < 0 ||
                 quantity_bytes(toml_string(v, NULL), bytes) < 0)
                return toml_err(e, v, "`%s` is one of: " QUANTITY_BYTES_FORM, key);
        return 1;
}
