/* Input: status lines, a NUL, a clearsigned document. */
#include <assert.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"
#include "mirror/deb/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const fingerprints[] = {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
        char *text = xstrndup((const char *)data, size);
        size_t status = strlen(text);
        struct err e = ERR_INIT;

        /* good without its key's fingerprint being asked for, or not at all */
        if (verdict_read(text, fingerprints, 1, &e) == 0) {
                assert(strstr(text, "GOODSIG") && strstr(text, "VALIDSIG"));
                assert(strncmp(text, "[GNUPG:] BADSIG ", 16) != 0 &&
                       !strstr(text, "\n[GNUPG:] BADSIG "));
                assert(verdict_read(text, NULL, 0, &e) == 0);
        }
        if (status < size)
                verdict_check_clearsigned(text + status + 1, size - status - 1, &e);
        free(text);
        return 0;
}
