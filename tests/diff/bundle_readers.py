#!/usr/bin/env python3
"""dray against the reader that was written from bundle/FORMAT.md: bundles that are signed and sound but
for one thing, which both must take or both must refuse. What is right or wrong is FORMAT.md's word.
"""
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ROOT") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DRAY = os.environ.get("DRAY") or os.path.join(ROOT, "dray")
sys.path.insert(0, os.path.join(ROOT, "tests", "tools-py"))
import make_bundle  # noqa: E402
import mkwheel  # noqa: E402
import read_bundle  # noqa: E402

TAKEN, REFUSED = 0, 3
CASES = []

def case(expected):
    """Registers a function that changes the example bundle."""
    def register(function):
        CASES.append((function.__name__.replace("_", " "), expected, function))
        return function
    return register


def header(**members):
    return lambda b: b.header.update(members)


def unsettled(change):
    """A change after the sums have been made right."""
    def apply(b):
        b.make_right()
        b.settle = False
        change(b)
    return apply


def lines(change):
    def apply(b):
        b.lines = change
    return apply


def add(name, expected, change):
    CASES.append((name, expected, change))


# ---- what is right ----

add("the example", TAKEN, lambda b: None)
add("an audience", TAKEN, header(audience="plant A: \u00e9, \u200d/\\ \"x\""))
add("an audience of 255 bytes", TAKEN, header(audience="\u00e9" * 127 + "x"))
add("holes", TAKEN, header(holes=["", "a \u00e9", "b"]))
add("next_by", TAKEN, header(next_by="9999-12-31T23:59:59Z"))
add("a leap day", TAKEN, header(issued="2024-02-29T00:00:00Z"))
add("the largest seq to begin with", TAKEN, header(seq=10**6))
add("a source without records", TAKEN,
    lambda b: b.sources.append({"kind": "pypi", "name": "second", "type": "source"}))
add("every escape in meta", TAKEN, lambda b: b.add[0].update(meta={
    "yanked": "".join(map(chr, range(1, 0x80))) + "\u00e9\u2028\ufffd\uffff\U0001f600/"}))
add("a NUL in meta", TAKEN, lambda b: b.add[0].update(meta={"x": "a\0b"}))
add("anything in meta", TAKEN, lambda b: b.add[0].update(meta={
    "\ufffd": None, "\U0001f600": [True, False, {}, [], -2**63, 2**63 - 1], "": 0}))
add("keys by bytes", TAKEN, lambda b: b.add[0].update(meta={"Z": 1, "a": 2, "aa": 3, "\u00e9": 4}))


def empty(b):
    b.packs, b.blobs, b.add, b.contents = [], [], [], []


add("an empty bundle", TAKEN, empty)


@case(TAKEN)
def a_manifest_of_another_preset_with_CRC32(b):
    b.pack_xz = lambda data: lzma.compress(data, check=lzma.CHECK_CRC32, preset=0)


@case(TAKEN)
def two_equal_packs(b):
    empty(b)
    b.are_packages = False
    data = b"the same bytes, "
    b.blob(data * 2, (0, 0, len(data)), (1, 0, len(data)))
    b.record(b.names[0], data * 2)
    b.pack(data)
    b.pack(data)


# ---- the header ----

for name, members in {
        "another format": {"format": "dray-bundle-2"}, "no stream": {"stream": ""},
        "a stream with a blank": {"stream": "a b"}, "a stream that is a device": {"stream": "NUL.x"},
        "a stream with a dot": {"stream": ".a"},
        "an audience of 256 bytes": {"audience": "\u00e9" * 128}, "an audience of two lines": {"audience": "a\u2028b"},
        "an audience that turns around": {"audience": "a\u202eb"}, "an audience with a control": {"audience": "\u0085"},
        "seq 0": {"seq": 0}, "epoch 0": {"epoch": 0},
        "seq as text": {"seq": "1"}, "seq true": {"seq": True}, "no time": {"issued": None},
        "a day that is not": {"issued": "2026-02-29T00:00:00Z"}, "a leap second": {"issued": "2016-12-31T23:59:60Z"},
        "a time with a zone": {"issued": "2026-11-22T12:00:00+00:00"}, "a hole that is a number": {"holes": [1]},
        "a hole of two lines": {"holes": ["a\nb"]}, "a hole that turns around": {"holes": ["a\u202eb"]},
        "holes out of order": {"holes": ["b", "a"]}, "holes twice": {"holes": ["a", "a"]},
        "a hole with a NUL": {"holes": ["a\0"]}, "one member more": {"more": 1},
        "a base that is text": {"base": "1"},
        "a base of its own number": {"base": {"seq": 1, "state": "0" * 64, "manifest": "0" * 64}},
        "a base without state": {"base": {"seq": 1, "manifest": "0" * 64}, "seq": 2}}.items():
    add(name, REFUSED, header(**members))
