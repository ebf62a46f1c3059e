"""A Python index as a mirror publishes it."""
import json
import os
import re

from names import digest, name_of
from violation import require

LINK = re.compile(r'<a href="([^"#]+)#sha256=([0-9a-f]{64})"[^>]*>([^<]+)</a>')


def read(folder):
    """{file: name_of()} of what is served; the pages are held against it."""
    files = served(os.path.join(folder, "files"))
    check_pages(os.path.join(folder, "simple"), files)
    return files


def served(top):
    """A package lies in a folder of its digest, its metadata beside it."""
    found = {}
    for here, _, names in os.walk(top):
        for name in names:
            sha = digest(os.path.join(here, name)).hexdigest()
            require(name.endswith(".metadata") or sha == os.path.basename(here),
                    f"served with another digest: {here}/{name}")
            found[name] = name_of(sha, os.path.basename(here))
    return found


def check_pages(simple, files):
    """The pages list the packages that are served, and no other, each with its address and digests."""
    projects = [entry["name"] for entry in page(simple)["projects"]]
    there = sorted(name for name in os.listdir(simple) if os.path.isdir(os.path.join(simple, name)))
    require(sorted(projects) == there, f"{simple}: the list of projects and the folders differ", projects, there)
    listed = {}
    for project in projects:
        listed.update(read_project(os.path.join(simple, project), files))
    packages = {file: sha for file, sha in files.items() if not file.endswith(".metadata")}
    require(listed == packages, f"{simple}: lists other files than are served", listed, packages)


def read_project(folder, files):
    """{file: sha256}; JSON and HTML must say the same, and what they name must be there."""
    said = {}
    for entry in page(folder)["files"]:
        name, sha, metadata = entry["filename"], entry["hashes"]["sha256"], entry.get("core-metadata")
        require(os.path.isfile(os.path.join(folder, entry["url"])) and f"/{sha}/" in entry["url"],
                f"{folder}: names a file that is not there", entry)
        require(not metadata or files.get(name + ".metadata") == name_of(metadata["sha256"], sha),
                f"{folder}: names metadata that is not there", entry)
        said[name] = sha
    with open(os.path.join(folder, "index.html"), encoding="utf-8") as text:
        html = {name: sha for _, sha, name in LINK.findall(text.read())}
    require(html == said, f"{folder}: the HTML page and the JSON page differ", html, said)
    return said


def page(folder):
    with open(os.path.join(folder, "index.v1_json"), encoding="utf-8") as text:
        return json.load(text)
