/* The PyPI adapter: Python packages from a simple repository index (PEP 503, PEP 691). */
#ifndef MIRROR_PYPI_H
#define MIRROR_PYPI_H

#include "mirror/registry.h"

extern const struct registry pypi_registry;

#endif