for name, members in {
        "an unknown feature": {"requires": ["blob-copy", "blob-rebuild", "pack-raw", "pack-xz"]},
        "a feature too few": {"requires": ["blob-copy", "pack-raw"]},
        "features out of order": {"requires": ["pack-raw", "blob-copy", "pack-xz"]},
        "an upper-case state": {"state": "A" * 64}, "a short state": {"state": "0" * 63},
        "another state": {"state": "0" * 64}}.items():
    add(name, REFUSED, unsettled(header(**members)))
for key in ("packs", "stored", "blobs", "bytes", "added", "removed"):
    add("one more in totals." + key, REFUSED,
        unsettled(lambda b, key=key: b.header["totals"].update({key: b.header["totals"][key] + 1})))


@case(REFUSED)
def a_feature_that_is_not_used(b):
    empty(b)
    b.make_right()
    b.settle = False
    b.header["requires"] = ["pack-xz"]


# ---- lines ----

def second_line(text):
    return lines(lambda l: [l[0], text, *l[2:]])


def in_meta(text):
    """Text as the value of a member of the last record's meta."""
    return lines(lambda l: [*l[:-1], l[-1].replace(b'"meta":{}', b'"meta":{"x":' + text + b"}")])


add("the last line without its end", REFUSED, lines(lambda l: l[:-1] + [l[-1][:-1]]))
add("an empty line", REFUSED, lines(lambda l: l + [b"\n"]))
add("no header", REFUSED, lines(lambda l: l[1:]))
add("two headers", REFUSED, lines(lambda l: l[:1] + l))
add("nothing", REFUSED, lines(lambda l: []))
add("a line of an unknown type", REFUSED, lines(lambda l: l + [b'{"type":"x"}\n']))
add("a blank", REFUSED, lines(lambda l: [l[0].replace(b":", b": ", 1)] + l[1:]))
add("a carriage return", REFUSED, lines(lambda l: [l[0].replace(b"\n", b"\r\n")] + l[1:]))
add("a byte order mark", REFUSED, lines(lambda l: [b"\xef\xbb\xbf" + l[0]] + l[1:]))
add("an escaped slash", REFUSED, lines(lambda l: [l[0].replace(b"dray-bundle", b"dray\\u002dbundle")] + l[1:]))
add("keys out of order", REFUSED, second_line(b'{"name":"pypi","kind":"pypi","type":"source"}\n'))
add("a key twice", REFUSED, second_line(b'{"kind":"pypi","kind":"pypi","name":"pypi","type":"source"}\n'))
add("a float", REFUSED, lines(lambda l: [l[0].replace(b'"seq":1', b'"seq":1.0')] + l[1:]))
for name, text in {
        "minus zero": b"-0", "NaN": b"NaN", "an integer too large": b"9223372036854775808", "an exponent": b"1e3",
        "a lower-case escape": b'"\\u001f"', "a surrogate pair": b'"\\ud83d\\ude00"', "a lone surrogate": b'"\\ud83d"',
        "an escape without need": b'"\\u0041"', "a tab as it is": b'"\t"', "bytes that are not UTF-8": b'"\xff"',
        "an overlong form": b'"\xc0\xaf"', "a NUL in a key": b'{"\\u0000":1}', "a key twice below": b'{"a":1,"a":1}',
        "keys out of order below": b'{"b":1,"a":1}', "a comma too many": b"[1,]"}.items():
    add(name + " in meta", REFUSED, in_meta(text))
add("blobs out of order", REFUSED, unsettled(lambda b: b.blobs.reverse()))
add("records out of order", REFUSED, unsettled(lambda b: b.add.reverse()))
add("a line over 1 MiB", REFUSED, header(holes=["x" * (1 << 20)]))


@case(REFUSED)
def a_section_that_comes_back(b):
    b.lines = lambda l: l[:-1] + [l[1].replace(b'"name":"pypi"', b'"name":"zzz"')] + l[-1:]


# ---- sources, records ----

add("sources out of order", REFUSED,
    lambda b: b.sources.insert(0, {"kind": "pypi", "name": "second", "type": "source"}))
