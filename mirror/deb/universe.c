#include "mirror/deb/universe.h"

#include <strings.h>

#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/relation.h"
#include "mirror/deb/stanza.h"
#include "mirror/deb/version.h"
#include "universe_pool.h"

struct universe *universe_new(const char *architecture)
{
        struct universe *u = xcalloc(1, sizeof *u);

        u->pool = pool_create();
        pool_setdisttype(u->pool, DISTTYPE_DEB);
        pool_setarch(u->pool, architecture);
        u->repo = repo_create(u->pool, "archive");
        u->architecture = xstrdup(architecture);
        return u;
}

void universe_free(struct universe *u)
{
        if (!u)
                return;
        pool_free(u->pool);
        arena_release(&u->text);
        free(u->architecture);
        free(u->packages);
        free(u->relations);
        free(u->by_name);
        free(u->candidate);
        free(u->excluded);
        free(u);
}

/* Room for `wanted` elements of a table that is indexed by Ids; what is new is zero. */
static void *grow_by_id(void *table, size_t *size, size_t wanted, size_t element)
{
        size_t new_size = *size ? *size : 4096;

        if (wanted <= *size)
                return table;
        while (new_size < wanted)
                new_size *= 2;
        table = xrealloc(table, new_size * element);
        memset((char *)table + *size * element, 0, (new_size - *size) * element);
        *size = new_size;
        return table;
}

void universe_exclude(struct universe *u, const char *name)
{
        Id id = pool_str2id(u->pool, name, 1);

        u->excluded = grow_by_id(u->excluded, &u->excluded_size, (size_t)id + 1, 1);
        u->excluded[id] = 1;
}

/* -- relations -- */

static Id name_id(struct universe *u, const struct relation *d)
{
        char text[2 * LIMIT_NAME + 2];

        if (!d->qualifier_len || (d->qualifier_len == strlen(u->architecture) &&
                                     memcmp(d->qualifier, u->architecture, d->qualifier_len) == 0))
                return pool_strn2id(u->pool, d->name, (unsigned)d->name_len, 1);
        snprintf(text, sizeof text, "%.*s:%.*s", (int)d->name_len, d->name,
            (int)(d->qualifier_len < LIMIT_NAME ? d->qualifier_len : LIMIT_NAME), d->qualifier);
        return pool_str2id(u->pool, text, 1);
}

static Id relation_id(struct universe *u, const struct relation *d)
{
        static const int flags[] = {0, REL_LT, REL_LT | REL_EQ, REL_EQ, REL_GT | REL_EQ, REL_GT};
        Id name = name_id(u, d);

        if (d->op == RELATION_ANY)
                return name;
        return pool_rel2id(u->pool, name,
            pool_strn2id(u->pool, d->version, (unsigned)d->version_len, 1), flags[d->op], 1);
}

/* Groups of a field as they come, the alternatives of a group joined from the last to the first. */
static int add_relations(
    struct universe *u, const struct stanza_field *f, Queue *out, struct err *e)
{
        struct relation_reader r;
        struct relation d;
        Queue group;
        int more;

        queue_init(&group);
        relation_first(&r, f->value, f->value_len);
        do {
                more = relation_next(&r, &d, e);
                if (group.count && (more <= 0 || !d.is_alternative)) {
                        Id id = queue_pop(&group);

                        while (group.count)
                                id = pool_rel2id(u->pool, queue_pop(&group), id, REL_OR, 1);
                        queue_push(out, id);
                }
                if (more == 1)
                        queue_push(&group, relation_id(u, &d));
        } while (more == 1);
        queue_free(&group);
        return more;
}

static const Id *keep_ids(struct universe *u, const Queue *q)
{
        Id *ids = arena_alloc(&u->text, ((size_t)q->count + 1) * sizeof *ids);

        if (q->count)
                memcpy(ids, q->elements, (size_t)q->count * sizeof *ids);
        ids[q->count] = 0;
        return ids;
}

/* -- a stanza -- */

/* The fields that count, in one pass. */
struct wanted_fields {
        struct stanza_field package, version, architecture, sha256, priority, essential, task;
        struct stanza_field multi_arch, pre_depends, depends, recommends, conflicts, breaks,
            provides, suggests, replaces, enhances;
};

