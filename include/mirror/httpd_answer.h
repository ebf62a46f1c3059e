/*
 * What a request gets: from the parsed request and the tree to a response of
 * libmicrohttpd. No connection, no state: the same tree gives the same answer.
 */
#ifndef MIRROR_HTTPD_ANSWER_H
#define MIRROR_HTTPD_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle/err.h"
#include "mirror/http_condition.h"
#include "mirror/http_tree.h"

struct MHD_Response;

/* A GET or HEAD. The strings are borrowed; NULL for a header that is not there. */
struct httpd_request {
        bool head;
        const char *target; /* as sent: "/a%20b" */
        const char *accept;
        const char *range;
        struct http_conditions when;
};

struct httpd_answer {
        unsigned status;
        uint64_t bytes;                /* of the body that will be sent */
        struct MHD_Response *response; /* NULL when memory ran out; the caller destroys it */
        struct err problem;            /* set when the operator should hear of it */
};

void httpd_answer_file(
    struct httpd_answer *a, const struct http_tree *tree, const struct httpd_request *r);

/* A status alone, with a line of text; `json` gives that line as {"error": ...}. */
void httpd_answer_status(struct httpd_answer *a, unsigned status, bool json);

#endif
