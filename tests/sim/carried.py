"""A bundle as it was built, and what arrives of it. Read here by bundle/FORMAT.md, without dray."""
import hashlib
import json
import lzma

from cut import BLOCK, END, Parts, Place
from names import name_of
from violation import require


class Bundle:
    """A sound bundle, read whole; files: of all its volumes."""

    def __init__(self, files, sender, keys):
        self.sender, self.keys = sender, frozenset(keys)
        self.parts, self.places = Parts.read(files)
        self.data = self.parts.whole()
        self.head_size = len(self.data) - len(END) - sum(map(len, self.parts.regions))
        self.manifest = hashlib.sha256(self.parts.manifest).hexdigest()
        lines = [json.loads(line) for line in lzma.decompress(self.parts.manifest).splitlines()]
        self.header = lines[0]
        self.stream, self.base = self.header["stream"], self.header["base"]
        self.epoch, self.seq = self.header["epoch"], self.header["seq"]
        self.added = [text_of(line["record"]) for line in lines if line["type"] == "add"]
        self.removed = [text_of(line["record"]) for line in lines if line["type"] == "remove"]
        self.blobs = self.read_blobs(lines)

    def read_blobs(self, lines):
        encodings = [line["encoding"] for line in lines if line["type"] == "pack"]
        decoded = [lzma.decompress(p) if e == "xz" else p for p, e in zip(self.parts.packs, encodings)]
        found = set()
        for line in lines:
            if line["type"] == "blob":
                data = b"".join(decoded[n][at:at + size] for n, at, size in line["copy"])
                require(hashlib.sha256(data).hexdigest() == line["sha256"], "a blob of a new bundle is wrong")
                found.add(line["sha256"])
        return found

    @property
    def number(self):
        """What orders the bundles of a stream."""
        return self.epoch, self.seq

    @property
    def stem(self):
        """Of the names of its files."""
        return f"{self.stream}-{f'e{self.epoch}-' if self.epoch > 1 else ''}{self.seq:06}"

    def apply(self, records):
        """The records of the stream after it, from those before; each a canonical line."""
        return set(self.added) if self.base is None else (records - set(self.removed)) | set(self.added)

    def __str__(self):
        base = f"on {self.base['seq']}" if self.base else "full"
        epoch = f"e{self.epoch}-" if self.epoch > 1 else ""
        return f"{self.sender}:{self.stream}-{epoch}{self.seq} ({base})"


def text_of(record):
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def state_of(records):
    """The state id of a set of records."""
    return hashlib.sha256("".join(line + "\n" for line in sorted(records)).encode()).hexdigest()


def files_of(records):
    """{(source, file): name_of()}"""
    return {(record["source"], record["file"]): name_of(record["sha256"], record["meta"].get("wheel", record["sha256"]))
            for record in map(json.loads, records)}


class File:
    """One file off the medium: a volume of a bundle, or all of it, or not quite."""

    def __init__(self, bundle, place=None, data=None, how="whole"):
        self.bundle, self.how = bundle, how
        sound = place or Place(1, 1, 0, len(bundle.parts.packs))
        self.data = bundle.parts.file(sound) if data is None else data
        self.is_whole = self.data == bundle.data
        stated = bundle.parts.stated(self.data)
        self.place, self.start = stated or (None, None)
        self.title = f"{bundle} {sound.volume}of{sound.volumes}" if sound.volumes > 1 else str(bundle)

    @property
    def readable(self):
        """Its head is what was written, as far as can be told before the manifest is read."""
        return self.place is not None

    def is_possible(self):
        return self.place.is_possible(len(self.bundle.parts.packs))

    def read(self, piped, held):
        """(the packs of it that are good, whether all of it is). A file is read on behind what is not good;
        in a pipe only if its bytes were all there. Of packs that are held already the bytes are passed over."""
        good, sound, at = set(), True, self.start
        for n in range(self.place.first, self.place.end):
            wanted, size = self.bundle.parts.regions[n], len(self.bundle.parts.packs[n])
            found = self.data[at:at + len(wanted)]
            headed = found[:BLOCK] == wanted[:BLOCK]
            ended = found[BLOCK + size:] == wanted[BLOCK + size:]
            there = len(found) >= BLOCK + size
            if found == wanted or (n in held and headed and ended and (there or not piped)):
                good.add(n)
            else:
                sound = False
                content = found[BLOCK:BLOCK + size] == wanted[BLOCK:BLOCK + size]
                if n not in held and headed and content:
                    good.add(n)  # only what lies behind it is not good
                elif piped and (n in held or not (headed and there and ended)):
                    return good, False
            at += len(wanted)
        return good, sound and self.data[at:] == END

    def __str__(self):
        return self.title if self.how == "whole" else f"{self.title}, {self.how}"


class Delivery:
    """What is imported in one command; way: `files`, in the order they are named, `folder`, or `pipe`."""

    def __init__(self, files, way="files"):
        self.files, self.way = files, way

    @staticmethod
    def of(bundle):
        """All of it in one file, as it was built."""
        return Delivery([File(bundle)])

    @property
    def bundle(self):
        return self.files[0].bundle

    @property
    def piped(self):
        return self.way == "pipe"

    @property
    def found(self):
        """Looked for by dray in a folder, not named."""
        return self.way == "folder"

    @staticmethod
    def name(n):
        return f"{n:02}.dray"

    def in_order(self):
        """As a command takes them: by stream, number and place, what cannot be read last."""
        def place(numbered):
            n, file = numbered
            if not file.readable:
                return 1, self.name(n)
            bundle = file.bundle
            return 0, bundle.stream, bundle.number, bundle.manifest, file.place.first, self.name(n)

        return [file for _, file in sorted(enumerate(self.files), key=place)]

    def has_copy(self, file):
        return any(other is not file and other.readable and file.readable and
                   other.bundle.manifest == file.bundle.manifest for other in self.files)

    def __str__(self):
        files = " + ".join(map(str, self.files))
        return files if self.way == "files" and len(self.files) == 1 else f"{files} ({self.way})"
