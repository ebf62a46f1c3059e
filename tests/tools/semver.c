/*
 * Drives the semver modules for a differential test: one line of tab-separated
 * fields in, one line out. "bad" stands for a refusal. FLAGS: sum of 1 (loose)
 * and 2 (pre-releases counted).
 *
 *     version TEXT FLAGS              the canonical text
 *     compare A B FLAGS               -1 0 1
 *     satisfies VERSION RANGE FLAGS   valid range, is in it
 */
#include "bundle/mem.h"
#include "mirror/npm/range.h"

static unsigned flags_of(const char *field)
{
        return (unsigned)(*field - '0');
}

static void do_version(char **f, struct buf *out)
{
        struct semver v;

        if (semver_parse(&v, f[1], strlen(f[1]), flags_of(f[2])) < 0)
                buf_adds(out, "bad");
        else
                semver_format(&v, out);
}

static void do_compare(char **f, struct buf *out)
{
        struct semver a, b;
        unsigned flags = flags_of(f[3]);
        int d;

        if (semver_parse(&a, f[1], strlen(f[1]), flags) < 0 ||
            semver_parse(&b, f[2], strlen(f[2]), flags) < 0) {
                buf_adds(out, "bad");
                return;
        }
        d = semver_compare(&a, &b);
        buf_addf(out, "%d", (d > 0) - (d < 0));
}

static void do_satisfies(char **f, struct buf *out)
{
        unsigned flags = flags_of(f[3]);
        struct semver_range *r = semver_range_parse(f[2], flags);

        buf_addf(out, "%d%d", r != NULL, semver_satisfies(f[1], f[2], flags));
        semver_range_free(r);
}

int main(void)
{
        char *line = NULL, *fields[4], *rest;
        size_t cap = 0;
        ssize_t n;
        struct buf out;

        buf_init(&out, 4096);
        while ((n = getline(&line, &cap, stdin)) > 0) {
                size_t count = 0;

                line[n - 1] = '\0';
                for (rest = line; count < 4 && rest; count++)
                        fields[count] = strsep(&rest, "\t");
                buf_reset(&out);
                if (count == 3 && strcmp(fields[0], "version") == 0)
                        do_version(fields, &out);
                else if (count == 4 && strcmp(fields[0], "compare") == 0)
                        do_compare(fields, &out);
                else if (count == 4 && strcmp(fields[0], "satisfies") == 0)
                        do_satisfies(fields, &out);
                else
                        return 2;
                puts(out.data);
        }
        buf_release(&out);
        free(line);
        return 0;
}
