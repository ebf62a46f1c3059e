#include "import_chain.h"

#include "bundle/catalog_stream.h"
#include "bundle/hex.h"
#include "bundle/limit.h"

static int refuse_same_seq(
    const struct bundle_row *last, const struct import_result *r, struct err *e)
{
        char ours[SHA256_HEX], theirs[SHA256_HEX];

        hex_encode(ours, last->manifest, SHA256_SIZE);
        hex_encode(theirs, r->manifest_sha256, SHA256_SIZE);
        return err_set(e, ERR_CHAIN,
            "fork: stream %s bundle %lld was imported with manifest %.16s..., this one has %.16s...; "
            "two senders number the same stream: find out why before importing more",
            last->stream, (long long)last->seq, ours, theirs);
}

static int check_full(struct import_result *r, const struct bundle_row *last, struct err *e)
{
        const struct manifest *m = &r->manifest;

        if (m->seq < last->seq)
                return err_set(e, ERR_CHAIN,
                    "older: this is bundle %lld of stream %s, this mirror is at %lld already; import a "
                    "later one",
                    (long long)m->seq, m->stream, (long long)last->seq);
        return 0;
}

static int check_base(struct import_result *r, const struct bundle_row *last, struct err *e)
{
        const struct manifest *m = &r->manifest;

        if (last->seq == 0)
                return err_set(e, ERR_CHAIN,
                    "no base: this bundle adds to bundle %lld of stream %s, and none was imported here; "
                    "ask the other side for `dray bundle --stream %s --full`",
                    (long long)m->base_seq, m->stream, m->stream);
        if (m->seq < last->seq)
                return check_full(r, last, e);
        if (m->base_seq != last->seq) {
                if (m->base_seq < last->seq)
                        return err_set(e, ERR_CHAIN,
                            "other base: this bundle adds to bundle %lld of stream %s, this mirror is at "
                            "%lld; ask the other side for `dray bundle --stream %s --base %lld`",
                            (long long)m->base_seq, m->stream, (long long)last->seq, m->stream,
                            (long long)last->seq);
                return err_set(e, ERR_CHAIN,
                    "gap: this mirror is at bundle %lld of stream %s, this one adds to %lld; import bundle "
                    "%lld%s%.0lld first, or ask for `dray bundle --stream %s --base %lld`",
                    (long long)last->seq, m->stream, (long long)m->base_seq,
                    (long long)last->seq + 1, m->base_seq > last->seq + 1 ? " to " : "",
                    m->base_seq > last->seq + 1 ? (long long)m->base_seq : 0LL, m->stream,
                    (long long)last->seq);
        }
        if (memcmp(m->base_manifest, last->manifest, SHA256_SIZE) != 0 ||
            memcmp(m->base_state, last->state, SHA256_SIZE) != 0)
                return err_set(e, ERR_CHAIN,
                    "fork: this bundle adds to another bundle %lld of stream %s than the one imported "
                    "here; find out why before importing more",
                    (long long)last->seq, m->stream);
        return 0;
}

/*
 * Numbers only go up. So one bundle with a number far ahead would shut out all
 * that the true sender makes from then on, for ever.
 */
static int check_jump(const struct manifest *m, const struct bundle_row *last, struct err *e)
{
        if (m->epoch < last->epoch)
                return err_set(e, ERR_CHAIN,
                    "older: this bundle is of epoch %lld of stream %s, this mirror is at epoch %lld "
                    "already; import a later one",
                    (long long)m->epoch, m->stream, (long long)last->epoch);
        if (m->epoch != MANIFEST_EPOCH)
                return err_set(e, ERR_CHAIN,
                    "epoch: this bundle is of epoch %lld of stream %s, this dray knows epoch %d; a newer "
                    "dray may read it",
                    (long long)m->epoch, m->stream, MANIFEST_EPOCH);
        if (last->seq == 0 && m->seq > LIMIT_SEQ_FIRST)
                return err_set(e, ERR_CHAIN,
                    "jump: the first bundle of stream %s here would have number %lld, and none begins above "
                    "%d; find out on the other side who numbered it",
                    m->stream, (long long)m->seq, LIMIT_SEQ_FIRST);
        if (last->seq && m->seq > last->seq && m->seq - last->seq > LIMIT_SEQ_JUMP)
                return err_set(e, ERR_CHAIN,
                    "jump: this is bundle %lld of stream %s, this mirror is at %lld, more than %d before it; "
                    "find out on the other side who numbered it; if it is right, import one up to %lld first",
                    (long long)m->seq, m->stream, (long long)last->seq, LIMIT_SEQ_JUMP,
                    (long long)last->seq + LIMIT_SEQ_JUMP);
        return 0;
}

int import_chain(struct catalog *c, struct import_result *r, struct err *e)
{
        struct bundle_row last, same;
        const struct manifest *m = &r->manifest;
        int ret = -1, found;

        same = (struct bundle_row){0};
        if (catalog_bundle_get(c, m->stream, 0, &last, e) < 0)
                return -1;
        found = catalog_bundle_get(c, m->stream, m->seq, &same, e);
        if (found < 0)
                goto out;
        if (found) {
                if (memcmp(same.manifest, r->manifest_sha256, SHA256_SIZE) != 0) {
                        refuse_same_seq(&same, r, e);
                        goto out;
                }
                r->already = 1;
                r->already_at = same.done;
                ret = 1;
                goto out;
        }
        if (check_jump(m, &last, e) < 0)
                goto out;
        ret = m->base_seq ? check_base(r, &last, e) : check_full(r, &last, e);
out:
        bundle_row_release(&last);
        bundle_row_release(&same);
        return ret;
}
