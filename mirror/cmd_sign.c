#include "keyfile.h"
#include "sign_bundle.h"
#include "sign_list.h"

static const struct opt_spec options[] = {
    {"key", 'k', "FILE", "the secret key to sign with"},
    {"password-file", 0, "FILE", "its first line is the password of the key"},
    {"password-fd", 0, "N", "read the password from this descriptor"},
    {0},
};

static int run(struct cmd *c, struct err *e)
{
        int bundle;

        if (cmd_want_args(c, 1, 10000, e) < 0)
                return -1;
        if (!opt_value(&c->opt, "key"))
                return err_set(e, ERR_USAGE, "which key? dray sign %s --key FILE", c->opt.args[0]);
        bundle = sign_is_bundle(c->opt.args[0], e);
        if (bundle < 0)
                return -1;
        if (bundle)
                return sign_bundle(c, c->opt.args, c->opt.arg_count, e);
        if (c->opt.arg_count > 1)
                return err_set(e, ERR_USAGE, "one trust list at a time");
        return sign_list(c, c->opt.args[0], e);
}

const struct command cmd_sign = {
    .name = "sign",
    .run = run,
    .options = options,
    .arguments = "FILE...",
    .summary = "add a signature to a bundle or a trust list",
    .description =
        "Adds your signature to a finished bundle (all its volumes, if it has several), or to a\n"
        "trust list that `dray trust rotate` wrote. Shows what is signed before it asks for the\n"
        "key's password. Needs no mirror: a machine that holds the files and the key is enough.\n"
        "Each file is replaced in one step, by one that was checked and read back.",
};
