#include "bundle/trust_walk.h"

#include "bundle/mem.h"

int trust_walk_begin(struct trust_walk *w, struct catalog *c, const char *stream, struct err *e)
{
        int r;

        *w = (struct trust_walk){.trust = xmalloc(sizeof *w->trust)};
        r = catalog_trust_load(c, stream, w->trust, e);
        if (r == 1 && catalog_trust_in_force(c, w->trust, w->in_force, e) < 0)
                r = -1;
        return r;
}

void trust_walk_release(struct trust_walk *w)
{
        free(w->trust);
        *w = (struct trust_walk){0};
}

/* One of the number that is in force: it must be that one. */
static int check_same(const struct trust_walk *w, const struct trust_list *list, struct err *e)
{
        if (memcmp(list->sha256, w->in_force, SHA256_SIZE) == 0)
                return 0;
        err_set(e, ERR_REFUSED,
            "fork: trust list %lld of stream %s in the bundle is another one than that in force here; find "
            "out why before importing more",
            (long long)w->trust->number, w->trust->stream);
        return err_cause(e, "trust-fork");
}

static int check_next(const struct trust_walk *w, int64_t number, struct err *e)
{
        int64_t here = w->trust->number;

        if (here == 0 || number == here + 1)
                return 0;
        err_set(e, ERR_REFUSED,
            "the bundle carries trust lists of stream %s from %lld on, and list %lld is in force here: ask "
            "the other side for lists %lld to %lld, and take each by `dray trust accept`",
            w->trust->stream, (long long)number, (long long)here, (long long)here + 1,
            (long long)number - 1);
        return err_cause(e, "trust-gap");
}

/* The name of a member is a hint; the list's own number counts. */
static int check_name(const struct trust_walk *w, int64_t number, struct err *e)
{
        if (w->trust->number == number)
                return 0;
        return err_set(e, ERR_REFUSED, "the bundle calls its trust list %lld number %lld",
            (long long)w->trust->number, (long long)number);
}

static int step(
    struct trust_walk *w, const struct stored_list *l, struct trust_list *list, struct err *e)
{
        struct trust *t = w->trust;
        int r;

        if (trust_list_split(list, l->text.data, l->text.len, e) < 0)
                return -1;
        if (t->number == l->number)
                return check_same(w, list, e);
        if (check_next(w, l->number, e) < 0)
                return -1;
        r = trust_list_follow(t, w->in_force, list, e);
        if (r == 1) {
                memcpy(w->in_force, list->sha256, SHA256_SIZE);
                r = check_name(w, l->number, e) < 0 ? -1 : 1;
        }
        return r;
}

int trust_walk(struct trust_walk *w, const struct stored_list *lists, size_t count, struct err *e)
{
        struct trust_list *list = xmalloc(sizeof *list);
        int ret = -1;

        w->first = w->end = 0;
        for (size_t i = 0; i < count; i++) {
                int r;

                if (lists[i].number < w->trust->number)
                        continue; /* walked long ago; by keys that may be gone */
                r = step(w, &lists[i], list, e);
                if (r < 0) {
                        err_prefix(e, "trust list %lld", (long long)lists[i].number);
                        goto out;
                }
                if (r == 0)
                        continue;
                if (w->first == w->end)
                        w->first = i;
                w->end = i + 1;
        }
        ret = 0;
out:
        free(list);
        return ret;
}

int trust_walk_reached(const struct trust_walk *w, int64_t number, struct err *e)
{
        const struct trust *t = w->trust;

        if (t->number >= number)
                return 0;
        if (t->number == 0)
                err_set(e, ERR_REFUSED,
                    "the bundle was made under trust list %lld of stream %s, and the keys trusted here have "
                    "signed none of its lists; if the sender confirms that list over another channel, take "
                    "it by `dray trust accept`",
                    (long long)number, t->stream);
        else
                err_set(e, ERR_REFUSED,
                    "the bundle was made under trust list %lld of stream %s, and list %lld is in force here",
                    (long long)number, t->stream, (long long)t->number);
        return err_cause(e, "trust-behind");
}

int trust_walk_keep(
    const struct trust_walk *w, struct catalog *c, const struct stored_list *lists, struct err *e)
{
        if (w->first == w->end)
                return 0;
        if (catalog_trust_save(c, w->trust, e) < 0)
                return -1;
        for (size_t i = w->first; i < w->end; i++)
                if (catalog_trust_list_put(c, w->trust->stream, lists[i].number, lists[i].text.data,
                        (int64_t)time(NULL), e) < 0)
                        return -1;
        return catalog_trust_log(c, w->trust, e);
}
