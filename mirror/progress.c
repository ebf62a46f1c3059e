#include "mirror/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/fs.h"
#include "bundle/mem.h"
#include "mirror/clock.h"
#include "mirror/download.h"

#define SLOWEST 3
#define DRAW_MS 100
#define LINE_MS 10000 /* between plain lines */

struct progress {
        int quiet, terminal;
        int lines; /* drawn, to be cleared */
        int64_t started, drawn;
        const char *what;
};

struct progress *progress_new(int quiet)
{
        struct progress *p = xcalloc(1, sizeof *p);
        const char *term = getenv("TERM");

        p->quiet = quiet;
        p->terminal = isatty(2) && term && strcmp(term, "dumb") != 0;
        p->started = clock_ms();
        p->drawn = p->started;
        return p;
}

static void clear(struct progress *p)
{
        if (p->lines == 0)
                return;
        fprintf(stderr, "\r\x1b[K");
        for (int i = 1; i < p->lines; i++)
                fprintf(stderr, "\x1b[1A\x1b[K");
        p->lines = 0;
}

void progress_free(struct progress *p)
{
        if (!p)
                return;
        if (p->terminal) {
                clear(p);
                fflush(stderr);
        }
        free(p);
}

/* Whether it is time to draw; a new phase starts its own clock. */
static int due(struct progress *p, const char *what)
{
        int64_t now = clock_ms();

        if (p->quiet)
                return 0;
        if (p->what != what) {
                p->what = what;
                p->started = now;
        }
        if (now - p->drawn < (p->terminal ? DRAW_MS : LINE_MS))
                return 0;
        p->drawn = now;
        return 1;
}

static void print(struct progress *p, const struct buf *text)
{
        struct winsize w = {0};
        size_t columns = 79;
        const char *line = text->data;

        if (!p->terminal) {
                fprintf(stderr, "dray: %.*s\n", (int)strcspn(text->data, "\n"), text->data);
                return;
        }
        if (ioctl(2, TIOCGWINSZ, &w) == 0 && w.ws_col > 20)
                columns = (size_t)w.ws_col - 1;
        clear(p);
        while (*line) {
                size_t n = strcspn(line, "\n");

                fprintf(
                    stderr, "%s%.*s", p->lines ? "\n" : "", (int)(n < columns ? n : columns), line);
                p->lines++;
                line += n + (line[n] == '\n');
        }
        fflush(stderr);
}

static void add_rate(const struct progress *p, uint64_t done, uint64_t total, struct buf *out)
{
        int64_t ms = clock_ms() - p->started;
        uint64_t rate = ms > 0 ? done * 1000 / (uint64_t)ms : 0;
        char text[16];

        buf_addf(out, ", %s/s", fs_size_text(rate, text));
        if (rate && total > done) {
                uint64_t left = (total - done) / rate;

                buf_addf(out, ", %llu:%02llu left", (unsigned long long)(left / 60),
                    (unsigned long long)(left % 60));
        }
}

void progress_bytes(struct progress *p, const char *what, uint64_t done, uint64_t total)
{
        char a[16], b[16];
        struct buf out;

        if (!due(p, what))
                return;
        buf_init(&out, 4096);
        if (total)
                buf_addf(&out, "%s: %llu%% of %s", what, (unsigned long long)(done * 100 / total),
                    fs_size_text(total, b));
        else
                buf_addf(&out, "%s: %s", what, fs_size_text(done, a));
        add_rate(p, done, total, &out);
        print(p, &out);
        buf_release(&out);
}

static void add_slowest(const struct fetch_progress *f, struct buf *out)
{
        char a[16], b[16], c[16];

        for (size_t i = 0; i < f->count && i < SLOWEST; i++) {
                const struct fetch_progress_item *item = &f->item[i];

                buf_addf(out, "\n  %.60s  %s", item->name, fs_size_text(item->bytes, a));
                if (item->total != FETCH_UNKNOWN)
                        buf_addf(out, " of %s", fs_size_text(item->total, b));
                buf_addf(out, ", %s/s", fs_size_text(item->rate, c));
                if (item->tries)
                        buf_addf(out, ", try %u", item->tries + 1);
        }
}

void progress_fetch(
    struct progress *p, const char *what, struct fetch *f, const struct download_counts *counts)
{
        struct fetch_progress now;
        struct buf out;
        char a[16], b[16];

        if (!due(p, what))
                return;
        fetch_progress(f, &now);
        buf_init(&out, 65536);
        buf_addf(&out, "%s: ", what);
        if (counts->wanted)
                buf_addf(&out, "%llu of %llu files, %s of %s",
                    (unsigned long long)counts->files + counts->failed,
                    (unsigned long long)counts->wanted, fs_size_text(now.delivered, a),
                    fs_size_text(counts->wanted_bytes, b));
        else
                buf_addf(&out, "%zu answers, %s", now.done, fs_size_text(now.received, a));
        add_rate(p, now.delivered, counts->wanted_bytes, &out);
        if (counts->failed)
                buf_addf(&out, ", %llu failed", (unsigned long long)counts->failed);
        if (now.waiting)
                buf_addf(&out, ", %zu waiting to be tried again", now.waiting);
        if (p->terminal)
                add_slowest(&now, &out);
        print(p, &out);
        buf_release(&out);
}
