/*
 * Reads packuments for tests and measurements.
 *
 *     packument NAME FILE             name, versions, tags, times, deprecated
 *     packument NAME FILE TIMES       the same, read TIMES times, with milliseconds and memory
 */
#include <sys/resource.h>

#include "bundle/fs.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/npm/packument.h"

#include <fcntl.h>

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long peak_kib(void)
{
        struct rusage u;

        getrusage(RUSAGE_SELF, &u);
        return u.ru_maxrss;
}

static void show(const struct packument *p)
{
        size_t times = 0, deprecated = 0;

        for (size_t i = 0; i < p->count; i++) {
                times += p->versions[i].published != PACKUMENT_NO_TIME;
                deprecated += p->versions[i].deprecated;
        }
        printf("%s\t%zu\t%zu\t%zu\t%zu\n", p->name, p->count, p->tag_count, times, deprecated);
}

int main(int argc, char **argv)
{
        struct packument p;
        struct err e = ERR_INIT;
        struct buf text;
        long before;
        double best = 1e9;
        size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

        if (argc < 3)
                return 2;
        buf_init(&text, LIMIT_INDEX_PAGE);
        if (fs_read_file(AT_FDCWD, argv[2], &text, &e) != 1) {
                fprintf(stderr, "%s\n", e.msg);
                return 1;
        }
        before = peak_kib();
        for (size_t i = 0; i < rounds; i++) {
                double start = now_ms();

                if (packument_parse(&p, text.data, text.len, argv[1], &e) < 0) {
                        fprintf(stderr, "%s\n", e.msg);
                        return 1;
                }
                if (now_ms() - start < best)
                        best = now_ms() - start;
                if (i == 0)
                        show(&p);
                packument_release(&p);
        }
        if (argc > 3)
                printf("%.1f ms, %ld KiB over the document's\n", best, peak_kib() - before);
        buf_release(&text);
        return 0;
}
