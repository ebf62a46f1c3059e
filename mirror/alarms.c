#include "alarms.h"

#include "bundle/catalog_stream.h"
#include "bundle/seen.h"

static void show(json_t *out, int print, const char *stream, const char *cause, const char *text)
{
        json_array_append_new(
            out, json_pack("{ss ss ss}", "stream", stream, "cause", cause, "text", text));
        if (print)
                printf("ALARM     %s: %s\n", stream, text);
}

static int show_stream(struct mirror *m, json_t *out, int print, const char *stream, struct err *e)
{
        struct seen s;
        int found = seen_get(m->state, stream, &s, e), behind;

        if (found <= 0)
                return found;
        behind = seen_is_behind(&s, m->catalog, e);
        if (behind < 0)
                return -1;
        if (behind)
                show(out, print, stream, "lost-state",
                    "the catalog is older than what was noted of it (state/seen); nothing comes in before "
                    "dray trust settle");
        if (*s.fork)
                show(out, print, stream, "fork", s.fork);
        return 0;
}

int alarms_show(struct mirror *m, json_t *out, int print, struct err *e)
{
        char **streams = NULL;
        size_t count = 0;
        int ret = catalog_trust_streams(m->catalog, &streams, &count, e);

        for (size_t i = 0; ret == 0 && i < count; i++)
                ret = show_stream(m, out, print, streams[i], e);
        catalog_names_free(streams, count);
        return ret;
}
