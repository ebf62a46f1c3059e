/* What stops a stream of this mirror until `dray trust settle` (bundle/seen.h). Private to the commands. */
#ifndef MIRROR_ALARMS_H
#define MIRROR_ALARMS_H

#include <jansson.h>

#include "mirror/mirror.h"

/* Of every trusted stream. out: an array, {stream, cause, text} of each is added; print: to stdout too. */
int alarms_show(struct mirror *m, json_t *out, int print, struct err *e);

#endif