add("a source twice", REFUSED, lambda b: b.sources.append(dict(b.sources[0])))
add("a record of no source", REFUSED, lambda b: b.add[0].update(source="other"))
for name, source, expected in (("in upper case", "pypi2X", REFUSED), ("that begins with -", "-a", REFUSED),
                               ("of the site's page", "index.html", REFUSED),
                               ("of 65 characters", "x" * 65, REFUSED), ("of 64 characters", "x" * 64, TAKEN)):
    add("a source name " + name, expected, lambda b, source=source: b.sources.insert(
        0 if source < "pypi" else 1, {"kind": "pypi", "name": source, "type": "source"}))
add("a record twice", REFUSED, lambda b: b.add.append(dict(b.add[0])))
for name, members in {
        "a file with a path": {"file": "../x-1.0-py3-none-any.whl"}, "a file with a backslash": {"file": "a\\b"},
        "a hidden file": {"file": ".x"}, "a file that ends with a dot": {"file": "x."},
        "a file that is a device": {"file": "Com1.whl"}, "a file that is not ASCII": {"file": "\u00e9.whl"},
        "no file name": {"file": ""}, "a long file name": {"file": "x" * 256}, "a package with a blank": {"package": "a b"},
        "a package with a backslash": {"package": "a\\b"}, "a version with a control": {"version": "1\x1f"},
        "no version": {"version": ""}, "meta that is a list": {"meta": []}, "a negative size": {"size": -1},
        "a record with one member more": {"more": 1}, "a size over 32 GiB": {"size": 2**35 + 1},
        "a digest in upper case": {"sha256": "A" * 64}, "another size than its blob's": {"size": 1},
        "a record whose blob is nowhere": {"sha256": "0" * 64}}.items():
    add(name, REFUSED, lambda b, members=members: b.add[0].update(members))


@case(REFUSED)
def a_blob_that_no_record_names(b):
    b.blob(b"a stray", (len(b.packs), 0, 7))
    b.pack(b"a stray")


@case(REFUSED)
def a_full_bundle_that_removes(b):
    b.remove.append({**b.add[0], "meta": {"yanked": "x"}})


@case(REFUSED)
def a_full_bundle_that_removes_and_counts_it_in(b):
    gone = {**b.add[0], "meta": {"yanked": "x"}}
    b.add.append(gone)
    b.make_right()
    b.settle = False
    b.add.remove(gone)
    b.remove.append(gone)
    b.header["totals"].update(added=len(b.add), removed=1)


# ---- packs and blobs ----

for name, change in {
        "an offset too far": lambda b: b.blobs[0]["copy"][0].__setitem__(1, 10**9),
        "a length of 0": lambda b: b.blobs[0]["copy"].append([1, 0, 0]),
        "a negative offset": lambda b: b.blobs[0]["copy"][0].__setitem__(1, -1),
        "a pack that is not there": lambda b: b.blobs[0]["copy"][0].__setitem__(0, 7),
        "an extent of two numbers": lambda b: b.blobs[0]["copy"][0].pop(),
        "an extent of four numbers": lambda b: b.blobs[0]["copy"][0].append(0),
        "an extent of text": lambda b: b.blobs[0]["copy"][0].__setitem__(1, "0"),
        "a blob larger than its extents": lambda b: b.blobs[0].update(size=b.blobs[0]["size"] + 1),
        "a blob over 32 GiB": lambda b: b.blobs[0].update(size=2**35 + 1),
        "an unknown encoding": lambda b: b.packs[0].update(encoding="zstd"),
        "a raw pack of two sizes": lambda b: b.packs[0].update(decoded=b.packs[0]["decoded"] + 1),
        "a pack that decodes to more": lambda b: b.packs[1].update(decoded=b.packs[1]["decoded"] - 1),
        "an xz pack over 32 MiB": lambda b: b.packs[1].update(decoded=(32 << 20) + 1),
        "a raw pack over 1 GiB": lambda b: b.packs[0].update(decoded=(1 << 30) + 1, size=(1 << 30) + 1),
        "an empty pack": lambda b: b.packs[0].update(decoded=0, size=0),
        "another digest of a blob": lambda b: b.blobs[-1].update(sha256="f" * 64)}.items():
    add(name, REFUSED, unsettled(change))


@case(REFUSED)
def extents_out_of_order(b):
    for blob in b.blobs:
        blob["copy"].reverse()


@case(REFUSED)
def a_byte_that_belongs_to_no_blob(b):
    data = b.contents[0] + b"x"
    b.contents[0] = data
    b.packs[0].update(decoded=len(data), size=len(data), sha256=make_bundle.sha256(data))


