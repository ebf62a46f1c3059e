#include "bundle_step.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "bundle_files.h"
#include "bundle_sent.h"

void bundle_step_release(struct bundle_step *s)
{
        bundle_row_release(&s->row);
        bundle_row_release(&s->base);
}

/* As bundle_row holds them. */
static char *join(char *const *names, size_t count)
{
        struct buf text;
        char *joined;

        buf_init(&text, LIMIT_TOML);
        for (size_t i = 0; i < count; i++)
                buf_addf(&text, "%s%s", i ? "\n" : "", names[i]);
        joined = buf_take(&text, NULL);
        buf_release(&text);
        return joined;
}

/* Nothing new for who has the last one: neither a record nor what is missing. */
static int is_same(const struct bundle_row *now, const struct bundle_row *last)
{
        return last->seq && memcmp(now->state, last->state, SHA256_SIZE) == 0 &&
               (!last->holes || strcmp(now->holes, last->holes) == 0);
}

/* The base that was asked for; the last finished bundle unless something else was said. */
static int choose_base(struct catalog *c, const struct bundle_wish *w,
    const struct bundle_row *last, struct bundle_row *base, struct err *e)
{
        int64_t seq = w->base ? w->base : last->seq;
        struct generation g;
        int r;

        if (w->full || seq == 0)
                return 0;
        r = catalog_bundle_find(c, w->stream, w->epoch, seq, base, e);
        if (r < 0)
                return -1;
        if (r == 0 || !base->done)
                return err_set(
                    e, ERR_CHAIN, "stream %s has no bundle %lld here", w->stream, (long long)seq);
        r = catalog_generation_get(c, base->generation, &g, e);
        if (r < 0)
                return -1;
        if (r == 0 && base->generation)
                return err_set(e, ERR_CHAIN,
                    "what bundle %lld of %s held was removed by dray gc; make a --full one",
                    (long long)seq, w->stream);
        return 0;
}

/*
 * A difference can only be told between the same sources: the far side would
 * find that its mirror is not what was signed. Rows that do not say their
 * sources are taken to have had the same.
 */
static int match_base(const struct bundle_wish *w, struct bundle_step *s, struct err *e)
{
        if (s->base.seq == 0 || !s->base.sources[0] || strcmp(s->base.sources, s->row.sources) == 0)
                return 0;
        if (w->base)
                return err_set(e, ERR_CHAIN,
                    "bundle %lld of %s had other sources than the stream has now, so nothing can build on "
                    "it; make a --full one",
                    (long long)s->base.seq, w->stream);
        s->other_sources = 1;
        bundle_row_release(&s->base);
        return 0;
}

/*
 * A number that is given out anew, or for the first time, must not be that of
 * a file which may have been carried already.
 */
static int check_unused(const struct bundle_wish *w, int64_t seq, struct err *e)
{
        for (const char *const *dir = w->dirs; *dir; dir++) {
                char *path;

                if (!bundle_files_find(*dir, w->stream, w->epoch, seq, &path))
                        continue;
                err_set(e, ERR_CHAIN,
                    "%s is there, but not recorded as finished: run dray bundle as it was run then, "
                    "or remove the file if nobody carried it",
                    path);
                free(path);
                return -1;
        }
        return 0;
}

int bundle_step_save(struct catalog *c, const struct bundle_row *row, struct err *e)
{
        if (catalog_begin(c, e) < 0)
                return -1;
        if (catalog_bundle_put(c, row, e) < 0 || catalog_commit(c, e) < 0) {
                catalog_rollback(c);
                return -1;
        }
        return 0;
}

/* seq: the first number that may be free. One whose head is kept may be out, whatever the catalog knows. */
static int number(struct catalog *c, const struct bundle_wish *w, int64_t seq,
    const struct generation *g, struct bundle_step *s, struct err *e)
{
        while (bundle_sent_has(w->state, w->stream, w->epoch, seq))
                seq++;
        if (check_unused(w, seq, e) < 0)
                return -1;
        s->row.stream = xstrdup(w->stream);
        s->row.epoch = w->epoch;
        s->row.seq = seq;
        s->row.base_seq = s->base.seq;
        s->row.generation = g->id;
        s->row.issued = timestamp_now();
        return bundle_step_save(c, &s->row, e);
}

