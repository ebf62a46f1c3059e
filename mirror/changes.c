#include "mirror/changes.h"

#include <assert.h>

#include "bundle/limit.h"
#include "bundle/mem.h"

struct change_entry {
        unsigned char line[16]; /* of the record's line: the first bytes of its SHA-256 */
        unsigned char bytes[8]; /* what tells its file's bytes from others: of their SHA-256 */
        uint32_t source, package, version, file;
        int old, new; /* how often it was added, less how often it was dropped */
        int sign;     /* settled: 1 new, -1 gone, 0 in both sets */
        int replaces; /* settled: new, and a file of that version and name with other bytes is gone */
        uint64_t size;
};

static int put(struct changes *c, const struct record *r, int old, int new, struct err *e)
{
        unsigned char sha[SHA256_SIZE];
        struct change_entry *n;
        struct buf line;

        buf_init(&line, LIMIT_MANIFEST_LINE);
        if (record_format(r, &line, e) < 0) {
                buf_release(&line);
                return -1;
        }
        sha256(line.data, line.len, sha);
        buf_release(&line);
        c->entries = xgrow(c->entries, c->entry_count, &c->entry_cap, sizeof *c->entries);
        n = &c->entries[c->entry_count++];
        *n = (struct change_entry){.source = intern_put(&c->names, r->source),
            .package = intern_put(&c->names, r->package),
            .version = intern_put(&c->names, r->version),
            .file = intern_put(&c->names, r->file),
            .old = old,
            .new = new,
            .size = r->size};
        memcpy(n->line, sha, sizeof n->line);
        memcpy(n->bytes, r->sha256, sizeof n->bytes);
        return 0;
}

int changes_add(struct changes *c, const struct record *r, int set, struct err *e)
{
        return put(c, r, set<0, set> 0, e);
}

int changes_drop(struct changes *c, const struct record *r, int set, struct err *e)
{
        return put(c, r, -(set < 0), -(set > 0), e);
}

void changes_release(struct changes *c)
{
        intern_release(&c->names);
        free(c->entries);
        free(c->packages);
        *c = (struct changes){0};
}

static int by_line(const void *a, const void *b)
{
        const struct change_entry *x = a, *y = b;

        return memcmp(x->line, y->line, sizeof x->line);
}

/* Of each record that is in one of the sets at least, one entry is left. */
static void unite(struct changes *c)
{
        size_t kept = 0;

        if (c->entry_count)
                qsort(c->entries, c->entry_count, sizeof *c->entries, by_line);
        for (size_t i = 0, end; i < c->entry_count; i = end) {
                struct change_entry n = c->entries[i];

                for (end = i + 1;
                     end < c->entry_count && by_line(&c->entries[i], &c->entries[end]) == 0;
                     end++) {
                        n.old += c->entries[end].old;
                        n.new += c->entries[end].new;
                }
                n.sign = (n.new > 0) - (n.old > 0);
                if (n.new > 0 || n.old > 0)
                        c->entries[kept++] = n;
        }
        c->entry_count = kept;
}

static const char *text(const struct changes *c, uint32_t name)
{
        return c->names.texts[name];
}

static int by_file(
    const struct changes *c, const struct change_entry *x, const struct change_entry *y)
{
        int r = strcmp(text(c, x->version), text(c, y->version));

        return r ? r : strcmp(text(c, x->file), text(c, y->file));
}

static int by_package(const void *a, const void *b, void *user)
{
        const struct change_entry *x = a, *y = b;
        const struct changes *c = user;
        int r = strcmp(text(c, x->source), text(c, y->source));

        if (!r)
                r = strcmp(text(c, x->package), text(c, y->package));
        if (!r)
                r = x->sign - y->sign;
        return r ? r : by_file(c, x, y);
}

static void count_entry(struct package_change *p, const struct change_entry *n)
{
        p->entries++;
        p->files_kept += n->sign == 0;
        p->files_removed += n->sign < 0;
        p->files_added += n->sign > 0;
        if (n->sign > 0)
                p->bytes_added += n->size;
}

