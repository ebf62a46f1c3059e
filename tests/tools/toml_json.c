/*
 * toml_json: TOML on stdin to one line of JSON on stdout, every scalar tagged
 * with its type ({"type":"integer","value":"1"}), or "error: ..." and exit 1.
 *
 * toml_json --batch: stdin holds many documents, each as its length in decimal,
 * a newline, and its bytes; stdout gets one line for each, exit 0.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "bundle/buf.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "mirror/toml.h"

static void put_text(const char *text, size_t len)
{
        size_t i;

        putchar('"');
        for (i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c == '"' || c == '\\')
                        printf("\\%c", c);
                else if (c < 0x20 || c == 0x7f)
                        printf("\\u%04x", c);
                else
                        putchar(c);
        }
        putchar('"');
}

static void put_scalar(const struct toml_value *v)
{
        static const char *const types[] = {"string", "integer", "float", "bool", "datetime",
            "datetime-local", "date-local", "time-local"};
        const char *text;
        size_t len;

        printf("{\"type\":\"%s\",\"value\":", types[toml_kind(v)]);
        switch (toml_kind(v)) {
        case TOML_STRING:
                text = toml_string(v, &len);
                put_text(text, len);
                break;
        case TOML_INTEGER:
                printf("\"%" PRId64 "\"", toml_integer(v));
                break;
        case TOML_FLOAT:
                if (isnan(toml_float(v)))
                        fputs("\"nan\"", stdout);
                else
                        printf("\"%.17g\"", toml_float(v));
                break;
        case TOML_BOOLEAN:
                fputs(toml_boolean(v) ? "\"true\"" : "\"false\"", stdout);
                break;
        case TOML_DATETIME:
                printf("\"%s\",\"unix\":\"%" PRId64 "\"", toml_datetime(v), toml_unix(v));
                break;
        default:
                printf("\"%s\"", toml_datetime(v));
        }
        putchar('}');
}

static void put(const struct toml_value *v)
{
        const struct toml_value *child;
        const char *key;
        size_t len;
        bool table = toml_kind(v) == TOML_TABLE;

        if (!table && toml_kind(v) != TOML_ARRAY) {
                put_scalar(v);
                return;
        }
        putchar(table ? '{' : '[');
        for (child = toml_first(v); child; child = toml_next(child)) {
                if (table) {
                        key = toml_key(child, &len);
                        put_text(key, len);
                        putchar(':');
                }
                put(child);
                if (toml_next(child))
                        putchar(',');
        }
        putchar(table ? '}' : ']');
}

/* 0, or 1: the document is refused. */
static int convert(const char *text, size_t len)
{
        struct err e = ERR_INIT;
        struct toml *t = toml_parse("stdin", text, len, &e);
        int ret = t ? 0 : 1;

        if (t)
                put(toml_root(t));
        else
                printf("error: %s", e.msg);
        putchar('\n');
        toml_free(t);
        return ret;
}

static int batch(void)
{
        char line[32], *text;
        size_t len;

        while (fgets(line, sizeof line, stdin)) {
                len = (size_t)strtoull(line, NULL, 10);
                text = xmalloc(len); /* exact, so that the sanitizer sees a read past the end */
                if (fread(text, 1, len, stdin) != len) {
                        fputs("toml_json: a document is cut short\n", stderr);
                        free(text);
                        return 2;
                }
                convert(text, len);
                free(text);
        }
        return 0;
}

int main(int argc, char **argv)
{
        struct buf b;
        char block[65536];
        size_t n;
        int ret;

        if (argc == 2 && strcmp(argv[1], "--batch") == 0)
                return batch();
        if (argc != 1) {
                fputs("usage: toml_json [--batch] < FILE\n", stderr);
                return 2;
        }
        buf_init(&b, LIMIT_TOML + 1);
        while ((n = fread(block, 1, sizeof block, stdin)) > 0)
                if (buf_add(&b, block, n) < 0)
                        break;
        ret = convert(b.data, b.len);
        buf_release(&b);
        return ret;
}
