"""A mirror, looked at from outside: what its commands say and what its files are. Never its catalog."""
import hashlib
import json
import os

import pages_deb
import pages_npm
import pages_pypi
from violation import require


class View:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.answers = {}  # of questions that were asked since the last command that may change something

    def ask(self, *argv):
        """Runs a command that only looks."""
        if argv not in self.answers:
            self.answers[argv] = self.program.run("-C", self.folder, *argv)
        return self.answers[argv]

    def status(self):
        """What `dray status` says; 5: something is missing, 1: the last run failed."""
        outcome = self.ask("status", "--json")
        require(outcome.status in (0, 1, 5), "dray status fails", outcome)
        return json.loads(outcome.stdout)

    def fsck(self):
        outcome = self.program.run("-C", self.folder, "fsck", "-q")
        require(outcome.status == 0, f"fsck finds damage in {os.path.basename(self.folder)}", outcome)

    def site(self):
        """{(source, file): name_of()} of all that is listed; each file read, and every page held against them.
        None: not published yet."""
        root = os.path.join(self.folder, "site")
        if not os.path.islink(root):
            return None
        found = {}
        for source in sorted(os.listdir(root)):
            folder = os.path.join(root, source)
            if os.path.isdir(folder):
                files = pages_of(folder).read(folder)
                found.update({(source, file): sha for file, sha in files.items()})
        return found

    def served(self):
        """{(source, file)} of every package file that lies in the site, listed or not."""
        root = os.path.join(self.folder, "site")
        return {(os.path.relpath(here, root).split(os.sep)[0], name) for here, _, names in os.walk(root + os.sep)
                for name in names if name.endswith((".whl", ".metadata", ".tgz", ".deb"))}

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


def pages_of(folder):
    """The kind of a source shows in its folder."""
    if os.path.isdir(os.path.join(folder, "simple")):
        return pages_pypi
    return pages_deb if os.path.isdir(os.path.join(folder, "dists")) else pages_npm
