#!/usr/bin/env python3
"""A small Debian archive: makes .debs of the stanzas on stdin and lists them in a suite, unsigned.

    debarchive.py FOLDER SUITE [OPTION...] <stanzas

Each stanza is a control file; Architecture (amd64), Maintainer and Description are added where they are
missing, and so is what Packages needs. Running it again adds packages and writes the suite's indexes again,
with all that its earlier runs added unless --fresh. The same input gives the same bytes. Python's standard
library only; the .debs are such that dpkg installs them.

A stanza with "Source-Only: yes" is a source package: NAME_VERSION.dsc and .tar.xz, listed in Sources.
"""
import argparse
import datetime
import email.utils
import gzip
import hashlib
import io
import json
import lzma
import os
import sys
import tarfile

FIRST = ("Package", "Version", "Architecture", "Maintainer", "Description")


def stanzas(text):
    for block in text.strip().split("\n\n"):
        fields = {}
        for line in block.splitlines():
            if line[:1] in " \t":
                fields[name] += "\n" + line
            else:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields:
            yield fields


def written(fields):
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def tar_xz(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files:
            for depth in range(1, name.count("/")):
                folder = tarfile.TarInfo("/".join(name.split("/")[: depth + 1]))
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(folder)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def ar(members):
    out = b"!<arch>\n"
    for name, content in members:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content
        out += b"\n" * (len(content) % 2)
    return out


def deb(fields, size):
    name = fields["Package"]
    data = tar_xz([(f"./usr/share/doc/{name}/readme", (f"{name} {fields['Version']}\n" + "x" * size).encode())])
    return ar([("debian-binary", b"2.0\n"), ("control.tar.xz", tar_xz([("./control", written(fields).encode())])),
               ("data.tar.xz", data)])


def put(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def hashes(content):
    return {"Size": len(content), "SHA256": hashlib.sha256(content).hexdigest()}


def pool_folder(component, source):
    return f"pool/{component}/{source[:4] if source.startswith('lib') else source[:1]}/{source}"


def add_binary(root, component, fields, size):
    fields = {"Architecture": "amd64", "Maintainer": "Nobody <nobody@example.invalid>",
              "Description": f"example {fields['Package']}", **fields}
    fields = {name: fields[name] for name in FIRST[:-1]} | {n: v for n, v in fields.items() if n not in FIRST} | {
        "Description": fields["Description"]}
    source = fields.get("Source", fields["Package"]).split(" ")[0]
    version = fields["Version"].split(":", 1)[-1]
    path = f"{pool_folder(component, source)}/{fields['Package']}_{version}_{fields['Architecture']}.deb"
    content = deb(fields, size)
    put(f"{root}/{path}", content)
    return fields | {"Filename": path} | hashes(content)


def add_source(root, component, fields):
    name, version = fields["Package"], fields["Version"]
    folder = pool_folder(component, name)
    files = [(f"{name}_{version}.tar.xz", tar_xz([(f"./{name}/readme", version.encode())]))]
    listed = "".join(f"\n {hashlib.sha256(c).hexdigest()} {len(c)} {f}" for f, c in files)
    dsc = written({"Format": "3.0 (native)", "Source": name, "Version": version, "Checksums-Sha256": listed})
    files.insert(0, (f"{name}_{version}.dsc", dsc.encode()))
    for file, content in files:
        put(f"{root}/{folder}/{file}", content)
    listed = "".join(f"\n {hashlib.sha256(c).hexdigest()} {len(c)} {f}" for f, c in files)
    return {"Package": name, "Version": version, "Maintainer": "Nobody <nobody@example.invalid>",
            "Directory": folder, "Checksums-Sha256": listed}


def write_index(suite_folder, path, text, by_hash, packings):
    """Writes an index in every packing; yields (path, content) for Release."""
    plain = text.encode()
    packed = {"": plain, ".xz": lzma.compress(plain), ".gz": gzip.compress(plain, mtime=0)}
    for suffix, content in packed.items():
        if suffix and suffix not in packings:
            continue
        yield path + suffix, content
        if suffix in packings or (not suffix and not packings):
            put(f"{suite_folder}/{path}{suffix}", content)
            if by_hash:
                put(f"{suite_folder}/{os.path.dirname(path)}/by-hash/SHA256/{hashlib.sha256(content).hexdigest()}",
                    content)


def rfc1123(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return email.utils.format_datetime(moment.astimezone(datetime.timezone.utc)).replace("+0000", "UTC")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("suite")
    parser.add_argument("--component", default="main")
    parser.add_argument("--architectures", default="amd64")
    parser.add_argument("--codename", help="default: the suite")
    parser.add_argument("--name", help="Suite in the Release file; default: stable")
    parser.add_argument("--date", default="2026-11-01T00:00:00Z")
    parser.add_argument("--valid-until")
    parser.add_argument("--release", action="append", default=[], metavar="FIELD: VALUE")
    parser.add_argument("--packings", default=".xz", help="of .xz,.gz; empty: plain only")
    parser.add_argument("--no-by-hash", action="store_true")
    parser.add_argument("--sources", action="store_true", help="list Sources, even if there are none")
    parser.add_argument("--size", type=int, default=100, help="of the filling of each .deb")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs listed")
    parser.add_argument("--also", help="a file of stanzas that every Packages ends with, as they are; no .debs are made")
    o = parser.parse_args()

    suite = f"{o.folder}/dists/{o.suite}"
    memory = f"{suite}/.packages.json"
    known = {"binary": {}, "source": {}}
    if os.path.exists(memory) and not o.fresh:
        with open(memory, encoding="utf-8") as file:
            known = json.load(file)
    for fields in stanzas(sys.stdin.read()):
        if fields.pop("Source-Only", None):
            known["source"].setdefault(o.component, []).append(add_source(o.folder, o.component, fields))
        else:
            known["binary"].setdefault(o.component, []).append(add_binary(o.folder, o.component, fields, o.size))
    put(memory, json.dumps(known).encode())

    also = ""
    if o.also:
        with open(o.also, encoding="utf-8") as file:
            also = "\n" + file.read()

    listed = []
    packings = [p for p in o.packings.split(",") if p]
    architectures = o.architectures.split(",")
    for component in sorted(set(known["binary"]) | set(known["source"]) | {o.component}):
        for architecture in architectures:
            text = "\n".join(written(f) for f in known["binary"].get(component, [])
                             if f["Architecture"] in (architecture, "all")) + also
            listed += write_index(suite, f"{component}/binary-{architecture}/Packages", text, not o.no_by_hash,
                                  packings)
        if o.sources or known["source"]:
            text = "\n".join(written(f) for f in known["source"].get(component, []))
            listed += write_index(suite, f"{component}/source/Sources", text, not o.no_by_hash, packings)
    components = sorted({path.split("/")[0] for path, _ in listed})
    release = {"Origin": "Example", "Label": "Example", "Suite": o.name or "stable",
               "Codename": o.codename or o.suite, "Date": rfc1123(o.date)}
    if o.valid_until:
        release["Valid-Until"] = rfc1123(o.valid_until)
    if not o.no_by_hash:
        release["Acquire-By-Hash"] = "yes"
    release |= {"Architectures": " ".join(architectures), "Components": " ".join(components)}
    release |= dict(field.split(": ", 1) for field in o.release)
    release["SHA256"] = "".join(f"\n {hashlib.sha256(c).hexdigest()} {len(c)} {path}" for path, c in listed)
    put(f"{suite}/Release", written(release).encode())


if __name__ == "__main__":
    main()