static enum package_kind kind_of(const struct package_change *p, uint64_t held)
{
        if (!held && !p->files_removed)
                return PACKAGE_ADDED;
        if (!p->files_added && held <= p->files_removed)
                return PACKAGE_REMOVED;
        return PACKAGE_CHANGED;
}

static int is_same(const struct package_change *p)
{
        return !p->files_added && !p->files_removed;
}

/* In place of the one before, if nothing of that differs. */
static void begin_package(struct changes *c, size_t entry)
{
        const struct change_entry *n = &c->entries[entry];

        assert(c->entries);
        if (c->count && is_same(&c->packages[c->count - 1]))
                c->count--;
        c->packages = xgrow(c->packages, c->count, &c->cap, sizeof *c->packages);
        c->packages[c->count++] = (struct package_change){
            .source = text(c, n->source), .package = text(c, n->package), .first = entry};
}

/* What is gone comes first, then what stays, then what is new, each by version and file. */
static void mark_replaced(struct changes *c, struct package_change *p)
{
        struct change_entry *gone = &c->entries[p->first], *end = gone + p->files_removed;
        struct change_entry *n = end + p->files_kept;

        for (size_t i = 0; i < p->files_added; i++, n++) {
                while (gone < end && by_file(c, gone, n) < 0)
                        gone++;
                if (gone == end)
                        return;
                n->replaces =
                    by_file(c, gone, n) == 0 && memcmp(gone->bytes, n->bytes, sizeof n->bytes) != 0;
                p->files_replaced += (uint64_t)n->replaces;
        }
}

int changes_settle(struct changes *c,
    int (*held)(
        void *user, const char *source, const char *package, uint64_t *records, struct err *e),
    void *user, struct err *e)
{
        unite(c);
        if (c->entry_count)
                qsort_r(c->entries, c->entry_count, sizeof *c->entries, by_package, c);
        for (size_t i = 0; i < c->entry_count; i++) {
                const struct change_entry *n = &c->entries[i], *before = i ? n - 1 : NULL;

                if (!before || before->source != n->source || before->package != n->package)
                        begin_package(c, i);
                count_entry(&c->packages[c->count - 1], n);
        }
        if (c->count && is_same(&c->packages[c->count - 1]))
                c->count--;
        for (size_t i = 0; i < c->count; i++) {
                struct package_change *p = &c->packages[i];
                uint64_t records = p->files_kept + p->files_removed;

                if (held && held(user, p->source, p->package, &records, e) < 0)
                        return -1;
                p->kind = kind_of(p, records);
                mark_replaced(c, p);
        }
        return 0;
}

size_t changes_count(const struct changes *c, const char *source, enum package_kind kind)
{
        size_t n = 0;

        for (size_t i = 0; i < c->count; i++)
                n += c->packages[i].kind == kind &&
                     (!source || strcmp(source, c->packages[i].source) == 0);
        return n;
}

static int is_gone(const struct change_entry *n)
{
        return n->sign < 0;
}

static int is_new(const struct change_entry *n)
{
        return n->sign > 0;
}

static int is_replaced(const struct change_entry *n)
{
        return n->replaces;
}

/* -- for people -- */

static const char *const kind_names[] = {"added", "changed", "removed"};

/* The versions of the entries that are `of`, each once, as far as they fit. */
static void print_versions(const struct changes *c, const struct package_change *p,
    int (*of)(const struct change_entry *n))
{
        size_t shown = 0;
        uint32_t last = 0;

        for (size_t i = p->first; i < p->first + p->entries; i++) {
                const struct change_entry *n = &c->entries[i];

                if (!of(n) || (shown && n->version == last))
                        continue;
                if (++shown > 8)
                        continue;
                printf("%s%s", shown > 1 ? ", " : " ", text(c, n->version));
                last = n->version;
        }
        if (shown > 8)
                printf(", ...");
}

