"""An npm registry."""
import os
import subprocess
import sys

from upstream import TOOLS, Upstream


class Npm(Upstream):
    server_file = "npm_registry.py"

    def version(self, number):
        return f"{number}.0.0"

    def file(self, project, version):
        return f"{project}-{version}.tgz"

    def path(self, release):
        return f"/{release.project}/-/{release.file}"

    def build(self, release, size, _):
        needs = [word for project in release.requires for word in ("--dep", f"{project}@*")]
        path = subprocess.run([sys.executable, os.path.join(TOOLS, "mktgz.py"), "--out", self.folder, *needs, "--size",
                               str(size), release.project, release.version], check=True, capture_output=True, text=True)
        release.sha256 = self.digest(path.stdout.strip())

    def remove(self, release):
        os.remove(os.path.join(self.folder, release.file))
        super().remove(release)

    def configuration(self):
        return [f'upstream = "{self.address}"', "[[source.target]]", 'platform = "linux-x64"']
