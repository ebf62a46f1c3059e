#!/usr/bin/env python3
"""A Python package index over a folder of wheels and sdists, as the simple repository API has it
(PEP 503 HTML, PEP 691 JSON, PEP 658/714 metadata files, PEP 700 sizes and upload times, PEP 592 yanks).

    simple_index.py [options] FOLDER

    /simple/                the projects
    /simple/NAME/           one project: JSON if the request's Accept asks for it, else HTML
    /files/FILE             a file
    /files/FILE.metadata    its METADATA
    /log                    the requests so far (see fixture.py, also for faults and common options)

FOLDER/index.json may add to what the files say themselves; both parts may be left out:
    {"files": {"six-1.0-py3-none-any.whl": {"upload-time": "2026-01-02T03:04:05Z", "yanked": "broken"}},
     "projects": {"six": {"project-status": {"status": "archived"}}}}
A key with the value null takes that key away. Upload times are 2024-01-01T00:00:00Z unless given.
The folder is read again for each request, so tests may add, replace and remove files.

Faults besides fixture.py's, for the path of a file: `digest` (the index states a wrong SHA-256),
`size` (a wrong size), `metadata-digest` (a wrong hash of its METADATA), `no-digest` (none).

--no-json        HTML only, as old indexes are
--no-metadata    no METADATA files offered
--no-time        no upload times (API version 1.0)
--absolute       absolute addresses of files; the default is relative
--files-url URL  addresses of files start with URL
"""
import functools
import hashlib
import html
import json
import os
import re
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fixture  # noqa: E402

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
WRONG = "0" * 64


