"""An index that the connected side syncs from, and what a right selection from it is. One file for each kind:
upstream_pypi.py, upstream_npm.py, upstream_deb.py.

Some projects are asked for, others only by them. The newest version that is not yanked is the one to take, with
all that it requires. Each server reads its folder afresh for each request.
"""
import hashlib
import json
import os
import subprocess
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(TESTS, "tools-py")
sys.path.insert(0, TOOLS)

UNREACHABLE = {"/*": {"kind": "close"}}


class Release:
    def __init__(self, project, version, file, requires):
        self.project, self.version, self.file, self.requires = project, version, file, requires
        self.sha256 = None
        self.yanked = False
        self.broken = None  # a fault, as tests/servers/fixture.py has it


class Upstream:
    server_file = "static_files.py"
    breaks = ({"kind": "status", "status": 404}, {"kind": "corrupt"}, {"kind": "truncate", "bytes": 1})
    yanks = False     # a version can stay and not be taken
    replaces = False  # other bytes under the same name are taken

    def __init__(self, folder, name, asked, dependencies):
        self.folder = os.path.join(folder, name)
        self.faults = self.folder + ".faults.json"
        self.asked, self.dependencies = asked, dependencies
        self.projects = {name: [] for name in [*asked, *dependencies]}
        self.last_version = dict.fromkeys(self.projects, 0)
        self.down = False
        self.server = None
        os.mkdir(self.folder)
        for project in self.projects:
            self.release(project, [], 0)

    # ---- what happens to it ----

    def release(self, project, requires, size):
        self.last_version[project] += 1
        version = self.version(self.last_version[project])
        release = Release(project, version, self.file(project, version), requires)
        self.projects[project].append(release)
        self.build(release, size, "")
        return release

    def remove(self, release):
        self.projects[release.project].remove(release)
        self.write()

    def heal(self, each=lambda release: True):
        self.down = False
        for release in self.releases():
            if each(release):
                release.broken = None
        self.write()

    def releases(self):
        return [release for project in self.projects.values() for release in project]

    def write(self):
        """Faults, as the server reads them."""
        table = {self.path(r): r.broken for r in self.releases() if r.broken}
        self.put(self.faults, UNREACHABLE if self.down else table)

    @staticmethod
    def put(path, value):
        with open(path + ".new", "w", encoding="utf-8") as out:
            json.dump(value, out)
        os.rename(path + ".new", path)

    @staticmethod
    def digest(path):
        with open(path, "rb") as content:
            return hashlib.sha256(content.read()).hexdigest()

    # ---- what is to be had ----

    def newest(self, project):
        for release in reversed(self.projects[project]):
            if not release.yanked:
                return release
        return None

    def closure(self, names):
        """({file: Release}, projects of which there is none to take)"""
        chosen, missing, todo = {}, set(), list(names)
        while todo:
            name = todo.pop()
            release = self.newest(name)
            if release is None or self.down:
                missing.add(name)
            elif release.file not in chosen:
                chosen[release.file] = release
                todo += release.requires
        return chosen, missing

    def files(self, release):
        """{file: name_of()} that can be had of it."""
        return {} if release.broken else {release.file: release.sha256}

    # ---- the server ----

    def start(self):
        port_file = self.folder + ".port"
        self.write()
        self.server = subprocess.Popen(
            [sys.executable, os.path.join(TESTS, "servers", self.server_file), "--port-file", port_file, "--faults",
             self.faults, self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(port_file):
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the index does not start")
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as port:
            self.address = f"http://127.0.0.1:{port.read().strip()}/"

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