static int read_fields(const char *stanza, size_t len, struct wanted_fields *w, struct err *e)
{
        const struct {
                const char *name;
                struct stanza_field *place;
        } known[] = {
            {"Package", &w->package},
            {"Version", &w->version},
            {"Architecture", &w->architecture},
            {"SHA256", &w->sha256},
            {"Priority", &w->priority},
            {"Essential", &w->essential},
            {"Task", &w->task},
            {"Multi-Arch", &w->multi_arch},
            {"Pre-Depends", &w->pre_depends},
            {"Depends", &w->depends},
            {"Recommends", &w->recommends},
            {"Conflicts", &w->conflicts},
            {"Breaks", &w->breaks},
            {"Provides", &w->provides},
            {"Suggests", &w->suggests},
            {"Replaces", &w->replaces},
            {"Enhances", &w->enhances},
        };
        struct stanza_reader r;
        struct stanza_field f;
        int more;

        *w = (struct wanted_fields){0};
        stanza_first(&r, stanza, len);
        while ((more = stanza_next(&r, &f, e)) == 1)
                for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                        if (!known[i].place->name && stanza_is(&f, known[i].name)) {
                                *known[i].place = f;
                                break;
                        }
        return more;
}

static bool field_is(const struct stanza_field *f, const char *text)
{
        return f->value && f->value_len == strlen(text) &&
               strncasecmp(f->value, text, f->value_len) == 0;
}

static enum universe_priority priority_of(const struct stanza_field *f)
{
        static const char *const names[] = {
            "required", "important", "standard", "optional", "extra"};

        for (size_t i = 0; f->name && i < sizeof names / sizeof *names; i++)
                if (field_is(f, names[i]))
                        return (enum universe_priority)i;
        return PRIORITY_OPTIONAL;
}

static int check_fields(
    const struct wanted_fields *w, unsigned char sha256[SHA256_SIZE], struct err *e)
{
        char hex[SHA256_HEX];

        if (!w->package.name || !deb_name_is_valid(w->package.value, w->package.value_len))
                return err_set(e, ERR_REFUSED, "a stanza without the name of a package");
        if (!w->version.name || !deb_version_is_valid(w->version.value, w->version.value_len))
                return err_set(e, ERR_REFUSED, "%.*s has no version", (int)w->package.value_len,
                    w->package.value);
        if (w->sha256.value_len != SHA256_HEX - 1)
                return err_set(e, ERR_REFUSED, "%.*s has no SHA256", (int)w->package.value_len,
                    w->package.value);
        memcpy(hex, w->sha256.value, SHA256_HEX - 1);
        hex[SHA256_HEX - 1] = '\0';
        if (hex_decode(sha256, SHA256_SIZE, hex) < 0)
                return err_set(e, ERR_REFUSED, "%.*s has no SHA256", (int)w->package.value_len,
                    w->package.value);
        return 0;
}

/* 1: the file is known, and is now of this suite too, or is another one of that version. */
static int is_known(struct universe *u, Id name, Id version, Id architecture,
    const unsigned char sha256[SHA256_SIZE], unsigned suite, int pin)
{
        uint32_t p = (size_t)name < u->by_name_size ? u->by_name[name] : 0;

        for (; p; p = u->packages[p].next) {
                const Solvable *s = pool_id2solvable(u->pool, (Id)p);

                if (s->evr != version || s->arch != architecture)
                        continue;
                if (memcmp(u->packages[p].sha256, sha256, SHA256_SIZE) == 0) {
                        u->packages[p].suites |= (uint64_t)1 << suite;
                        if (pin > u->packages[p].pin)
                                u->packages[p].pin = pin;
                }
                return 1;
        }
        return 0;
}

static void add_provides(struct universe *u, Solvable *s, const struct wanted_fields *w, Queue *q)
{
        char any[LIMIT_NAME + 8];
        Offset provides = 0;

        provides =
            repo_addid_dep(u->repo, provides, pool_rel2id(u->pool, s->name, s->evr, REL_EQ, 1), 0);
        if (w->multi_arch.name && field_is(&w->multi_arch, "allowed")) {
                snprintf(any, sizeof any, "%s:any", pool_id2str(u->pool, s->name));
                provides = repo_addid_dep(u->repo, provides,
                    pool_rel2id(u->pool, pool_str2id(u->pool, any, 1), s->evr, REL_EQ, 1), 0);
        }
        for (int i = 0; i < q->count; i++)
                provides = repo_addid_dep(u->repo, provides, q->elements[i], 0);
        s->provides = provides;
}

