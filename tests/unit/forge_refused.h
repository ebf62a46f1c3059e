/*
 * What the tests of forged bundles share: two keys, of which the mirror trusts
 * the first, a mirror for each test, and the refusal of a forged bundle.
 */
#ifndef TESTS_FORGE_REFUSED_H
#define TESTS_FORGE_REFUSED_H

#include "forge.h"

static struct secret_key *keys[2];
static struct box to;

static inline int make_keys(void **state)
{
        (void)state;
        keys[0] = secret_key_generate();
        keys[1] = secret_key_generate();
        return 0;
}

static inline int free_keys(void **state)
{
        (void)state;
        secret_key_free(keys[0]);
        secret_key_free(keys[1]);
        return 0;
}

static inline int set_up(void **state)
{
        (void)state;
        box_open(&to);
        box_trust(&to, STREAM, keys, 1, 1);
        return 0;
}

static inline int tear_down(void **state)
{
        (void)state;
        box_close(&to);
        return 0;
}

/* Is refused as damaged or not authentic. Closes the forge. */
static inline void refuse(struct forge *f, const char *part)
{
        int fd = forge_bundle(f);

        import_refused(&to, fd, ERR_REFUSED, part);
        close(fd);
        forge_close(f);
}

#define FORGE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
