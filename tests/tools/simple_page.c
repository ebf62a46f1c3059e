/*
 * Reads a project page from standard input and prints what is in it, and how
 * much processor time that took: simple_page CONTENT-TYPE URL PROJECT <page
 * With --time as a fourth argument only the time is printed.
 */
#include "../unit/simple_dump.h"
#include "bundle/err.h"

int main(int argc, char **argv)
{
        struct simple_page page = {0};
        struct timespec from, to;
        struct err e = ERR_INIT;
        struct buf in, out;
        char chunk[65536];
        size_t n;
        double seconds;

        if (argc < 4)
                return 2;
        buf_init(&in, (size_t)1 << 30);
        buf_init(&out, (size_t)1 << 30);
        while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0)
                buf_add(&in, chunk, n);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        if (simple_parse(argv[1], in.data, in.len, argv[2], argv[3], &page, &e) < 0)
                buf_addf(&out, "error: %s\n", e.msg);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        if (argc > 4) {
                printf("%zu files, %zu bytes, %.2f ms, %.0f MB/s\n", page.file_count, in.len,
                    seconds * 1e3, (double)in.len / seconds / 1e6);
        } else if (!e.code) {
                dump_page(&out, &page);
        }
        fwrite(out.data, 1, out.len, stdout);
        simple_page_release(&page);
        buf_release(&in);
        buf_release(&out);
        return e.code != ERR_NONE;
}
