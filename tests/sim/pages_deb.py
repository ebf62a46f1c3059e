"""A Debian archive as a mirror publishes it."""
import lzma
import os
import re

from names import digest
from violation import require

LISTED = re.compile(r"^ ([0-9a-f]{64}) +(\d+) (\S+)$", re.M)
FIELD = re.compile(r"^(Filename|SHA256): (.*)$", re.M)


def read(folder):
    """{file: sha256} of the .debs that the suites' signed lists have; what they had lately may linger."""
    listed = {}
    for suite in os.listdir(os.path.join(folder, "dists")):
        listed.update(read_suite(folder, os.path.join(folder, "dists", suite)))
    return {os.path.basename(path): sha for path, sha in listed.items()}


def read_suite(folder, suite):
    """{path: sha256}"""
    found = {}
    with open(os.path.join(suite, "InRelease"), encoding="utf-8") as text:
        indexes = LISTED.findall(text.read())
    require(indexes, f"{suite}: its InRelease lists nothing")
    for sha, _, name in indexes:
        path = os.path.join(suite, name)
        if not os.path.exists(path):  # not packed in that way
            continue
        require(digest(path).hexdigest() == sha, f"{path}: is not what its InRelease says")
        if name.endswith("Packages.xz"):
            found.update(read_packages(folder, path))
    return found


def read_packages(folder, path):
    with lzma.open(path, "rt", encoding="utf-8") as text:
        stanzas = text.read().strip()
    for stanza in filter(None, stanzas.split("\n\n")):
        fields = dict(FIELD.findall(stanza))
        sha = digest(os.path.join(folder, fields["Filename"])).hexdigest()
        require(sha == fields["SHA256"], f"{fields['Filename']}: is not what its index says", fields)
        yield fields["Filename"], sha
