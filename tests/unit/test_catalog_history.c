/*
 * Generations against a model that keeps every generation as a set: random
 * histories, in which records are added, removed, added again, also in one
 * change, and every question that can be asked of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "box.h"
#include "bundle/hex.h"

#define RECORDS 36
#define SOURCES 3
#define PACKAGES 3
#define BLOBS 14
#define GENERATIONS 8
#define HISTORIES 5

typedef uint64_t set; /* of records, by number */

static const char *const sources[SOURCES] = {"alpha", "beta", "gamma"};
static const char *const packages[PACKAGES] = {"one", "three", "two"};

static struct record records[RECORDS]; /* sorted by line */
static char *lines[RECORDS];
static char files[RECORDS][24];
static unsigned blob_of[RECORDS];
static unsigned char blobs[BLOBS][SHA256_SIZE];

static struct box b;
static set there[GENERATIONS + 1];
static int newest;
static uint64_t random_state;

static unsigned dice(unsigned sides)
{
        random_state = random_state * 6364136223846793005U + 1442695040888963407U;
        return (unsigned)(random_state >> 33) % sides;
}

static uint64_t blob_size(unsigned blob)
{
        return blob * 100 + 1;
}

/* The line as record.h specifies it, written without the code under test. */
static char *line_of(const struct record *r)
{
        char sha[SHA256_HEX];

        hex_encode(sha, r->sha256, SHA256_SIZE);
        return xasprintf("{\"file\":\"%s\",\"meta\":%s,\"package\":\"%s\",\"sha256\":\"%s\","
                         "\"size\":%llu,\"source\":\"%s\",\"version\":\"%s\"}",
            r->file, r->meta, r->package, sha, (unsigned long long)r->size, r->source, r->version);
}

static int by_line(const void *x, const void *y)
{
        char *one = line_of(x), *two = line_of(y);
        int d = strcmp(one, two);

        free(one);
        free(two);
        return d;
}

static int make_universe(void **state)
{
        static const char *const versions[] = {"1.0", "1.10", "2.0"};

        (void)state;
        for (unsigned i = 0; i < BLOBS; i++)
                sha256(&i, sizeof i, blobs[i]);
        for (unsigned i = 0; i < RECORDS; i++) {
                unsigned blob = i % BLOBS;

                /* some share the file name and differ in their metadata alone */
                snprintf(files[i], sizeof files[i], "f%u.bin", i % 15);
                records[i] = (struct record){.source = sources[i % SOURCES],
                    .package = packages[i / 3 % PACKAGES],
                    .version = versions[i / 9 % 3],
                    .file = files[i],
                    .size = blob_size(blob),
                    .meta = i % 2 ? "{\"a\":[1,2],\"b\":\"x\"}" : "{}"};
                memcpy(records[i].sha256, blobs[blob], SHA256_SIZE);
        }
        qsort(records, RECORDS, sizeof *records, by_line);
        for (unsigned i = 0; i < RECORDS; i++) {
                lines[i] = line_of(&records[i]);
                for (unsigned k = 0; k < BLOBS; k++)
                        if (memcmp(records[i].sha256, blobs[k], SHA256_SIZE) == 0)
                                blob_of[i] = k;
        }
        return 0;
}

static int free_universe(void **state)
{
        (void)state;
        for (unsigned i = 0; i < RECORDS; i++)
                free(lines[i]);
        return 0;
}

static set of_source(unsigned source_mask)
{
        set s = 0;

        for (unsigned i = 0; i < RECORDS; i++)
                for (unsigned k = 0; k < SOURCES; k++)
                        if (source_mask >> k & 1 && strcmp(records[i].source, sources[k]) == 0)
                                s |= (set)1 << i;
        return s;
}

static set of_package(const char *package)
{
        set s = 0;

        for (unsigned i = 0; i < RECORDS; i++)
                if (strcmp(records[i].package, package) == 0)
                        s |= (set)1 << i;
        return s;
}

