#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/buf.h"
#include "bundle/mem.h"
#include "mirror/cmd.h"
#include "mirror/httpd.h"
#include "mirror/mirror.h"

static const struct opt_spec options[] = {
    {"listen", 'l', "ADDR:PORT", "where to listen (default: loopback, port 8080); may be repeated"},
    {"cert", 0, "FILE", "TLS: certificate chain, PEM"},
    {"key", 0, "FILE", "TLS: its key, PEM"},
    {"log", 0, NULL, "a line for each request, to stderr"},
    {0},
};

static void on_access(void *user, const struct httpd_access *a)
{
        struct buf line;

        (void)user;
        buf_init(&line, 65536);
        httpd_access_line(&line, a);
        fprintf(stderr, "%s\n", line.data);
        buf_release(&line);
}

static void on_problem(void *user, const char *line)
{
        (void)user;
        fprintf(stderr, "dray: serve: %s\n", line);
}

/* A mirror's `site`, which may come later, or any folder that was published before. */
static char *find_site(const struct cmd *c, struct err *e)
{
        char *site = c->opt.arg_count ? xstrdup(c->opt.args[0]) : xasprintf("%s/site", c->dir);
        char *state = xasprintf("%s/state", c->dir);
        int is_mirror = !c->opt.arg_count && access(state, F_OK) == 0;
        struct stat st;

        free(state);
        if (stat(site, &st) == 0 && S_ISDIR(st.st_mode))
                return site;
        if (is_mirror) {
                cmd_note(c, "nothing is published yet; the answer is 503 until it is");
                return site;
        }
        err_set(e, ERR_USAGE,
            "%s is no published site; run dray sync, dray import or dray publish first", site);
        free(site);
        return NULL;
}

static int serve(struct cmd *c, const struct httpd_options *o, struct err *e)
{
        struct httpd *h;
        sigset_t signals;
        const char *address;
        unsigned cut;
        int signal_number;

        /* blocked before the server's threads begin, so that this one gets them */
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals, NULL);
        h = httpd_start(o, e);
        if (!h)
                return -1;
        for (size_t i = 0; (address = httpd_address(h, i)); i++)
                printf("serving %s on http%s://%s/\n", o->site, o->cert_file ? "s" : "", address);
        fflush(stdout);
        sigwait(&signals, &signal_number);
        cut = httpd_stop(h);
        if (cut)
                cmd_note(c, "stopped; %u requests were cut off", cut);
        return 0;
}

static int run(struct cmd *c, struct err *e)
{
        struct httpd_options o = {.problem = on_problem};
        const char **listen = NULL, *address;
        size_t cap = 0;
        char *site;
        int ret = -1;

        if (cmd_want_args(c, 0, 1, e) < 0)
                return -1;
        site = find_site(c, e);
        if (!site)
                return -1;
        while ((address = opt_value_at(&c->opt, "listen", o.listen_count))) {
                listen = xgrow(listen, o.listen_count, &cap, sizeof *listen);
                listen[o.listen_count++] = address;
        }
        o.site = site;
        o.listen = listen;
        o.cert_file = opt_value(&c->opt, "cert");
        o.key_file = opt_value(&c->opt, "key");
        if (opt_flag(&c->opt, "log"))
                o.access = on_access;
        ret = serve(c, &o, e);
        free(listen);
        free(site);
        return ret;
}

const struct command cmd_serve = {
    .name = "serve",
    .run = run,
    .options = options,
    .arguments = "[SITE]",
    .summary = "serve the site over HTTP",
    .description =
        "Serves the published site (or the folder SITE) until SIGINT or SIGTERM. Any web server\n"
        "does as well; this one needs no configuration and switches trees without a break.",
};
