"""A Python package index of wheels."""
import hashlib
import os

from upstream import Upstream
from names import name_of
import mkwheel

WRONG = "0" * 64


class Pypi(Upstream):
    server_file = "simple_index.py"
    breaks = (*Upstream.breaks, {"kind": "digest"}, {"kind": "size"})
    yanks = replaces = True

    def version(self, number):
        return f"{number}.0"

    def file(self, project, version):
        return f"{project}-{version}-py3-none-any.whl"

    def path(self, release):
        return f"/files/{release.file}"

    def build(self, release, size, text):
        path = mkwheel.build_wheel(self.folder, release.project, release.version, requires=release.requires,
                                   size=size, files=[("note.txt", text)] if text else [])
        release.sha256 = self.digest(path)
        metadata = mkwheel.metadata(release.project, release.version, release.requires)
        release.metadata_sha256 = hashlib.sha256(metadata).hexdigest()

    def remove(self, release):
        os.remove(os.path.join(self.folder, release.file))
        super().remove(release)

    def write(self):
        super().write()
        self.put(os.path.join(self.folder, "index.json"),
                 {"files": {r.file: {"yanked": "broken"} for r in self.releases() if r.yanked}})

    def files(self, release):
        """The metadata can be had also where its wheel cannot."""
        digest_is_wrong = release.broken and release.broken["kind"] == "digest"
        stated = WRONG if digest_is_wrong else release.sha256
        return {**super().files(release), release.file + ".metadata": name_of(release.metadata_sha256, stated)}

    def configuration(self):
        return [f'upstream = "{self.address}simple/"', "[[source.target]]", 'python = "3.11"',
                'platform = "manylinux_2_28_x86_64"']