static Offset add_ids(struct universe *u, const Queue *q)
{
        Offset offset = 0;

        for (int i = 0; i < q->count; i++)
                offset = repo_addid_dep(u->repo, offset, q->elements[i], 0);
        return offset;
}

/*
 * apt's last resort between packages that provide the same name is which of them it heard of
 * first, in whatever field. So every name gets its Id when it is first mentioned.
 */
static int mention(struct universe *u, const struct stanza_field *f, struct err *e)
{
        struct relation_reader r;
        struct relation d;
        int more = 0;

        if (!f->name)
                return 0;
        relation_first(&r, f->value, f->value_len);
        while ((more = relation_next(&r, &d, e)) == 1)
                pool_strn2id(u->pool, d.name, (unsigned)d.name_len, 1);
        return more;
}

/* One list of relations of the new package, out of one or two fields. */
static int read_relations(struct universe *u, const struct stanza_field *first,
    const struct stanza_field *second, Queue *out, struct err *e)
{
        queue_empty(out);
        if (first->name && add_relations(u, first, out, e) < 0)
                return -1;
        return second && second->name ? add_relations(u, second, out, e) : 0;
}

static int add_solvable(struct universe *u, const struct wanted_fields *w, Id name, Id version,
    Id architecture, bool excluded, struct universe_relations *rel, struct err *e)
{
        Queue needs, conflicts, list;
        Solvable *s;
        int ret = -1;

        queue_init(&needs);
        queue_init(&conflicts);
        queue_init(&list);
        if (!excluded && (read_relations(u, &w->pre_depends, &w->depends, &needs, e) < 0 ||
                             read_relations(u, &w->conflicts, &w->breaks, &conflicts, e) < 0 ||
                             read_relations(u, &w->recommends, NULL, &list, e) < 0 ||
                             mention(u, &w->suggests, e) < 0 || mention(u, &w->replaces, e) < 0 ||
                             mention(u, &w->enhances, e) < 0))
                goto out;
        rel->recommends = keep_ids(u, &list);
        rel->needs = keep_ids(u, &needs);
        rel->conflicts = keep_ids(u, &conflicts);
        if (read_relations(u, &w->provides, NULL, &list, e) < 0)
                goto out;
        s = pool_id2solvable(u->pool, repo_add_solvable(u->repo));
        s->name = name;
        s->evr = version;
        s->arch = architecture;
        s->requires = add_ids(u, &needs);
        s->conflicts = add_ids(u, &conflicts);
        add_provides(u, s, w, &list);
        ret = 0;
out:
        queue_free(&needs);
        queue_free(&conflicts);
        queue_free(&list);
        return ret;
}

int universe_add(
    struct universe *u, unsigned suite, int pin, const char *stanza, size_t len, struct err *e)
{
        struct universe_relations rel;
        struct universe_package *p;
        struct wanted_fields w;
        unsigned char sha256[SHA256_SIZE];
        Id name, version, architecture;
        uint32_t number;
        bool excluded;

