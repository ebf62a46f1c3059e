#include "mirror/registry.h"

#include "mirror/deb.h"
#include "mirror/npm.h"
#include "mirror/pypi.h"

/* The adapters. Adding a registry: its own folder or file, and a line here. */
static const struct registry *const registries[] = {
    &deb_registry, &npm_registry, &pypi_registry, NULL};

const struct registry *registry_find(const char *kind)
{
        for (size_t i = 0; registries[i]; i++)
                if (strcmp(registries[i]->kind, kind) == 0)
                        return registries[i];
        return NULL;
}

const char *const *registry_kinds(void)
{
        static const char *names[sizeof registries / sizeof *registries];

        for (size_t i = 0; registries[i]; i++)
                names[i] = registries[i]->kind;
        return names;
}
