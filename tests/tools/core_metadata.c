/*
 * For each line of standard input, a metadata file in hexadecimal, prints one
 * line: its fields in hexadecimal, or "error: ...".
 */
#include "../unit/metadata_dump.h"

#include "bundle/err.h"
#include "bundle/hex.h"
#include "bundle/mem.h"

int main(void)
{
        char *line = NULL, *bytes, *hex;
        size_t room = 0;
        ssize_t n;

        while ((n = getline(&line, &room, stdin)) > 0) {
                struct err e = ERR_INIT;
                struct metadata m;
                struct buf out;
                size_t len = (size_t)n / 2;

                line[n - 1] = '\0';
                bytes = xmalloc(len + 1);
                if (hex_decode(bytes, len, line) < 0)
                        return 2;
                buf_init(&out, (size_t)1 << 24);
                if (metadata_parse(bytes, len, &m, &e) < 0) {
                        printf("error: %s\n", e.msg);
                } else {
                        dump_metadata(&out, &m);
                        hex = xmalloc(2 * out.len + 1);
                        hex_encode(hex, out.data, out.len);
                        puts(hex);
                        free(hex);
                        metadata_release(&m);
                }
                buf_release(&out);
                free(bytes);
        }
        free(line);
        return 0;
}