def normalize(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.lru_cache(maxsize=None)
def read_metadata(path, _stamp):
    """The bytes of METADATA or PKG-INFO, or None. The stamp makes a replaced file another key."""
    try:
        if path.endswith(".whl"):
            with zipfile.ZipFile(path) as wheel:
                names = [n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
                return wheel.read(names[0]) if names else None
        with tarfile.open(path) as sdist:
            names = [n for n in sdist.getnames() if re.fullmatch(r"[^/]+/PKG-INFO", n)]
            return sdist.extractfile(names[0]).read() if names else None
    except (OSError, zipfile.BadZipFile, tarfile.TarError):
        return None


@functools.lru_cache(maxsize=None)
def sha256(path, _stamp):
    with open(path, "rb") as content:
        return hashlib.sha256(content.read()).hexdigest()


class Index:
    def __init__(self, options):
        self.options = options

    def additions(self):
        try:
            with open(os.path.join(self.options.folder, "index.json"), encoding="utf-8") as lines:
                return json.load(lines)
        except FileNotFoundError:
            return {}

    def projects(self):
        """{normalized name: [file name]}"""
        found = {}
        for file in sorted(os.listdir(self.options.folder)):
            stem = re.match(r"(.+?)-\d[^-]*(?:-.*\.whl|\.tar\.gz|\.zip)$", file)
            if stem:
                found.setdefault(normalize(stem.group(1)), []).append(file)
        return found

    def file_entry(self, request, file, additions):
        path = os.path.join(self.options.folder, file)
        stamp = os.stat(path).st_mtime_ns, os.stat(path).st_size
        metadata = read_metadata(path, stamp)
        url = f"/files/{file}"
        entry = {"filename": file, "url": self.files_url(request) + file, "hashes": {"sha256": sha256(path, stamp)},
                 "size": stamp[1], "yanked": False}
        if not self.options.no_time:
            entry["upload-time"] = "2024-01-01T00:00:00Z"
        requires = re.search(rb"^Requires-Python: *(.+?)\r?$", metadata or b"", re.MULTILINE)
        if requires:
            entry["requires-python"] = requires.group(1).decode()
        if metadata is not None and file.endswith(".whl") and not self.options.no_metadata:
            wrong = request.faults.peek(url, "metadata-digest")
            entry["core-metadata"] = {"sha256": WRONG if wrong else hashlib.sha256(metadata).hexdigest()}
            entry["data-dist-info-metadata"] = entry["core-metadata"]  # the old name, as indexes send it
        if request.faults.peek(url, "digest"):
            entry["hashes"] = {"sha256": WRONG}
        if request.faults.peek(url, "no-digest"):
            entry["hashes"] = {}
        if request.faults.peek(url, "size"):
            entry["size"] += 1
        entry.update(additions.get("files", {}).get(file, {}))
        return {key: value for key, value in entry.items() if value is not None}

    def files_url(self, request):
        if self.options.files_url:
            return self.options.files_url
        scheme = "https" if self.options.certificate else "http"
        return f"{scheme}://{request.headers['Host']}/files/" if self.options.absolute else "../../files/"

    def project_page(self, request, name):
        files = self.projects().get(name)
        if files is None:
            return None
        additions = self.additions()
        entries = [self.file_entry(request, file, additions) for file in files]
        versions = {re.match(r".+?-(\d[^-]*?)(?:-.*\.whl|\.tar\.gz|\.zip)$", file).group(1) for file in files}
        value = {"meta": self.meta(), "name": name, "files": entries, "versions": sorted(versions)}
        if self.options.no_time:
            del value["versions"]
        value.update(additions.get("projects", {}).get(name, {}))
        if self.wants_json(request):
            return fixture.json_page(value, JSON_TYPE)
        return fixture.page(project_html(name, entries), self.html_type(request))

    def root_page(self, request):
        names = sorted(self.projects())
        if self.wants_json(request):
            return fixture.json_page({"meta": self.meta(), "projects": [{"name": n} for n in names]}, JSON_TYPE)
        return fixture.page(page_html("Simple index", [(f"{n}/", n, {}) for n in names]), self.html_type(request))

    def meta(self):
        return {"api-version": "1.0" if self.options.no_time else "1.1"}

    def wants_json(self, request):
        accept = request.headers.get("Accept", "")
        return not self.options.no_json and ("vnd.pypi.simple.v1+json" in accept
                                             or "vnd.pypi.simple.latest+json" in accept)

    def html_type(self, request):
        return HTML_TYPE if HTML_TYPE in request.headers.get("Accept", "") else "text/html; charset=utf-8"

    def file(self, name):
        wanted = name[:-len(".metadata")] if name.endswith(".metadata") else name
        path = fixture.safe_join(self.options.folder, wanted)
        if not path or "/" in wanted or wanted == "index.json":
            return None
        stat = os.stat(path)
        if wanted != name:
            metadata = read_metadata(path, (stat.st_mtime_ns, stat.st_size))
            return None if metadata is None or self.options.no_metadata else fixture.Answer(metadata)
        with open(path, "rb") as content:
            return fixture.Answer(content.read(), modified=stat.st_mtime)

    def answer(self, request):
        path = request.url_path
        if path == "/simple/":
            return self.root_page(request)
        project = re.fullmatch(r"/simple/([^/]+)(/?)", path)
        if project and (project.group(1) != normalize(project.group(1)) or not project.group(2)):
            return fixture.Answer(b"", "text/plain", status=301,
                                  headers={"Location": f"/simple/{normalize(project.group(1))}/"})
        if project:
            return self.project_page(request, project.group(1))
        return self.file(path[len("/files/"):]) if path.startswith("/files/") else None


def page_html(title, links):
    lines = ["<!DOCTYPE html>", "<html>", "<head>", '<meta name="pypi:repository-version" content="1.1">',
             f"<title>{html.escape(title)}</title>", "</head>", "<body>"]
    for url, text, attributes in links:
        extra = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
        lines.append(f'<a href="{html.escape(url)}"{extra}>{html.escape(text)}</a><br>')
    return "\n".join(lines + ["</body>", "</html>", ""])


def project_html(name, entries):
    links = []
    for entry in entries:
        url, attributes = entry["url"], {}
        if entry.get("hashes"):
            url += "#sha256=" + entry["hashes"]["sha256"]
        if entry.get("requires-python"):
            attributes["data-requires-python"] = entry["requires-python"]
        if entry.get("yanked") not in (False, None):
            attributes["data-yanked"] = entry["yanked"] if isinstance(entry["yanked"], str) else ""
        if entry.get("core-metadata"):
            for key in ("data-core-metadata", "data-dist-info-metadata"):
                attributes[key] = "sha256=" + entry["core-metadata"]["sha256"]
        links.append((url, entry["filename"], attributes))
    return page_html(f"Links for {name}", links)


def main():
    parser = fixture.argument_parser(__doc__)
    parser.add_argument("--no-json", action="store_true")
    parser.add_argument("--no-metadata", action="store_true")
    parser.add_argument("--no-time", action="store_true")
    parser.add_argument("--absolute", action="store_true")
    parser.add_argument("--files-url")
    parser.add_argument("folder")
    options = parser.parse_args()
    fixture.serve(options, Index(options).answer)


if __name__ == "__main__":
    main()
