/*
 * Drives the order of Debian versions for a differential test: a line "A B" in, "-1", "0" or "1"
 * out; "bad" if one of them is no version.
 */
#include "bundle/err.h"

#include "bundle/limit.h"
#include "mirror/deb/version.h"

int main(void)
{
        char line[2 * LIMIT_NAME + 1000];

        while (fgets(line, sizeof line, stdin)) {
                char *b = strchr(line, ' ');
                int order;

                if (!b)
                        return 1;
                *b++ = '\0';
                b[strcspn(b, "\n")] = '\0';
                order = deb_version_compare(line, b);
                if (deb_version_is_valid(line, strlen(line)) && deb_version_is_valid(b, strlen(b)))
                        printf("%d\n", (order > 0) - (order < 0));
                else
                        puts("bad");
        }
        return 0;
}
