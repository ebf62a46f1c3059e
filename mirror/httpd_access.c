#include <inttypes.h>

#include "mirror/httpd.h"

/* What could end the line, end the quotes or drive a terminal is written as \xHH. */
static int add_clean(struct buf *line, const char *text)
{
        int ret = 0;

        for (; *text && ret == 0; text++) {
                unsigned char c = (unsigned char)*text;

                if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
                        ret = buf_addf(line, "\\x%02X", c);
                else
                        ret = buf_addc(line, (char)c);
        }
        return ret;
}

int httpd_access_line(struct buf *line, const struct httpd_access *a)
{
        if (add_clean(line, a->peer) < 0 || buf_adds(line, " \"") < 0 ||
            add_clean(line, a->method) < 0 || buf_addc(line, ' ') < 0 ||
            add_clean(line, a->target) < 0)
                return -1;
        return buf_addf(line, "\" %u %" PRIu64 " %ums%s", a->status, a->bytes, a->ms,
            a->complete ? "" : " incomplete");
}
