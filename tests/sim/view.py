"""A mirror, looked at from outside: what its commands say and what its files are. Never its catalog."""
import hashlib
import json
import os
import re

from violation import require

LINK = re.compile(r'<a href="([^"#]+)#sha256=([0-9a-f]{64})"[^>]*>([^<]+)</a>')


class View:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def status(self):
        """What `dray status` says; 5: something is missing, 1: the last run failed."""
        outcome = self.program.run("-C", self.folder, "status", "--json")
        require(outcome.status in (0, 1, 5), "dray status fails", outcome)
        return json.loads(outcome.stdout)

    def fsck(self):
        outcome = self.program.run("-C", self.folder, "fsck", "-q")
        require(outcome.status == 0, f"fsck finds damage in {os.path.basename(self.folder)}", outcome)

    def site(self):
        """{(source, file): name_of()} of all that is served; each file read, and every page held against them.
        None: not published yet."""
        root = os.path.join(self.folder, "site")
        if not os.path.islink(root):
            return None
        found = {}
        for source in sorted(os.listdir(root)):
            if os.path.isdir(os.path.join(root, source)):
                files = self.served(os.path.join(root, source, "files"))
                found.update({(source, file): sha for file, sha in files.items()})
                self.check_pages(os.path.join(root, source, "simple"), files)
        return found

    @staticmethod
    def served(top):
        """A package lies in a folder of its digest, its metadata beside it."""
        found = {}
        for here, _, names in os.walk(top):
            for name in names:
                with open(os.path.join(here, name), "rb") as content:
                    sha = hashlib.sha256(content.read()).hexdigest()
                require(name.endswith(".metadata") or sha == os.path.basename(here),
                        f"served with another digest: {here}/{name}")
                found[name] = name_of(sha, os.path.basename(here))
        return found

    def check_pages(self, simple, files):
        """The pages list the packages that are served, and no other, each with its address and digests."""
        projects = [entry["name"] for entry in page(simple)["projects"]]
        there = sorted(name for name in os.listdir(simple) if os.path.isdir(os.path.join(simple, name)))
        require(sorted(projects) == there, f"{simple}: the list of projects and the folders differ", projects, there)
        listed = {}
        for project in projects:
            listed.update(self.read_project(os.path.join(simple, project), files))
        packages = {file: sha for file, sha in files.items() if not file.endswith(".metadata")}
        require(listed == packages, f"{simple}: lists other files than are served", listed, packages)

    @staticmethod
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

    def fingerprint(self):
        """Changes when anything that a client or an operator can see does."""
        files = []
        for top in ("site/", "state/blobs"):
            for here, folders, names in os.walk(os.path.join(self.folder, top)):
                folders.sort()
                for name in sorted(names):
                    stat = os.stat(os.path.join(here, name))
                    files.append((here, name, stat.st_ino, stat.st_size, stat.st_mtime_ns))
        link = os.path.join(self.folder, "site")
        return self.status(), os.readlink(link) if os.path.islink(link) else None, files

    def spools(self):
        """{manifest: packs} of bundles whose volumes have not all come; each pack is what its name says."""
        top, found = os.path.join(self.folder, "state", "spool"), {}
        for manifest in os.listdir(top) if os.path.isdir(top) else ():
            folder = os.path.join(top, manifest)
            found[manifest] = {name for name in os.listdir(folder) if len(name) == 64}
            for name in found[manifest]:
                with open(os.path.join(folder, name), "rb") as pack:
                    require(hashlib.sha256(pack.read()).hexdigest() == name, f"a pack in {folder} is damaged", name)
        return found

    def blob(self, sha):
        return os.path.join(self.folder, "state", "blobs", sha[:2], sha)

    def holds(self, sha):
        return os.path.exists(self.blob(sha))


def name_of(sha, package):
    """What tells a served file from others of the same name: its digest and, of metadata, its package's."""
    return sha if sha == package else f"{sha} of {package}"


def page(folder):
    with open(os.path.join(folder, "index.v1_json"), encoding="utf-8") as text:
        return json.load(text)
