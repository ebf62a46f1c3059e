"""A bundle as it was built, and what arrives of it. Read here by bundle/FORMAT.md, without dray."""
import hashlib
import io
import json
import lzma
import tarfile

from view import name_of
from violation import require


class Bundle:
    """A sound bundle, read whole."""

    def __init__(self, data, sender, keys):
        self.data, self.sender, self.keys = data, sender, frozenset(keys)
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            members = tar.getmembers()
            self.head_size = next((m.offset for m in members if "/packs/" in m.name), len(data) - 1024)
            stored = tar.extractfile(members[0]).read()
            packs = [tar.extractfile(m).read() for m in members if "/packs/" in m.name]
        self.manifest = hashlib.sha256(stored).hexdigest()
        lines = [json.loads(line) for line in lzma.decompress(stored).splitlines()]
        self.header = lines[0]
        self.stream, self.seq, self.base = self.header["stream"], self.header["seq"], self.header["base"]
        self.added = [text_of(line["record"]) for line in lines if line["type"] == "add"]
        self.removed = [text_of(line["record"]) for line in lines if line["type"] == "remove"]
        self.blobs = self.read_blobs(lines, packs)

    @staticmethod
    def read_blobs(lines, packs):
        encodings = [line["encoding"] for line in lines if line["type"] == "pack"]
        decoded = [lzma.decompress(p) if e == "xz" else p for p, e in zip(packs, encodings)]
        found = set()
        for line in lines:
            if line["type"] == "blob":
                data = b"".join(decoded[n][at:at + size] for n, at, size in line["copy"])
                require(hashlib.sha256(data).hexdigest() == line["sha256"], "a blob of a new bundle is wrong")
                found.add(line["sha256"])
        return found

    def apply(self, records):
        """The records of the stream after it, from those before; each a canonical line."""
        return set(self.added) if self.base is None else (records - set(self.removed)) | set(self.added)

    def __str__(self):
        base = f"on {self.base['seq']}" if self.base else "full"
        return f"{self.sender}:{self.stream}-{self.seq} ({base})"


def text_of(record):
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def state_of(records):
    """The state id of a set of records."""
    return hashlib.sha256("".join(line + "\n" for line in sorted(records)).encode()).hexdigest()


def files_of(records):
    """{(source, file): name_of()}"""
    return {(record["source"], record["file"]): name_of(record["sha256"], record["meta"].get("wheel", record["sha256"]))
            for record in map(json.loads, records)}


class Delivery:
    """What comes off the medium: a bundle's bytes, or not quite."""

    def __init__(self, bundle, data, how, piped=False):
        self.bundle, self.data, self.how, self.piped = bundle, data, how, piped
        self.damaged_at = next((n for n, (a, b) in enumerate(zip(data, bundle.data)) if a != b),
                               min(len(data), len(bundle.data))) if data != bundle.data else None

    @property
    def head_damaged(self):
        return self.damaged_at is not None and self.damaged_at < self.bundle.head_size

    def __str__(self):
        return f"{self.bundle}{', ' + self.how if self.damaged_at is not None else ''}{', piped' if self.piped else ''}"


def deliver(bundle, others, rng, damage):
    """Carries a bundle; with `damage` something befalls it."""
    data, piped = bundle.data, rng.random() < 0.2
    if not damage:
        return Delivery(bundle, data, "whole", piped)
    kind = rng.choice(("truncated", "flipped", "flipped head", "spliced", "longer", "zeroed", "empty"))
    if kind == "truncated":
        data = data[:rng.randrange(len(data))]
    elif kind.startswith("flipped"):
        at = rng.randrange(bundle.head_size if kind == "flipped head" else len(data))
        data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1:]
        kind += f" at {at}"
    elif kind == "spliced":
        other = rng.choice(others)
        at = rng.choice((bundle.head_size, 512 * rng.randrange(1, len(data) // 512)))
        data = data[:at] + other.data[min(at, other.head_size):]
        kind += f" at {at} with {other}"
        if data == other.data:
            return Delivery(other, data, "whole", piped)
    elif kind == "longer":
        data += bytes(rng.choice((1, 512, 10240)))
    elif kind == "zeroed":
        at = 512 * rng.randrange(len(data) // 512)
        data = data[:at] + bytes(512) + data[at + 512:]
        kind += f" at {at}"
    else:
        data = b""
    return Delivery(bundle, data, kind, piped)
