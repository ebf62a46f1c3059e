#include "bundle/person.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "bundle/err.h"

/* A user's number in decimal: 1 and *uid, or 0. (uid_t)-1 is nobody. */
static int parse_uid(const char *text, int64_t *uid)
{
        char *end;
        unsigned long long n;

        errno = 0;
        n = strtoull(text, &end, 10);
        if (!isdigit((unsigned char)*text) || (*end && *end != '\n') || errno || n >= UINT32_MAX)
                return 0;
        *uid = (int64_t)n;
        return 1;
}

static int login_uid(int64_t *uid)
{
        FILE *f = fopen("/proc/self/loginuid", "re");
        char line[32] = "";
        int known = f && fgets(line, sizeof line, f) && parse_uid(line, uid);

        if (f)
                fclose(f);
        return known;
}

void person_now(struct person *out)
{
        const char *sudo = getuid() == 0 ? getenv("SUDO_UID") : NULL;
        const struct passwd *pw;

        *out = (struct person){0};
        if (!login_uid(&out->uid) && !(sudo && parse_uid(sudo, &out->uid))) {
                out->uid = (int64_t)getuid();
                out->shared = 1;
        }
        pw = getpwuid((uid_t)out->uid);
        if (!pw || !*pw->pw_name || strlen(pw->pw_name) >= PERSON_NAME) {
                snprintf(out->name, sizeof out->name, "%lld", (long long)out->uid);
                return;
        }
        for (size_t i = 0; pw->pw_name[i]; i++) {
                unsigned char c = (unsigned char)pw->pw_name[i];

                out->name[i] = '?';
                if (c > 0x20 && c < 0x7f)
                        out->name[i] = pw->pw_name[i];
        }
}
