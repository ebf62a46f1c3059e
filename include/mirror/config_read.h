/*
 * What the readers of dray.toml's tables share. Only config*.c include this.
 */
#ifndef MIRROR_CONFIG_READ_H
#define MIRROR_CONFIG_READ_H

#include "mirror/config.h"

/* Zeroed memory that goes with the config; a string of it that is already allocated. */
void *config_alloc(struct config *c, size_t count, size_t size);
const char *config_take(struct config *c, char *text);

/*
 * Refuses a key of the table that is in neither list, and names the nearest
 * that is. section: what the table is, "[mirror]". kind_keys may be NULL.
 */
int config_check_keys(const struct toml_value *table, const char *section, const char *const *keys,
    const char *const *kind_keys, struct err *e);

/* Refuses an entry that is no name of a package as `is_name` knows them: it would never match. */
int config_check_names(const char *key, const struct config_list *list,
    bool (*is_name)(const char *text), struct err *e);

/* Says that the required key is not in the table, or is there misspelt. Returns -1. */
int config_missing(
    const struct toml_value *table, const char *section, const char *key, struct err *e);

/* Not empty, at most max bytes, no blanks or control characters: what an address can be. */
bool config_plain(const char *text, size_t max);

/* The required `name` of a source or stream, of the form that config.h gives. */
int config_read_name(
    const struct toml_value *table, const char *section, const char **out, struct err *e);

/* 1: *seconds, *bytes is set; 0: there is no such key; -1. */
int config_read_seconds(
    const struct toml_value *table, const char *key, int64_t *seconds, struct err *e);
int config_read_bytes(
    const struct toml_value *table, const char *key, uint64_t *bytes, struct err *e);

int config_read_policy(struct config *c, const struct toml_value *table, struct err *e);
int config_read_source(
    struct config *c, const struct toml_value *table, struct config_source *out, struct err *e);
int config_read_stream(struct config *c, const struct toml_value *table, struct config_stream *out,
    struct err *e); /* after all sources */

#endif
