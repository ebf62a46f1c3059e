#!/usr/bin/env python3
"""Reads a dray bundle by bundle/FORMAT.md alone: a second, independent reader.

    read_bundle.py BUNDLE KEY.pub [FOLDER]      BUNDLE: a file, or a folder with its volumes and nothing else

Checks everything that can be checked of one bundle by itself (the signature through the stock minisign
program, by one key), prints the header, and puts every file at FOLDER/SOURCE/SHA256/NAME. Everything
but a sound bundle ends with exit status 3 and one line that says why. It keeps packs in memory: it is
made to be compared with, not to be fast.
"""
import base64
import contextlib
import hashlib
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile

FOLDER = "dray-bundle-1/"
FEATURES = ("blob-copy", "pack-raw", "pack-xz")
MIB = 1 << 20
GIB = 1 << 30


class Refused(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Refused(why)


# ---- the file ----

def tar_header(name, size):
    """The header that a member must have."""
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"02263523000\0"
    block[148:156] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\00000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


class Tar:
    def __init__(self, file):
        self.file = file

    def read(self, size):
        data = self.file.read(size)
        check(len(data) == size, "the file ends too early")
        return data

    def header(self):
        """Name (without the folder) and size of the next member."""
        block = self.read(512)
        name = block[:100].rstrip(b"\0")
        check(re.fullmatch(rb"[0-7]{11}\0", block[124:136]), "a tar header is damaged")
        size = int(block[124:135], 8)
        check(name and block == tar_header(name, size), "a tar header is damaged")
        check(name.startswith(FOLDER.encode()), "a member outside of the bundle's folder")
        return name[len(FOLDER):].decode("ascii", "replace"), size

    def content(self, size, limit):
        check(size <= limit, "a member is too large")
        data = self.read(size)
        check(not any(self.read(-size % 512)), "padding is damaged")
        return data

    def end(self):
        check(not any(self.read(1024)), "there is more than the manifest lists")
        check(self.file.read(1) == b"", "there are bytes after the end")


# ---- canonical JSON ----

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        check(-(1 << 63) <= value < 1 << 63, "an integer is out of range")
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(
            ESCAPES.get(c) or ("\\u%04X" % ord(c) if c < " " else c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    check(isinstance(value, dict), "a number is not an integer")
    check(not any("\0" in key for key in value), "a key holds a NUL")
    return "{" + ",".join(
        canonical(key) + ":" + canonical(value[key]) for key in sorted(value, key=str.encode)) + "}"


def parse(text):
    try:
        value = json.loads(text.decode("utf-8"))
        same = canonical(value).encode("utf-8") == text
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error
    check(isinstance(value, dict) and same, "not canonical JSON")
    return value


def members(value, what, names):
    check(isinstance(value, dict) and sorted(value) == sorted(names.split()), what + ": not the members it has")
    return value


def integer(value, least, most):
    check(type(value) is int and least <= value <= most, "a number is out of range")
    return value


def sha256(value):
    check(isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value), "not a SHA-256")
    return value


def name(value):
    check(isinstance(value, str) and re.fullmatch(r'[^\x00-\x20\x7f-\U0010ffff/\\:*?"<>|]{1,255}', value)
          and value[0] != "." and value[-1] != "."
          and not re.match(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", value, re.I), "not a name")
    return value


def source_name(value):
    check(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name(value)) and value != "index.html", "not a name of a source")
    return value


def identifier(value):
    check(isinstance(value, str) and re.fullmatch(r"[!-\[\]-~]{1,255}", value), "not an identifier")


def line_of_text(value):
    check(isinstance(value, str), "not a text")
    check(not re.search("[\\x00-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]", value),
          "a text with a control character")


def text(value):
    line_of_text(value)
    check(len(value.encode("utf-8")) <= 255, "not a text")


def time(value):
    check(isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.A), "not a time")
    from datetime import datetime
    try:
        check(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").year >= 1970, "not a time")
    except ValueError as error:
        raise Refused("not a time") from error


def ascending(values):
    encoded = [value.encode("utf-8") for value in values]
    check(all(a < b for a, b in zip(encoded, encoded[1:])), "not sorted")


def decode_xz(stored, most):
    decoder = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=96 * MIB)
    try:
        data = decoder.decompress(stored, max_length=most + 1)
    except lzma.LZMAError as error:
        raise Refused("a damaged xz stream") from error
    check(len(data) <= most and decoder.eof and not decoder.unused_data, "not one whole xz stream")
    return data


# ---- the manifest ----

def read_header(line):
    check(line.get("format") == "dray-bundle-1", "not of this format")
    requires = line.get("requires")
    check(isinstance(requires, list) and all(isinstance(item, str) for item in requires), "no requires")
    for feature in requires:
        check(feature in FEATURES, "needs " + feature)
    ascending(requires)
    members(line, "header", "format requires stream audience epoch seq base state issued next_by holes totals trust type")
    name(line["stream"])
    text(line["audience"])
    integer(line["epoch"], 1, (1 << 63) - 1)
    seq = integer(line["seq"], 1, (1 << 63) - 1)
    if line["base"] is not None:
        base = members(line["base"], "base", "seq state manifest")
        integer(base["seq"], 1, seq - 1)
        sha256(base["state"])
        sha256(base["manifest"])
    sha256(line["state"])
    time(line["issued"])
    if line["next_by"] is not None:
        time(line["next_by"])
    check(isinstance(line["holes"], list) and
          all(isinstance(hole, str) for hole in line["holes"]), "holes")
    for hole in line["holes"]:
        line_of_text(hole)
    ascending(line["holes"])
    totals = members(line["totals"], "totals", "packs stored blobs bytes removed added")
    for key, most in (("packs", 10**6), ("blobs", 4 * 10**6), ("added", 8 * 10**6), ("removed", 8 * 10**6),
                      ("stored", (1 << 63) - 1), ("bytes", (1 << 63) - 1)):
        integer(totals[key], 0, most)
    integer(line["trust"], 0, 999999)
    return line


def read_pack_line(line):
    members(line, "pack", "type sha256 size decoded encoding")
    sha256(line["sha256"])
    check(line["encoding"] in ("raw", "xz"), "unknown encoding")
    most = GIB if line["encoding"] == "raw" else 32 * MIB
    integer(line["size"], 0, most)
    integer(line["decoded"], 1, most)
    check(line["encoding"] == "xz" or line["size"] == line["decoded"], "sizes of a raw pack")
    return line


def read_blob(line, packs):
    members(line, "blob", "type sha256 size copy")
    sha256(line["sha256"])
    integer(line["size"], 0, 32 * GIB)
    last, total = -1, 0
    check(isinstance(line["copy"], list), "copy")
    for extent in line["copy"]:
        check(isinstance(extent, list) and len(extent) == 3, "an extent is of three numbers")
        pack = integer(extent[0], last + 1, len(packs) - 1)
        offset = integer(extent[1], 0, packs[pack]["decoded"])
        total += integer(extent[2], 1, packs[pack]["decoded"] - offset)
        last = pack
    check(total == line["size"], "extents do not add up")
    return line


def read_record(line, sources):
    members(line, "record line", "type record")
    record = members(line["record"], "record", "source package version file sha256 size meta")
    source_name(record["source"])
    name(record["file"])
    identifier(record["package"])
    identifier(record["version"])
    sha256(record["sha256"])
    integer(record["size"], 0, 32 * GIB)
    check(isinstance(record["meta"], dict), "meta")
    check(record["source"] in sources, "a source without a line")
    return record


ORDER = ("header", "source", "pack", "blob", "remove", "add")


def read_manifest(text):
    check(text.endswith(b"\n"), "the last line has no end")
    lines = {kind: [] for kind in ORDER}
    section = 0
    sources, packs, blobs, extents = [], [], [], 0
    for number, raw in enumerate(text[:-1].split(b"\n")):
        check(len(raw) <= MIB, "a line is too long")
        line = parse(raw)
        kind = line.get("type")
        check(kind in ORDER and ORDER.index(kind) >= section and (kind == "header") == (number == 0),
              "a line stands where none may")
        section = ORDER.index(kind)
        if kind == "header":
            lines[kind].append(read_header(line))
        elif kind == "source":
            members(line, kind, "type name kind")
            name(line["kind"])
            sources.append(source_name(line["name"]))
        elif kind == "pack":
            packs.append(read_pack_line(line))
        elif kind == "blob":
            blobs.append(read_blob(line, packs))
            extents += len(line["copy"])
        else:
            lines[kind].append(read_record(line, sources))
    check(lines["header"], "empty")
    header = lines["header"][0]
    ascending(sources)
    ascending([blob["sha256"] for blob in blobs])
    for kind in ("remove", "add"):
        ascending([canonical(record) for record in lines[kind]])
    check(extents <= 5 * 10**6, "too many extents")
    check(header["totals"] == {
        "packs": len(packs), "stored": sum(pack["size"] for pack in packs), "blobs": len(blobs),
        "bytes": sum(blob["size"] for blob in blobs), "removed": len(lines["remove"]),
        "added": len(lines["add"])}, "totals are not the sums of the lines")
    used = {"pack-" + pack["encoding"] for pack in packs} | ({"blob-copy"} if blobs else set())
    check(header["requires"] == sorted(used), "requires is not what the lines use")
    tile(packs, blobs)
    sizes = {blob["sha256"]: blob["size"] for blob in blobs}
    named = {record["sha256"]: record["size"] for record in lines["add"]}
    check(set(sizes) <= set(named), "a blob that no record names")
    check(all(sizes.get(sha, size) == size for sha, size in named.items()), "a record and its blob differ in size")
    if header["base"] is None:
        check(not lines["remove"] and set(sizes) == set(named), "a full bundle that is not full")
        state = hashlib.sha256()
        for record in lines["add"]:
            state.update(canonical(record).encode("utf-8") + b"\n")
        check(state.hexdigest() == header["state"], "the state is not that of its records")
    return header, packs, blobs, lines["add"]


def tile(packs, blobs):
    """No gap, no overlap, and at most four blobs that run on."""
    places = sorted((*extent, number) for number, blob in enumerate(blobs) for extent in blob["copy"])
    at = [0] * len(packs)
    left = [len(blob["copy"]) for blob in blobs]
    opened = set()
    for pack, offset, length, number in places:
        check(offset == at[pack], "the blobs do not fill a pack")
        at[pack] += length
        opened.add(number)
        check(len(opened) <= 4, "too many blobs are open")
        left[number] -= 1
        if not left[number]:
            opened.remove(number)
    check(at == [pack["decoded"] for pack in packs], "the blobs do not fill a pack")


# ---- signatures and volume.json ----

def check_form(text):
    """What stock minisign overlooks."""
    lines = text.split(b"\n")
    check(len(lines) == 5 and lines[4] == b"", "a signature is not of four lines")
    for line, start, most in ((lines[0], b"untrusted comment: ", 1000), (lines[2], b"trusted comment: ", 4000)):
        check(line.startswith(start) and len(line) <= len(start) + most and re.fullmatch(rb"[\t -~]*", line),
              "a signature's comment")
    for line, size in ((lines[1], 74), (lines[3], 64)):
        try:
            raw = base64.b64decode(line, validate=True)
        except ValueError as error:
            raise Refused("a signature is not base64") from error
        check(len(raw) == size and base64.b64encode(raw) == line, "a signature is not canonical base64")
    check(base64.b64decode(lines[1])[:2] == b"ED", "a signature that is not prehashed")


def key_id(line):
    return base64.b64decode(line)[2:10]


def check_signatures(manifest, signatures, key_file):
    """One listed key, threshold 1."""
    with open(key_file, "rb") as lines:
        key = lines.read().split(b"\n")[1].strip()
    good = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "manifest")
        with open(path, "wb") as out:
            out.write(manifest)
        for text in signatures.values():
            check_form(text)
            if key_id(text.split(b"\n")[1]) != key_id(key):
                continue
            with open(path + ".minisig", "wb") as out:
                out.write(text)
            done = subprocess.run(["minisign", "-VHqm", path, "-P", key.decode()], capture_output=True, check=False)
            check(done.returncode == 0, "a bad signature")
            good += 1
    check(signatures, "not signed")
    check(good, "signed by an unknown key")


def check_volume(text, manifest, signatures, lists):
    check(text.endswith(b"\n"), "volume.json is cut short")
    volume = parse(text[:-1])
    names = "format manifest signatures trust first_pack pack_count volume volumes"
    told = isinstance(volume, dict) and "medium" in volume
    volume = members(volume, "volume.json", names + " medium" * told)

    def entry(entry_name, data):
        return {"name": entry_name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}

    check(volume["format"] == "dray-bundle-1" and volume["manifest"] == entry("manifest.jsonl.xz", manifest) and
          volume["signatures"] == [entry(*item) for item in signatures.items()] and
          volume["trust"] == [entry(*item) for item in lists.items()],
          "volume.json is not true of what is before it")
    for key in ("first_pack", "pack_count"):
        integer(volume[key], 0, 10**6)
    integer(volume["volume"], 1, integer(volume["volumes"], 1, 9999))
    check(not told or volume["volumes"] > 1 and isinstance(volume["medium"], str) and
          re.fullmatch("[A-Za-z0-9.+-]([A-Za-z0-9 .+-]{0,38}[A-Za-z0-9.+-])?", volume["medium"]),
          "volume.json names no medium")
    return volume


# ---- all of it ----

def list_number(member):
    return int(member[len("trust/"):][:6])


def read_head(tar):
    member, size = tar.header()
    check(member == "manifest.jsonl.xz", "the manifest does not come first")
    manifest = tar.content(size, 64 * MIB)
    signatures = {}
    member, size = tar.header()
    while re.fullmatch(r"manifest\.jsonl\.xz\.([0-9A-F]{16}\.)?minisig", member):
        check(member not in signatures and len(signatures) < 16, "too many signatures")
        signatures[member] = tar.content(size, 16 * 1024)
        member, size = tar.header()
    lists = {}
    while re.fullmatch(r"trust/[0-9]{6}\.list", member):
        number = list_number(member)
        check(number and len(lists) < 64 and number == (list_number(list(lists)[-1]) + 1 if lists else number),
              "trust lists are not in order")
        lists[member] = tar.content(size, 128 * 1024)
        member, size = tar.header()
    check(member == "volume.json", "volume.json does not follow")
    volume = check_volume(tar.content(size, 64 * 1024), manifest, signatures, lists)
    return manifest, signatures, lists, volume


def packs_of(volume, packs):
    """The places in the manifest of the packs in this file."""
    first, end = volume["first_pack"], volume["first_pack"] + volume["pack_count"]
    check(end <= len(packs) and (volume["volume"] > 1 or first == 0) and
          (volume["volume"] < volume["volumes"] or end == len(packs)), "volume.json lists other packs")
    return range(first, end)


def read_pack(tar, pack):
    check(tar.header() == ("packs/" + pack["sha256"], pack["size"]), "another pack is expected")
    data = tar.content(pack["size"], GIB)
    check(hashlib.sha256(data).hexdigest() == pack["sha256"], "a pack is damaged")
    if pack["encoding"] == "xz":
        data = decode_xz(data, pack["decoded"])
    check(len(data) == pack["decoded"], "a pack decodes to another size")
    return data


def read_volumes(files, key_file):
    """All volumes of one bundle, in any order."""
    first, statement, decoded = None, None, {}
    for file in files:
        tar = Tar(file)
        manifest, signatures, lists, volume = read_head(tar)
        check_signatures(manifest, signatures, key_file)
        check(first is None or manifest == first, "a volume of another bundle")
        if first is None:
            first, statement = manifest, read_manifest(decode_xz(manifest, 2 * GIB))
        header, packs, blobs, records = statement
        check(header["trust"] == (list_number(list(lists)[-1]) if lists else 0),
              "trust lists were taken out or added")
        for place in packs_of(volume, packs):
            decoded[place] = read_pack(tar, packs[place])
        tar.end()
    check(len(decoded) == len(packs), "a volume is missing")
    content = {}
    for blob in blobs:
        data = b"".join(decoded[pack][offset:offset + length] for pack, offset, length in blob["copy"])
        check(hashlib.sha256(data).hexdigest() == blob["sha256"], "a blob is damaged")
        content[blob["sha256"]] = data
    return header, records, content


def read_bundle(file, key_file):
    return read_volumes([file], key_file)


def extract(records, content, folder):
    for record in records:
        if record["sha256"] not in content:
            print("in an earlier bundle: %(source)s/%(file)s" % record, file=sys.stderr)
            continue
        target = os.path.join(folder, record["source"], record["sha256"])
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, record["file"]), "wb") as out:
            out.write(content[record["sha256"]])


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        path = sys.argv[1]
        paths = [os.path.join(path, entry) for entry in os.listdir(path)] if os.path.isdir(path) else [path]
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(open(entry, "rb")) for entry in paths]
            header, records, content = read_volumes(files, sys.argv[2])
    except Refused as why:
        print("refused: %s" % why, file=sys.stderr)
        return 3
    if len(sys.argv) == 4:
        extract(records, content, sys.argv[3])
    print(canonical(header))
    return 0


if __name__ == "__main__":
    sys.exit(main())
