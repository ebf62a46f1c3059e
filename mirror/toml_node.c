#include "mirror/toml_node.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <sys/random.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

_Static_assert(sizeof((struct toml){0}.hash_key) == crypto_shorthash_KEYBYTES, "size of the key");
_Static_assert(LIMIT_TOML < UINT32_MAX, "offsets and counts are 32-bit");
_Static_assert(LIMIT_TOML_DEPTH < UINT8_MAX, "depth is 8-bit");

#define CHUNK_SIZE (64 * KIB)
#define SMALL_TABLE 8 /* up to here a walk is faster than a hash */

struct toml_chunk {
        struct toml_chunk *next;
        size_t used, size;
        _Alignas(max_align_t) char bytes[];
};

static void *take(struct toml *t, size_t size, size_t align)
{
        struct toml_chunk *c = t->chunks;
        size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;

        if (!c || at > c->size || size > c->size - at) {
                size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

                c = xmalloc(sizeof *c + room);
                *c = (struct toml_chunk){.size = room, .next = t->chunks};
                t->chunks = c;
                at = 0;
        }
        c->used = at + size;
        return c->bytes + at;
}

struct toml *toml_new(const char *name)
{
        struct toml *t = xcalloc(1, sizeof *t);

        t->name = xstrdup(name);
        /* Without randomness the hash is merely predictable: still correct. */
        if (getrandom(t->hash_key, sizeof t->hash_key, 0) < 0)
                memset(t->hash_key, 0x5a, sizeof t->hash_key);
        t->root = toml_value_new(t, TOML_TABLE);
        t->root->origin = TOML_HEADER;
        t->root->place = (struct toml_place){.line = 1, .column = 1};
        return t;
}

void toml_free(struct toml *t)
{
        struct toml_chunk *c, *next;

        if (!t)
                return;
        for (c = t->chunks; c; c = next) {
                next = c->next;
                free(c);
        }
        free(t->name);
        free(t);
}

struct toml_value *toml_value_new(struct toml *t, enum toml_kind kind)
{
        struct toml_value *v = take(t, sizeof *v, _Alignof(struct toml_value));

        memset(v, 0, sizeof *v);
        v->doc = t;
        v->kind = (uint8_t)kind;
        t->values++;
        return v;
}

const char *toml_keep(struct toml *t, const char *text, size_t len)
{
        char *copy = take(t, len + 1, 1);

        if (len)
                memcpy(copy, text, len);
        copy[len] = '\0';
        return copy;
}

/* The slot that holds the key, or the free one where it belongs. */
static struct toml_value **slot(const struct toml_value *table, const char *key, size_t len)
{
        unsigned char out[crypto_shorthash_BYTES];
        uint32_t hash, mask = table->as.list.slot_count - 1;
        struct toml_value *v;

        crypto_shorthash(out, (const unsigned char *)key, len, table->doc->hash_key);
        memcpy(&hash, out, sizeof hash);
        for (;; hash++) {
                v = table->as.list.slots[hash & mask];
                if (!v || (v->key_len == len && memcmp(v->key, key, len) == 0))
                        return &table->as.list.slots[hash & mask];
        }
}

/* Doubles the slots; the old ones stay in the arena, which at most doubles their cost. */
static void rehash(struct toml_value *table)
{
        uint32_t count = table->as.list.slot_count ? table->as.list.slot_count * 2 : 32;
        size_t size = count * sizeof *table->as.list.slots;
        struct toml_value *v;

        table->as.list.slots = take(table->doc, size, _Alignof(struct toml_value *));
        memset(table->as.list.slots, 0, size);
        table->as.list.slot_count = count;
        for (v = table->as.list.first; v; v = v->next)
                *slot(table, v->key, v->key_len) = v;
}

struct toml_value *toml_find(const struct toml_value *table, const char *key, size_t len)
{
        struct toml_value *v;

        if (table->as.list.slots)
                return *slot(table, key, len);
        for (v = table->as.list.first; v; v = v->next)
                if (v->key_len == len && memcmp(v->key, key, len) == 0)
                        return v;
        return NULL;
}

void toml_append(struct toml_value *list, struct toml_value *child)
{
        if (list->as.list.last)
                list->as.list.last->next = child;
        else
                list->as.list.first = child;
        list->as.list.last = child;
        list->as.list.count++;
        if (list->kind != TOML_TABLE || list->as.list.count <= SMALL_TABLE)
                return;
        if (list->as.list.count > list->as.list.slot_count / 2)
                rehash(list); /* takes the new child in */
        else
                *slot(list, child->key, child->key_len) = child;
}

const struct toml_value *toml_root(const struct toml *t)
{
        return t->root;
}

enum toml_kind toml_kind(const struct toml_value *v)
{
        return (enum toml_kind)v->kind;
}

const char *toml_kind_name(enum toml_kind kind)
{
        static const char *const names[] = {
            [TOML_STRING] = "a string",
            [TOML_INTEGER] = "an integer",
            [TOML_FLOAT] = "a float",
            [TOML_BOOLEAN] = "true or false",
            [TOML_DATETIME] = "a date-time with a time zone",
            [TOML_LOCAL_DATETIME] = "a date-time without a time zone",
            [TOML_LOCAL_DATE] = "a date",
            [TOML_LOCAL_TIME] = "a time of day",
            [TOML_ARRAY] = "an array",
            [TOML_TABLE] = "a table",
        };

        return names[kind];
}

const struct toml_place *toml_place(const struct toml_value *v)
{
        return &v->place;
}

const char *toml_key(const struct toml_value *v, size_t *len)
{
        if (len)
                *len = v->key_len;
        return v->key;
}

const struct toml_place *toml_key_place(const struct toml_value *v)
{
        return v->key ? &v->key_place : NULL;
}

static bool is_list(const struct toml_value *v)
{
        return v->kind == TOML_ARRAY || v->kind == TOML_TABLE;
}

const struct toml_value *toml_first(const struct toml_value *v)
{
        return is_list(v) ? v->as.list.first : NULL;
}

const struct toml_value *toml_next(const struct toml_value *child)
{
        return child->next;
}

size_t toml_count(const struct toml_value *v)
{
        return is_list(v) ? v->as.list.count : 0;
}

const struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
        assert(table->kind == TOML_TABLE);
        return toml_find(table, key, strlen(key));
}

bool toml_has_header(const struct toml_value *table)
{
        return is_list(table) && table->origin == TOML_HEADER;
}

const char *toml_string(const struct toml_value *v, size_t *len)
{
        assert(v->kind == TOML_STRING);
        if (len)
                *len = v->as.text.len;
        return v->as.text.text;
}

int64_t toml_integer(const struct toml_value *v)
{
        assert(v->kind == TOML_INTEGER);
        return v->as.integer;
}

double toml_float(const struct toml_value *v)
{
        assert(v->kind == TOML_FLOAT);
        return v->as.real;
}

bool toml_boolean(const struct toml_value *v)
{
        assert(v->kind == TOML_BOOLEAN);
        return v->as.boolean;
}

const char *toml_datetime(const struct toml_value *v)
{
        assert(v->kind >= TOML_DATETIME && v->kind <= TOML_LOCAL_TIME);
        return v->as.text.text;
}

int64_t toml_unix(const struct toml_value *v)
{
        assert(v->kind == TOML_DATETIME);
        return v->as.text.unix_time;
}
