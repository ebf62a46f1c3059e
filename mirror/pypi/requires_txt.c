#include "mirror/pypi/requires_txt.h"

#include "bundle/buf.h"
#include "bundle/limit.h"

/* The condition that a section puts on its requirements; nothing for none. */
static int add_condition(struct buf *out, const char *section, size_t len, const char *own)
{
        const char *colon = memchr(section, ':', len);
        size_t extra = colon ? (size_t)(colon - section) : len;
        size_t marker = colon ? len - extra - 1 : 0;
        int added = 0;

        if (!own && extra == 0 && marker == 0)
                return 0;
        if (buf_adds(out, " ; ") < 0)
                return -1;
        if (own && buf_addf(out, "(%s)", own) < 0)
                return -1;
        added = own != NULL;
        if (marker) {
                if (buf_addf(out, "%s(%.*s)", added ? " and " : "", (int)marker, colon + 1) < 0)
                        return -1;
                added = 1;
        }
        if (extra &&
            buf_addf(out, "%sextra == \"%.*s\"", added ? " and " : "", (int)extra, section) < 0)
                return -1;
        return 0;
}

/* One line, with its own marker (if it has one) and its section's. */
static int give_line(const char *line, size_t len, const char *section, size_t section_len,
    int (*each)(void *user, const char *requirement, struct err *e), void *user, struct err *e)
{
        char text[LIMIT_REQUIREMENT_LINE];
        char *own;
        struct buf out;
        int ret = -1;

        if (len >= sizeof text)
                return err_set(e, ERR_REFUSED, "a line of its requires.txt is too long");
        memcpy(text, line, len);
        text[len] = '\0';
        own = strchr(text, ';');
        if (own)
                *own++ = '\0';
        buf_init(&out, 4 * LIMIT_REQUIREMENT_LINE);
        if (buf_adds(&out, text) < 0 || add_condition(&out, section, section_len, own) < 0)
                err_set(e, ERR_REFUSED, "a line of its requires.txt is too long");
        else
                ret = each(user, out.data, e);
        buf_release(&out);
        return ret;
}

int requires_txt_parse(const char *text, size_t len,
    int (*each)(void *user, const char *requirement, struct err *e), void *user, struct err *e)
{
        const char *end = text + len, *section = "";
        size_t section_len = 0;

        while (text < end) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                const char *stop = newline ? newline : end, *line = text;

                text = newline ? newline + 1 : end;
                while (line < stop && (*line == ' ' || *line == '\t'))
                        line++;
                while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
                        stop--;
                if (line == stop || *line == '#')
                        continue;
                if (*line == '[' && stop[-1] == ']') {
                        section = line + 1;
                        section_len = (size_t)(stop - line) - 2;
                } else if (give_line(line, (size_t)(stop - line), section, section_len, each, user,
                               e) < 0) {
                        return -1;
                }
        }
        return 0;
}
