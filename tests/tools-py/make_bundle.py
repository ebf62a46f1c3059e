"""Writes dray bundles by bundle/FORMAT.md, right ones and wrong ones, for tests.

    b = make_bundle.example(wheels)     header, sources, packs, blobs, records: plain values
    b.header["seq"] = 0                 whatever is to be wrong
    b.write("wrong.dray", "k.key")      sums and state are made right first, unless b.settle is False

Signed by the stock minisign program with a key that has no password.
"""
import hashlib
import json
import lzma
import os
import subprocess
import tempfile

from read_bundle import FOLDER, canonical, tar_header


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def write_tar(path, members):
    with open(path, "wb") as out:
        for name, data in members:
            out.write(tar_header((FOLDER + name).encode(), len(data)) + data + bytes(-len(data) % 512))
        out.write(bytes(1024))


def volume(manifest, signature, packs):
    return {"first_pack": 0, "format": "dray-bundle-1", "pack_count": packs, "volume": 1, "volumes": 1,
            "manifest": {"name": "manifest.jsonl.xz", "sha256": sha256(manifest), "size": len(manifest)},
            "signatures": [{"name": "manifest.jsonl.xz.minisig", "sha256": sha256(signature),
                            "size": len(signature)}], "trust": []}


def sign(manifest, key):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "manifest")
        with open(path, "wb") as out:
            out.write(manifest)
        subprocess.run(["minisign", "-SW", "-s", key, "-m", path, "-t", "a test"], check=True, capture_output=True)
        with open(path + ".minisig", "rb") as text:
            return text.read()


class Bundle:
    def __init__(self):
        self.header, self.sources, self.packs, self.blobs = {}, [], [], []
        self.remove, self.add = [], []
        self.contents = []  # of the packs, as stored
        self.settle = True
        self.lines = None   # a function over the list of lines, as bytes
        self.pack_xz = lambda data: lzma.compress(data, preset=6)

    def blob(self, data, *extents):
        self.blobs.append({"copy": [list(extent) for extent in extents], "sha256": sha256(data), "size": len(data),
                           "type": "blob"})
        return sha256(data)

    def pack(self, data, encoding="raw"):
        stored = lzma.compress(data, preset=6) if encoding == "xz" else data
        self.contents.append(stored)
        self.packs.append({"decoded": len(data), "encoding": encoding, "sha256": sha256(stored),
                           "size": len(stored), "type": "pack"})

    def record(self, file, data, **more):
        record = {"file": file, "meta": {}, "package": file.split("-")[0], "sha256": sha256(data), "size": len(data),
                  "source": "pypi", "version": file.split("-")[1]}
        record.update(more)
        self.add.append(record)
        return record

    def make_right(self):
        """Order, sums, features and state, from what is there."""
        self.blobs.sort(key=lambda blob: blob["sha256"])
        for records in (self.remove, self.add):
            records.sort(key=lambda record: canonical(record).encode())
        used = {"pack-" + pack["encoding"] for pack in self.packs} | ({"blob-copy"} if self.blobs else set())
        self.header["requires"] = sorted(used)
        self.header["totals"] = {
            "packs": len(self.packs), "stored": sum(pack["size"] for pack in self.packs), "blobs": len(self.blobs),
            "bytes": sum(blob["size"] for blob in self.blobs), "removed": len(self.remove), "added": len(self.add)}
        state = b"".join(canonical(record).encode() + b"\n" for record in self.add)
        self.header["state"] = sha256(state)

    def write(self, path, key):
        if self.settle:
            self.make_right()
        lines = [self.header, *self.sources, *self.packs, *self.blobs,
                 *({"record": record, "type": "remove"} for record in self.remove),
                 *({"record": record, "type": "add"} for record in self.add)]
        lines = [canonical(line).encode() + b"\n" for line in lines]
        if self.lines:
            lines = self.lines(lines)
        manifest = self.pack_xz(b"".join(lines))
        signature = sign(manifest, key)
        members = [("manifest.jsonl.xz", manifest), ("manifest.jsonl.xz.minisig", signature),
                   ("volume.json", canonical(volume(manifest, signature, len(self.packs))).encode() + b"\n")]
        members += [("packs/" + pack["sha256"], data) for pack, data in zip(self.packs, self.contents)]
        write_tar(path, members)

def example(wheels):
    """A full bundle of at least two small wheels, given as {file name: bytes}: the first lies in a raw pack,
    the second runs on from there into an xz pack, in which the others follow."""
    b = Bundle()
    b.header = {"audience": "", "base": None, "epoch": 1, "format": "dray-bundle-1", "holes": [],
                "issued": "2026-11-22T12:00:00Z", "next_by": None, "seq": 1, "stream": "plant-a", "trust": 0,
                "type": "header"}
    b.sources = [{"kind": "pypi", "name": "pypi", "type": "source"}]
    (first, one), (second, two), *others = wheels.items()
    half = len(two) // 2
    rest, at = two[half:], len(two) - half
    b.blob(one, (0, 0, len(one)))
    b.blob(two, (0, len(one), half), (1, 0, at))
    b.record(first, one)
    b.record(second, two)
    for name, data in others:
        b.blob(data, (1, at, len(data)))
        b.record(name, data)
        rest, at = rest + data, at + len(data)
    b.pack(one + two[:half])
    b.pack(rest, "xz")
    return b


def resign(folder, path, key):
    """The bundle that was unpacked in FOLDER, with its signature made anew by stock minisign."""
    def load(name):
        with open(os.path.join(folder, FOLDER, name), "rb") as data:
            return data.read()

    manifest = load("manifest.jsonl.xz")
    signature = sign(manifest, key)
    packs = ["packs/" + json.loads(line)["sha256"] for line in lzma.decompress(manifest).splitlines()
             if json.loads(line)["type"] == "pack"]
    write_tar(path, [("manifest.jsonl.xz", manifest), ("manifest.jsonl.xz.minisig", signature),
                     ("volume.json", canonical(volume(manifest, signature, len(packs))).encode() + b"\n"),
                     *((name, load(name)) for name in packs)])
