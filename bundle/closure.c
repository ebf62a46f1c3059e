#include "bundle/closure.h"

#include "bundle/manifest.h"

struct closure {
        struct catalog *catalog;
        int64_t base;
        struct manifest manifest; /* read up to the records when they come */
};

static int check_record(
    void *user, const struct record *r, const char *line, size_t len, int added, struct err *e)
{
        const struct closure *c = user;
        int held;

        (void)line;
        (void)len;
        if (!added || manifest_blob_find(&c->manifest, r->sha256))
                return 0;
        held = c->base ? catalog_blob_in_scope(c->catalog, c->base, r->sha256, e) : 0;
        if (held)
                return held < 0 ? -1 : 0;
        return err_set(e, ERR_REFUSED,
            "%s/%s: its bytes would be neither in the bundle nor in its base; nothing was signed: run "
            "dray fsck, then dray bundle --full",
            r->source, r->file);
}

int closure_check(
    const void *xz, size_t len, struct catalog *c, int64_t base_generation, struct err *e)
{
        struct closure closure = {.catalog = c, .base = base_generation};
        int ret = manifest_read(xz, len, &closure.manifest, check_record, &closure, e);

        manifest_release(&closure.manifest);
        return ret;
}
