#include "mirror/npm/name.h"

#include "bundle/err.h"
#include "bundle/limit.h"

/* What encodeURIComponent leaves as it is, without what a shell or a file system takes for more. */
static bool is_part(const char *p, size_t len)
{
        static const char allowed[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!'()*";

        if (len == 0 || *p == '.')
                return false;
        for (size_t i = 0; i < len; i++)
                if (!p[i] || !strchr(allowed, p[i]))
                        return false;
        return true;
}

bool npm_name_is_valid(const char *name)
{
        const char *slash = strchr(name, '/');
        size_t len = strlen(name);

        if (len > LIMIT_NPM_NAME || strcmp(name, "node_modules") == 0)
                return false;
        if (*name != '@')
                return *name != '_' && *name != '-' && !slash && is_part(name, len);
        return slash && is_part(name + 1, (size_t)(slash - name) - 1) &&
               is_part(slash + 1, strlen(slash + 1));
}

bool npm_scope_is_valid(const char *scope)
{
        size_t len = strlen(scope);

        return *scope == '@' && len > 1 && len <= LIMIT_NPM_NAME &&
               strspn(scope + 1, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len - 1;
}

const char *npm_name_base(const char *name)
{
        const char *slash = *name == '@' ? strchr(name, '/') : NULL;

        return slash ? slash + 1 : name;
}

/* The place of a character among others; letters without their case. */
static int weight(unsigned char c)
{
        static const char order[] =
            "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz";
        const char *at;

        if (c >= 'A' && c <= 'Z')
                c = (unsigned char)(c - 'A' + 'a');
        at = c ? strchr(order, c) : NULL;
        return at ? (int)(at - order) : 256 + c;
}

int npm_name_collate(const char *a, const char *b)
{
        int by_case = 0;

        for (; *a && *b; a++, b++) {
                int d = weight((unsigned char)*a) - weight((unsigned char)*b);

                if (d)
                        return d;
                if (!by_case && *a != *b)
                        by_case = *a > *b ? -1 : 1; /* lower case comes first */
        }
        if (*a || *b)
                return *a ? 1 : -1;
        return by_case;
}
