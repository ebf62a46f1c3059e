/*
 * Reads packuments for tests and measurements.
 *
 *     packument NAME FILE             name, versions, tags, times, deprecated
 *     packument NAME FILE TIMES       the same, read TIMES times, with milliseconds and memory
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/fs.h"
#include "bundle/mem.h"
#include "mirror/npm/packument.h"

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this program: getrusage() would count what started it, too. */
static long peak_kib(void)
{
        FILE *f = fopen("/proc/self/status", "r");
        char line[256];
        long kib = 0;

        while (f && fgets(line, sizeof line, f))
                if (strncmp(line, "VmHWM:", 6) == 0)
                        kib = strtol(line + 6, NULL, 10);
        if (f)
                fclose(f);
        return kib;
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
        struct stat st;
        char *text;
        int fd;
        long before;
        double best = 1e9;
        size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

        if (argc < 3)
                return 2;
        fd = open(argv[2], O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0) {
                perror(argv[2]);
                return 1;
        }
        text = xmalloc((size_t)st.st_size); /* to the byte: what comes on top is the parser's */
        if (fs_pread(fd, text, (size_t)st.st_size, 0, &e) != st.st_size) {
                fprintf(stderr, "%s\n", e.msg);
                return 1;
        }
        close(fd);
        before = peak_kib();
        for (size_t i = 0; i < rounds; i++) {
                double start = now_ms();

                if (packument_parse(&p, text, (size_t)st.st_size, argv[1], &e) < 0) {
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
        free(text);
        return 0;
}
