#include "sign_list.h"

#include "keyfile.h"

static const struct opt_spec options[] = {
    {"key", 'k', "FILE", "the secret key to sign with"},
    {"password-file", 0, "FILE", "its first line is the password of the key"},
    {"password-fd", 0, "N", "read the password from this descriptor"},
    {0},
};

static int run(struct cmd *c, struct err *e)
{
        if (cmd_want_args(c, 1, 1, e) < 0)
                return -1;
        if (!opt_value(&c->opt, "key"))
                return err_set(e, ERR_USAGE, "which key? dray sign %s --key FILE", c->opt.args[0]);
        return sign_list(c, c->opt.args[0], e);
}

const struct command cmd_sign = {
    .name = "sign",
    .run = run,
    .options = options,
    .arguments = "FILE",
    .summary = "add a signature to a trust list",
    .description =
        "Adds your signature to a trust list that `dray trust rotate` wrote. Shows what is signed\n"
        "before it asks for the key's password. Needs no mirror. The file is replaced in one step.",
};
