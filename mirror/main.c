#include <jansson.h>
#include <signal.h>
#include <stdarg.h>

#include "bundle/err.h"
#include "bundle/text.h"
#include "mirror/cmd.h"

const struct command *const commands[] = {
    &cmd_init,
    &cmd_add,
    &cmd_plan,
    &cmd_sync,
    &cmd_status,
    &cmd_key,
    &cmd_trust,
    &cmd_bundle,
    &cmd_sign,
    &cmd_split,
    &cmd_join,
    &cmd_verify,
    &cmd_import,
    &cmd_receipt,
    &cmd_diff,
    &cmd_rollback,
    &cmd_log,
    &cmd_publish,
    &cmd_serve,
    &cmd_fsck,
    &cmd_gc,
    &cmd_help,
    NULL,
};

const struct opt_spec cmd_common_options[] = {
    {"directory", 'C', "DIR", "the mirror's folder (default: the current one)"},
    {"json", 0, NULL, "results as JSON, for programs"},
    {"quiet", 'q', NULL, "no progress, no notes"},
    {"help", 'h', NULL, "this text"},
    {0},
};

/* What is from outside must not steer the terminal; a line that goes on below is indented. */
static void say(const char *fmt, va_list ap)
{
        static const char below[] = "\n  ";
        char *text = NULL, *line, *next;

        if (vasprintf(&text, fmt, ap) < 0)
                abort();
        fputs("dray: ", stderr);
        for (line = text; line; line = next) {
                next = strstr(line, below);
                if (next) {
                        *next = '\0';
                        next += sizeof below - 1;
                }
                text_clean(line);
                fprintf(stderr, "%s%s", line, next ? below : "\n");
        }
        free(text);
}

void cmd_note(const struct cmd *c, const char *fmt, ...)
{
        va_list ap;

        if (c->quiet)
                return;
        va_start(ap, fmt);
        say(fmt, ap);
        va_end(ap);
}

void cmd_warn(const struct cmd *c, const char *fmt, ...)
{
        va_list ap;

        (void)c;
        va_start(ap, fmt);
        say(fmt, ap);
        va_end(ap);
}

int cmd_want_args(const struct cmd *c, size_t min, size_t max, struct err *e)
{
        if (c->opt.arg_count >= min && c->opt.arg_count <= max)
                return 0;
        return err_set(e, ERR_USAGE, "usage: dray %s %s (-h tells more)", c->command->name,
            *c->command->arguments ? c->command->arguments : "(no arguments)");
}

static const struct command *find_command(const char *name, struct err *e)
{
        const char *names[32], *near;
        size_t n = 0;

        for (; commands[n]; n++) {
                if (strcmp(commands[n]->name, name) == 0)
                        return commands[n];
                names[n] = commands[n]->name;
        }
        names[n] = NULL;
        near = opt_nearest(name, names);
        err_set(e, ERR_USAGE, "unknown command %s; %s%s%s", name, near ? "did you mean " : "",
            near ? near : "`dray help` lists the commands", near ? "?" : "");
        return NULL;
}

void cmd_print_json_take(json_t *value)
{
        json_dumpf(value, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(value);
}

/* A refusal that programs can tell from the others. */
static void say_cause(const struct err *e)
{
        json_t *error = json_pack("{s{ss ss si}}", "error", "cause", e->cause, "message", e->msg,
            "status", err_exit_status(e->code));

        cmd_print_json_take(error);
}

static int run(int argc, char **argv, struct err *e)
{
        const struct opt_spec *specs[] = {cmd_common_options, NULL, NULL};
        struct cmd c = {.dir = "."};
        struct opt before = {0};
        int at, ret = -1;

        if (argc > 1 && strcmp(argv[1], "--version") == 0) {
                printf("dray " DRAY_VERSION "\n");
                return 0;
        }
        at = opt_parse_leading(&before, specs, argc - 1, argv + 1, e) + 1;
        if (at == 0)
                return -1;
        if (at >= argc) {
                if (argc > 1 && opt_flag(&before, "help")) {
                        help_all();
                        ret = 0;
                } else {
                        err_set(e, ERR_USAGE, "which command? `dray help` lists them");
                }
                goto out;
        }
        c.command = find_command(argv[at], e);
        if (!c.command)
                goto out;
        specs[1] = c.command->options;
        if (opt_parse(&c.opt, specs, argc - at - 1, argv + at + 1, e) < 0)
                goto out;
        if (opt_flag(&before, "help") || opt_flag(&c.opt, "help")) {
                help_command(c.command);
                ret = 0;
                goto out;
        }
        if (opt_value(&before, "directory"))
                c.dir = opt_value(&before, "directory");
        if (opt_value(&c.opt, "directory"))
                c.dir = opt_value(&c.opt, "directory");
        c.json = opt_flag(&before, "json") || opt_flag(&c.opt, "json");
        c.quiet = opt_flag(&before, "quiet") || opt_flag(&c.opt, "quiet");
        if (c.json && !c.command->json) {
                err_set(e, ERR_USAGE, "dray %s has no --json: its results are for people",
                    c.command->name);
                goto out;
        }
        ret = c.command->run(&c, e);
        if (ret < 0 && c.json && e->cause)
                say_cause(e);
out:
        opt_release(&before);
        opt_release(&c.opt);
        return ret;
}

int main(int argc, char **argv)
{
        struct err e = ERR_INIT;
        int status = 0;

        /* a closed pipe is a failed write, with a message, not a silent death */
        signal(SIGPIPE, SIG_IGN);
        if (run(argc, argv, &e) < 0) {
                if (e.code == ERR_NONE) /* success is the last thing that it may be taken for */
                        err_set(&e, ERR_FAILED, "failed, and does not know why (a bug in dray)");
                status = err_exit_status(e.code);
                fprintf(stderr, "dray: %s\n", e.msg);
        }
        if (fflush(stdout) != 0 || ferror(stdout)) {
                fprintf(stderr, "dray: cannot write the results to stdout\n");
                status = status ? status : 1;
        }
        return status;
}
