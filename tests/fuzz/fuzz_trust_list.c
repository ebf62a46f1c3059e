/*
 * A trust list that is accepted is the text that would be written for it; and without a signature
 * by the keys in force it is never the next one, whatever it says.
 */
#include <assert.h>
#include <stdint.h>

#include "bundle/trust_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One key that nobody has, as bare keys and as list 1. */
static void nobody(struct trust *t, int64_t number)
{
        struct public_key key = {{0}, {1}};
        struct err e = ERR_INIT;
        int made = trust_init(t, "plant-a", &e) | trust_add(t, &key, "", &e);

        assert(made == 0);
        t->number = number;
}

static void parse(const struct trust_list *list)
{
        static struct trust t;
        struct err e = ERR_INIT;
        struct buf again;
        int formatted;

        if (trust_list_parse(list, &t, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return;
        }
        assert(t.number >= 1 && t.epoch >= 1 && t.epoch <= t.number);
        assert(trust_active(&t, TRUST_BUNDLES) >= t.threshold && t.threshold >= 1);
        assert(trust_active(&t, TRUST_LISTS) >= t.list_threshold && t.list_threshold >= 1);
        buf_init(&again, LIMIT_TRUST_LIST);
        formatted = trust_list_format(&t, &again, &e);
        assert(formatted == 0);
        assert(again.len == list->len && memcmp(again.data, list->text, list->len) == 0);
        buf_release(&again);
        (void)formatted;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct trust_list list;
        static struct trust t;
        static const unsigned char in_force[SHA256_SIZE];
        struct err e = ERR_INIT;
        size_t signatures = 0;

        if (trust_list_split(&list, (const char *)data, size, &e) < 0) {
                assert(e.code == ERR_REFUSED);
                return 0;
        }
        for (size_t i = 0; i < list.signature_count; i++)
                signatures += list.signatures[i].len;
        assert(list.len + signatures == size);
        parse(&list);
        nobody(&t, 0);
        assert(trust_list_follow(&t, NULL, &list, &e) <= 0 && t.number == 0);
        nobody(&t, 1);
        assert(trust_list_follow(&t, in_force, &list, &e) == -1 && t.number == 1);
        return 0;
}
