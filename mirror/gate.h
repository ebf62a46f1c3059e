/*
 * What stands between an authentic bundle and this mirror: policy, names, the
 * second person. The callbacks of struct import; verify asks the same.
 */
#ifndef MIRROR_GATE_H
#define MIRROR_GATE_H

#include "bundle/import.h"
#include "mirror/cmd.h"
#include "mirror/config.h"
#include "mirror/mirror.h"
#include "mirror/policy.h"

struct gate {
        struct cmd *cmd;
        struct mirror *mirror; /* with its config */
        const char *approval;  /* the reason that was given with --approve; NULL: not given */
        char *note;            /* for the log, once a bundle has passed; owned */
};

void gate_release(struct gate *g);

/* What [[stream]] of dray.toml says here of bundles that come. user: what begins with a struct gate. */
void gate_rules(void *user, const char *stream, struct import_rules *out);

/* Each: 0, or -1 with ERR_REFUSED or ERR_POLICY, and its cause. */
int gate_source(const char *name, const char *kind, struct err *e);
int gate_record(const struct gate *g, const char *kind, const struct record *r, struct err *e);
/* Whether dray.toml lets this stream bring these sources. */
int gate_sources(const struct gate *g, const struct manifest *m, struct err *e);
/*
 * Warns of rules for a source that is neither held nor in the bundle (m NULL: there is none), and of
 * a [[stream]] that nobody is trusted for, as mistyped ones are. Either may be there before the first
 * bundle, so it is no error.
 */
int gate_check_config(struct cmd *cmd, const struct config *config, struct catalog *c,
    const struct manifest *m, struct err *e);
/* Size and age; warns of these. */
int gate_bundle(const struct gate *g, const struct manifest *m, struct err *e);
/* Did another person review it, and does this one approve? Sets the note. */
int gate_review(struct gate *g, const struct import_result *r, struct err *e);
int gate_result(const struct gate *g, int64_t generation, struct err *e);

/* What bundles are judged by here. */
int gate_time(struct catalog *c, struct policy_time *out, struct err *e);
/*
 * The clock is right, and imports that are dated later were under a wrong one: from now on they
 * count as done now. Logged. 1; 0: there are none; -1
 */
int gate_approve_clock(const struct gate *g, const char *reason, struct err *e);

/* Notes that this person reviewed the bundle, in the log too. reason: why it is good. */
int gate_note_review(
    const struct gate *g, const struct import_result *r, const char *reason, struct err *e);

#endif
