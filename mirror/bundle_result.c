#include "bundle_result.h"

#include <jansson.h>

#include "bundle/fs.h"
#include "bundle/hex.h"

static void print_json(const struct bundle_row *row, const struct bundle_written *w,
    const char *state, char *const *paths, size_t count)
{
        json_t *array = json_array();

        for (size_t i = 0; i < count; i++)
                json_array_append_new(array, json_string(paths[i]));
        /* named as `verify` names them */
        cmd_print_json_take(json_pack("{ss sI sI sI ss sI sI sI sI sI so}", "stream", row->stream,
            "epoch", (json_int_t)row->epoch, "seq", (json_int_t)row->seq, "base",
            (json_int_t)row->base_seq, "state", state, "added", (json_int_t)w->totals.added,
            "removed", (json_int_t)w->totals.removed, "files", (json_int_t)w->totals.blobs, "bytes",
            (json_int_t)w->totals.bytes, "size", (json_int_t)w->size, "paths", array));
}

void bundle_result_print(const struct cmd *c, const struct bundle_row *row,
    const struct bundle_written *w, char *const *paths, size_t count)
{
        char size[16], bytes[16], state[SHA256_HEX], base[40] = "full", volumes[40] = "";

        hex_encode(state, w->state, SHA256_SIZE);
        if (c->json) {
                print_json(row, w, state, paths, count);
                return;
        }
        if (row->base_seq)
                snprintf(base, sizeof base, "on bundle %lld", (long long)row->base_seq);
        if (w->volumes > 1)
                snprintf(volumes, sizeof volumes, " in %zu volumes", w->volumes);
        cmd_note(c,
            "bundle %lld of %s, %s: %s%s; %llu records added, %llu removed, %llu files of %s; state %.16s",
            (long long)row->seq, row->stream, base, fs_size_text(w->size, size), volumes,
            (unsigned long long)w->totals.added, (unsigned long long)w->totals.removed,
            (unsigned long long)w->totals.blobs, fs_size_text(w->totals.bytes, bytes), state);
        for (size_t i = 0; i < count; i++)
                printf("%s\n", paths[i]);
}

void bundle_result_none(const struct cmd *c, const char *stream)
{
        if (c->json)
                cmd_print_json_take(json_pack("{ss sn s[]}", "stream", stream, "seq", "paths"));
        else
                cmd_note(c, "nothing has changed since the last bundle of %s", stream);
}
