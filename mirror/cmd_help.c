#include "mirror/cmd.h"

static const struct opt_spec options[] = {
    {"man", 0, NULL, "print the man page, in man(7)"},
    {0},
};

static int run(struct cmd *c, struct err *e)
{
        if (cmd_want_args(c, 0, 1, e) < 0)
                return -1;
        if (opt_flag(&c->opt, "man")) {
                help_man();
                return 0;
        }
        if (c->opt.arg_count == 0) {
                help_all();
                return 0;
        }
        for (size_t i = 0; commands[i]; i++) {
                if (strcmp(commands[i]->name, c->opt.args[0]) == 0) {
                        help_command(commands[i]);
                        return 0;
                }
        }
        return err_set(
            e, ERR_USAGE, "unknown command %s; `dray help` lists the commands", c->opt.args[0]);
}

const struct command cmd_help = {
    .name = "help",
    .run = run,
    .options = options,
    .arguments = "[COMMAND]",
    .summary = "help on dray or on one command",
    .description = "Lists the commands, or shows the help of one.",
};