@case(REFUSED)
def a_byte_that_belongs_to_two_blobs(b):
    both = b.contents[0]
    b.blob(both, (0, 0, len(both)))
    b.add[0].update(sha256=make_bundle.sha256(both), size=len(both))


def with_xz(change):
    """Stores the xz pack another way."""
    def apply(b):
        stored = change(lzma.decompress(b.contents[1]))
        b.contents[1] = stored
        b.packs[1].update(size=len(stored), sha256=make_bundle.sha256(stored))
    return apply


add("an xz pack of two streams", REFUSED, with_xz(lambda data: lzma.compress(data[:9]) + lzma.compress(data[9:])))
add("an xz pack with padding", REFUSED, with_xz(lambda data: lzma.compress(data) + bytes(4)))
add("an xz pack that is cut", REFUSED, with_xz(lambda data: lzma.compress(data)[:-4]))
add("an xz pack that is lzma", REFUSED, with_xz(lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE)))
add("an xz pack of another preset", TAKEN, with_xz(lambda data: lzma.compress(data, preset=1, check=lzma.CHECK_SHA256)))
add("an xz pack that needs 192 MiB", REFUSED, with_xz(lambda data: lzma.compress(
    data, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 192 << 20}])))


def open_blobs(count):
    """COUNT blobs that run on from one pack into the next."""
    def apply(b):
        empty(b)
        packs = [b"", b""]
        for name in b.names[:count]:
            data = b.wheels[name]
            halves = data[:len(data) // 2], data[len(data) // 2:]
            b.blob(data, *((k, len(packs[k]), len(half)) for k, half in enumerate(halves)))
            b.record(name, data)
            packs = [pack + half for pack, half in zip(packs, halves)]
        for pack in packs:
            b.pack(pack)
    return apply


add("four blobs open at a time", TAKEN, open_blobs(4))
add("five blobs open at a time", REFUSED, open_blobs(5))


@case(TAKEN)
def an_empty_blob(b):
    b.are_packages = False
    b.blob(b"")
    b.record(b.names[3], b"")


# ---- running them ----

def by_reader(path, key):
    try:
        with open(path, "rb") as file:
            read_bundle.read_bundle(file, key)
        return TAKEN
    except read_bundle.Refused as why:
        by_reader.why = str(why)
        return REFUSED


def run(*command):
    return subprocess.run([DRAY, "-q", *command], capture_output=True, text=True, check=False)


def by_dray(path, key, are_packages):
    """verify, and then import into a new mirror: state, sizes and what can be served are judged there.

    Import looks into the files, too, which is no matter of the format: not where they are no packages.
    """
    done = run("verify", "--key", key, path)
    if done.returncode == 0 and are_packages:
        shutil.rmtree("high", ignore_errors=True)
        shutil.copytree("trusting", "high", symlinks=True)
        done = run("-C", "high", "import", path)
    by_dray.why = done.stderr.strip()
    return done.returncode


def main():
    if not shutil.which("minisign"):
        print("1..0 # SKIP minisign is not installed")
        return 0
    work = tempfile.mkdtemp(prefix="dray-readers.")
    os.chdir(work)
    subprocess.run(["minisign", "-GW", "-p", "k.pub", "-s", "k.key"], check=True, capture_output=True)
    run("init", "--isolated", "trusting")
    run("-C", "trusting", "trust", "add", "plant-a", "k.pub")
    names = [os.path.basename(mkwheel.build_wheel(".", "part%d" % n, "1.0", size=300 + n)) for n in range(5)]
    wheels = {name: open(name, "rb").read() for name in names}
    failed = 0
    print("1..%d" % len(CASES))
    for number, (name, expected, change) in enumerate(CASES, 1):
        b = make_bundle.example({key: wheels[key] for key in names[:3]})
        b.names, b.wheels, b.are_packages = names, wheels, True
        change(b)
        b.write("b.dray", "k.key")
        by_dray.why = by_reader.why = ""
        found = by_dray("b.dray", "k.pub", b.are_packages), by_reader("b.dray", "k.pub")
        good = found == (expected, expected)
        failed += not good
        print("%sok %d - %s: %s" % ("" if good else "not ", number, "taken" if expected == TAKEN else "refused", name))
        if not good or os.environ.get("VERBOSE"):
            print("# dray: %d %s\n# the reader: %d %s" % (found[0], by_dray.why, found[1], by_reader.why))
        sys.stdout.flush()
    os.chdir("/")
    shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
