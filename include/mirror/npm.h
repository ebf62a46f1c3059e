/* The adapter for npm: packages of Node.js, from any registry that speaks npm's protocol. */
#ifndef MIRROR_NPM_H
#define MIRROR_NPM_H

#include "mirror/registry.h"

extern const struct registry npm_registry;

#endif
