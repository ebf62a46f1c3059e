#!/usr/bin/env python3
"""Makes an npm tarball, the same bytes for the same arguments; prints its path.

    mktgz.py --out FOLDER [--dep NAME@RANGE]... [--optional NAME@RANGE]... [--peer NAME@RANGE]...
             [--manifest JSON] [--inside NAME@VERSION] [--size BYTES] NAME VERSION

--manifest adds members to package.json; --inside lets it state another package than the file's name.
"""
import argparse
import gzip
import io
import json
import os
import random
import tarfile


def pairs(specs):
    return {s[:s.index("@", 1)]: s[s.index("@", 1) + 1:] for s in specs}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--out", required=True)
    for kind in ("dep", "optional", "peer"):
        parser.add_argument(f"--{kind}", action="append", default=[])
    parser.add_argument("--manifest", default="{}")
    parser.add_argument("--inside")
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("name")
    parser.add_argument("version")
    o = parser.parse_args()
    name, version = (o.inside[:o.inside.index("@", 1)], o.inside[o.inside.index("@", 1) + 1:]) if o.inside \
        else (o.name, o.version)
    manifest = {"name": name, "version": version, "main": "index.js"}
    for key, specs in (("dependencies", o.dep), ("optionalDependencies", o.optional), ("peerDependencies", o.peer)):
        if specs:
            manifest[key] = pairs(specs)
    manifest.update(json.loads(o.manifest))
    files = {"package/package.json": json.dumps(manifest, indent=2),
             "package/index.js": f"module.exports = {json.dumps(f'{o.name}@{o.version}')}\n"}
    if o.size:
        files["package/data.bin"] = random.Random(o.name + o.version).randbytes(o.size)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(data), 0o644, 499162500
            tar.addfile(member, io.BytesIO(data))
    os.makedirs(o.out, exist_ok=True)
    path = os.path.join(o.out, f"{o.name.lstrip('@').replace('/', '-')}-{o.version}.tgz")
    with open(path, "wb") as out:
        out.write(gzip.compress(packed.getvalue(), mtime=0))
    print(path)


main()
