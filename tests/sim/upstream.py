"""The index that the connected side syncs from, and what a right selection from it is.

Projects p0.. and e0.. are asked for; d0.. only by them. The newest version that is not yanked is the one
to take, with all that it requires. The server reads its folder afresh for each request.
"""
import hashlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "tools-py"))
import mkwheel  # noqa: E402

WRONG = "0" * 64
BREAKS = ({"kind": "status", "status": 404}, {"kind": "corrupt"}, {"kind": "truncate", "bytes": 1}, {"kind": "digest"},
          {"kind": "size"})


class Release:
    def __init__(self, project, version, file, requires):
        self.project, self.version, self.file, self.requires = project, version, file, requires
        self.sha256 = self.metadata_sha256 = None
        self.yanked = False
        self.broken = None  # one of BREAKS

    @property
    def stated_sha256(self):
        """As the index has it."""
        return WRONG if self.broken and self.broken["kind"] == "digest" else self.sha256


class Upstream:
    def __init__(self, folder, asked, dependencies):
        self.folder = os.path.join(folder, "index")
        self.faults = os.path.join(folder, "faults.json")
        self.asked, self.dependencies = asked, dependencies
        self.projects = {name: [] for name in [*asked, *dependencies]}
        self.last_version = dict.fromkeys(self.projects, 0)
        self.down = False
        os.mkdir(self.folder)
        for name in self.projects:
            self.release(name, [], 0)
        self.server = None

    # ---- what happens to it ----

    def release(self, project, requires, size):
        self.last_version[project] += 1
        version = f"{self.last_version[project]}.0"
        release = Release(project, version, f"{project}-{version}-py3-none-any.whl", requires)
        self.projects[project].append(release)
        self.build(release, size, "")
        return release

    def build(self, release, size, text):
        path = mkwheel.build_wheel(self.folder, release.project, release.version, requires=release.requires,
                                   size=size, files=[("note.txt", text)] if text else [])
        with open(path, "rb") as content:
            release.sha256 = hashlib.sha256(content.read()).hexdigest()
        metadata = mkwheel.metadata(release.project, release.version, release.requires)
        release.metadata_sha256 = hashlib.sha256(metadata).hexdigest()

    def remove(self, release):
        self.projects[release.project].remove(release)
        os.remove(os.path.join(self.folder, release.file))
        self.write()

    def write(self):
        """Yanks and faults, as the server reads them."""
        releases = [release for project in self.projects.values() for release in project]
        self.put(os.path.join(self.folder, "index.json"),
                 {"files": {r.file: {"yanked": "broken"} for r in releases if r.yanked}})
        table = {f"/files/{r.file}": r.broken for r in releases if r.broken}
        if self.down:
            table = {"/*": {"kind": "close"}}
        self.put(self.faults, table)

    @staticmethod
    def put(path, value):
        with open(path + ".new", "w", encoding="utf-8") as out:
            json.dump(value, out)
        os.rename(path + ".new", path)

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

    # ---- the server ----

    def start(self):
        port_file = self.folder + ".port"
        self.server = subprocess.Popen(
            [sys.executable, os.path.join(TESTS, "servers", "simple_index.py"), "--port-file", port_file, "--faults",
             self.faults, self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(port_file):
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the index does not start")
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as port:
            self.url = f"http://127.0.0.1:{port.read().strip()}/simple/"

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
