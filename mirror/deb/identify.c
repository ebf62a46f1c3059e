#include "mirror/deb/identify.h"

#include "mirror/deb/control.h"
#include "mirror/deb/entry.h"

static int compare(const struct record *r, const struct deb_entry *entry,
    const struct deb_control *c, struct err *e)
{
        if (strcmp(c->package, r->package) == 0 && strcmp(c->version, r->version) == 0 &&
            strcmp(c->architecture, entry->architecture) == 0)
                return 0;
        return err_set(e, ERR_REFUSED, "inside it is %.100s %.100s (%.40s)", c->package, c->version,
            c->architecture);
}

int deb_identify(const struct record *r, int fd, struct held_files *files, struct err *e)
{
        struct deb_control control = {0};
        struct deb_entry entry;
        int ret = 0;

        (void)files;
        if (deb_entry_parse(r, &entry, e) < 0)
                return -1;
        if (entry.kind == DEB_BINARY) {
                ret = deb_control_read(fd, &control, e);
                if (ret == 0)
                        ret = compare(r, &entry, &control, e);
                deb_control_release(&control);
        }
        deb_entry_release(&entry);
        return ret;
}
