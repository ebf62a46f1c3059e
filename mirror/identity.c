#include "mirror/identity.h"

#include <unistd.h>

#include "bundle/mem.h"

int identity_check(const struct registry *registry, const struct record *r,
    struct held_files *files, struct err *e)
{
        int fd, ret, held = files->open(files, r->sha256, &fd, e);

        if (held < 0)
                return -1;
        if (!held)
                return err_set(e, ERR_FAILED, "%s/%s: its file is not here; run dray fsck",
                    r->source, r->file);
        ret = registry->identify(r, fd, files, e);
        close(fd);
        return ret < 0 ? err_prefix(e, "%s/%s", r->source, r->file) : 0;
}

static int open_stored(
    struct held_files *files, const unsigned char sha256[SHA256_SIZE], int *fd, struct err *e)
{
        const struct mirror *m = files->user;
        uint64_t size;
        int held = catalog_blob_has(m->catalog, sha256, &size, e);

        if (held <= 0 || !store_present(m->store, sha256, size))
                return held < 0 ? -1 : 0;
        *fd = store_get(m->store, sha256, e);
        return *fd < 0 ? -1 : 1;
}

int identity_check_list(struct mirror *m, const char *source, const struct registry *registry,
    struct wanted_list *l, struct err *e)
{
        struct held_files files = {.user = m, .open = open_stored};
        int ret = -1;

        if (catalog_read_begin(m->catalog, e) < 0)
                return -1;
        for (size_t i = 0; i < l->count; i++) {
                struct wanted *w = &l->items[i];
                struct err why = ERR_INIT;
                int known;

                if (!w->held || strcmp(w->record.source, source) != 0)
                        continue;
                known = catalog_record_has(m->catalog, &w->record, e);
                if (known < 0)
                        goto out;
                if (known || identity_check(registry, &w->record, &files, &why) == 0)
                        continue;
                if (why.code != ERR_REFUSED) {
                        *e = why;
                        goto out;
                }
                w->held = 0;
                free(w->error);
                w->error = xasprintf("wrong software: %s; not taken", why.msg);
        }
        ret = 0;
out:
        catalog_read_end(m->catalog);
        return ret;
}
