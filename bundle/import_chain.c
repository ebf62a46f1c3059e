/* Is a bundle the next step of its stream here? */
#include "bundle/import.h"

#include "bundle/catalog_stream.h"
#include "bundle/hex.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/seen.h"

/* What is known of the stream here. */
struct chain {
        struct import_result *r;
        const struct manifest *m;
        struct catalog *catalog;
        struct import_rules rules;
        struct bundle_row last; /* of the bundle's epoch; seq 0: none */
        struct seen seen;       /* what is noted of it beside the catalog; zeros: nothing */
};

/* verb: how the bundle comes to the other manifest of that number. */
static int refuse_fork(const struct bundle_row *held, const char *verb,
    const unsigned char other[SHA256_SIZE], struct err *e)
{
        char ours[SHA256_HEX], theirs[SHA256_HEX];

        hex_encode(ours, held->manifest, SHA256_SIZE);
        hex_encode(theirs, other, SHA256_SIZE);
        err_set(e, ERR_CHAIN,
            "fork: stream %.60s bundle %lld was imported with manifest %s, this one %s %s; two senders "
            "number it: find out why, then `dray trust settle %.60s` lets it go on",
            held->stream, (long long)held->seq, ours, verb, theirs, held->stream);
        return err_cause(e, "fork");
}

/* Once there was a fork, no bundle is the next one before somebody has said which history is right. */
static int check_alarm(const struct chain *c, struct err *e)
{
        if (!*c->seen.fork)
                return 0;
        err_set(e, ERR_CHAIN,
            "fork: an alarm stands for stream %.60s (dray status shows it), and nothing of it comes in; when "
            "you know which history is the right one: `dray trust settle %.60s`",
            c->m->stream, c->m->stream);
        return err_cause(e, "fork");
}

/* 1: this very one; 0: none of that number; -1: another one */
static int check_same(struct chain *c, struct err *e)
{
        struct bundle_row same;
        int r = catalog_bundle_find(c->catalog, c->m->stream, c->m->epoch, c->m->seq, &same, e);

        if (r == 1 && memcmp(same.manifest, c->r->manifest_sha256, SHA256_SIZE) != 0)
                r = refuse_fork(&same, "has", c->r->manifest_sha256, e);
        if (r == 1) {
                c->r->already = 1;
                c->r->already_at = same.done;
        }
        bundle_row_release(&same);
        return r;
}

static int check_audience(const struct chain *c, struct err *e)
{
        if (!c->rules.audience || strcmp(c->rules.audience, c->m->audience) == 0)
                return 0;
        err_set(e, ERR_CHAIN,
            "other audience: this bundle of stream %.60s is for \"%.80s\", and this mirror is \"%.80s\" "
            "(audience in its [[stream]]): it was carried to the wrong place",
            c->m->stream, c->m->audience, c->rules.audience);
        return err_cause(e, "other-audience");
}

static int older(const struct chain *c, int64_t epoch, int64_t seq, struct err *e)
{
        const struct manifest *m = c->m;

        if (m->epoch < epoch)
                err_set(e, ERR_CHAIN,
                    "older: this bundle is of epoch %lld of stream %s, this mirror is at epoch %lld "
                    "already; import a later one",
                    (long long)m->epoch, m->stream, (long long)epoch);
        else
                err_set(e, ERR_CHAIN,
                    "older: this is bundle %lld of stream %s, this mirror is at %lld already; import a "
                    "later one",
                    (long long)m->seq, m->stream, (long long)seq);
        return err_cause(e, "older");
}

/* The trust list says which epoch it is. */
static int check_epoch(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;
        int64_t here = c->r->walk.trust->epoch;

        if (m->epoch < here)
                return older(c, here, 0, e);
        if (m->epoch == here)
                return 0;
        err_set(e, ERR_CHAIN,
            "epoch: this bundle is of epoch %lld of stream %s, and no trust list says that it has begun: "
            "here it is epoch %lld; take the list that begins it by `dray trust accept`",
            (long long)m->epoch, m->stream, (long long)here);
        return err_cause(e, "epoch");
}

/* Who was revoked, and which lists came into force, after what the catalog remembers is forgotten. */
static int check_behind(const struct chain *c, struct err *e)
{
        int behind = seen_is_behind(&c->seen, c->catalog, e);

        if (behind <= 0)
                return behind;
        err_set(e, ERR_CHAIN,
            "lost state: entry %lld of the log, noted in state/seen, is not in the catalog: it was restored or "
            "made anew, and forgets what was decided since, revoked keys above all%s%s. Restore a newer "
            "state/catalog.db; or see to it that no key is trusted that was revoked (dray trust list), then `dray trust "
            "settle %.60s`",
            (long long)c->seen.log, *c->seen.revoked ? "; then: " : "", c->seen.revoked,
            c->m->stream);
        return err_cause(e, "lost-state");
}

/*
 * The catalog knows less than was imported here: it was lost, or comes from a backup. What is
 * below the highest bundle ever seen is not let in again, or its state would be rolled back.
 */
static int check_lost(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;
        const struct seen_bundle *s = &c->seen.bundle;

        if (!s->seq || !seen_above(s, c->last.seq ? c->last.epoch : 0, c->last.seq))
                return 0;
        if (seen_above(&(struct seen_bundle){.epoch = m->epoch, .seq = m->seq}, s->epoch, s->seq) ||
            (m->epoch == s->epoch && m->seq == s->seq &&
                memcmp(c->r->manifest_sha256, s->manifest, SHA256_SIZE) == 0))
                return 0;
        err_set(e, ERR_CHAIN,
            "lost state: bundle %lld of stream %s was imported here once (state/seen), and the catalog "
            "does not know it: it was restored or made anew. Restore a newer state/catalog.db, or ask for "
            "`dray bundle --stream %s --full`: that bundle itself, or a later one, is taken",
            (long long)s->seq, m->stream, m->stream);
        return err_cause(e, "lost-state");
}

