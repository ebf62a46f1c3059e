#!/usr/bin/python3
"""Our PEP 440, 508, 425 and file name code against Debian's python3-packaging, on generated input.

Every area makes seeded cases, asks both, and prints one TAP line and a summary. Where packaging
departs from the written specification, a reference written here from that text decides, and the
departure must belong to a class that is named here: it is counted, never waved through.

PEP_SEED picks other cases, PEP_SCALE multiplies their number (default 1).
"""
import random
import sys

sys.dont_write_bytecode = True  # the modules beside this file leave nothing in the tree

try:
    import packaging
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

# pylint: disable=wrong-import-position
from pep_common import SEED, Area
from pep_files import test_name, test_sdist, test_tags, test_tags_here, test_tags_pip, test_wheel
from pep_markers import test_marker, test_marker_parse, test_requirement
from pep_versions import test_filter, test_specifier, test_version_order, test_version_parse

AREAS = [
    ("versions: parsing and canonical form", test_version_parse),
    ("versions: order", test_version_order),
    ("specifier sets: contains, text", test_specifier),
    ("specifier sets: filter", test_filter),
    ("markers: evaluation and text", test_marker),
    ("markers: what parses", test_marker_parse),
    ("requirements", test_requirement),
    ("names", test_name),
    ("wheel file names", test_wheel),
    ("source distribution file names", test_sdist),
    ("tags: many targets", test_tags),
    ("tags: pip", test_tags_pip),
    ("tags: this machine", test_tags_here),
]


def main():
    print(f"# packaging {packaging.__version__}, seed {SEED}")
    print(f"1..{len(AREAS)}")
    failed = False
    for i, (name, test) in enumerate(AREAS, 1):
        area = Area(name)
        test(area, random.Random(f"{SEED} {name}"))
        area.report(i)
        failed = failed or bool(area.different)
    sys.exit(failed)


main()