static void state_of(set s, unsigned char out[SHA256_SIZE])
{
        struct buf text;

        buf_init(&text, MIB);
        for (unsigned i = 0; i < RECORDS; i++)
                if (s >> i & 1) {
                        buf_adds(&text, lines[i]);
                        buf_addc(&text, '\n');
                }
        sha256(text.data, text.len, out);
        buf_release(&text);
}

static void open_mirror(void)
{
        struct err e;

        box_open(&b);
        must(catalog_begin(b.catalog, &e));
        for (unsigned i = 0; i < SOURCES; i++)
                must(catalog_source_put(b.catalog, sources[i], "made-up", &e));
        for (unsigned i = 0; i < BLOBS; i++)
                must(catalog_blob_put(b.catalog, blobs[i], blob_size(i), &e));
        must(catalog_commit(b.catalog, &e));
        newest = 0;
        memset(there, 0, sizeof there);
}

/* Adds and removes one by one. */
static void toggle(set *now)
{
        struct err e;

        for (unsigned n = dice(12); n; n--) {
                unsigned i = dice(RECORDS);
                set bit = (set)1 << i;
                int r;

                if (dice(2)) {
                        must(r = catalog_record_add(b.catalog, &records[i], &e));
                        assert_int_equal(r, !(*now & bit));
                        *now |= bit;
                } else {
                        must(r = catalog_record_remove(b.catalog, &records[i], &e));
                        assert_int_equal(r, !!(*now & bit));
                        *now &= ~bit;
                }
        }
}

/* What is only held gives way to a record of the same file that was said anew. */
static set without_replaced(set held, set fresh)
{
        for (unsigned i = 0; i < RECORDS; i++)
                for (unsigned k = 0; k < RECORDS; k++)
                        if (i != k && (fresh >> k & 1) && !(fresh >> i & 1) &&
                            strcmp(records[i].source, records[k].source) == 0 &&
                            strcmp(records[i].package, records[k].package) == 0 &&
                            strcmp(records[i].file, records[k].file) == 0)
                                held &= ~((set)1 << i);
        return held;
}

/* Says anew what a source holds. */
static void settle(set *now)
{
        unsigned source = dice(SOURCES), held = dice(4);
        set mine = of_source(1U << source), kept = 0, fresh;
        struct err e;

        for (unsigned i = 0; i < RECORDS; i++) {
                if (!(mine >> i & 1) || dice(3))
                        continue;
                kept |= (set)1 << i;
                must(catalog_record_keep(b.catalog, &records[i], &e));
        }
        fresh = kept;
        *now |= kept;
        if (held < PACKAGES) {
                must(catalog_keep_held(b.catalog, sources[source], packages[held], &e));
                kept |= *now & mine & of_package(packages[held]);
        } else if (dice(4) == 0) {
                must(catalog_keep_held(b.catalog, sources[source], NULL, &e));
                kept |= *now & mine;
        }
        must(catalog_source_settle(b.catalog, sources[source], &e));
        *now = (*now & ~mine) | without_replaced(kept, fresh);
}

static void check_generation(const struct generation *g, int id)
{
        unsigned char wanted[SHA256_SIZE];

        assert_int_equal(g->id, id);
        state_of(there[id], wanted);
        assert_memory_equal(g->state, wanted, SHA256_SIZE);
}

/* One change; what it was to be is in *now. */
static void end_change(set now)
{
        struct generation g, last;
        struct err e;
        int made;

        must(made = catalog_change_end(b.catalog, &g, &e));
        assert_int_equal(made, now != there[newest]);
        if (made)
                there[++newest] = now;
        check_generation(&g, newest);
        assert_int_equal(catalog_generation_last(b.catalog, &last, &e), newest > 0);
        check_generation(&last, newest);
}

