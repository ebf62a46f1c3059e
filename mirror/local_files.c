#include "mirror/local_files.h"

#include "bundle/mem.h"
#include "mirror/config.h"

int local_files(struct host *host, const char *pattern,
    int (*each)(void *user, struct host *host, const char *path, struct err *e), void *user,
    struct err *why, struct err *e)
{
        struct document_request request = {.kind = DOCUMENT_LOCAL_LIST, .url = pattern};
        struct document doc;
        char *paths, *path, *rest;
        int ret = 0;

        if (host->document(host, &request, &doc, e) < 0)
                return -1;
        if (doc.state != DOCUMENT_OK) {
                if (why)
                        err_set(why, ERR_FAILED, "%s",
                            doc.state == DOCUMENT_GONE ? "no file matches (local in dray.toml)"
                                                       : doc.error);
                return 0;
        }
        paths = rest = xstrndup(doc.bytes, doc.len);
        while (ret == 0 && (path = strsep(&rest, "\n")))
                if (*path && path[strlen(path) - 1] != '/')
                        ret = each(user, host, path, e);
        free(paths);
        return ret;
}

int local_packages(const struct config_source *source, struct host *host,
    int (*each)(void *user, struct host *host, const char *path, struct err *e), void *user,
    struct err *e)
{
        for (size_t i = 0; i < source->local.count; i++) {
                const char *pattern = source->local.items[i].text;
                struct err why = ERR_INIT;

                if (local_files(host, pattern, each, user, &why, e) < 0)
                        return -1;
                if (why.code)
                        host->hole(host, pattern, NULL, why.msg);
        }
        return 0;
}
