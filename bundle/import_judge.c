/* Who signed a bundle, by the trust lists of this mirror and those that the bundle carries. */
#include "bundle/catalog_stream.h"
#include "bundle/import.h"
#include "bundle/mem.h"

/* Walks the bundle's lists from what is in force for the stream. 1, 0 no such stream, -1 */
static int walk(struct catalog *c, const struct bundle *b, const char *stream,
    struct trust_walk *out, struct err *e)
{
        size_t count;
        const struct stored_list *lists = bundle_trust_lists(b, &count);
        int r = trust_walk_begin(out, c, stream, e);

        if (r == 1 && trust_walk(out, lists, count, e) < 0)
                r = -1;
        return r;
}

/* Does the bundle say, where nothing is checked yet, that it is of this stream? */
static int claims(const struct bundle *b, const char *stream)
{
        const char *comment = bundle_claimed_comment(b);
        size_t n = strlen(stream);

        return strncmp(comment, "stream:", 7) == 0 && strncmp(comment + 7, stream, n) == 0 &&
               comment[7 + n] == '\t';
}

/* 1: a list accepts the signatures; 0: not, and *why says it */
static int verifies(
    const struct bundle *b, const struct trust *t, struct verdict *v, struct err *why)
{
        *why = (struct err)ERR_INIT;
        return bundle_judge(b, t, v, why) == 0;
}

/*
 * The bundle's lists do not follow those of this stream: they may be another stream's, as is the
 * bundle then. So what is in force here has to know a signer, and the manifest says whose it is;
 * if that is this stream, judge_stream() comes to the same refusal. As accepts().
 */
static int accepts_unwalked(struct catalog *c, const struct bundle *b, const char *stream,
    struct verdict *v, struct err *why, struct err *e)
{
        struct trust_walk w;
        struct err refusal;
        int r = trust_walk_begin(&w, c, stream, e);

        if (r == 1) {
                r = verifies(b, w.trust, v, &refusal);
                if (!claims(b, stream))
                        *why = refusal;
        }
        trust_walk_release(&w);
        return r;
}

/* 1: this stream's list accepts the signatures; 0: not, and *why says it; -1 */
static int accepts(struct catalog *c, const struct bundle *b, const char *stream, struct verdict *v,
    struct err *why, struct err *e)
{
        struct trust_walk w;
        int r;

        *v = (struct verdict){0};
        *why = (struct err)ERR_INIT;
        r = walk(c, b, stream, &w, why);
        if (r == 1)
                r = verifies(b, w.trust, v, why);
        else if (r < 0 && why->code == ERR_REFUSED)
                r = accepts_unwalked(c, b, stream, v, why, e);
        else if (r < 0)
                *e = *why;
        trust_walk_release(&w);
        return r;
}

/*
 * Some list here must find a good signature before a byte of the manifest is
 * decoded. Which stream it is for is known only after that; whose refusal is
 * the one to tell, the bundle's claim says, or a bad signature.
 */
static int any_list_accepts(struct catalog *c, const struct bundle *b, struct err *e)
{
        struct err best = ERR_INIT;
        char **streams = NULL;
        size_t count = 0;
        int ret = -1, claimed = 0;

        if (catalog_trust_streams(c, &streams, &count, e) < 0)
                goto out;
        if (count == 0) {
                err_set(&best, ERR_REFUSED,
                    "this mirror trusts nobody yet; add the sender's key: dray trust add STREAM KEY.pub");
                err_cause(&best, "unknown-key");
        }
        for (size_t i = 0; i < count && ret < 0; i++) {
                struct err why;
                struct verdict v;
                int r = accepts(c, b, streams[i], &v, &why, e);

                if (r < 0)
                        goto out;
                if (r == 1)
                        ret = 0;
                else if (best.code == ERR_NONE || claims(b, streams[i]) ||
                         (!claimed && v.state == SIGNATURE_BAD))
                        best = why;
                claimed = claimed || claims(b, streams[i]);
        }
        if (ret < 0)
                *e = best;
out:
        catalog_names_free(streams, count);
        return ret;
}

static int judge_stream(
    struct catalog *c, const struct bundle *b, struct import_result *out, struct err *e)
{
        const struct manifest *m = &out->manifest;
        const struct trust *trust;
        struct verdict v;
        int r = walk(c, b, m->stream, &out->walk, e);

        if (r < 0)
                return -1;
        if (r == 0) {
                err_set(e, ERR_CHAIN,
                    "this bundle is for stream %s, which this mirror does not take (dray trust list "
                    "shows those it does)",
                    m->stream);
                return err_cause(e, "other-stream");
        }
        trust = out->walk.trust;
        if (trust_walk_reached(&out->walk, m->trust, e) < 0 || bundle_judge(b, trust, &v, e) < 0 ||
            trust_check(trust, &v, (uint64_t)m->seq, e) < 0)
                return err_prefix(e, "stream %s", m->stream);
        for (size_t i = 0; i < trust->count; i++)
                if (v.signed_by[i])
                        key_id_format(out->signers[out->signer_count++], trust->keys[i].key.id);
        return 0;
}

int import_judge(
    struct catalog *catalog, const struct bundle *b, struct import_result *out, struct err *e)
{
        bundle_manifest_sha256(b, out->manifest_sha256);
        if (any_list_accepts(catalog, b, e) < 0 ||
            bundle_manifest(b, NULL, NULL, &out->manifest, e) < 0)
                return -1;
        return judge_stream(catalog, b, out, e);
}
