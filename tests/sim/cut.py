"""The files of a bundle, by `The file` and `volume.json` of bundle/FORMAT.md: what all of them have in common,
and what is in one of them. Every byte is determined, so any cut of a bundle can be made here, without dray.

    parts = Parts.read([data, ...])            of the files of one bundle, which must hold all of it
    parts.whole(), parts.volume(place)         the bytes of a file
    parts.stated(data)                         what this file, damaged perhaps, says of itself
"""
import collections
import hashlib
import io
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tools-py"))
import read_bundle  # noqa: E402
from violation import Violation, require  # noqa: E402

FOLDER = "dray-bundle-1/"
BLOCK = 512
END = bytes(1024)


class Place(collections.namedtuple("Place", "volume volumes first count")):
    """Packs `first` and on, `count` of them, lie in file `volume` of `volumes`."""

    @property
    def end(self):
        return self.first + self.count

    def is_possible(self, packs):
        return (self.end <= packs and (self.volume > 1 or self.first == 0) and
                (self.volume < self.volumes or self.end == packs))


def member(name, data):
    return read_bundle.tar_header((FOLDER + name).encode(), len(data)) + data + bytes(-len(data) % BLOCK)


class Parts:
    def __init__(self, manifest, signatures, lists, packs):
        self.manifest, self.signatures, self.lists, self.packs = manifest, signatures, lists, packs
        self.fixed = b"".join(member(name, data) for name, data in
                              [("manifest.jsonl.xz", manifest), *signatures.items(), *lists.items()])
        self.regions = [member("packs/" + hashlib.sha256(pack).hexdigest(), pack) for pack in packs]
        self.names = [hashlib.sha256(pack).hexdigest() for pack in packs]

    @staticmethod
    def read(files):
        try:
            return Parts.read_all(files)
        except read_bundle.Refused as why:
            raise Violation(f"a bundle is not what bundle/FORMAT.md says: {why}") from why

    @staticmethod
    def read_all(files):
        """(the Parts, the Place of each file)"""
        packs, heads, places = {}, [], []
        for data in files:
            tar = read_bundle.Tar(io.BytesIO(data))
            *head, hint = read_bundle.read_head(tar)
            heads.append(head)
            places.append(Place(*(hint[key] for key in ("volume", "volumes", "first_pack", "pack_count"))))
            for n in range(places[-1].first, places[-1].end):
                packs[n] = tar.content(tar.header()[1], 2 ** 30)
            tar.end()
        require(all(head == heads[0] for head in heads), "the volumes of a bundle have different heads")
        require(sorted(packs) == list(range(len(packs))), "the volumes of a bundle do not hold all packs")
        parts = Parts(*heads[0], [packs[n] for n in range(len(packs))])
        require(all(parts.file(place) == data for place, data in zip(places, files)),
                "a byte of a new bundle is not what it must be")
        return parts, places

    def hint(self, place):
        def entry(name, data):
            return {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}

        text = {"format": "dray-bundle-1", "manifest": entry("manifest.jsonl.xz", self.manifest),
                "signatures": [entry(*item) for item in self.signatures.items()],
                "trust": [entry(*item) for item in self.lists.items()], "first_pack": place.first,
                "pack_count": place.count, "volume": place.volume, "volumes": place.volumes}
        return read_bundle.canonical(text).encode() + b"\n"

    def file(self, place):
        return (self.fixed + member("volume.json", self.hint(place)) +
                b"".join(self.regions[place.first:place.end]) + END)

    def whole(self):
        return self.file(Place(1, 1, 0, len(self.packs)))

    def cut(self, starts):
        """All files, each beginning with one of these packs."""
        bounds = [*starts, len(self.packs)]
        return [Place(n + 1, len(starts), first, end - first)
                for n, (first, end) in enumerate(zip(bounds, bounds[1:]))]

    def stated(self, data):
        """(Place, where the packs begin) as the head of this file says, or None if a reader cannot take it."""
        if data[:len(self.fixed)] != self.fixed:
            return None
        at = len(self.fixed)
        header = data[at:at + BLOCK]
        size = re.fullmatch(rb"[0-7]{11}\0", header[124:136])
        size = int(header[124:135], 8) if size else 0
        text = data[at + BLOCK:at + BLOCK + size]
        end = at + BLOCK + size + -size % BLOCK
        try:
            hint = read_bundle.check_volume(text, self.manifest, self.signatures, self.lists)
        except (read_bundle.Refused, KeyError, TypeError):
            return None
        if data[at:end] != member("volume.json", text):
            return None
        return Place(*(hint[key] for key in ("volume", "volumes", "first_pack", "pack_count"))), end
