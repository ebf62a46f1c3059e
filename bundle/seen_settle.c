/* What is noted beside the catalog when, and how an operator ends what it stops. */
#include "bundle/seen.h"

#include "bundle/audit.h"
#include "bundle/mem.h"

int seen_is_behind(const struct seen *s, struct catalog *c, struct err *e)
{
        int has = s->log ? audit_has(c, s->log, s->log_hash, e) : 1;

        return has < 0 ? -1 : !has;
}

int seen_note(int state, const char *stream, const struct seen_bundle *bundle, struct catalog *c,
    struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e), behind;

        if (found < 0 || (!found && !bundle))
                return found;
        behind = seen_is_behind(&s, c, e);
        if (behind < 0 || (!behind && audit_head(c, &s.log, s.log_hash, e) < 0))
                return -1;
        if (bundle && seen_above(bundle, s.bundle.epoch, s.bundle.seq))
                s.bundle = *bundle;
        return seen_put(state, stream, &s, e);
}

int seen_alarm(int state, const char *stream, const char *text, struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e);

        if (found <= 0 || *s.fork)
                return found < 0 ? -1 : 0;
        snprintf(s.fork, sizeof s.fork, "%s", text);
        return seen_put(state, stream, &s, e);
}

static int log_settled(
    struct catalog *c, const char *stream, const struct seen *s, int behind, struct err *e)
{
        char *text = xasprintf("settle%s%s%s", behind ? "; the log went back" : "",
            *s->fork ? "; the alarm ends: " : "", s->fork);
        struct audit_event ev = {.event = "trust", .stream = stream, .text = text};
        int ret = audit_append(c, &ev, e);

        free(text);
        return ret;
}

int seen_settle(int state, const char *stream, struct catalog *c, struct err *e)
{
        struct seen s;
        int found = seen_get(state, stream, &s, e), behind;

        if (found <= 0)
                return found;
        behind = seen_is_behind(&s, c, e);
        if (behind < 0 || (!behind && !*s.fork))
                return behind;
        if (log_settled(c, stream, &s, behind, e) < 0 || audit_head(c, &s.log, s.log_hash, e) < 0)
                return -1;
        *s.fork = '\0';
        return seen_put(state, stream, &s, e) < 0 ? -1 : 1;
}
