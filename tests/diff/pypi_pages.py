#!/usr/bin/python3
"""Compares what dray reads out of project pages with what pip's own parser reads, and has pip read the
pages that dray writes (the golden ones of tests/data/pypi/pages-*).

    tests/diff/pypi_pages.py [--tool build/release/tools/simple_page] [--count 150] [--seed 1]

pip also spells addresses anew (%7E as ~) and leaves the dots in https://host/a/../b: such links are
left out. Prints TAP. Skipped where this Python has no pip, or one with another inside.
"""
import argparse
import glob
import html
import json
import os
import random
import subprocess
import sys

try:
    from pip._internal.index.collector import IndexContent, parse_links
except ImportError as error:
    print(f"1..0 # SKIP no pip that can be asked ({error})")
    sys.exit(0)

URL = "http://127.0.0.1:8080/pypi/simple/foo-bar/"
JSON = "application/vnd.pypi.simple.v1+json"
REASONS = ["", "broken", "a \"b\" & <c> 'd'", "é", "&lt; is not an entity", "two  blanks", "\\u0041"]
REQUIRES = [None, ">=3.8", "!=3.9.*,<4,>=3.8", ""]
LINKS = ["{}", "../../files/{}", "/files/{}", "//example.invalid/{}", "https://example.invalid/a/b/{}", "./{}", "x/../{}",
         "{}?query=1", "https://example.invalid/~user/{}"]


def files(r):
    for i in range(r.randrange(12)):
        name = r.choice([f"foo_bar-{i}-py3-none-any.whl", f"foo-bar-{i}.tar.gz", f"Foo.Bar-{i}+cpu.1.zip"])
        f = {"filename": name, "url": r.choice(LINKS).format(name.replace("+", "%2B")), "hashes": {}}
        if r.random() < 0.9:
            f["hashes"]["sha256"] = "%064x" % r.getrandbits(256)
        if r.random() < 0.3:
            f["yanked"] = r.choice(REASONS) or True
        if r.random() < 0.7:
            f["requires-python"] = r.choice(REQUIRES)
        yield f


def write_html(r, entries):
    out = ["<!DOCTYPE html>", "<html><head><title>Links for foo-bar</title></head><body>", "<!-- <a href='not-1.zip'> -->"]
    for f in entries:
        fragment = "".join(f"#{k}={v}" for k, v in f["hashes"].items())
        attributes = [("href", f["url"] + fragment)]
        if f.get("requires-python"):
            attributes.append(("data-requires-python", f["requires-python"]))
        if f.get("yanked"):
            attributes.append(("data-yanked", "" if f["yanked"] is True else f["yanked"]))
        r.shuffle(attributes)
        quote = r.choice("\"'")
        text = "".join(f" {r.choice([k, k.upper()])}={quote}{html.escape(v)}{quote}" for k, v in attributes)
        out.append(f"<a{text}>{html.escape(f['filename'])}</a>{r.choice(['<br>', '<br/>', ''])}")
    return "\n".join(out + ["</body></html>"]).encode()


def pip_reads(data, content_type):
    content = IndexContent(data, content_type, "utf-8", URL, cache_link_parsing=False)
    return sorted((link.filename, link.url_without_fragment, link.hash or "", link.requires_python or "", link.yanked_reason)
                  for link in parse_links(content))


def dray_reads(tool, data, content_type):
    text = subprocess.run([tool, content_type, URL, "foo-bar"], input=data, capture_output=True, check=False).stdout.decode()
    if text.startswith("error"):
        return text
    found, fields = [], None
    for line in text.splitlines() + ["file"]:
        name, _, value = line.strip().partition(" ")
        if name == "file":
            if fields:
                digest = fields.get("digest", "=").split("=")[1]
                found.append((fields["file"], fields["url"], digest, fields.get("requires-python", ""), fields.get("yanked")))
            fields = {"file": value}
        elif fields is not None:
            fields[name] = value[1:-1] if value.startswith('"') else value
    return sorted(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default=os.path.join(os.environ.get("BUILD", "build/release"), "tools/simple_page"))
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    r = random.Random(options.seed)
    failures = [[], []]
    for _ in range(options.count):
        entries = list(files(r))
        page = {"meta": {"api-version": "1.0"}, "name": "foo-bar", "files": entries}
        for data, kind in ((json.dumps(page, ensure_ascii=r.random() < 0.5).encode(), JSON), (write_html(r, entries), "text/html")):
            want, got = pip_reads(data, kind), dray_reads(options.tool, data, kind)
            if want != got:
                failures[0].append(f"{data!r}: pip {want}, dray {got}")
    written = glob.glob("tests/data/pypi/pages-*/files.json")
    for path in written:
        with open(path, encoding="utf-8") as file:
            wanted = json.load(file)["files"]
        for name, kind in (("index.v1_json", JSON), ("index.html", "text/html")):
            with open(os.path.join(os.path.dirname(path), name), "rb") as file:
                links = pip_reads(file.read(), kind)
            base = URL.replace("simple/foo-bar/", "files/")
            expect = sorted((f["filename"], f"{base}{f['sha256'][:2]}/{f['sha256']}/{f['filename'].replace('+', '%2B')}",
                             f["sha256"], f.get("requires_python", ""), f.get("yanked")) for f in wanted)
            if links != expect:
                failures[1].append(f"{path} {name}: {links}, not {expect}")
    print("1..2")
    for failed, what in zip(failures, (f"{2 * options.count} pages are read as pip reads them",
                                       f"pip reads what {2 * len(written)} written pages say")):
        for failure in failed[:3]:
            print(f"# {failure:.2000}")
        print(f"{'not ' if failed or not written else ''}ok {1 + (failed is failures[1])} - {what}")
    return 1 if failures[0] or failures[1] else 0


if __name__ == "__main__":
    sys.exit(main())
