#include "mirror/nearest.h"

#include "bundle/err.h"

#define WORD_MAX 40 /* longer words are not compared */

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* Edits between two words: insert, delete, change, swap neighbours (optimal string alignment). */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
        size_t d[WORD_MAX + 1][WORD_MAX + 1], i, j;

        for (i = 0; i <= a_len; i++)
                d[i][0] = i;
        for (j = 0; j <= b_len; j++)
                d[0][j] = j;
        for (i = 1; i <= a_len; i++) {
                for (j = 1; j <= b_len; j++) {
                        d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
                        d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
                }
        }
        return d[a_len][b_len];
}

struct nearest nearest_to(const char *unknown)
{
        return (struct nearest){.to = unknown};
}

void nearest_offer_one(struct nearest *n, const char *word)
{
        size_t to_len = strlen(n->to), len = strlen(word), most = to_len < 2 ? 0 : (to_len + 2) / 3,
               d;

        if (to_len > WORD_MAX || len > WORD_MAX)
                return;
        d = distance(n->to, to_len, word, len);
        if (to_len >= 3 && strncmp(n->to, word, to_len) == 0)
                d = least(d, 1); /* a beginning is as near as one slip */
        if (d > most)
                return;
        if (!n->word || d < n->distance) {
                n->word = word;
                n->distance = d;
        }
}

void nearest_offer(struct nearest *n, const char *const *words)
{
        for (; words && *words; words++)
                nearest_offer_one(n, *words);
}
