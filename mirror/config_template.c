#include "mirror/config.h"

/*
 * Prose begins with "# ", an example with "#" and no blank: taking that "#"
 * away from every example leaves a valid dray.toml (tests/unit/test_config.c).
 */
static const char connected[] =
    "# What this mirror holds, and for whom. The only file here that people edit; what dray makes\n"
    "# of it is in state/, site and outbox/. Take away the # before a line to switch it on.\n"
    "#\n"
    "#     dray plan     shows what would be fetched, and why\n"
    "#     dray sync     fetches it\n"
    "#     dray bundle   packs what is new for the other side\n"
    "#\n"
    "# TOML 1.0. Relative paths are relative to the folder of this file.\n"
    "\n"
    "# The address at which clients reach the published site. Needed by those indexes that hold\n"
    "# absolute addresses (npm, crates).\n"
    "#[mirror]\n"
    "#base_url = \"http://mirror.plant/\"\n"
    "\n"
    "# One [[source]] for each registry. The name is also its folder in the site.\n"
    "#[[source]]\n"
    "#name = \"pypi\"\n"
    "#kind = \"pypi\"\n"
    "# Where to fetch from; without it, what this machine's own client (pip) uses.\n"
    "#upstream = \"https://registry.example.invalid/simple/\"\n"
    "# What is wanted: packages with everything they need, and everything that lock files name.\n"
    "#packages = [\"requests\", \"numpy>=1.26,<3\"]\n"
    "#lockfiles = [\"../app/uv.lock\", \"../app/requirements.txt\"]\n"
    "# In-house packages, published beside the mirrored ones.\n"
    "#local = [\"../dist/*.whl\"]\n"
    "# Never taken, even if something needs it.\n"
    "#exclude = [\"pyqt5\"]\n"
    "# How many of the newest versions that match each entry of packages.\n"
    "#keep = 1\n"
    "# Nothing younger than this (m, h, d, w); what has no date is refused.\n"
    "#min_age = \"7d\"\n"
    "# The registry as it stood at that moment: the same selection, whenever it is made.\n"
    "#as_of = 2026-11-01T00:00:00Z\n"
    "# false: each entry of packages is solved on its own, so that they may disagree.\n"
    "#together = true\n"
    "# One for each environment that the packages must install on.\n"
    "#[[source.target]]\n"
    "#python = \"3.11\"\n"
    "#platform = \"manylinux_2_28_x86_64\"\n"
    "\n"
    "# One [[stream]] for each audience: a numbered sequence of bundles, each building on the last.\n"
    "#[[stream]]\n"
    "#name = \"plant-a\"\n"
    "#audience = \"plant A, control network\"\n"
    "# Without sources: all of them.\n"
    "#sources = [\"pypi\"]\n"
    "# The secret keys that sign its bundles.\n"
    "#keys = [\"low.key\"]\n"
    "# The largest file that the medium takes: 4 GiB, 700 MB, or fat32, cd, dvd, dvd-dl, bd, bd-dl.\n"
    "# A bundle that would be larger is refused; several volumes are not there yet.\n"
    "#volume_size = \"4 GiB\"\n";

static const char isolated_side[] =
    "# This mirror is filled from bundles alone: it has no sources and makes no network call.\n"
    "# What dray makes is in state/ and site. Take away the # before a line to switch it on.\n"
    "#\n"
    "#     dray verify FILE    says who signed a bundle and whether it may come in\n"
    "#     dray import FILE    takes it in\n"
    "#     dray publish        brings the site up to date\n"
    "#\n"
    "# Whose bundles are accepted is not said here but in the trust list.\n"
    "# TOML 1.0. Relative paths are relative to the folder of this file.\n"
    "\n"
    "# The address at which clients reach the published site. Needed by those indexes that hold\n"
    "# absolute addresses (npm, crates).\n"
    "#[mirror]\n"
    "#base_url = \"http://mirror.plant/\"\n";

int config_write_template(FILE *out, bool isolated)
{
        if (fputs(isolated ? isolated_side : connected, out) == EOF || fflush(out) == EOF)
                return -1;
        return 0;
}
