"""An npm registry as a mirror publishes it."""
import base64
import json
import os

from names import digest
from violation import require


def read(folder):
    """{file: sha256} of the tarballs that the packages' pages list; what they listed lately may linger."""
    found = {}
    for here, _, names in os.walk(folder):
        if "index.json" in names:
            found.update(read_package(folder, here))
    return {os.path.basename(path): sha for path, sha in found.items()}


def read_package(folder, here):
    """{path: sha256}"""
    with open(os.path.join(here, "index.json"), encoding="utf-8") as text:
        packument = json.load(text)
    for version, manifest in packument["versions"].items():
        dist = manifest["dist"]
        path = os.path.join(folder, dist["tarball"].split("/", 4)[4])
        require(os.path.isfile(path), f"{here}: {version} is a tarball that is not there", dist)
        integrity = "sha512-" + base64.b64encode(digest(path, "sha512").digest()).decode()
        require(dist["integrity"] == integrity, f"{path}: is not what its page says", dist)
        yield path, digest(path).hexdigest()
    require(packument["dist-tags"]["latest"] in packument["versions"], f"{here}: the latest is not there", packument)
