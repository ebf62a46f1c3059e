#include "mirror/pypi/tags.h"

#include <stdint.h>

#include "bundle/mem.h"

struct tags {
        char **list;
        size_t count, cap;
        size_t *slots; /* 1 + a position in list, found by hash; 0: empty */
        size_t mask;
};

static void add(struct tags *tags, const char *python, const char *abi, const char *platform)
{
        tags->list = xgrow(tags->list, tags->count, &tags->cap, sizeof *tags->list);
        tags->list[tags->count++] = xasprintf("%s-%s-%s", python, abi, platform);
}

static void add_platforms(
    struct tags *tags, const struct target *t, const char *python, const char *abi)
{
        for (size_t i = 0; i < t->platform.tag_count; i++)
                add(tags, python, abi, t->platform.tags[i]);
}

/* "cp311"; with minor 10: "cp310". */
static char *interpreter(const struct target *t, const char *prefix, unsigned minor)
{
        return xasprintf("%s%u%u", prefix, t->major, minor);
}

static void add_cpython(struct tags *tags, const struct target *t)
{
        const char *stable = t->free_threaded ? "abi3t" : "abi3";
        bool has_stable = t->major == 3 && t->minor >= 2;
        char *python = interpreter(t, "cp", t->minor);

        if (strcmp(t->abi, "abi3") != 0 && strcmp(t->abi, "none") != 0)
                add_platforms(tags, t, python, t->abi);
        if (has_stable)
                add_platforms(tags, t, python, stable);
        add_platforms(tags, t, python, "none");
        free(python);
        for (unsigned minor = t->minor - 1; has_stable && minor >= 2; minor--) {
                python = interpreter(t, "cp", minor);
                add_platforms(tags, t, python, stable);
                free(python);
        }
}

static void add_pypy(struct tags *tags, const struct target *t)
{
        char *python = interpreter(t, "pp", t->minor);

        add_platforms(tags, t, python, t->abi);
        if (strcmp(t->abi, "none") != 0)
                add_platforms(tags, t, python, "none");
        free(python);
}

static void add_generic_one(struct tags *tags, const struct target *t, bool pure, char *python)
{
        if (pure)
                add(tags, python, "none", "any");
        else
                add_platforms(tags, t, python, "none");
        free(python);
}

/* py311, py3, py310, ..., py30 */
static void add_generic(struct tags *tags, const struct target *t, bool pure)
{
        add_generic_one(tags, t, pure, interpreter(t, "py", t->minor));
        add_generic_one(tags, t, pure, xasprintf("py%u", t->major));
        for (unsigned minor = t->minor; minor-- > 0;)
                add_generic_one(tags, t, pure, interpreter(t, "py", minor));
}

/* FNV-1a over the tag, whether it is in one piece or in three. */
static uint64_t hash_more(uint64_t hash, const char *text)
{
        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
        return hash;
}

#define HASH_BEGIN 0xcbf29ce484222325

static void index_tags(struct tags *tags)
{
        size_t slots = 64;

        while (slots < 2 * tags->count)
                slots *= 2;
        tags->mask = slots - 1;
        tags->slots = xcalloc(slots, sizeof *tags->slots);
        for (size_t i = 0; i < tags->count; i++) {
                size_t slot = hash_more(HASH_BEGIN, tags->list[i]) & tags->mask;

                /* On the platform "any" a tag comes twice: the first counts. */
                while (tags->slots[slot] &&
                       strcmp(tags->list[tags->slots[slot] - 1], tags->list[i]) != 0)
                        slot = (slot + 1) & tags->mask;
                if (!tags->slots[slot])
                        tags->slots[slot] = i + 1;
        }
}

struct tags *tags_new(const struct target *t)
{
        struct tags *tags = xcalloc(1, sizeof *tags);

        if (t->implementation == TARGET_CPYTHON)
                add_cpython(tags, t);
        else
                add_pypy(tags, t);
        add_generic(tags, t, false);
        add_generic_one(tags, t, true,
            interpreter(t, t->implementation == TARGET_CPYTHON ? "cp" : "pp", t->minor));
        add_generic(tags, t, true);
        index_tags(tags);
        return tags;
}

void tags_free(struct tags *tags)
{
        if (!tags)
                return;
        for (size_t i = 0; i < tags->count; i++)
                free(tags->list[i]);
        free(tags->list);
        free(tags->slots);
        free(tags);
}

size_t tags_count(const struct tags *tags)
{
        return tags->count;
}

const char *tags_get(const struct tags *tags, size_t rank)
{
        return tags->list[rank];
}

/* Is `tag` these three, joined? */
static bool is_tag(const char *tag, const char *python, const char *abi, const char *platform)
{
        size_t n = strlen(python), m = strlen(abi);

        return strncmp(tag, python, n) == 0 && tag[n] == '-' && strncmp(tag + n + 1, abi, m) == 0 &&
               tag[n + 1 + m] == '-' && strcmp(tag + n + m + 2, platform) == 0;
}

size_t tags_rank(const struct tags *tags, const char *python, const char *abi, const char *platform)
{
        uint64_t hash = hash_more(hash_more(HASH_BEGIN, python), "-");
        size_t slot;

        hash = hash_more(hash_more(hash_more(hash, abi), "-"), platform);
        for (slot = hash & tags->mask; tags->slots[slot]; slot = (slot + 1) & tags->mask)
                if (is_tag(tags->list[tags->slots[slot] - 1], python, abi, platform))
                        return tags->slots[slot] - 1;
        return TAGS_NONE;
}

size_t tags_rank_wheel(const struct tags *tags, const struct wheel_name *w)
{
        size_t best = TAGS_NONE;

        for (size_t i = 0; i < w->pythons.count; i++)
                for (size_t j = 0; j < w->abis.count; j++)
                        for (size_t k = 0; k < w->platforms.count; k++) {
                                size_t rank = tags_rank(tags, w->pythons.list[i], w->abis.list[j],
                                    w->platforms.list[k]);

                                if (rank < best)
                                        best = rank;
                        }
        return best;
}

size_t tags_best_wheel(
    const struct tags *tags, const struct wheel_name *const *wheels, size_t count)
{
        size_t best = TAGS_NONE, best_rank = TAGS_NONE;

        for (size_t i = 0; i < count; i++) {
                size_t rank = tags_rank_wheel(tags, wheels[i]);

                if (rank == TAGS_NONE || rank > best_rank)
                        continue;
                if (rank == best_rank &&
                    wheel_build_compare(wheels[i]->build, wheels[best]->build) <= 0)
                        continue;
                best = i;
                best_rank = rank;
        }
        return best;
}