static void make_history(unsigned seed)
{
        struct err e;

        random_state = seed;
        open_mirror();
        must(catalog_begin(b.catalog, &e));
        for (int i = 0; i < 40 && newest < GENERATIONS; i++) {
                set now = there[newest];

                must(catalog_change_begin(b.catalog, &e));
                toggle(&now);
                if (dice(3) == 0)
                        settle(&now);
                if (dice(4) == 0)
                        toggle(&now);
                end_change(now);
        }
        must(catalog_commit(b.catalog, &e));
        assert_int_equal(newest, GENERATIONS);
        box_reopen(&b);
}

static unsigned number_of(const char *line)
{
        for (unsigned i = 0; i < RECORDS; i++)
                if (strcmp(lines[i], line) == 0)
                        return i;
        fail_msg("a line that was never added: %s", line);
        return 0;
}

/* Is a before b in that order? there_: 1 for what is new */
static bool before(enum record_order order, unsigned x, int x_new, unsigned y, int y_new)
{
        int d;

        if (order == ORDER_LINE)
                return x_new < y_new || (x_new == y_new && x < y);
        if ((d = strcmp(records[x].source, records[y].source)) ||
            (d = strcmp(records[x].package, records[y].package)) || (d = x_new - y_new) ||
            (d = strcmp(records[x].version, records[y].version)) ||
            (d = strcmp(records[x].file, records[y].file)))
                return d < 0;
        return x < y;
}

/* Reads all rows; each at most once, in order. */
static void collect(struct record_rows *rows, enum record_order order, set *gone, set *new)
{
        struct record r;
        const char *line;
        unsigned last = 0;
        int added, last_added = 0, more, count = 0;
        struct err e;

        *gone = *new = 0;
        for (;;) {
                must(more = record_rows_next(rows, &r, &line, &added, &e));
                if (!more)
                        break;
                unsigned i = number_of(line);

                assert_string_equal(r.file, records[i].file);
                assert_string_equal(r.meta, records[i].meta);
                assert_memory_equal(r.sha256, records[i].sha256, SHA256_SIZE);
                assert_true(r.size == records[i].size);
                if (count++ && !before(order, last, last_added, i, added))
                        fail_msg("order %d: %s after %s", (int)order, lines[i], lines[last]);
                *(added ? new : gone) |= (set)1 << i;
                last = i;
                last_added = added;
        }
        record_rows_close(rows);
}

static void set_scope(unsigned mask)
{
        char *names[SOURCES];
        size_t n = 0;
        struct err e;

        for (unsigned i = 0; i < SOURCES; i++)
                if (mask >> i & 1)
                        names[n++] = xstrdup(sources[i]);
        must(catalog_scope(b.catalog, names, n, &e));
        while (n)
                free(names[--n]);
}

static void check_differences(int oldest, unsigned mask)
{
        set scope = of_source(mask), gone, new;
        struct record_rows *rows;
        struct err e;

        for (int x = 0; x <= newest; x++)
                for (int y = 0; y <= newest; y++) {
                        if ((x && x < oldest) || (y && y < oldest))
                                continue;
                        for (int order = ORDER_PACKAGE; order <= ORDER_LINE; order++) {
                                must(catalog_difference(
                                    b.catalog, x, y, (enum record_order)order, &rows, &e));
                                collect(rows, (enum record_order)order, &gone, &new);
                                if (gone != (there[x] & ~there[y] & scope) ||
                                    new != (there[y] & ~there[x] & scope))
                                        fail_msg("from %d to %d, scope %u", x, y, mask);
                        }
                }
}

static void check_scoped(int generation, unsigned mask)
{
        set here = there[generation] & of_source(mask);
        unsigned char found[SHA256_SIZE], wanted[SHA256_SIZE];
        struct err e;

        must(catalog_state(b.catalog, generation, found, &e));
        state_of(here, wanted);
        assert_memory_equal(found, wanted, SHA256_SIZE);
        for (unsigned k = 0; k < BLOBS; k++) {
                bool named = false;

                for (unsigned i = 0; i < RECORDS; i++)
                        named |= here >> i & 1 && blob_of[i] == k;
                assert_int_equal(catalog_blob_in_scope(b.catalog, generation, blobs[k], &e), named);
        }
}

