#include "sign_list.h"

#include <fcntl.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/timestamp.h"
#include "bundle/trust_list.h"
#include "keyfile.h"
#include "trust_edit.h"

/* What is about to be signed, before a password is asked for. */
static int show(const struct buf *text, struct err *e)
{
        struct trust_list *list = xmalloc(sizeof *list);
        struct trust *t = xmalloc(sizeof *t);
        char issued[TIMESTAMP_SIZE];
        int ret = -1;

        if (trust_list_split(list, text->data, text->len, e) < 0 ||
            trust_list_parse(list, t, e) < 0)
                goto out;
        printf("trust list %lld of stream %s, made at %s, with %zu signatures\n",
            (long long)t->number, t->stream, timestamp_format(t->issued, issued),
            list->signature_count);
        trust_edit_print(t);
        fflush(stdout);
        ret = 0;
out:
        free(list);
        free(t);
        return ret;
}

/* The temporary file is in the same folder: the other may be on another disk. */
static int replace(const char *path, const struct buf *text, struct err *e)
{
        const char *name;
        int folder = fs_open_parent(path, &name, e), ret = -1;

        if (folder < 0)
                return -1;
        ret = fs_write_file(folder, name, text->data, text->len, e);
        close(folder);
        return ret;
}

int sign_list(const struct cmd *c, const char *path, struct err *e)
{
        struct secret_key *key = NULL;
        struct buf text;
        int ret = -1, found;

        buf_init(&text, LIMIT_TRUST_LIST);
        found = fs_read_file(AT_FDCWD, path, &text, e);
        if (found == 0)
                err_set(e, ERR_USAGE, "no such file");
        if (found <= 0 || show(&text, e) < 0)
                goto out;
        key = keyfile_open(c, opt_value(&c->opt, "key"), e);
        if (!key || trust_list_sign(&text, key, e) < 0 || replace(path, &text, e) < 0)
                goto out;
        cmd_note(c, "signed: %s", path);
        ret = 0;
out:
        if (ret < 0)
                err_prefix(e, "%s", path);
        secret_key_free(key);
        buf_release(&text);
        return ret;
}
