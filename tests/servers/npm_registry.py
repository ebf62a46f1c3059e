#!/usr/bin/env python3
"""An npm registry over a folder of tarballs.

    npm_registry.py [options] FOLDER

    /NAME  /@SCOPE%2fNAME       the packument, made of the package.json in each tarball
    /NAME/-/FILE                a tarball
    /-/npm/v1/keys              the key document, if FOLDER has signing.pem
    /log                        the requests so far (see fixture.py, also for faults and common options)

FOLDER/registry.json may add to it; all parts may be left out:
    {"tags": {"left": {"latest": "1.0.0"}},             else latest is the newest
     "versions": {"left@1.0.0": {"deprecated": "no"}},  members of the manifest; null takes one away
     "dist": {"left@1.0.0": {"integrity": "sha512-.."}}, members of its `dist`
     "time": {"left@1.0.0": null},                      else 2024-01-01T00:00:00.000Z
     "expires": "2026-01-01T00:00:00.000Z"}             of the signing key
FOLDER/manifests.json, {"NAME": {"VERSION": {manifest}}}, adds versions that have no tarball.
The folder is read again for each request, so tests may add, replace and remove files.

With FOLDER/signing.pem (an EC key of P-256) each version is signed, as it is before FOLDER/registry.json
changes its `dist`.
"""
import base64
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fixture  # noqa: E402


@functools.lru_cache(maxsize=None)
def read_tarball(path, _stamp):
    """(manifest, integrity, shasum); the stamp makes a replaced file another key."""
    with tarfile.open(path) as tarball:
        name = next(n for n in tarball.getnames() if re.fullmatch(r"[^/]+/package\.json", n))
        manifest = json.load(tarball.extractfile(name))
    with open(path, "rb") as content:
        data = content.read()
    return (manifest, "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode(),
            hashlib.sha1(data).hexdigest())


@functools.lru_cache(maxsize=None)
def public_key(pem):
    return subprocess.run(["openssl", "ec", "-in", pem, "-pubout", "-outform", "DER"],
                          check=True, capture_output=True).stdout


def key_id(pem):
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_key(pem)).digest()).decode()


@functools.lru_cache(maxsize=None)
def sign(pem, message):
    return base64.b64encode(subprocess.run(["openssl", "dgst", "-sha256", "-sign", pem], check=True,
                                           capture_output=True, input=message.encode()).stdout).decode()


def order(version):
    numbers, _, pre = version.partition("-")
    return [int(n) for n in re.findall(r"\d+", numbers)], pre == "", pre


class Registry:
    def __init__(self, options):
        self.folder = options.folder

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as lines:
                return json.load(lines)
        except FileNotFoundError:
            return {}

    def pem(self):
        path = os.path.join(self.folder, "signing.pem")
        return path if os.path.exists(path) else None

    def manifests(self, package, base):
        found = {}
        for file in sorted(os.listdir(self.folder)):
            if not file.endswith(".tgz"):
                continue
            path = os.path.join(self.folder, file)
            stamp = os.stat(path)
            manifest, integrity, shasum = read_tarball(path, (stamp.st_mtime_ns, stamp.st_size))
            if manifest["name"] != package:
                continue
            manifest = dict(manifest)
            name = package.rpartition("/")[2]
            manifest["dist"] = {"integrity": integrity, "shasum": shasum,
                                "tarball": f"{base}/{package}/-/{name}-{manifest['version']}.tgz"}
            found[manifest["version"]] = manifest
        for version, manifest in self.read("manifests.json").get(package, {}).items():
            name = package.rpartition("/")[2]
            digest = hashlib.sha512(f"{package}@{version}".encode()).digest()
            found[version] = {"name": package, "version": version, **manifest, "dist": {
                "integrity": "sha512-" + base64.b64encode(digest).decode(),
                "tarball": f"{base}/{package}/-/{name}-{version}.tgz"}}
        return found

    def packument(self, package, base):
        versions, additions, pem = self.manifests(package, base), self.read("registry.json"), self.pem()
        if not versions:
            return None
        time = {}
        for version, manifest in versions.items():
            item = f"{package}@{version}"
            if pem:
                message = f"{item}:{manifest['dist']['integrity']}"
                manifest["dist"]["signatures"] = [{"keyid": key_id(pem), "sig": sign(pem, message)}]
            change(manifest, additions.get("versions", {}).get(item, {}))
            change(manifest["dist"], additions.get("dist", {}).get(item, {}))
            time[version] = additions.get("time", {}).get(item, "2024-01-01T00:00:00.000Z")
        stable = [v for v in versions if "-" not in v] or list(versions)
        tags = {"latest": max(stable, key=order), **additions.get("tags", {}).get(package, {})}
        return {"_id": package, "name": package, "dist-tags": tags, "versions": versions,
                "time": {v: t for v, t in time.items() if t is not None}}

    def keys(self):
        pem = self.pem()
        if not pem:
            return None
        return {"keys": [{"expires": self.read("registry.json").get("expires"), "keyid": key_id(pem),
                          "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
                          "key": base64.b64encode(public_key(pem)).decode()}]}

    def tarball(self, package, file):
        for name in (file, f"{package.lstrip('@').replace('/', '-')}-{file.rpartition('-')[2]}",
                     f"{package.partition('/')[0].lstrip('@')}-{file}"):
            path = fixture.safe_join(self.folder, name)
            if path and "/" not in name and os.path.exists(path):
                with open(path, "rb") as content:
                    return fixture.Answer(content.read(), modified=os.stat(path).st_mtime)
        return None

    def answer(self, request):
        path = request.url_path.replace("%2f", "/").replace("%2F", "/").lstrip("/")
        if path == "-/npm/v1/keys":
            value = self.keys()
            return value and fixture.json_page(value)
        package, found, file = path.partition("/-/")
        if found:
            return self.tarball(package, file)
        value = self.packument(package, f"http://{request.headers['Host']}")
        return value and fixture.json_page(value)


def change(value, additions):
    value.update(additions)
    for key in [k for k, v in value.items() if v is None]:
        del value[key]


def main():
    parser = fixture.argument_parser(__doc__)
    parser.add_argument("folder")
    options = parser.parse_args()
    fixture.serve(options, Registry(options).answer)


if __name__ == "__main__":
    main()
