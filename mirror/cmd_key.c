#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "bundle/password.h"
#include "bundle/secret.h"
#include "keyfile.h"

static const struct opt_spec options[] = {
    {"no-password", 'W', NULL, "generate: keep the key in the clear; its file mode protects it"},
    {"password-file", 0, "FILE", "its first line is the password"},
    {"password-fd", 0, "N", "read the password from this descriptor"},
    {0},
};

/* Never over a file that is there: a lost signing key cannot be had again. */
static int write_new(const char *path, const char *text, size_t len, mode_t mode, struct err *e)
{
        const char *name;
        int folder = fs_open_parent(path, &name, e);
        int written = folder < 0 ? -1 : fs_write_new(folder, name, text, len, mode, e);

        if (folder >= 0)
                close(folder);
        if (written == 0)
                return err_set(e, ERR_USAGE, "%s is there already; dray overwrites no key", path);
        return written < 0 ? -1 : 0;
}

static void print_public(const struct public_key *key, const char *path)
{
        char id[KEY_ID_TEXT], line[PUBLIC_KEY_LINE];

        key_id_format(id, key->id);
        public_key_line(key, line);
        printf("%s  %s%s%s\n", id, line, path ? "  " : "", path ? path : "");
}

static char *new_password(const struct cmd *c, const char *path, struct err *e)
{
        struct password_request request = {.file = opt_value(&c->opt, "password-file"),
            .descriptor = -1,
            .key_name = path,
            .create = true};
        long long fd;
        int given = opt_number(&c->opt, "password-fd", 0, 1000000, &fd, e);

        if (given < 0)
                return NULL;
        if (given)
                request.descriptor = (int)fd;
        return password_get(&request, e);
}

static int generate(const struct cmd *c, const char *name, struct err *e)
{
        char *secret_path = xasprintf("%s.key", name), *public_path = xasprintf("%s.pub", name);
        char *password = NULL, *text = NULL, public_text[PUBLIC_KEY_TEXT];
        struct secret_key *key = NULL;
        struct public_key public;
        size_t len;
        int ret = -1;

        if (access(public_path, F_OK) == 0) {
                err_set(e, ERR_USAGE, "%s is there already; dray overwrites no key", public_path);
                goto out;
        }
        if (!opt_flag(&c->opt, "no-password")) {
                password = new_password(c, secret_path, e);
                if (!password)
                        goto out;
        }
        key = secret_key_generate();
        text = secret_key_format(key, password, &scrypt_cost_default, e);
        if (!text || write_new(secret_path, text, strlen(text), 0600, e) < 0)
                goto out;
        secret_key_public(key, &public);
        len = public_key_format(&public, public_text);
        if (write_new(public_path, public_text, len, 0644, e) < 0) {
                unlink(secret_path); /* nobody has it yet; the same command makes both again */
                goto out;
        }
        print_public(&public, NULL);
        cmd_note(
            c, "wrote %s (keep it) and %s (carry it to the other side)", secret_path, public_path);
        ret = 0;
out:
        secret_free(password);
        secret_free(text);
        secret_key_free(key);
        free(secret_path);
        free(public_path);
        return ret;
}

static int show(const char *path, struct err *e)
{
        struct public_key public;

        if (keyfile_public(path, &public, e) < 0)
                return -1;
        print_public(&public, path);
        return 0;
}

/* The public half of a secret key, on stdout: for a .pub that was lost. */
static int export_public(const struct cmd *c, const char *path, struct err *e)
{
        struct secret_key *key = keyfile_open(c, path, e);
        char text[PUBLIC_KEY_TEXT];
        struct public_key public;
        size_t len;

        if (!key)
                return -1;
        secret_key_public(key, &public);
        secret_key_free(key);
        len = public_key_format(&public, text);
        fwrite(text, 1, len, stdout);
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        if (cmd_want_args(c, 2, 2, e) < 0)
                return -1;
        if (strcmp(c->opt.args[0], "generate") == 0)
                return generate(c, c->opt.args[1], e);
        if (strcmp(c->opt.args[0], "show") == 0)
                return show(c->opt.args[1], e);
        if (strcmp(c->opt.args[0], "public") == 0)
                return export_public(c, c->opt.args[1], e);
        return err_set(e, ERR_USAGE, "unknown: dray key %s; generate, show and public are there",
            c->opt.args[0]);
}

const struct command cmd_key = {
    .name = "key",
    .run = run,
    .options = options,
    .arguments = "generate|show|public NAME",
    .summary = "make and show signing keys",
    .description =
        "key generate NAME   makes NAME.key (secret, with a password) and NAME.pub\n"
        "key show NAME.pub   prints the id and the line of a public key\n"
        "key public NAME.key prints the public key file of a secret key\n\n"
        "The files are minisign's: keys made by `minisign -G` sign here, and the other way round.",
};
