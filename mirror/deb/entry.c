#include "mirror/deb/entry.h"

#include <strings.h>

#include "bundle/json.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/utf8.h"
#include "entry_check.h"

static const char *const kinds[] = {"binary", "source", "index"};

/* -- writing -- */

static int compare_lists(const void *a, const void *b)
{
        const struct deb_list *x = a, *y = b;
        int r = strcmp(x->suite, y->suite);

        if (r == 0)
                r = strcmp(x->component, y->component);
        return r ? r : strcmp(x->architecture, y->architecture);
}

static int compare_suites(const void *a, const void *b)
{
        const struct deb_suite *x = a, *y = b;

        return strcmp(x->folder, y->folder);
}

static void put_text(json_t *object, const char *key, const char *text)
{
        struct buf repaired;

        if (!*text)
                return;
        buf_init(&repaired, LIMIT_MANIFEST_LINE);
        if (utf8_repair(&repaired, text, strlen(text)) == 0)
                json_object_set_new(object, key, json_stringn(repaired.data, repaired.len));
        buf_release(&repaired);
}

static json_t *lists_json(struct deb_entry *entry)
{
        json_t *lists = json_array();

        qsort(entry->lists, entry->list_count, sizeof *entry->lists, compare_lists);
        for (size_t i = 0; i < entry->list_count; i++) {
                const struct deb_list *l = &entry->lists[i];

                if (i && compare_lists(l, l - 1) == 0)
                        continue;
                json_array_append_new(
                    lists, json_sprintf("%s %s %s", l->suite, l->component, l->architecture));
        }
        return lists;
}

static json_t *suites_json(struct deb_entry *entry)
{
        json_t *suites = json_object();

        qsort(entry->suites, entry->suite_count, sizeof *entry->suites, compare_suites);
        for (size_t i = 0; i < entry->suite_count; i++) {
                const struct deb_suite *s = &entry->suites[i];
                json_t *one = json_object();

                put_text(one, "codename", s->codename);
                put_text(one, "name", s->name);
                if (s->not_automatic)
                        json_object_set_new(one, "not_automatic", json_true());
                if (s->but_automatic_upgrades)
                        json_object_set_new(one, "but_automatic_upgrades", json_true());
                json_object_set_new(suites, s->folder, one);
        }
        return suites;
}

int deb_entry_format(struct deb_entry *entry, struct buf *out, struct err *e)
{
        json_t *meta = json_object();
        int ret;

        put_text(meta, "architecture", entry->architecture);
        put_text(meta, "control", entry->control);
        put_text(meta, "kind", kinds[entry->kind]);
        put_text(meta, "path", entry->path);
        if (entry->list_count)
                json_object_set_new(meta, "lists", lists_json(entry));
        json_object_set_new(meta, "suites", suites_json(entry));
        ret = json_canonical(meta, out, e);
        json_decref(meta);
        return ret;
}

/* -- reading -- */

static const char *take_text(struct deb_entry *entry, const json_t *meta, const char *key)
{
        const json_t *v = json_object_get(meta, key);

        return json_is_string(v)
                   ? arena_text(&entry->text, json_string_value(v), json_string_length(v))
                   : "";
}

static int take_kind(struct deb_entry *entry, const json_t *meta, struct err *e)
{
        const char *kind = json_string_value(json_object_get(meta, "kind"));

        for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
                if (strcmp(kind, kinds[i]) == 0) {
                        entry->kind = (enum deb_kind)i;
                        return 0;
                }
        return err_set(e, ERR_REFUSED, "it does not say what kind of file it is");
}

/* "bookworm main amd64" */
static int take_list(struct deb_entry *entry, const json_t *value, struct err *e)
{
        struct deb_list *l = &entry->lists[entry->list_count];
        const char *text = json_string_value(value);
        const char *first, *second;

        first = text ? strchr(text, ' ') : NULL;
        second = first ? strchr(first + 1, ' ') : NULL;
        if (!second || strchr(second + 1, ' ') || strlen(text) != json_string_length(value))
                return err_set(
                    e, ERR_REFUSED, "its lists are not \"suite component architecture\"");
        l->suite = arena_text(&entry->text, text, (size_t)(first - text));
        l->component = arena_text(&entry->text, first + 1, (size_t)(second - first - 1));
        l->architecture = arena_text(&entry->text, second + 1, strlen(second + 1));
        if (entry->list_count && compare_lists(l - 1, l) >= 0)
                return err_set(e, ERR_REFUSED, "its lists are not sorted");
        entry->list_count++;
        return 0;
}

static int take_lists(struct deb_entry *entry, const json_t *meta, struct err *e)
{
        const json_t *lists = json_object_get(meta, "lists");
        size_t count = json_array_size(lists);

        entry->lists = arena_alloc(&entry->text, (count + 1) * sizeof *entry->lists);
        for (size_t i = 0; i < count; i++)
                if (take_list(entry, json_array_get(lists, i), e) < 0)
                        return -1;
        return 0;
}

static void take_suites(struct deb_entry *entry, const json_t *meta)
{
        json_t *suites = json_object_get(meta, "suites"), *one;
        const char *folder;

        entry->suites =
            arena_alloc(&entry->text, (json_object_size(suites) + 1) * sizeof *entry->suites);
        json_object_foreach (suites, folder, one) {
                entry->suites[entry->suite_count++] = (struct deb_suite){
                    .folder = arena_text(&entry->text, folder, strlen(folder)),
                    .name = take_text(entry, one, "name"),
                    .codename = take_text(entry, one, "codename"),
                    .not_automatic = json_is_true(json_object_get(one, "not_automatic")),
                    .but_automatic_upgrades =
                        json_is_true(json_object_get(one, "but_automatic_upgrades")),
                };
        }
        qsort(entry->suites, entry->suite_count, sizeof *entry->suites, compare_suites);
}

int deb_entry_parse(const struct record *r, struct deb_entry *out, struct err *e)
{
        json_t *meta = json_loads(r->meta, JSON_REJECT_DUPLICATES, NULL);
        int ret = -1;

        *out = (struct deb_entry){0};
        if (!json_is_object(meta)) {
                err_set(e, ERR_REFUSED, "its metadata are no JSON object");
                goto out;
        }
        if (take_kind(out, meta, e) < 0 || take_lists(out, meta, e) < 0)
                goto out;
        take_suites(out, meta);
        out->architecture = take_text(out, meta, "architecture");
        out->control = take_text(out, meta, "control");
        out->path = take_text(out, meta, "path");
        if (entry_check(r, out, e) < 0)
                goto out;
        ret = 0;
out:
        json_decref(meta);
        if (ret < 0) {
                err_prefix(e, "%s", r->file);
                deb_entry_release(out);
        }
        return ret;
}

void deb_entry_release(struct deb_entry *entry)
{
        arena_release(&entry->text);
        *entry = (struct deb_entry){0};
}

int deb_entry_path(const struct record *r, struct buf *out, struct err *e)
{
        struct deb_entry entry;
        int ret = 0;

        if (deb_entry_parse(r, &entry, e) < 0)
                return -1;
        if (buf_adds(out, entry.path) < 0)
                ret = err_set(e, ERR_REFUSED, "%s: path too long", r->file);
        deb_entry_release(&entry);
        return ret;
}
