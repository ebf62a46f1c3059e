#!/usr/bin/python3
"""Compares what dray reads out of wheels and sdists with what Python's zipfile and tarfile read.

    tests/diff/pypi_archives.py [--tool build/release/tools/package_metadata] [--count 300] [--seed 1]

Archives of every kind that Python writes (zip64, streamed, stored, commented; tar of three formats and
four compressions) must give the same bytes. Of damaged zips dray may refuse more than Python does, but
whatever it accepts must be what Python finds. Prints TAP.
"""
import argparse
import io
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile

METADATA = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"


class Stream(io.BytesIO):
    """What a socket is to zipfile: it cannot go back, so sizes come behind the data."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation()

    def tell(self):
        raise io.UnsupportedOperation()


def content(r):
    return METADATA + bytes(r.choices(b"abc \n", k=r.choice([0, 10, 5000, 100000])))


def write_zip(r, members):
    out = Stream() if r.random() < 0.3 else io.BytesIO()
    with zipfile.ZipFile(out, "w", r.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as z:
        z.comment = r.choice([b"", b"", b"a comment", b"c" * 65535])
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = z.compression
            info.comment = r.choice([b"", b"x" * 100])
            with z.open(info, "w", force_zip64=r.random() < 0.3) as member:
                member.write(data)
    return out.getvalue()


def write_tar(r, members, compression):
    out = io.BytesIO()
    forms = [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
    if all(len(name) <= 100 for name, _ in members):
        forms.append(tarfile.USTAR_FORMAT)
    form = r.choice(forms)
    with tarfile.open(fileobj=out, mode="w:" + compression, format=form) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if form == tarfile.PAX_FORMAT:
                info.pax_headers = {"comment": "x" * r.randrange(2000)}
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def wheel(r):
    members = [("foo/__init__.py", b"x = 1\n"), ("foo/" + "long" * 20 + ".py", content(r))]
    members.insert(r.randrange(3), ("foo-1.0.dist-info/METADATA", content(r)))
    members.append(("foo-1.0.dist-info/RECORD", b""))
    return "foo-1.0-py3-none-any.whl", write_zip(r, members)


def sdist(r):
    top = r.choice(["foo-1.0", "foo-1.0", "foo-1.0", "x" * 120])
    members = [(top + "/setup.py", b"import setuptools\n"), (top + "/" + "deep/" * r.choice([2, 30]) + "x", content(r)),
               (top + "/foo.egg-info/PKG-INFO", b"not this")]
    if r.random() < 0.9:
        members.insert(r.randrange(4), (top + "/PKG-INFO", content(r)))
    ending, compression = r.choice([(".tar.gz", "gz"), (".tgz", "gz"), (".tar", ""), (".tar.bz2", "bz2"),
                                    (".tar.xz", "xz"), (".zip", None)])
    data = write_zip(r, members) if compression is None else write_tar(r, members, compression)
    return "foo-1.0" + ending, data


def damage(r, data):
    data = bytearray(data)
    for _ in range(r.randrange(1, 4)):
        at = r.choice([r.randrange(len(data)), len(data) - 1 - r.randrange(min(len(data), 300))])
        data[at] = r.choice([0, 0xff, data[at] ^ 1, data[at] ^ 0x80])
    return bytes(data[:len(data) - r.choice([0, 0, 0, 1, 30])]) + r.choice([b"", b"", b"\0"])


def python_reads(name, data):
    """The metadata, or None."""
    if name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            wanted = "/METADATA" if name.endswith(".whl") else "/PKG-INFO"
            found = [n for n in z.namelist() if n.endswith(wanted) and n.count("/") == 1]
            return z.read(found[0]) if found else None
    with tarfile.open(fileobj=io.BytesIO(data)) as t:
        found = [m for m in t.getmembers() if m.name.endswith("/PKG-INFO") and m.name.count("/") == 1]
        return t.extractfile(found[0]).read() if found else None


def compare(name, data, damaged, answer):
    if answer.startswith("error"):
        return "" if damaged else f"refused: {answer}"
    if damaged and not name.endswith((".whl", ".zip")):
        return ""  # a tar has no checksums of its content, and the two stop at different places
    got = None if answer == "none" else bytes.fromhex(answer)
    try:
        want = python_reads(name, data)
    except Exception as error:  # whatever the modules raise on damage
        return f"accepted what Python refuses ({error})"
    return "" if got == want else f"expected {want!r:.200}, found {got!r:.200}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default=os.path.join(os.environ.get("BUILD", "build/release"), "tools/package_metadata"))
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    r = random.Random(options.seed)
    failures, accepted, refused = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        cases, paths = [], []
        for i in range(options.count):
            name, data = (wheel if i % 2 else sdist)(r)
            damaged = i % 3 == 2
            if damaged:
                data = damage(r, data)
            os.mkdir(f"{folder}/{i}")
            path = f"{folder}/{i}/{name}"
            with open(path, "wb") as out:
                out.write(data)
            cases.append((name, data, damaged))
            paths.append(path)
        answers = subprocess.run([options.tool], input="".join(p + "\n" for p in paths), capture_output=True, text=True,
                                 check=True).stdout.splitlines()
    for (name, data, damaged), answer in zip(cases, answers):
        accepted += not answer.startswith("error")
        refused += answer.startswith("error")
        difference = compare(name, data, damaged, answer)
        if difference:
            failures.append(f"{name}, {len(data)} bytes{', damaged' if damaged else ''}: {difference}")
    if len(answers) != len(cases):
        failures.append(f"{len(answers)} answers to {len(cases)} archives")
    print("1..1")
    for failure in failures[:5]:
        print(f"# {failure}")
    print(f"{'not ' if failures else ''}ok 1 - {len(cases)} archives read as Python reads them "
          f"({accepted} accepted, {refused} damaged ones refused)")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
