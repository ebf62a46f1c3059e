"""A package index as static files: what a web server needs to stand in for a registry.

    index.py ROOT files MIB      wheels of the sizes that wheels have, MIB MiB in all
    index.py ROOT even MIB       100 wheels of one size, MIB MiB in all
    index.py ROOT small COUNT    COUNT projects of one small wheel with a long description
    index.py ROOT bump NAME      one more version of a project of ROOT
    index.py ROOT unbump NAME    takes it away again

ROOT/simple/NAME/index.json (the JSON form of the simple API), ROOT/files/FILE.whl, and its core
metadata as FILE.whl.metadata. Seeded: the same call writes the same bytes. What is there already,
from the same call, is kept. Paths of all files, by project, are in ROOT/paths.
"""
import hashlib
import io
import json
import os
import random
import shutil
import sys
import zipfile

SEED = 20260402
KIB, MIB = 1024, 1024 * 1024
TIME = "2024-01-01T00:00:00Z"

WORDS = """the of and to package version python install release support for with from this that is
are not use using new data file files function class module type types test tests error fix fixed change
changes changed added removed deprecated option options argument default value values return returns list
string object method call example documentation see also note performance memory library api server client
request response build wheel source license project issue thanks contributors compatible breaking""".split()


def prose(rng, size):
    """Text as a README is: words, lines, lists, headings."""
    out = io.StringIO()
    while out.tell() < size:
        kind = rng.random()
        if kind < 0.1:
            out.write("\n## " + " ".join(rng.choices(WORDS, k=3)).title() + "\n\n")
        elif kind < 0.3:
            out.write(f"- `{rng.choice(WORDS)}_{rng.choice(WORDS)}({rng.choice(WORDS)}={rng.randint(0, 999)})`: ")
        out.write(" ".join(rng.choices(WORDS, k=rng.randint(6, 16))).capitalize() + ".\n")
    return out.getvalue()


def metadata(rng, name, version, requires, size):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: number {name} of many",
             "Requires-Python: >=3.8", *[f"Requires-Dist: {other}>=1.0" for other in requires],
             "Description-Content-Type: text/markdown", "", ""]
    return ("\n".join(lines) + prose(rng, size)).encode()


def wheel_bytes(rng, name, version, size, about):
    """A wheel of about `size` bytes, most of which do not compress."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as wheel:
        for path, content in ((f"{module}/__init__.py", f'__version__ = "{version}"\n'.encode()),
                              (f"{module}/data.bin", rng.randbytes(size)),
                              (f"{info}/METADATA", about),
                              (f"{info}/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
                              (f"{info}/RECORD", b"")):
            how = zipfile.ZIP_STORED if path.endswith(".bin") else zipfile.ZIP_DEFLATED
            wheel.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), content, how)
    return out.getbuffer()


def write(path, content):
    with open(path, "wb") as out:
        out.write(content)


def release(root, name, version, size, requires=(), text=2 * KIB):
    """Writes a wheel and its metadata; gives its entry for the page."""
    rng = random.Random(f"{SEED} {name} {version}")
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    about = metadata(rng, name, version, requires, text)
    wheel = wheel_bytes(rng, name, version, size, about)
    write(f"{root}/files/{file}", wheel)
    write(f"{root}/files/{file}.metadata", about)
    return {"filename": file, "url": f"/files/{file}", "size": len(wheel), "upload-time": TIME, "yanked": False,
            "requires-python": ">=3.8", "hashes": {"sha256": hashlib.sha256(wheel).hexdigest()},
            "core-metadata": {"sha256": hashlib.sha256(about).hexdigest()}}


def write_page(root, name, entries):
    os.makedirs(f"{root}/simple/{name}", exist_ok=True)
    write(f"{root}/simple/{name}/index.json", json.dumps(
        {"meta": {"api-version": "1.1"}, "name": name, "files": entries,
         "versions": [entry["filename"].split("-")[1] for entry in entries]}).encode())


def paths_of(name, entries):
    return [f"/simple/{name}/"] + [entry["url"] + end for entry in entries for end in (".metadata", "")]


def sizes_of_wheels(total):
    """Seven of ten are of 20 to 500 KiB, the others of 1 to 20 MiB."""
    rng = random.Random(SEED)
    while total > 0:
        size = int(20 * KIB * 25 ** rng.random()) if rng.random() < 0.7 else rng.randint(MIB, 20 * MIB)
        yield min(size, total)
        total -= size


def make(root, kind, amount):
    label = f"{kind} {amount} {SEED}\n"
    if os.path.exists(f"{root}/made") and open(f"{root}/made", encoding="utf-8").read() == label:
        return
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(f"{root}/files")
    sizes = {"small": lambda: [2 * KIB] * amount, "even": lambda: [amount * MIB // 100] * 100,
             "files": lambda: list(sizes_of_wheels(amount * MIB))}[kind]()
    rng = random.Random(SEED + 1)
    paths, names = [], []
    for i, size in enumerate(sizes):
        name = f"{kind}-{i:05}"
        requires = sorted(rng.sample(names, min(len(names), rng.randint(0, 3))))
        entry = release(root, name, "1.0", size, requires, rng.randint(4, 40) * KIB if kind == "small" else 4 * KIB)
        write_page(root, name, [entry])
        paths += paths_of(name, [entry])
        names.append(name)
    write(f"{root}/paths", "".join(f"{path}\n" for path in paths).encode())
    write(f"{root}/names", "".join(f"{name}\n" for name in names).encode())
    write(f"{root}/made", label.encode())


def bump(root, name, more):
    with open(f"{root}/simple/{name}/index.json", encoding="utf-8") as page:
        entries = json.load(page)["files"][:1]
    if more:
        entries.append(release(root, name, "1.1", 64 * KIB))
    write_page(root, name, entries)


def main():
    root, kind, what = sys.argv[1:]
    if kind.endswith("bump"):
        bump(root, what, kind == "bump")
    else:
        make(root, kind, int(what))


if __name__ == "__main__":
    main()
