/*
 * Trust lists made by hand, signed by whom a test likes.
 *
 *     struct trust t;
 *     list_of(&t, "plant-a", 1, keys, 2, 2);         number 1, two keys, both must sign
 *     list_after(&t, &first);                        number 2, after that text
 *     list_text(&t, &text, signers, 2);
 */
#ifndef TESTS_TRUST_BOX_H
#define TESTS_TRUST_BOX_H

#include "box.h"
#include "bundle/trust_list.h"

#define LIST_ISSUED 1795348800

static inline void list_of(struct trust *t, const char *stream, int64_t number,
    struct secret_key *const *keys, size_t count, unsigned threshold)
{
        struct public_key public;
        struct err e;

        must(trust_init(t, stream, &e));
        for (size_t i = 0; i < count; i++) {
                secret_key_public(keys[i], &public);
                must(trust_add(t, &public, "", &e));
        }
        must(trust_set_threshold(t, threshold, &e));
        must(trust_set_list_threshold(t, threshold, &e));
        t->number = number;
        t->issued = LIST_ISSUED;
        t->has_previous = number > 1;
}

static inline void list_after(struct trust *t, const struct buf *previous)
{
        struct trust_list list;
        struct err e;

        must(trust_list_split(&list, previous->data, previous->len, &e));
        memcpy(t->previous, list.sha256, SHA256_SIZE);
}

/* The caller releases *out. */
static inline void list_text(
    const struct trust *t, struct buf *out, struct secret_key *const *signers, size_t count)
{
        struct err e;

        buf_init(out, LIMIT_TRUST_LIST);
        must(trust_list_format(t, out, &e));
        for (size_t i = 0; i < count; i++)
                must(trust_list_sign(out, signers[i], &e));
}

/* trust_list_follow() on a text; `in_force` the text of the list that *t is, or NULL. */
static inline int list_follow(
    struct trust *t, const struct buf *in_force, const struct buf *text, struct err *e)
{
        struct trust_list list, before;

        *e = (struct err)ERR_INIT;
        if (in_force && trust_list_split(&before, in_force->data, in_force->len, e) < 0)
                return -1;
        if (trust_list_split(&list, text->data, text->len, e) < 0)
                return -1;
        return trust_list_follow(t, in_force ? before.sha256 : NULL, &list, e);
}

#endif
