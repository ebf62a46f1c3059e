#!/usr/bin/env python3
"""Builds a small wheel or source distribution without a build tool, the same bytes every time.

    mkwheel.py [options] NAME VERSION        prints the path of what it wrote

--out DIR               where to (default: here)
--sdist                 a source distribution, which pip can build offline (its build backend is inside)
--requires SPEC         a requirement, marker and all; may be repeated
--build-requires SPEC   what building the source distribution needs; may be repeated
--extra NAME:SPEC       a requirement of an extra; `NAME:` alone declares the extra
--tag TAG               py3-none-any, cp311-cp311-manylinux_2_28_x86_64, ... (default: py3-none-any)
--build TAG             a build tag
--requires-python SPEC
--entry NAME=MODULE:FUNCTION   a console script
--file PATH=TEXT        one more file
--size BYTES            one more file of that many bytes that do not compress
--stored                not deflated
--header LINE           one more line in METADATA

The module that it installs has __version__. From Python: build_wheel(...), build_sdist(...).
"""
import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zipfile

EPOCH = 1577836800  # 2020-01-01

# The whole build backend of a source distribution: it packs the module and PKG-INFO.
BACKEND = '''\
import base64, hashlib, os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    here = os.path.dirname(os.path.abspath(__file__))
    stem = "{stem}"
    files = {{}}
    for folder, _, names in os.walk(os.path.join(here, "src")):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as content:
                files[os.path.relpath(path, os.path.join(here, "src"))] = content.read()
    with open(os.path.join(here, "PKG-INFO"), "rb") as content:
        files[stem + ".dist-info/METADATA"] = content.read()
    files[stem + ".dist-info/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: mkwheel\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = "".join("%s,sha256=%s,%d\\n" % (name, base64.urlsafe_b64encode(
        hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data)) for name, data in sorted(files.items()))
    files[stem + ".dist-info/RECORD"] = (record + stem + ".dist-info/RECORD,,\\n").encode()
    with zipfile.ZipFile(os.path.join(wheel_directory, stem + "-py3-none-any.whl"), "w") as wheel:
        for name, data in sorted(files.items()):
            wheel.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return stem + "-py3-none-any.whl"
'''


def file_name_part(text):
    return re.sub(r"[-_.]+", "_", text).lower()


def noise(seed, size):
    """Bytes that do not compress, the same for the same seed."""
    blocks = (hashlib.sha256(f"{seed} {i}".encode()).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def metadata(name, version, requires=(), extras=(), requires_python=None, headers=()):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: made for a test"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {spec}" for spec in requires]
    lines += list(headers)
    declared = []
    for extra, spec in extras:
        if extra not in declared:
            declared.append(extra)
            lines.append(f"Provides-Extra: {extra}")
        if spec:
            spec, _, marker = (part.strip() for part in spec.partition(";"))
            marker = f"({marker}) and " if marker else ""
            lines.append(f'Requires-Dist: {spec} ; {marker}extra == "{extra}"')
    return ("\n".join(lines) + "\n").encode()


def payload(name, version, files=(), size=0):
    """What gets installed: {path: bytes}"""
    module = file_name_part(name)
    made = {f"{module}/__init__.py": f'__version__ = "{version}"\n\n\ndef main():\n    print("{name} {version}")\n'.encode()}
    if size:
        made[f"{module}/noise.bin"] = noise(f"{name} {version}", size)
    made.update({path: text.encode() if isinstance(text, str) else text for path, text in files})
    return made


def build_wheel(out, name, version, *, tag="py3-none-any", build=None, entries=(), files=(), size=0, stored=False,
                **about):
    stem = f"{file_name_part(name)}-{version.replace('-', '_')}"
    info = f"{stem}.dist-info"
    content = payload(name, version, files, size)
    python, abi, platform = tag.split("-")
    tags = "".join(f"Tag: {p}-{a}-{f}\n" for p in python.split(".") for a in abi.split(".") for f in platform.split("."))
    pure = "true" if platform == "any" else "false"
    content[f"{info}/METADATA"] = metadata(name, version, **about)
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: mkwheel\nRoot-Is-Purelib: {pure}\n{tags}".encode()
    if entries:
        content[f"{info}/entry_points.txt"] = ("[console_scripts]\n" + "".join(f"{e}\n" for e in entries)).encode()
    record = ""
    for path, data in sorted(content.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    target = os.path.join(out, "-".join(filter(None, [stem, build, tag])) + ".whl")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as wheel:
        # As real build tools do it, the .dist-info comes last.
        for path in sorted(content, key=lambda p: (p.startswith(info), p)):
            entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = wheel.compression
            wheel.writestr(entry, content[path])
    return target


def build_sdist(out, name, version, *, files=(), size=0, build_requires=(), **about):
    stem = f"{file_name_part(name)}-{version.replace('-', '_')}"
    content = {f"src/{path}": data for path, data in payload(name, version, files, size).items()}
    content["PKG-INFO"] = metadata(name, version, **about)
    content["pyproject.toml"] = ('[build-system]\nrequires = %s\nbuild-backend = "backend"\nbackend-path = ["."]\n'
                                 % json.dumps(list(build_requires))).encode()
    content["backend.py"] = BACKEND.format(stem=stem).encode()
    target = os.path.join(out, f"{stem}.tar.gz")
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in sorted(content.items()):
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size, entry.mtime, entry.mode = len(data), EPOCH, 0o644
            archive.addfile(entry, io.BytesIO(data))
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=".")
    parser.add_argument("--sdist", action="store_true")
    parser.add_argument("--requires", action="append", default=[])
    parser.add_argument("--extra", action="append", default=[], type=lambda text: text.split(":", 1))
    parser.add_argument("--tag", default="py3-none-any")
    parser.add_argument("--build")
    parser.add_argument("--requires-python")
    parser.add_argument("--entry", action="append", default=[])
    parser.add_argument("--file", action="append", default=[], type=lambda text: text.split("=", 1))
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--stored", action="store_true")
    parser.add_argument("--build-requires", action="append", default=[])
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("name")
    parser.add_argument("version")
    o = parser.parse_args()
    os.makedirs(o.out, exist_ok=True)
    about = {"requires": o.requires, "extras": o.extra, "requires_python": o.requires_python, "headers": o.header}
    if o.sdist:
        print(build_sdist(o.out, o.name, o.version, files=o.file, size=o.size, build_requires=o.build_requires, **about))
    else:
        print(build_wheel(o.out, o.name, o.version, tag=o.tag, build=o.build, entries=o.entry, files=o.file,
                          size=o.size, stored=o.stored, **about))


if __name__ == "__main__":
    main()
