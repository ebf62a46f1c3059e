/* -h, `dray help` and the man page, from the tables. */
#include "bundle/err.h"
#include "mirror/cmd.h"

static void print_option(const struct opt_spec *s)
{
        char left[64];

        snprintf(left, sizeof left, "%s%c%s--%s%s%s", s->letter ? "-" : "  ",
            s->letter ? s->letter : ' ', s->letter ? ", " : " ", s->name, s->value ? " " : "",
            s->value ? s->value : "");
        printf("  %-26s %s\n", left, s->help);
}

void help_command(const struct command *command)
{
        printf("usage: dray [-C DIR] %s%s%s%s\n\n%s\n", command->name,
            command->options ? " [options]" : "", *command->arguments ? " " : "",
            command->arguments, command->description);
        if (command->options) {
                printf("\noptions:\n");
                for (const struct opt_spec *s = command->options; s->name; s++)
                        print_option(s);
        }
        printf("\ncommon options:\n");
        for (const struct opt_spec *s = cmd_common_options; s->name; s++)
                if (command->json || strcmp(s->name, "json") != 0)
                        print_option(s);
}

static const char exit_codes[] =
    "0 done; 1 failed; 2 wrong usage, dray.toml or lock file; 3 refused: not authentic or damaged; "
    "4 refused: not the next bundle here; 5 incomplete: something selected is missing, or volumes of a bundle are; "
    "6 not let in: authentic, and against the policy of this mirror; "
    "75 another dray is at work";

void help_all(void)
{
        printf("dray carries packages across an air gap.\n\nusage: dray [-C DIR] COMMAND ...\n\n");
        for (size_t i = 0; commands[i]; i++)
                printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
        printf("\n`dray COMMAND -h` tells more. Exit status: %s.\n", exit_codes);
}

/* Text in man(7): a leading dot or quote and backslashes need care. */
static void man_text(const char *text)
{
        int line_start = 1;

        for (; *text; text++) {
                if (line_start && (*text == '.' || *text == '\''))
                        printf("\\&");
                if (*text == '\\')
                        printf("\\e");
                else if (*text == '-')
                        printf("\\-");
                else
                        putchar(*text);
                line_start = *text == '\n';
        }
        putchar('\n');
}

static void man_options(const struct opt_spec *s)
{
        for (; s->name; s++) {
                printf(".TP\n");
                if (s->letter)
                        printf("\\fB\\-%c\\fR, ", s->letter);
                printf("\\fB\\-\\-");
                for (const char *p = s->name; *p; p++)
                        printf(*p == '-' ? "\\-" : "%c", *p);
                printf("\\fR%s%s\n", s->value ? " " : "", s->value ? s->value : "");
                man_text(s->help);
        }
}

void help_man(void)
{
        printf(".TH DRAY 1 \"\" \"dray " DRAY_VERSION "\"\n.SH NAME\n"
               "dray \\- offline mirror and bundle builder for package registries\n"
               ".SH SYNOPSIS\n.B dray\n[\\fB\\-C\\fR DIR] COMMAND ...\n.SH COMMANDS\n");
        for (size_t i = 0; commands[i]; i++) {
                const struct command *c = commands[i];

                printf(".SS dray %s%s%s\n", c->name, *c->arguments ? " " : "", c->arguments);
                printf(".nf\n"); /* the lines are set as they are: some are small tables */
                man_text(c->description);
                printf(".fi\n");
                if (c->options)
                        man_options(c->options);
        }
        printf(".SH COMMON OPTIONS\n");
        man_options(cmd_common_options);
        printf(".PP\n\\-\\-json is for");
        for (size_t i = 0; commands[i]; i++)
                if (commands[i]->json)
                        printf(" %s", commands[i]->name);
        printf(".\n");
        printf(".SH EXIT STATUS\n");
        man_text(exit_codes);
        printf(".SH FILES\n.TP\n.I dray.toml\nWhat to mirror; the only file a person edits.\n"
               ".TP\n.I state/\nThe store, the catalog and the published trees.\n"
               ".TP\n.I site\nSymbolic link to the published tree.\n"
               ".TP\n.I outbox/\nBundles, as built.\n");
}
