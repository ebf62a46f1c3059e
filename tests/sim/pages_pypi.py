"""A Python index as a mirror publishes it."""
import json
import os
import re

from names import digest, name_of
from violation import require

LINK = re.compile(r'<a href="([^"#]+)#sha256=([0-9a-f]{64})"[^>]*>([^<]+)</a>')


def read(folder):
    """{file: name_of()} of what the pages list; what they listed lately may linger."""
    return read_pages(os.path.join(folder, "simple"), served(os.path.join(folder, "files")))


def served(top):
    """{(file, name_of())}. A package lies in a folder of its digest, its metadata beside it. What lingers may be damaged:
    the link is to a blob that nobody holds any more."""
    found = set()
    for here, _, names in os.walk(top):
        for name in names:
            sha = digest(os.path.join(here, name)).hexdigest()
            found.add((name, name_of(sha, os.path.basename(here))))
    return found


def read_pages(simple, files):
    """The list of projects, and the page of each."""
    projects = [entry["name"] for entry in page(simple)["projects"]]
    there = sorted(name for name in os.listdir(simple) if os.path.isdir(os.path.join(simple, name)))
    require(sorted(projects) == there, f"{simple}: the list of projects and the folders differ", projects, there)
    listed = {}
    for project in projects:
        listed.update(read_project(os.path.join(simple, project)))
    require(listed.items() <= files, f"{simple}: lists files that are not there", listed.items() - files)
    return listed


def read_project(folder):
    """{file: name_of()}; JSON and HTML must say the same, and what they name must be there."""
    said, found = {}, {}
    for entry in page(folder)["files"]:
        name, sha, metadata = entry["filename"], entry["hashes"]["sha256"], entry.get("core-metadata")
        require(os.path.isfile(os.path.join(folder, entry["url"])) and f"/{sha}/" in entry["url"],
                f"{folder}: names a file that is not there", entry)
        said[name] = sha
        found[name] = name_of(sha, sha)
        if metadata:
            found[name + ".metadata"] = name_of(metadata["sha256"], sha)
    with open(os.path.join(folder, "index.html"), encoding="utf-8") as text:
        html = {name: sha for _, sha, name in LINK.findall(text.read())}
    require(html == said, f"{folder}: the HTML page and the JSON page differ", html, said)
    return found


def page(folder):
    with open(os.path.join(folder, "index.v1_json"), encoding="utf-8") as text:
        return json.load(text)
