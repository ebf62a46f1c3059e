#include "mirror/pypi/reference.h"

#include "ascii.h"
#include "bundle/buf.h"
#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/pypi/wheelname.h"

/* RFC 3986 3.1, except that one letter is a drive of Windows. */
static bool is_scheme(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                if (!ascii_is_letter(text[i]) && (i == 0 || !strchr("0123456789+.-", text[i])))
                        return false;
        }
        return len >= 2;
}

static bool has_scheme(const char *text)
{
        size_t len = strcspn(text, ":");

        return text[len] && is_scheme(text, len);
}

enum reference_kind reference_address_kind(const char *address)
{
        if (!has_scheme(address) || strncmp(address, "file:", 5) == 0)
                return REFERENCE_PATH;
        return memchr(address, '+', strcspn(address, ":")) ? REFERENCE_VCS : REFERENCE_URL;
}

static bool is_archive(const char *text, size_t len)
{
        char *name = xstrndup(text, len);
        bool ret = sdist_name_has_ending(name) || (len > 4 && strcmp(name + len - 4, ".whl") == 0);

        free(name);
        return ret;
}

enum reference_kind reference_classify(const char *text)
{
        size_t word;

        if (has_scheme(text))
                return reference_address_kind(text);
        if (*text == '.' || *text == '~' || *text == '/')
                return REFERENCE_PATH;
        if (*text && text[1] == ':' && (text[2] == '\\' || text[2] == '/'))
                return REFERENCE_PATH;
        /* A path in parts, or a file: in the first word, before what only a requirement has. */
        word = strcspn(text, " \t;[@<>=!~,");
        if (memchr(text, '/', word) || (word > 1 && memchr(text, '\\', word)))
                return REFERENCE_PATH;
        return is_archive(text, word) ? REFERENCE_PATH : REFERENCE_INDEX;
}

char *reference_join(const char *from, const char *path)
{
        const char *slash = strrchr(from, '/');

        if (*path == '/' || !slash || has_scheme(path))
                return xstrdup(path);
        return xasprintf("%.*s/%s", (int)(slash - from), from, path);
}

/* Behind a "//": the length of "user:password@", or 0. */
static size_t credentials_length(const char *text)
{
        const char *at = memrchr(text, '@', strcspn(text, "/?# \t"));

        return at ? (size_t)(at + 1 - text) : 0;
}

char *reference_presentable(const char *text, size_t most)
{
        struct buf b;

        buf_init(&b, most + 8);
        while (*text && b.len < most) {
                size_t blanks = strspn(text, " \t\n\v\f\r"), credentials = 0;

                if (strncmp(text, "//", 2) == 0)
                        credentials = credentials_length(text + 2);
                if (credentials) {
                        buf_adds(&b, "//***@");
                        text += 2 + credentials;
                } else if (blanks) {
                        buf_addc(&b, ' ');
                        text += blanks;
                } else {
                        buf_addc(&b, *text++);
                }
        }
        if (*text) {
                b.max += 3;
                buf_adds(&b, "...");
        }
        return buf_take(&b, NULL);
}
