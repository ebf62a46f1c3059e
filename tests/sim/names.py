"""What tells a served file from others of the same name."""
import hashlib
import os

from violation import require


def name_of(sha, package):
    """Its digest and, of metadata, its package's."""
    return sha if sha == package else f"{sha} of {package}"


def digest(path, kind="sha256"):
    require(os.path.isfile(path), f"{path} is not there")
    with open(path, "rb") as content:
        return hashlib.new(kind, content.read())