/*
 * Whether what was begun can go on: not if the file may be out, and what is kept of it is not what
 * was made, so that nobody can make it again. 1, 0, -1; sets made, or spoilt.
 */
static int may_resume(const struct bundle_wish *w, const struct bundle_row *begun,
    struct bundle_step *s, struct err *e)
{
        struct bundle_head head;
        struct err why = ERR_INIT;
        int ret = 1;

        if (!bundle_sent_has(w->state, w->stream, begun->epoch, begun->seq))
                return 1;
        s->made = bundle_sent_read(w->state, begun, &head, &why) == 0;
        bundle_head_release(&head);
        if (!s->made && why.code == ERR_REFUSED) {
                s->spoilt = begun->seq;
                ret = 0;
        } else if (!s->made) {
                *e = why;
                ret = -1;
        }
        return ret;
}

/*
 * Goes on with what was begun, of which *begun becomes the step's. Unless its manifest may be out,
 * a new one is made, which names what is missing now.
 */
static int resume(struct catalog *c, struct bundle_row *begun, struct bundle_step *s, struct err *e)
{
        char *holes = s->row.holes;

        s->row.holes = NULL;
        bundle_row_release(&s->row);
        s->row = *begun;
        *begun = (struct bundle_row){0};
        if (s->made) {
                free(holes);
                return 0;
        }
        free(s->row.holes);
        s->row.holes = holes;
        return bundle_step_save(c, &s->row, e);
}

/* When less than a quarter of the time is left: the run after this one may be too late. */
static int is_due(const struct bundle_wish *w, const struct bundle_row *last)
{
        return w->cadence && timestamp_now() >= last->issued + w->cadence - w->cadence / 4;
}

int bundle_step_next(
    struct catalog *c, const struct bundle_wish *w, struct bundle_step *out, struct err *e)
{
        struct bundle_row last = {0}, begun = {0};
        struct generation g;
        int ret = -1, r;

        *out = (struct bundle_step){0};
        if (catalog_bundle_last_done(c, w->stream, &last, e) < 0 ||
            catalog_bundle_get(c, w->stream, 0, &begun, e) < 0)
                goto out;
        if (begun.done || begun.epoch != w->epoch)
                bundle_row_release(&begun);
        if (last.epoch != w->epoch)
                bundle_row_release(&last); /* nothing builds on what came before an epoch */
        out->row.sources = join(w->sources, w->source_count);
        out->row.holes = join(w->holes, w->hole_count);
        if (choose_base(c, w, &last, &out->base, e) < 0 || match_base(w, out, e) < 0 ||
            catalog_generation_last(c, &g, e) < 0 ||
            catalog_scope(c, w->sources, w->source_count, e) < 0 ||
            catalog_state(c, g.id, out->row.state, e) < 0)
                goto out;
        if (w->if_changed && !w->has_new_list && is_same(&out->row, &last)) {
                out->sign_of_life = is_due(w, &last);
                ret = 0;
                if (!out->sign_of_life)
                        goto out;
        }
        r = begun.seq && begun.base_seq == out->base.seq &&
                    strcmp(begun.sources, out->row.sources) == 0
                ? may_resume(w, &begun, out, e)
                : 0;
        out->resumed = r == 1;
        if (r == 1)
                r = resume(c, &begun, out, e);
        else if (r == 0)
                r = number(c, w, begun.seq ? begun.seq : last.seq + 1, &g, out, e);
        if (r < 0)
                goto out;
        if (out->row.issued < last.issued)
                out->last_issued = last.issued;
        ret = 1;
out:
        bundle_row_release(&last);
        bundle_row_release(&begun);
        return ret;
}