/*
 * Numbers only go up. So one bundle with a number far ahead would shut out all
 * that the true sender makes from then on, until a new epoch.
 */
static int check_jump(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;
        int64_t from = c->last.seq, most = c->rules.max_jump ? c->rules.max_jump : LIMIT_SEQ_JUMP;

        if (c->seen.bundle.epoch == m->epoch && c->seen.bundle.seq > from)
                from = c->seen.bundle.seq;
        if (from == 0 && m->seq > LIMIT_SEQ_FIRST) {
                err_set(e, ERR_CHAIN,
                    "jump: the first bundle of stream %s here would have number %lld, and none begins above "
                    "%d; find out on the other side who numbered it",
                    m->stream, (long long)m->seq, LIMIT_SEQ_FIRST);
                return err_cause(e, "jump");
        }
        if (from == 0 || m->seq <= from || m->seq - from <= most)
                return 0;
        err_set(e, ERR_CHAIN,
            "jump: this is bundle %lld of stream %s, this mirror is at %lld, more than %lld before it; "
            "find out on the other side who numbered it; if it is right, set max_jump in [[stream]] of "
            "dray.toml here, or import one up to %lld first",
            (long long)m->seq, m->stream, (long long)from, (long long)most,
            (long long)from + (long long)most);
        return err_cause(e, "jump");
}

/* 0: the base is what is here, or may do; -1: the history is another */
static int check_history(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;
        struct bundle_row base;
        int r = catalog_bundle_find(c->catalog, m->stream, m->epoch, m->base_seq, &base, e);

        if (r == 1 && (memcmp(m->base_manifest, base.manifest, SHA256_SIZE) != 0 ||
                          memcmp(m->base_state, base.state, SHA256_SIZE) != 0))
                r = refuse_fork(&base, "adds to", m->base_manifest, e);
        bundle_row_release(&base);
        return r < 0 ? -1 : 0;
}

/* Not the base that is here: content decides, and this is what to say if it decides against. */
static void note_leap(const struct chain *c)
{
        const struct manifest *m = c->m;
        const struct bundle_row *last = &c->last;
        struct err *e = &c->r->leap;

        if (m->base_seq < last->seq) {
                err_set(e, ERR_CHAIN,
                    "other base: this bundle adds to bundle %lld of stream %s, this mirror is at "
                    "%lld; ask the other side for `dray bundle --stream %s --base %lld`",
                    (long long)m->base_seq, m->stream, (long long)last->seq, m->stream,
                    (long long)last->seq);
                err_cause(e, "other-base");
                return;
        }
        err_set(e, ERR_CHAIN,
            "gap: this mirror is at bundle %lld of stream %s, this one adds to %lld; import bundle "
            "%lld%s%.0lld first, or ask for `dray bundle --stream %s --base %lld`",
            (long long)last->seq, m->stream, (long long)m->base_seq, (long long)last->seq + 1,
            m->base_seq > last->seq + 1 ? " to " : "",
            m->base_seq > last->seq + 1 ? (long long)m->base_seq : 0LL, m->stream,
            (long long)last->seq);
        err_cause(e, "gap");
}

static int check_base(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;

        if (c->last.seq == 0) {
                err_set(e, ERR_CHAIN,
                    "no base: this bundle adds to bundle %lld of stream %s, and none was imported here; "
                    "ask the other side for `dray bundle --stream %s --full`",
                    (long long)m->base_seq, m->stream, m->stream);
                return err_cause(e, "no-base");
        }
        if (check_history(c, e) < 0)
                return -1;
        if (m->base_seq != c->last.seq)
                note_leap(c);
        return 0;
}

/* The last bundle of this epoch: what came before an epoch is no base for anything in it. */
static int load(struct chain *c, const struct import *im, struct err *e)
{
        int r = catalog_bundle_get(c->catalog, c->m->stream, 0, &c->last, e);

        if (r < 0)
                return -1;
        if (c->last.epoch < c->m->epoch) {
                bundle_row_release(&c->last);
                c->last.epoch = c->m->epoch;
        }
        if (im->rules)
                im->rules(im->user, c->m->stream, &c->rules);
        return seen_get(store_state_dir(im->store), c->m->stream, &c->seen, e) < 0 ? -1 : 0;
}

/* What another stream brings here, this one cannot. */
static int check_sources(const struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;

        for (size_t i = 0; i < m->source_count; i++)
                if (catalog_stream_source_check(c->catalog, m->stream, m->sources[i].name, e) < 0)
                        return -1;
        return 0;
}

static int judge(struct chain *c, struct err *e)
{
        const struct manifest *m = c->m;
        int r = check_same(c, e);

        if (r)
                return r;
        if (check_audience(c, e) < 0 || check_epoch(c, e) < 0 || check_behind(c, e) < 0 ||
            check_lost(c, e) < 0 || check_jump(c, e) < 0)
                return -1;
        if (c->last.seq && (m->epoch < c->last.epoch || m->seq < c->last.seq))
                return older(c, c->last.epoch, c->last.seq, e);
        if (m->base_seq && check_base(c, e) < 0)
                return -1;
        return check_alarm(c, e) < 0 ? -1 : check_sources(c, e);
}

int import_place(const struct import *im, struct import_result *r, struct err *e)
{
        struct chain c = {.r = r, .m = &r->manifest, .catalog = im->catalog};
        int ret = load(&c, im, e) < 0 ? -1 : judge(&c, e);

        bundle_row_release(&c.last);
        return ret;
}
