/*
 * Obtains the password of a secret key, from the first of these that applies:
 *   1. a file (--password-file) or an open file descriptor (--password-fd);
 *   2. $CREDENTIALS_DIRECTORY/dray-password.NAME, NAME being that of the key file without its
 *      folder, or else dray-password there; systemd's LoadCredential= provides them;
 *   3. a prompt on the terminal, without echo.
 * Of a file or descriptor it is the first line, without its end. More than one
 * line, a NUL byte, or more than LIMIT_PASSWORD bytes is refused.
 */
#ifndef BUNDLE_PASSWORD_H
#define BUNDLE_PASSWORD_H

#include <stdbool.h>

#include "bundle/err.h"

#define PASSWORD_CREDENTIAL "dray-password"

struct password_request {
        const char *file;     /* or NULL */
        int descriptor;       /* or -1; read up to the first line end, and left open */
        const char *key_name; /* the key file's path; shown by the prompt */
        bool create;          /* for a new key: asked for twice at a prompt, and never empty */
};

/*
 * The password, NUL-terminated, in secret memory: the caller frees it with secret_free().
 * NULL on error: ERR_USAGE when no source is there, two are named, or what was given cannot be a
 * password; ERR_FAILED when the source cannot be read or the prompt was interrupted.
 */
char *password_get(const struct password_request *request, struct err *e);

#endif
