/*
 * Memory for passwords and secret keys: between guard pages, kept out of swap
 * and core dumps where the system allows it, and zeroed when it is freed
 * (libsodium). A request costs a few pages, so it is for secrets only.
 */
#ifndef BUNDLE_SECRET_H
#define BUNDLE_SECRET_H

#include <stddef.h>

void *secret_alloc(size_t size); /* zeroed; never NULL: aborts on exhaustion */
void secret_free(void *secret);  /* accepts NULL */

#endif
