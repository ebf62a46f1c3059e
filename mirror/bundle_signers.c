#include "bundle_signers.h"

#include "bundle/buf.h"
#include "bundle/catalog_stream.h"
#include "bundle_sent.h"

#define LIMIT_NAMES 2048 /* of the line that names keys */

static int is_among(const struct trust_key *k, struct secret_key *const *keys, size_t count)
{
        struct public_key key;

        for (size_t i = 0; i < count; i++) {
                secret_key_public(keys[i], &key);
                if (public_key_equal(&key, &k->key))
                        return 1;
        }
        return 0;
}

static void add_id(struct buf *names, const unsigned char id[KEY_ID_SIZE])
{
        char text[KEY_ID_TEXT];

        key_id_format(text, id);
        buf_addf(names, "%s%s", names->len ? ", " : "", text);
}

void bundle_signers_warn(
    const struct cmd *c, const struct trust *t, struct secret_key *const *keys, size_t count)
{
        struct buf others;
        unsigned have = 0;

        if (!t->number)
                return;
        buf_init(&others, LIMIT_NAMES);
        for (size_t i = 0; i < t->count; i++) {
                const struct trust_key *k = &t->keys[i];

                if (!(k->signs & TRUST_BUNDLES) || k->valid_up_to_seq)
                        continue;
                if (is_among(k, keys, count))
                        have++;
                else
                        add_id(&others, k->key.id);
        }
        if (have < t->threshold)
                cmd_warn(c,
                    "list %lld of stream %s wants %u of its keys to sign a bundle, and this one is signed by "
                    "%u: it is refused where that list counts, until `dray sign FILE --key KEY` has added "
                    "%u more, by %s",
                    (long long)t->number, t->stream, t->threshold, have, t->threshold - have,
                    others.len ? others.data : "new ones");
        buf_release(&others);
}

int bundle_signers_note_last(
    const struct cmd *c, struct mirror *m, const char *stream, struct err *e)
{
        struct err gone = ERR_INIT;
        struct bundle_head head;
        struct bundle_row row = {0};
        struct signature s;
        struct buf names;
        int r = catalog_bundle_last_done(m->catalog, stream, &row, e), kept;

        if (r <= 0)
                return r;
        buf_init(&names, LIMIT_NAMES);
        kept = bundle_sent_read(m->state, &row, &head, &gone) == 0;
        for (size_t i = 0; kept && i < head.signature_count; i++)
                if (signature_parse(
                        &s, head.signatures[i].text.data, head.signatures[i].text.len, &gone) == 0)
                        add_id(&names, s.key_id);
        bundle_head_release(&head);
        if (names.len)
                cmd_note(c,
                    "bundle %lld was signed by %s: where that is what is trusted, the list needs its signature too",
                    (long long)row.seq, names.data);
        buf_release(&names);
        bundle_row_release(&row);
        return 0;
}
