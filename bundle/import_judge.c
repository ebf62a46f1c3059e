/* Who signed a bundle, by the trust lists of this mirror. */
#include "bundle/catalog_stream.h"
#include "bundle/import.h"
#include "bundle/mem.h"

static int load_trust(struct catalog *c, const char *stream, struct trust *out, struct err *e)
{
        char *json = NULL;
        int r = catalog_trust_get(c, stream, &json, e);

        if (r == 1 && trust_from_json(out, json, strlen(json), e) < 0) {
                r = -1;
                err_prefix(e, "trust list of %s", stream);
        }
        free(json);
        return r;
}

/*
 * Some list here must find a good signature before a byte of the manifest is
 * decoded. Which stream it is for is known only after that.
 */
static int any_list_accepts(struct catalog *c, const struct bundle *b, struct err *e)
{
        struct trust *t = xmalloc(sizeof *t);
        char **streams = NULL;
        size_t count = 0;
        int ret = -1;

        if (catalog_trust_streams(c, &streams, &count, e) < 0)
                goto out;
        if (count == 0) {
                err_set(e, ERR_REFUSED,
                    "this mirror trusts nobody yet; add the sender's key: dray trust add STREAM KEY.pub");
                goto out;
        }
        for (size_t i = 0; i < count && ret < 0; i++) {
                struct err why = ERR_INIT;
                struct verdict v;

                if (load_trust(c, streams[i], t, e) < 0)
                        goto out;
                if (bundle_judge(b, t, &v, &why) == 0)
                        ret = 0;
                else if (e->code == ERR_NONE || v.state == SIGNATURE_BAD)
                        *e = why; /* a bad signature says more than an unknown key */
        }
        if (ret == 0)
                *e = (struct err)ERR_INIT;
out:
        catalog_names_free(streams, count);
        free(t);
        return ret;
}

int import_judge(struct catalog *catalog, const struct bundle *b, struct trust *trust,
    struct import_result *out, struct err *e)
{
        struct verdict v;
        int r;

        bundle_manifest_sha256(b, out->manifest_sha256);
        if (any_list_accepts(catalog, b, e) < 0 ||
            bundle_manifest(b, NULL, NULL, &out->manifest, e) < 0)
                return -1;
        r = load_trust(catalog, out->manifest.stream, trust, e);
        if (r < 0)
                return -1;
        if (r == 0)
                return err_set(e, ERR_CHAIN,
                    "this bundle is for stream %s, which this mirror does not take (dray trust list "
                    "shows those it does)",
                    out->manifest.stream);
        if (bundle_judge(b, trust, &v, e) < 0 ||
            trust_check(trust, &v, (uint64_t)out->manifest.seq, e) < 0)
                return err_prefix(e, "stream %s", out->manifest.stream);
        for (size_t i = 0; i < trust->count; i++)
                if (v.signed_by[i])
                        key_id_format(out->signers[out->signer_count++], trust->keys[i].key.id);
        return 0;
}
