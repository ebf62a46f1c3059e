#!/usr/bin/env python3
"""Serves a folder as it is, with the faults and the log of fixture.py: an archive of Debian
packages, say. static_files.py [common options, see fixture.py] FOLDER"""
import mimetypes
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fixture  # noqa: E402


def main():
    parser = fixture.argument_parser(__doc__)
    parser.add_argument("folder")
    options = parser.parse_args()

    def answer(request):
        path = request.url_path + ("index.html" if request.url_path.endswith("/") else "")
        found = fixture.safe_join(options.folder, path)
        if not found:
            return None
        with open(found, "rb") as content:
            return fixture.Answer(content.read(), mimetypes.guess_type(found)[0] or "application/octet-stream",
                                  modified=os.stat(found).st_mtime)

    fixture.serve(options, answer)


if __name__ == "__main__":
    main()
