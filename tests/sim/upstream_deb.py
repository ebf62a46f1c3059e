"""A Debian archive with one suite, signed anew whenever it changes."""
import datetime
import os
import subprocess
import sys

from upstream import TOOLS, Upstream

SUITE = "stable"
AGO = 100000000  # seconds: no archive may be of a time to come, and the simulation's time is made up


class Deb(Upstream):
    def __init__(self, folder, name, asked, dependencies):
        self.home = os.path.join(folder, f"{name}.gnupg")
        self.keyring = os.path.join(folder, f"{name}.gpg")
        self.now, self.sizes, self.listed = None, {}, None
        os.mkdir(self.home, 0o700)
        self.gpg("--passphrase", "", "--quick-generate-key", "archive <archive@example.invalid>", "ed25519", "sign", "never")
        self.gpg("--output", self.keyring, "--export")
        super().__init__(folder, name, asked, dependencies)

    def gpg(self, *argv):
        subprocess.run(["gpg", "--homedir", self.home, "--batch", "--quiet", *argv], check=True, capture_output=True)

    def version(self, number):
        return f"{number}"

    def file(self, project, version):
        return f"{project}_{version}_amd64.deb"

    def path(self, release):
        return f"/pool/main/{release.project[0]}/{release.project}/{release.file}"

    def build(self, release, size, _):
        self.sizes[release.file] = size

    def closure(self, names):
        """Without the Release file nothing is known."""
        return ({}, {"the whole selection"}) if self.down else super().closure(names)

    def set_time(self, seconds):
        """Of the next Release file."""
        self.now = datetime.datetime.fromtimestamp(seconds - AGO, datetime.timezone.utc)

    def write(self):
        """One version of each package is listed, the newest."""
        super().write()
        listed = [release for release in map(self.newest, self.projects) if release]
        state = [(release.file, self.sizes[release.file]) for release in listed]
        if state != self.listed:
            self.sign(listed)
        self.listed = state

    def sign(self, listed):
        self.list([release for release in listed if not self.sizes[release.file]], "--fresh")
        for release in listed:
            if self.sizes[release.file]:
                self.list([release], "--size", str(self.sizes[release.file]))
        suite = os.path.join(self.folder, "dists", SUITE)
        self.gpg("--yes", "--digest-algo", "SHA256", "--clearsign", "--output", os.path.join(suite, "InRelease"),
                 os.path.join(suite, "Release"))
        for release in listed:
            release.sha256 = self.digest(self.folder + self.path(release))

    def list(self, releases, *options):
        stanzas = "\n".join(f"Package: {release.project}\nVersion: {release.version}\n" +
                            (f"Depends: {', '.join(release.requires)}\n" if release.requires else "")
                            for release in releases)
        subprocess.run([sys.executable, os.path.join(TOOLS, "debarchive.py"), self.folder, SUITE, *options,
                        "--date", self.now.isoformat()], check=True, input=stanzas, text=True)

    def stop(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], check=False, capture_output=True)
        super().stop()

    def configuration(self):
        return [f'upstream = "{self.address}"', f'suites = ["{SUITE}"]', 'architectures = ["amd64"]',
                f'keyring = "{self.keyring}"']