static void print_package(
    const struct changes *c, const struct package_change *p, const char *indent)
{
        printf("%s%-8s %s/%s", indent, p->unseen ? "NEW NAME" : kind_names[p->kind], p->source,
            p->package);
        if (p->files_removed)
                print_versions(c, p, is_gone);
        if (p->files_removed && p->files_added)
                printf(" ->");
        if (p->files_added)
                print_versions(c, p, is_new);
        if (p->files_replaced) {
                printf("; SAME VERSION, OTHER BYTES:");
                print_versions(c, p, is_replaced);
        }
        putchar('\n');
}

static void print_source(
    const struct changes *c, const char *source, size_t first, const char *indent)
{
        size_t unseen = 0, replaced = 0;

        for (size_t k = first; k < c->count; k++) {
                const struct package_change *p = &c->packages[k];

                if (strcmp(p->source, source) != 0)
                        break;
                unseen += p->unseen != 0;
                replaced += p->files_replaced != 0;
        }
        printf("%s%s: %zu packages added, %zu changed, %zu removed", indent, source,
            changes_count(c, source, PACKAGE_ADDED), changes_count(c, source, PACKAGE_CHANGED),
            changes_count(c, source, PACKAGE_REMOVED));
        if (unseen)
                printf("; %zu NAMES never here before", unseen);
        if (replaced)
                printf("; %zu with OTHER BYTES of a version that was there", replaced);
        putchar('\n');
}

static void print_counts(const struct changes *c, const char *indent)
{
        for (size_t i = 0; i < c->count; i++)
                if (!i || strcmp(c->packages[i - 1].source, c->packages[i].source) != 0)
                        print_source(c, c->packages[i].source, i, indent);
}

/* What somebody should look at comes before the rest. */
static int is_marked(const struct package_change *p)
{
        return p->unseen || p->files_replaced;
}

void changes_print(const struct changes *c, size_t most, const char *indent)
{
        size_t shown = 0;

        print_counts(c, indent);
        for (int marked = 1; marked >= 0; marked--)
                for (size_t i = 0; i < c->count; i++)
                        if (is_marked(&c->packages[i]) == marked && shown++ < most)
                                print_package(c, &c->packages[i], indent);
        if (shown > most)
                printf("%s... and %zu more (-v shows all)\n", indent, shown - most);
}

/* -- for programs -- */

static json_t *versions_json(const struct changes *c, const struct package_change *p,
    int (*of)(const struct change_entry *n))
{
        json_t *array = json_array();
        const struct change_entry *last = NULL;

        for (size_t i = p->first; i < p->first + p->entries; i++) {
                const struct change_entry *n = &c->entries[i];

                if (!of(n) || (last && last->version == n->version))
                        continue;
                json_array_append_new(array, json_string(text(c, n->version)));
                last = n;
        }
        return array;
}

static json_t *package_json(const struct changes *c, const struct package_change *p)
{
        return json_pack("{ss so so so sI sI sI sb}", "package", p->package, "from",
            versions_json(c, p, is_gone), "to", versions_json(c, p, is_new), "other_bytes",
            versions_json(c, p, is_replaced), "files_added", (json_int_t)p->files_added,
            "files_removed", (json_int_t)p->files_removed, "bytes_added",
            (json_int_t)p->bytes_added, "never_seen", p->unseen);
}

json_t *changes_json(const struct changes *c)
{
        json_t *sources = json_array(), *source = NULL;

        for (size_t i = 0; i < c->count; i++) {
                const struct package_change *p = &c->packages[i];

                if (i == 0 || strcmp(c->packages[i - 1].source, p->source) != 0) {
                        source = json_pack("{ss s[] s[] s[]}", "name", p->source, kind_names[0],
                            kind_names[1], kind_names[2]);
                        json_array_append_new(sources, source);
                }
                json_array_append_new(
                    json_object_get(source, kind_names[p->kind]), package_json(c, p));
        }
        return sources;
}
