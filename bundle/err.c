#include "bundle/err.h"

#include <errno.h>
#include <stdarg.h>

#include "bundle/text.h"

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
        va_list ap;
        char msg[sizeof e->msg]; /* an argument may be e->msg itself */

        va_start(ap, fmt);
        vsnprintf(msg, sizeof msg, fmt, ap);
        va_end(ap);
        text_clean(msg); /* what is from outside must not steer a terminal */
        e->code = code;
        e->cause = NULL;
        memcpy(e->msg, msg, sizeof msg);
        return -1;
}

int err_cause(struct err *e, const char *cause)
{
        e->cause = cause;
        return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
        va_list ap;
        int saved = errno;
        char text[sizeof e->msg];

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        return err_set(e, ERR_FAILED, "%.900s: %s", text, strerror(saved));
}

int err_prefix(struct err *e, const char *fmt, ...)
{
        va_list ap;
        char text[sizeof e->msg];
        const char *cause = e->cause;
        size_t rest = strlen(e->msg) + sizeof ": ";

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        if (rest < sizeof text) {
                text[sizeof text - rest] = '\0';
                err_set(e, e->code ? e->code : ERR_FAILED, "%s: %s", text, e->msg);
        }
        return err_cause(e, cause);
}

int err_exit_status(enum err_code code)
{
        switch (code) {
        case ERR_NONE:
                return 0;
        case ERR_FAILED:
                return 1;
        case ERR_USAGE:
                return 2;
        case ERR_REFUSED:
                return 3;
        case ERR_CHAIN:
                return 4;
        case ERR_INCOMPLETE:
                return 5;
        case ERR_POLICY:
                return 6;
        case ERR_LOCKED:
                return 75;
        }
        return 1;
}
