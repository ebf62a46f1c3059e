#include "mirror/http_condition.h"

#include "bundle/err.h"
#include "mirror/http_date.h"

static const char *skip_separators(const char *p)
{
        while (*p == ' ' || *p == '\t' || *p == ',')
                p++;
        return p;
}

bool http_etag_listed(const char *list, const char *etag, bool weak)
{
        size_t len = strlen(etag);
        const char *p = skip_separators(list);

        if (p[0] == '*' && *skip_separators(p + 1) == '\0')
                return true;
        while (*p) {
                bool weak_member = p[0] == 'W' && p[1] == '/';
                const char *start = weak_member ? p + 2 : p;
                const char *end = *start == '"' ? strchr(start + 1, '"') : NULL;

                if (!end)
                        return false;
                end++;
                if ((weak || !weak_member) && (size_t)(end - start) == len &&
                    memcmp(start, etag, len) == 0)
                        return true;
                p = skip_separators(end);
        }
        return false;
}

static bool same_date(const char *value, time_t modified)
{
        int64_t when;

        return modified && http_date_parse(value, (int64_t)time(NULL), &when) == 0 &&
               when == modified;
}

enum http_verdict http_condition_check(
    const struct http_conditions *c, const char *etag, time_t modified)
{
        int64_t when;

        if (c->if_match) {
                if (!http_etag_listed(c->if_match, etag, false))
                        return HTTP_PRECONDITION_FAILED;
        } else if (c->if_unmodified_since &&
                   http_date_parse(c->if_unmodified_since, (int64_t)time(NULL), &when) == 0 &&
                   modified > when) {
                return HTTP_PRECONDITION_FAILED;
        }
        if (c->if_none_match)
                return http_etag_listed(c->if_none_match, etag, true) ? HTTP_NOT_MODIFIED
                                                                      : HTTP_SEND;
        if (c->if_modified_since && same_date(c->if_modified_since, modified))
                return HTTP_NOT_MODIFIED;
        return HTTP_SEND;
}

bool http_condition_allows_range(const struct http_conditions *c, const char *etag, time_t modified)
{
        if (!c->if_range)
                return true;
        if (c->if_range[0] == '"')
                return strcmp(c->if_range, etag) == 0;
        return same_date(c->if_range, modified);
}
