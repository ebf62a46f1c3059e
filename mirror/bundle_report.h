/* What verify and import say of a bundle. Private to cmd_verify.c and cmd_import.c. */
#ifndef MIRROR_BUNDLE_REPORT_H
#define MIRROR_BUNDLE_REPORT_H

#include "bundle/import.h"
#include "bundle_findings.h"
#include "mirror/cmd.h"

/*
 * For people or, with --json, for programs; to stdout. verdict: "verified", "imported", ...
 * findings: NULL when there are none.
 */
void bundle_report(const struct cmd *c, const struct import_result *r,
    const struct bundle_findings *findings, const char *verdict);

/* An error without a cause of its own gets one: "damaged", "chain", "policy", "usage", "locked" or "failed". */
void bundle_refusal(struct err *e);

#endif