        if (read_fields(stanza, len, &w, e) < 0 || check_fields(&w, sha256, e) < 0)
                return -1;
        if (!field_is(&w.architecture, "all") && !field_is(&w.architecture, u->architecture))
                return 0;
        name = pool_strn2id(u->pool, w.package.value, (unsigned)w.package.value_len, 1);
        version = pool_strn2id(u->pool, w.version.value, (unsigned)w.version.value_len, 1);
        architecture =
            pool_strn2id(u->pool, w.architecture.value, (unsigned)w.architecture.value_len, 1);
        if (is_known(u, name, version, architecture, sha256, suite, pin))
                return 0;
        excluded = (size_t)name < u->excluded_size && u->excluded[name];
        if (add_solvable(u, &w, name, version, architecture, excluded, &rel, e) < 0)
                return err_prefix(e, "%s", pool_id2str(u->pool, name));
        number = (uint32_t)u->pool->nsolvables - 1;
        u->packages = grow_by_id(u->packages, &u->package_cap, number + 1, sizeof *u->packages);
        u->relations = grow_by_id(u->relations, &u->relation_cap, number + 1, sizeof *u->relations);
        u->by_name = grow_by_id(u->by_name, &u->by_name_size, (size_t)name + 1, sizeof *u->by_name);
        u->relations[number] = rel;
        p = &u->packages[number];
        *p = (struct universe_package){.suites = (uint64_t)1 << suite,
            .pin = pin,
            .priority = priority_of(&w.priority),
            .essential = w.essential.name && field_is(&w.essential, "yes"),
            .excluded = excluded,
            .next = u->by_name[name]};
        p->tasks = w.task.name ? arena_text(&u->text, w.task.value, w.task.value_len) : "";
        memcpy(p->sha256, sha256, SHA256_SIZE);
        u->by_name[name] = number;
        return 0;
}

/* -- settled -- */

/* Is a the one that apt would rather install? Of equal ones that which came first. */
static bool is_better(const struct universe *u, uint32_t a, uint32_t b)
{
        const struct universe_package *x = &u->packages[a], *y = &u->packages[b];
        int order;

        if (x->pin != y->pin)
                return x->pin > y->pin;
        order = deb_version_compare(x->version, y->version);
        return order ? order > 0 : a < b;
}

void universe_settle(struct universe *u)
{
        uint32_t end = universe_end(u);

        u->candidate = xcalloc(u->by_name_size + 1, sizeof *u->candidate);
        for (uint32_t p = UNIVERSE_FIRST; p < end; p++) {
                const Solvable *s = pool_id2solvable(u->pool, (Id)p);
                uint32_t *candidate = &u->candidate[s->name];

                u->packages[p].name = pool_id2str(u->pool, s->name);
                u->packages[p].version = pool_id2str(u->pool, s->evr);
                u->packages[p].architecture = pool_id2str(u->pool, s->arch);
                if (!*candidate || is_better(u, p, *candidate))
                        *candidate = p;
        }
}

uint32_t universe_end(const struct universe *u)
{
        return (uint32_t)u->pool->nsolvables;
}

const struct universe_package *universe_get(const struct universe *u, uint32_t package)
{
        return &u->packages[package];
}

const char *universe_architecture(const struct universe *u)
{
        return u->architecture;
}

uint32_t universe_find(const struct universe *u, const char *name)
{
        Id id = pool_str2id(u->pool, name, 0);

        return id && (size_t)id < u->by_name_size ? u->by_name[id] : 0;
}

uint32_t universe_candidate(const struct universe *u, const char *name)
{
        Id id = pool_str2id(u->pool, name, 0);

        return id && (size_t)id < u->by_name_size ? u->candidate[id] : 0;
}

size_t universe_providers(const struct universe *u, const char *name, struct buf *out)
{
        Pool *pool = u->pool;
        Id id = pool_str2id(pool, name, 0), p, pp;
        size_t count = 0;

        if (!id)
                return 0;
        if (!pool->whatprovides)
                pool_createwhatprovides(pool);
        FOR_PROVIDES (p, pp, id)
                buf_addf(out, "%s%s", count++ ? ", " : "it is provided by ", u->packages[p].name);
        if (count)
                buf_adds(out, "; ask for one of them");
        return count;
}

void universe_relation_text(const struct universe *u, Id relation, struct buf *out)
{
        const Reldep *d = universe_reldep(u, relation);
        const char *op;

        if (!d) {
                buf_adds(out, pool_id2str(u->pool, relation));
                return;
        }
        universe_relation_text(u, d->name, out);
        if (d->flags == REL_OR) {
                buf_adds(out, " | ");
                universe_relation_text(u, d->evr, out);
                return;
        }
        switch (d->flags) {
        case REL_LT:
                op = "<<";
                break;
        case REL_LT | REL_EQ:
                op = "<=";
                break;
        case REL_EQ:
                op = "=";
                break;
        case REL_GT | REL_EQ:
                op = ">=";
                break;
        default:
                op = ">>";
        }
        buf_addf(out, " (%s %s)", op, pool_id2str(u->pool, d->evr));
}
