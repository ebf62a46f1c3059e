/*
 * Serves a tree until SIGTERM or SIGINT, for tests by hand and for measuring:
 *
 *     serve [-q] SITE [ADDR:PORT [CERT KEY]]
 *
 * Prints one line for each address on stdout, then the access log on stderr
 * (none with -q), and at the end how many requests were cut off.
 */
#include <signal.h>
#include <unistd.h>

#include "mirror/httpd.h"

static void access_log(void *user, const struct httpd_access *a)
{
        struct buf line;

        (void)user;
        buf_init(&line, 256 * 1024);
        if (httpd_access_line(&line, a) == 0)
                fprintf(stderr, "%s\n", line.data);
        buf_release(&line);
}

static void problem(void *user, const char *line)
{
        (void)user;
        fprintf(stderr, "problem: %s\n", line);
}

int main(int argc, char **argv)
{
        struct err e = ERR_INIT;
        struct httpd_options o = {.problem = problem, .access = access_log};
        struct httpd *h;
        sigset_t stop;
        int at = 1, got;

        if (at < argc && strcmp(argv[at], "-q") == 0) {
                o.access = NULL;
                at++;
        }
        if (argc - at != 1 && argc - at != 2 && argc - at != 4) {
                fprintf(stderr, "usage: serve [-q] SITE [ADDR:PORT [CERT KEY]]\n");
                return 2;
        }
        o.site = argv[at];
        if (argc - at > 1) {
                o.listen = (const char *const *)&argv[at + 1];
                o.listen_count = 1;
        }
        if (argc - at == 4) {
                o.cert_file = argv[at + 2];
                o.key_file = argv[at + 3];
        }
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigaddset(&stop, SIGINT);
        sigprocmask(SIG_BLOCK, &stop, NULL);
        h = httpd_start(&o, &e);
        if (!h) {
                fprintf(stderr, "serve: %s\n", e.msg);
                return err_exit_status(e.code);
        }
        for (size_t i = 0; httpd_address(h, i); i++)
                printf("%s\n", httpd_address(h, i));
        fflush(stdout);
        sigwait(&stop, &got);
        fprintf(stderr, "cut off: %u\n", httpd_stop(h));
        return 0;
}
