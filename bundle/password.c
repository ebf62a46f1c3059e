#include "bundle/password.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "bundle/limit.h"
#include "bundle/mem.h"
#include "bundle/secret.h"
#include "bundle/terminal.h"

/*
 * Reads one line, byte by byte so that nothing after it is taken from a shared descriptor; `from`
 * names the source. `only`: the source must end with the line.
 */
static int read_line(int fd, const char *from, bool only, char *line, struct err *e)
{
        size_t len = 0;
        ssize_t n;
        char c = 0;

        while ((n = read(fd, &c, 1)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "cannot read the password from %s", from);
                if (c == '\n')
                        break;
                if (c == '\0')
                        return err_set(e, ERR_USAGE, "%s: a password cannot hold a NUL byte", from);
                if (len > LIMIT_PASSWORD) /* one more than fits, for a CR before the LF */
                        return err_set(e, ERR_USAGE, "%s: the password is longer than %d bytes",
                            from, LIMIT_PASSWORD);
                line[len++] = c;
        }
        sodium_memzero(&c, sizeof c);
        if (len && line[len - 1] == '\r') /* minisign does the same */
                len--;
        line[len] = '\0';
        if (len > LIMIT_PASSWORD)
                return err_set(
                    e, ERR_USAGE, "%s: the password is longer than %d bytes", from, LIMIT_PASSWORD);
        if (only && n && read(fd, &c, 1) == 1)
                return err_set(
                    e, ERR_USAGE, "%s: more than one line; a password is one line", from);
        return 0;
}

static int from_file(const char *path, char *line, struct err *e)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), ret;

        if (fd < 0)
                return err_sys(e, "cannot open the password file %s", path);
        ret = read_line(fd, path, true, line, e);
        close(fd);
        return ret;
}

/* 1 obtained, 0 there is no such credential, -1. */
static int from_credential_at(char *path, char *line, struct err *e)
{
        int ret = 0;

        if (access(path, F_OK) == 0)
                ret = from_file(path, line, e) < 0 ? -1 : 1;
        free(path);
        return ret;
}

/* That of the key alone, or the one for all keys: 1 obtained, 0 there is neither, -1. */
static int from_credential(const char *key_name, char *line, struct err *e)
{
        const char *folder = getenv("CREDENTIALS_DIRECTORY"), *slash = strrchr(key_name, '/');
        int ret;

        if (!folder || !*folder)
                return 0;
        ret = from_credential_at(
            xasprintf("%s/" PASSWORD_CREDENTIAL ".%s", folder, slash ? slash + 1 : key_name), line,
            e);
        if (ret == 0)
                ret = from_credential_at(xasprintf("%s/" PASSWORD_CREDENTIAL, folder), line, e);
        return ret;
}

static int from_prompt(const struct password_request *request, char *line, struct err *e)
{
        char *again = NULL, *prompt = NULL;
        int ret = -1;

        prompt = xasprintf(
            "%s for %s: ", request->create ? "New password" : "Password", request->key_name);
        if (terminal_ask(prompt, line, LIMIT_PASSWORD, e) < 0)
                goto out;
        if (request->create) {
                again = secret_alloc(LIMIT_PASSWORD + 1);
                if (terminal_ask("The same once more: ", again, LIMIT_PASSWORD, e) < 0)
                        goto out;
                if (strcmp(line, again) != 0) {
                        err_set(e, ERR_USAGE, "the two passwords differ; nothing was made");
                        goto out;
                }
        }
        ret = 0;
out:
        secret_free(again);
        free(prompt);
        return ret;
}

static int obtain(const struct password_request *request, char *line, struct err *e)
{
        int found;

        if (request->file && request->descriptor >= 0)
                return err_set(
                    e, ERR_USAGE, "--password-file and --password-fd exclude each other");
        if (request->file)
                return from_file(request->file, line, e);
        if (request->descriptor >= 0)
                return read_line(request->descriptor, "--password-fd", false, line, e);
        found = from_credential(request->key_name, line, e);
        if (found != 0)
                return found < 0 ? -1 : 0;
        if (from_prompt(request, line, e) == 0)
                return 0;
        return err_prefix(e, "no password from --password-file, --password-fd or the terminal");
}

char *password_get(const struct password_request *request, struct err *e)
{
        char *line = secret_alloc(LIMIT_PASSWORD + 2); /* a CR that is dropped, and the NUL */
        int ret = obtain(request, line, e);

        if (ret == 0 && request->create && !*line)
                ret = err_set(e, ERR_USAGE, "an empty password protects nothing; nothing was made");
        if (ret < 0) {
                secret_free(line);
                line = NULL;
        }
        return line;
}
