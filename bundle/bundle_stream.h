/* An open bundle. Private to those who read its packs. */
#ifndef BUNDLE_BUNDLE_STREAM_H
#define BUNDLE_BUNDLE_STREAM_H

#include "bundle/bundle_head.h"
#include "bundle/bundle_read.h"

struct bundle {
        struct tar_in in; /* stands at the first pack */
        struct bundle_head head;
        struct signature claimed; /* the first one, not verified; its comment may be "" */
};

#endif
