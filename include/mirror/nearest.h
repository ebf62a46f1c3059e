/*
 * "Did you mean ...?": the known word nearest to one that is not known.
 *
 *     struct nearest n = nearest_to("pakages");
 *     nearest_offer(&n, keys);                NULL-terminated; any number of lists
 *     if (n.word) ... it is close enough to be worth a suggestion
 *
 * Near are few slips of typing (a letter wrong, missing, too much, or two
 * swapped: about one for every three letters), and beginnings ("arch" for
 * "architectures").
 */
#ifndef MIRROR_NEAREST_H
#define MIRROR_NEAREST_H

#include <stddef.h>

struct nearest {
        const char *to;   /* the unknown word; borrowed */
        const char *word; /* the nearest so far, or NULL */
        size_t distance;  /* of `word` */
};

struct nearest nearest_to(const char *unknown);
void nearest_offer(struct nearest *n, const char *const *words); /* words NULL: none */
void nearest_offer_one(struct nearest *n, const char *word);

#endif