static void check_totals(int generation, const char *source, set here)
{
        struct record_totals t;
        uint64_t count = 0, bytes = 0, distinct = 0;
        struct err e;

        for (unsigned i = 0; i < RECORDS; i++) {
                bool first = true;

                if (!(here >> i & 1))
                        continue;
                count++;
                bytes += records[i].size;
                for (unsigned k = 0; k < i; k++)
                        first &= !(here >> k & 1 &&
                                   strcmp(records[k].package, records[i].package) == 0 &&
                                   strcmp(records[k].source, records[i].source) == 0);
                distinct += first;
        }
        must(catalog_totals(b.catalog, generation, source, &t, &e));
        assert_int_equal(t.records, count);
        assert_int_equal(t.bytes, bytes);
        assert_int_equal(t.packages, distinct);
}

static void check_rows(int generation, const char *source, const char *package, set wanted)
{
        struct record_rows *rows;
        set gone, new;
        struct err e;

        for (int order = ORDER_PACKAGE; order <= (package ? ORDER_PACKAGE : ORDER_LINE); order++) {
                must(catalog_records(
                    b.catalog, generation, source, package, (enum record_order)order, &rows, &e));
                collect(rows, (enum record_order)order, &gone, &new);
                assert_true(gone == 0 && new == wanted);
        }
}

static void check_all(int oldest)
{
        struct generation g;
        struct err e;

        for (unsigned mask = 0; mask < 1U << SOURCES; mask += mask < 2 ? 1 : 5) {
                set_scope(mask);
                check_differences(oldest, mask);
                for (int i = oldest; i <= newest; i++)
                        check_scoped(i, mask);
        }
        for (int i = 0; i <= newest; i++) {
                int found = catalog_generation_get(b.catalog, i, &g, &e);

                assert_int_equal(found, i > 0 && i >= oldest);
                if (i && i < oldest)
                        continue;
                if (found)
                        check_generation(&g, i);
                check_rows(i, NULL, NULL, there[i]);
                check_totals(i, NULL, there[i]);
                for (unsigned s = 0; s < SOURCES; s++) {
                        set mine = there[i] & of_source(1U << s);

                        check_rows(i, sources[s], NULL, mine);
                        check_totals(i, sources[s], mine);
                        for (unsigned p = 0; p < PACKAGES; p++)
                                check_rows(
                                    i, sources[s], packages[p], mine & of_package(packages[p]));
                }
        }
}

static int forget(void *user, const unsigned char sha[SHA256_SIZE], uint64_t size, struct err *e)
{
        unsigned *unused = user;

        (void)e;
        for (unsigned k = 0; k < BLOBS; k++)
                if (memcmp(blobs[k], sha, SHA256_SIZE) == 0) {
                        assert_true(size == blob_size(k));
                        *unused |= 1U << k;
                }
        return 0;
}

static void check_unused(int oldest)
{
        unsigned wanted = (1U << BLOBS) - 1, found = 0;
        struct err e;

        for (int g = oldest; g <= newest; g++)
                for (unsigned i = 0; i < RECORDS; i++)
                        if (there[g] >> i & 1)
                                wanted &= ~(1U << blob_of[i]);
        assert_int_equal(catalog_blobs_unused(b.catalog, forget, &found, &e), 0);
        assert_int_equal(found, wanted);
        for (unsigned k = 0; k < BLOBS; k++) { /* only what is unused may go */
                int r = catalog_blob_forget(b.catalog, blobs[k], &e);

                assert_int_equal(r, wanted >> k & 1 ? 0 : -1);
                assert_int_equal(catalog_blob_has(b.catalog, blobs[k], NULL, &e), r < 0);
        }
}

