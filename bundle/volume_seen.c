#include "bundle/volume_seen.h"

#include "bundle/bundle_cut.h"

#define NAMES 3 /* so many files are named */

struct volume_seen volume_seen_of(const struct volume *v)
{
        struct volume_seen seen = {
            v->volume, v->volumes, v->first_pack, v->first_pack + v->pack_count, ""};

        memcpy(seen.medium, v->medium, sizeof seen.medium);
        return seen;
}

static int by_volume(const void *a, const void *b)
{
        const struct volume_seen *x = a, *y = b;

        if (x->volumes != y->volumes)
                return x->volumes < y->volumes ? -1 : 1;
        return (x->volume > y->volume) - (x->volume < y->volume);
}

/* Of several cuts, the one of which most volumes came: its numbers are what people have in hand. */
static const struct volume_seen *choose_cut(
    const struct volume_seen *list, size_t count, size_t *chosen)
{
        const struct volume_seen *best = list;

        *chosen = 0;
        for (size_t i = 0, n; i < count; i += n) {
                for (n = 1; i + n < count && list[i + n].volumes == list[i].volumes; n++)
                        ;
                if (n > *chosen) {
                        best = &list[i];
                        *chosen = n;
                }
        }
        return best;
}

/* The packs of a bundle, and which of them are here. */
struct packs {
        const unsigned char *has;
        size_t count;
};

static int lacks_any(const struct packs *p, size_t first, size_t end)
{
        for (size_t i = first; i < end && i < p->count; i++)
                if (!p->has[i])
                        return 1;
        return 0;
}

/* Numbers as ranges: "1, 4 to 7 and 9"; as many as there is room for, and how many more. */
struct ranges {
        struct buf text, last; /* `last` is put behind a comma, or behind "and" */
        size_t count;          /* of numbers */
        size_t in_last, untold;
        unsigned long first[NAMES];
        unsigned long from, to;
};

/* Another part of the text: what was the last one is so no more. */
static void add_part(struct ranges *r, unsigned long from, unsigned long to)
{
        if (r->last.len && !r->untold &&
            buf_addf(&r->text, "%s%s", r->text.len ? ", " : "", r->last.data) < 0)
                r->untold = r->in_last;
        if (r->untold) {
                r->untold += to - from + 1;
                return;
        }
        buf_reset(&r->last);
        buf_addf(&r->last, from == to ? "%lu" : "%lu to %lu", from, to);
        r->in_last = to - from + 1;
}

static void end_range(struct ranges *r)
{
        if (!r->from)
                return;
        if (r->to == r->from + 1) {
                add_part(r, r->from, r->from);
                add_part(r, r->to, r->to);
        } else {
                add_part(r, r->from, r->to);
        }
        r->from = 0;
}

static void add_number(struct ranges *r, unsigned long n)
{
        if (r->from && r->to + 1 != n)
                end_range(r);
        if (!r->from)
                r->from = n;
        r->to = n;
        if (r->count < NAMES)
                r->first[r->count] = n;
        r->count++;
}

/* Those of the cut whose packs, as far as they can be told, are not all here. */
static void list_needed(
    const struct packs *p, const struct volume_seen *cut, size_t count, struct ranges *r)
{
        size_t after = 0; /* packs that seen volumes below hold end here */
        size_t i = 0;
        int gap = -1; /* whether those up to the next seen volume lack any; -1: not asked yet */

        for (unsigned long n = 1; n <= cut->volumes; n++) {
                if (i < count && cut[i].volume == n) {
                        if (lacks_any(p, cut[i].first, cut[i].end))
                                add_number(r, n);
                        after = cut[i].end;
                        while (i < count && cut[i].volume == n)
                                i++; /* another cut of as many volumes */
                        gap = -1;
                        continue;
                }
                if (gap < 0)
                        gap = lacks_any(p, after, i < count ? cut[i].first : p->count);
                if (gap)
                        add_number(r, n);
        }
        end_range(r);
}

/* "a-000003.1of4.dray, a-000003.2of4.dray, ...": 0, or -1 if they are too long. */
static int list_files(
    const struct ranges *r, unsigned long volumes, const char *stem, struct buf *out)
{
        int ret = 0;

        for (size_t i = 0; ret == 0 && i < r->count && i < NAMES; i++) {
                char *name = bundle_file_name(stem, r->first[i] - 1, volumes);

                ret = buf_addf(out, "%s%s", i ? ", " : "", name);
                free(name);
        }
        return ret == 0 && r->count > NAMES ? buf_adds(out, ", ...") : ret;
}

/* " (BD: a-000003.1of4.dray)". Each part is told whole or not at all. */
static void put_names(const struct ranges *r, const struct volume_seen *cut, const char *stem,
    char *text, size_t size)
{
        size_t used = strlen(text), room = size - used;
        struct buf names;

        buf_init(&names, room > LIMIT_MEDIUM + 8 ? room - LIMIT_MEDIUM - 8 : 0);
        if (stem && list_files(r, cut->volumes, stem, &names) < 0)
                buf_reset(&names);
        if (names.len || cut->medium[0])
                snprintf(text + used, room, " (%s%s%s)", cut->medium,
                    names.len && cut->medium[0] ? ": " : "", names.data);
        buf_release(&names);
}

void volume_missing(const unsigned char *has, size_t packs, struct volume_seen *seen, size_t count,
    const char *stem, char *text, size_t size)
{
        const struct packs p = {has, packs};
        struct ranges r = {0};
        const struct volume_seen *cut;
        size_t chosen;

        *text = '\0';
        if (!lacks_any(&p, 0, packs))
                return;
        snprintf(text, size, "another copy of it");
        if (count)
                qsort(seen, count, sizeof *seen, by_volume);
        cut = choose_cut(seen, count, &chosen);
        if (!chosen || cut->volumes < 2)
                return;
        buf_init(&r.text, 160);
        buf_init(&r.last, 64);
        list_needed(&p, cut, chosen, &r);
        if (r.untold) {
                buf_reset(&r.last);
                buf_addf(&r.last, "%zu more", r.untold);
        }
        if (r.count)
                snprintf(text, size, "volume%s %s%s%s of %lu", r.count > 1 ? "s" : "", r.text.data,
                    r.text.len ? " and " : "", r.last.data, cut->volumes);
        if (r.count)
                put_names(&r, cut, stem, text, size);
        buf_release(&r.text);
        buf_release(&r.last);
}
