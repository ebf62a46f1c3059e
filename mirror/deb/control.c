#include "mirror/deb/control.h"

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "control_member.h"
#include "mirror/deb/entry.h"
#include "mirror/deb/stanza.h"

void deb_control_release(struct deb_control *c)
{
        buf_release(&c->text);
        free(c->package);
        free(c->version);
        free(c->architecture);
        free(c->source);
        *c = (struct deb_control){0};
}

/* Blank lines around it are nothing; more than one stanza is no control file. */
static int take_stanza(const struct buf *file, struct buf *out, struct err *e)
{
        size_t start, end = stanza_end(file->data, file->len, &start), after;

        if (memchr(file->data, '\0', file->len))
                return err_set(e, ERR_REFUSED, "its control file holds a NUL");
        stanza_end(file->data + end, file->len - end, &after);
        if (start == file->len || end + after != file->len)
                return err_set(e, ERR_REFUSED, "its control file is not one stanza");
        buf_add(out, file->data + start, end - start);
        while (out->len && out->data[out->len - 1] == '\n')
                out->data[--out->len] = '\0';
        return buf_addc(out, '\n');
}

static int take_field(const struct stanza_field *f, const char *name, char **out, struct err *e)
{
        if (!stanza_is(f, name))
                return 0;
        if (*out)
                return err_set(e, ERR_REFUSED, "its control file has two fields %s", name);
        if (f->value_len == 0 || f->value_len > LIMIT_NAME || memchr(f->value, '\n', f->value_len))
                return err_set(e, ERR_REFUSED, "its control file has an unfit %s", name);
        *out = xstrndup(f->value, f->value_len);
        return 0;
}

static int read_fields(struct deb_control *c, struct err *e)
{
        struct stanza_reader r;
        struct stanza_field f;
        int more;

        stanza_first(&r, c->text.data, c->text.len);
        while ((more = stanza_next(&r, &f, e)) == 1)
                if (take_field(&f, "Package", &c->package, e) < 0 ||
                    take_field(&f, "Version", &c->version, e) < 0 ||
                    take_field(&f, "Architecture", &c->architecture, e) < 0 ||
                    take_field(&f, "Source", &c->source, e) < 0)
                        return -1;
        if (more < 0)
                return -1;
        if (!c->package || !c->version || !c->architecture)
                return err_set(
                    e, ERR_REFUSED, "its control file lacks Package, Version or Architecture");
        if (!c->source)
                c->source = xstrdup(c->package);
        c->source[strcspn(c->source, " (")] = '\0';
        if (!deb_name_is_valid(c->package, strlen(c->package)) ||
            !deb_name_is_valid(c->source, strlen(c->source)))
                return err_set(e, ERR_REFUSED, "\"%.60s\" is no package name", c->package);
        return 0;
}

int deb_control_read(int fd, struct deb_control *out, struct err *e)
{
        struct buf file;
        int ret = -1;

        *out = (struct deb_control){0};
        buf_init(&file, LIMIT_DEB_CONTROL);
        buf_init(&out->text, LIMIT_DEB_CONTROL + 1);
        if (control_member_read(fd, &file, e) == 0 && take_stanza(&file, &out->text, e) == 0)
                ret = read_fields(out, e);
        buf_release(&file);
        if (ret < 0)
                deb_control_release(out);
        return ret;
}
