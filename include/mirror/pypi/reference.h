/*
 * What a word in a requirements.txt refers to when it is not a requirement of
 * the index: an address, a place in version control, a path.
 */
#ifndef MIRROR_PYPI_REFERENCE_H
#define MIRROR_PYPI_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

enum reference_kind {
        REFERENCE_INDEX, /* none of the others: to be read as a requirement (PEP 508) */
        REFERENCE_VCS,   /* git+https://... */
        REFERENCE_URL,   /* https://... */
        REFERENCE_PATH,  /* ./dist/x.whl, ../project[extra], x.whl, file:///... */
};

/* Of a line without its options, as pip decides, but without a look at the disk. */
enum reference_kind reference_classify(const char *text);

/* Of what follows "name @". */
enum reference_kind reference_address_kind(const char *address);

/* `path` as seen from the folder of the file `from`; both may be addresses. The caller frees. */
char *reference_join(const char *from, const char *path);

/*
 * A line for people: the user and password of an address become "***", white
 * space is run together, and what is longer than `most` is cut. The caller frees.
 */
char *reference_presentable(const char *text, size_t most);

#endif
