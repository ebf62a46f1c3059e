/*
 * requires.txt of an .egg-info folder: what setuptools wrote down of an
 * sdist's dependencies before PKG-INFO had a place for them.
 *
 *     requests>=2
 *     [tls]                     for an extra
 *     pyopenssl
 *     [:python_version < "3"]   under a condition
 *     futures
 *     [tls:os_name == "nt"]     both
 *     wincertstore
 */
#ifndef MIRROR_PYPI_REQUIRES_TXT_H
#define MIRROR_PYPI_REQUIRES_TXT_H

#include <stddef.h>

#include "bundle/err.h"

/*
 * Calls each for every requirement, as PEP 508 has it ("futures;
 * (python_version < "3")"). 0, or -1: what each returned, or a line is too long.
 */
int requires_txt_parse(const char *text, size_t len,
    int (*each)(void *user, const char *requirement, struct err *e), void *user, struct err *e);

#endif