static void histories(void **state)
{
        struct err e;

        (void)state;
        for (unsigned seed = 1; seed <= HISTORIES; seed++) {
                int oldest = 1;

                make_history(seed);
                check_all(0);
                while (oldest <= newest) {
                        must(catalog_begin(b.catalog, &e));
                        must(catalog_generations_prune(b.catalog, oldest, &e));
                        must(catalog_commit(b.catalog, &e));
                        check_all(oldest);
                        oldest += 1 + (int)dice(4);
                }
                must(catalog_generations_prune(b.catalog, newest, &e));
                check_unused(newest);
                assert_int_equal(catalog_check(b.catalog, &e), 1);
                box_close(&b);
        }
}

/* Removed and added again in one change is no change, and leaves no second span. */
static void there_and_back_in_one_change(void **state)
{
        struct generation g;
        struct record_rows *rows;
        set gone, new;
        struct err e;
        int r;

        (void)state;
        open_mirror();
        must(catalog_change_begin(b.catalog, &e));
        must(catalog_record_add(b.catalog, &records[0], &e));
        must(catalog_record_remove(b.catalog, &records[0], &e));
        must(r = catalog_change_end(b.catalog, &g, &e));
        assert_int_equal(r, 0);
        assert_int_equal(g.id, 0);
        must(catalog_change_begin(b.catalog, &e));
        must(catalog_record_add(b.catalog, &records[0], &e));
        must(r = catalog_change_end(b.catalog, &g, &e));
        assert_int_equal(r, 1);
        must(catalog_change_begin(b.catalog, &e));
        for (int i = 0; i < 3; i++) {
                must(catalog_record_remove(b.catalog, &records[0], &e));
                must(catalog_record_add(b.catalog, &records[0], &e));
        }
        must(r = catalog_change_end(b.catalog, &g, &e));
        assert_int_equal(r, 0);
        assert_int_equal(g.id, 1);
        set_scope(7);
        must(catalog_difference(b.catalog, 0, 1, ORDER_LINE, &rows, &e));
        collect(rows, ORDER_LINE, &gone, &new);
        assert_true(gone == 0 && new == 1);
        box_close(&b);
}

static void rolled_back_is_gone(void **state)
{
        struct generation g;
        struct err e;

        (void)state;
        open_mirror();
        must(catalog_begin(b.catalog, &e));
        must(catalog_change_begin(b.catalog, &e));
        must(catalog_record_add(b.catalog, &records[0], &e));
        must(catalog_change_end(b.catalog, &g, &e));
        catalog_rollback(b.catalog);
        catalog_rollback(b.catalog);
        assert_int_equal(catalog_generation_last(b.catalog, &g, &e), 0);
        check_generation(&g, 0);
        check_rows(1, NULL, NULL, 0);
        box_close(&b);
}

/* Blob before row, source before record. */
static void records_need_their_rows(void **state)
{
        struct record r = records[0];
        struct err e;

        (void)state;
        open_mirror();
        must(catalog_change_begin(b.catalog, &e));
        r.source = "delta";
        refused(catalog_record_add(b.catalog, &r, &e), &e, ERR_FAILED, "delta/");
        r = records[0];
        r.sha256[0] ^= 1;
        refused(catalog_record_add(b.catalog, &r, &e), &e, ERR_FAILED, r.file);
        refused(catalog_record_keep(b.catalog, &r, &e), &e, ERR_FAILED, r.file);
        assert_int_equal(catalog_record_remove(b.catalog, &r, &e), 0);
        r = records[0];
        r.file = "a/b";
        refused(catalog_record_add(b.catalog, &r, &e), &e, ERR_REFUSED, "a/b");
        check_rows(1, NULL, NULL, 0);
        box_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(histories),
            cmocka_unit_test(there_and_back_in_one_change),
            cmocka_unit_test(rolled_back_is_gone),
            cmocka_unit_test(records_need_their_rows),
        };

        return cmocka_run_group_tests_name("catalog_history", tests, make_universe, free_universe);
}
