#include "keyfile.h"

#include <fcntl.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/password.h"
#include "bundle/secret.h"

const struct opt_spec keyfile_options[] = {
    {"password-file", 0, "FILE", "its first line is the password of the key"},
    {"password-fd", 0, "N", "read the password from this descriptor"},
    {0},
};

static int read_text(const char *path, struct buf *out, struct err *e)
{
        int found = fs_read_file(AT_FDCWD, path, out, e);

        if (found == 0)
                return err_set(e, ERR_USAGE, "%s: no such key file", path);
        return found < 0 ? -1 : 0;
}

/* Whoever named it is at fault, not a sender. */
static int wrong_file(const char *path, struct err *e)
{
        if (e->code == ERR_REFUSED)
                e->code = ERR_USAGE;
        return err_prefix(e, "%s", path);
}

static char *ask_password(const struct cmd *c, const char *path, struct err *e)
{
        struct password_request request = {
            .file = opt_value(&c->opt, "password-file"), .descriptor = -1, .key_name = path};
        long long fd;
        int given = opt_number(&c->opt, "password-fd", 0, 1000000, &fd, e);

        if (given < 0)
                return NULL;
        if (given)
                request.descriptor = (int)fd;
        return password_get(&request, e);
}

struct secret_key *keyfile_open(const struct cmd *c, const char *path, struct err *e)
{
        struct secret_key *key = NULL;
        struct buf text;
        char *password = NULL;
        int encrypted;

        buf_init(&text, LIMIT_KEY_FILE);
        if (read_text(path, &text, e) < 0)
                goto out;
        encrypted = secret_key_is_encrypted(text.data, text.len, e);
        if (encrypted == 1)
                password = ask_password(c, path, e);
        if (encrypted < 0 || (encrypted && !password))
                goto out;
        key = secret_key_parse(text.data, text.len, password, e);
out:
        if (!key)
                wrong_file(path, e);
        secret_free(password);
        if (text.cap)
                explicit_bzero(text.data, text.cap);
        buf_release(&text);
        return key;
}

int keyfile_public(const char *text_or_path, struct public_key *out, struct err *e)
{
        struct buf text;
        int ret;

        if (strncmp(text_or_path, "RW", 2) == 0 && strlen(text_or_path) == PUBLIC_KEY_LINE - 1)
                return public_key_parse(out, text_or_path, strlen(text_or_path), e);
        buf_init(&text, LIMIT_KEY_FILE);
        ret = read_text(text_or_path, &text, e);
        if (ret == 0 && public_key_parse(out, text.data, text.len, e) < 0)
                ret = wrong_file(text_or_path, e);
        buf_release(&text);
        return ret;
}
