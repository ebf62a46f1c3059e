#!/usr/bin/python3
"""Our reader of requirements.txt against pip's own, on generated files that include each other.

Compared: which lines are requirements, from which file and line, constraint or not, name, extras,
specifier, hashes; which lines are editable, addresses or paths; the options; and whether the whole
is refused. What pip passes over without a word, we note: those notes are not compared.

PEP_SEED picks other cases, PEP_SCALE multiplies their number (default 1).
"""
import contextlib
import io
import os
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

try:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name
    from pip._internal.exceptions import InstallationError, RequirementsFileParseError
    from pip._internal.network.session import PipSession
    from pip._internal.req.req_file import RequirementsFileParser, get_line_parser
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

# pylint: disable=wrong-import-position
from pep_common import BUILD, SEED, Area, count
from pep_versions import set_text

VARIABLES = {"TEST_NAME": "filled_in", "TEST_EMPTY": "", "TEST_VERSION": "1.5"}
ELSEWHERE = {
    "git+https://example.invalid/r.git@v1#egg=r": "vcs", "git+ssh://git@example.invalid/r": "vcs",
    "https://example.invalid/f-1.0-py3-none-any.whl": "url", "http://127.0.0.1/f.zip": "url",
    "./dist/f-1.0-py3-none-any.whl": "path", "../f": "path", "f-1.0.tar.gz": "path", "/f[x]": "path",
    "file:///f.whl": "path", "dir/f": "path", "r @ git+https://example.invalid/r ; os_name == 'x'": "vcs",
    "f@https://example.invalid/f.zip": "url", "f @ file:///f.whl": "path",
}
LISTS = ("extra-index-url", "find-links", "trusted-host")
HEX = "0123456789abcdef"


def digest(r):
    kind, digits = r.choice([("sha256", 64), ("sha256", 64), ("sha384", 96), ("sha512", 128)])
    if r.random() < 0.01:
        kind = r.choice(["sha1", "md5", "nothing"])
    return r.choice(["--hash=", "--hash "]) + kind + ":" + "".join(r.choice(HEX) for _ in range(digits))


def requirement(r):
    text = r.choice(["foo", "Foo.Bar", "a_b", "${TEST_NAME}", "x1"])
    text += r.choice(["", "", "[x]", "[A_b, c]"])
    text += r.choice(["", "==1.0", ">=1,<2", " ~= 1.4", "==${TEST_VERSION}", " (>=1)", "===1.0"])
    text += r.choice(["", "", "", " ; os_name == 'posix'", ";python_version<'3.12' and extra == \"x\""])
    if r.random() < 0.01:
        text = r.choice(["foo bar", "foo>>1", "==1", "foo ; x", "${TEST_UNSET}", "[x]", "foo=1"])
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        text += r.choice([" ", "  "]) + digest(r)
    return text


def option(r):
    return r.choice([
        "--index-url http://127.0.0.1/a", "-i http://127.0.0.1/b", "-ihttp://127.0.0.1/c", "--pypi-url=http://127.0.0.1/d",
        "--extra-index-url http://127.0.0.1/e", "--extra-index-url='http://127.0.0.1/f g'", "--find-links dir",
        "-f \"dir two\"", "-f dir\\ three", "--no-index", "--pre", "--prefer-binary", "--require-hashes",
        "--trusted-host example.invalid", "--no-binary :all:", "--no-binary=foo,Bar_x", "--only-binary foo",
        "--only-binary :none:", "--only-binary :all:", "--pre --prefer-binary", "--extra-index http://127.0.0.1/g"]
        + (["--unknown", "--pre=1", "-z", "--index-url", "-f 'open"] if r.random() < 0.05 else []))


def line(r, others):
    kind = r.random()
    if kind < 0.45:
        text = requirement(r)
    elif kind < 0.6:
        text = r.choice(list(ELSEWHERE))
    elif kind < 0.65:
        text = r.choice(["-e ", "--editable=", "--editable "]) + r.choice(["./x", "git+https://example.invalid/x#egg=x"])
    elif kind < 0.78:
        text = option(r)
    elif kind < 0.85 and others:
        text = r.choice(["-r ", "-r", "--requirement=", "-c ", "--constraint "]) + r.choice(others)
    else:
        text = r.choice(["", "", "# comment", "  # comment", "   ", "#", "# ends in \\"])
    if r.random() < 0.15:
        text += r.choice([" # why", "  # why # twice", " #", "\t# tab", "#nocomment" if kind < 0.1 else ""])
    if r.random() < 0.2 and " " in text:  # continued at a blank, or behind one
        at = r.choice([m.start() for m in re.finditer(" ", text)]) + r.randrange(2)
        text = text[:at] + r.choice(["\\", "\\", "\\\\"]) + r.choice(["\n", "\n", "\n  "]) + text[at:]
    if r.random() < 0.02 and kind < 0.45:
        text += "\\"
    return r.choice(["", "", "", " ", "\t"]) + text


def write_case(r, folder):
    """A set of files; the last one is the one to read."""
    names = []
    for i in range(r.choice([1, 1, 2, 3])):
        path = os.path.join(folder, "sub" if r.random() < 0.3 else "", f"f{i}.txt")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        others = [os.path.relpath(n, os.path.dirname(path)) if r.random() < 0.9 else n for n in names]
        end = r.choice(["\n", "\n", "\n", "\r\n", "\r"])
        text = "\n".join(line(r, others) for _ in range(r.randrange(1, 9)))
        text = (text + r.choice(["\n", ""])).replace("\n", end)
        encoding = r.choice(["utf-8"] * 8 + ["utf-8-sig", "utf-16"])
        with open(path, "wb") as f:
            f.write(text.encode(encoding))
        names.append(path)
    return names[-1]


class Refused(Exception):
    """pip would stop here."""


def their_requirement(found, where):
    text = found.requirement
    if found.is_editable:
        return ("note", *where, "editable")
    for known, kind in ELSEWHERE.items():
        if "@" not in known.split("/")[0] and text.startswith(known):
            return ("note", *where, kind)
    hashes = [f"{kind}:{value}" for kind, values in (found.opts.hashes or {}).items() for value in values]
    if not all(re.fullmatch(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}", h) for h in hashes):
        raise Refused  # pip only finds that no file has it
    try:
        req = Requirement(text)
    except (InvalidRequirement, ValueError) as error:
        raise Refused from error
    if req.url:
        return ("note", *where, next(kind for known, kind in ELSEWHERE.items() if known.split(";")[0].strip().endswith(req.url)))
    return ("entry", *where, int(found.constraint), parts(req), ",".join(sorted(hashes)))


def parts(req):
    extras = ",".join(sorted(map(canonicalize_name, req.extras)))
    return f"{canonicalize_name(req.name)}[{extras}]{set_text(str(req.specifier))};{bool(req.marker)}"


def their_reading(path, parser):
    """What pip makes of it: (requirements in order, options), or None: it refuses."""
    requirements, options = [], dict({name: [] for name in LISTS}, flags=set())
    try:
        for found in parser.parse(path, False):
            where = (os.path.normpath(found.filename), str(found.lineno))
            if found.is_requirement:
                requirements.append(their_requirement(found, where))
            else:
                their_options(found.opts, options)
    except (RequirementsFileParseError, InstallationError, Refused):
        return None
    return sorted(requirements), options


def their_options(opts, options):
    if opts.hashes:
        raise Refused  # alone on its line: pip forgets it, we do not
    if opts.index_url:
        options["index-url"] = [opts.index_url]
    for name, value in (("extra-index-url", opts.extra_index_urls), ("find-links", opts.find_links),
                        ("trusted-host", opts.trusted_hosts)):
        options[name].extend(value or [])
    for name in ("no_index", "pre", "prefer_binary", "require_hashes"):
        if getattr(opts, name):
            options["flags"].add(name.replace("_", "-"))


def our_reading(answer):
    fields = answer.split("\t")
    if fields[0] == "bad":
        return None
    requirements, options = [], dict({name: [] for name in LISTS}, flags=set())
    for field in fields[1:]:
        kind, *rest = field.split("|")
        if kind == "entry":
            file, number, constraint, text, hashes = rest
            requirements.append(("entry", os.path.normpath(file), number, int(constraint), parts(Requirement(text)),
                                 ",".join(sorted(filter(None, hashes.split(","))))))
        elif kind == "note" and rest[2] != "ignored":
            requirements.append(("note", os.path.normpath(rest[0]), *rest[1:]))
        elif kind == "option" and rest[1]:
            options.setdefault(rest[0], []).append(rest[1])
        elif kind == "option":
            options["flags"].add(rest[0])
    for name in ("no-binary", "only-binary"):  # compared in test_formats
        options.pop(name, None)
    return sorted(requirements), options


def ask(lines):
    tool = os.path.join(BUILD, "tools", "requirements")
    done = subprocess.run([tool], input="".join(one + "\n" for one in lines), text=True, capture_output=True,
                          check=False, env=dict(os.environ, **VARIABLES))
    answers = done.stdout.split("\n")[:-1]
    if done.returncode or len(answers) != len(lines):
        print(f"Bail out! {tool} ended with {done.returncode}: {done.stderr[:2000]}")
        sys.exit(1)
    return answers


def test_files(area, r, folder):
    paths = [write_case(r, os.path.join(folder, str(i))) for i in range(count(3000))]
    parser = RequirementsFileParser(PipSession(), get_line_parser(None))
    for path, answer in zip(paths, ask(paths)):
        with open(path, "rb") as f, contextlib.redirect_stderr(io.StringIO()):  # optparse prints its usage
            area.check((path, f.read()), our_reading(answer), their_reading(path, parser))


def test_formats(area, r, folder):
    """--no-binary and --only-binary: the last word counts."""
    from pip._internal.models.format_control import FormatControl
    paths, expected = [], []
    for i in range(count(1000)):
        control, lines = FormatControl(set(), set()), []
        for _ in range(r.randrange(1, 5)):
            value = ",".join(r.choice(["foo", "Foo_Bar", "x", ":all:", ":none:"]) for _ in range(r.choice([1, 1, 2, 3])))
            name, sets = r.choice([("--no-binary", (control.no_binary, control.only_binary)),
                                   ("--only-binary", (control.only_binary, control.no_binary))])
            control.handle_mutual_excludes(value, *sets)
            lines.append(f"{name} {value}\n")
        paths.append(os.path.join(folder, f"formats{i}.txt"))
        with open(paths[-1], "w", encoding="utf-8") as f:
            f.writelines(lines)
        expected.append(sorted(f"no-binary|{n}" for n in control.no_binary) + sorted(
            f"only-binary|{n}" for n in control.only_binary))
    for path, answer, wanted in zip(paths, ask(paths), expected):
        found = [f[len("option|"):] for f in answer.split("\t")[1:]]
        area.check(path, sorted(f for f in found if f[:2] == "no") + sorted(f for f in found if f[:2] == "on"), wanted)


def main():
    os.environ.update(VARIABLES)
    print(f"# seed {SEED}\n1..2")
    failed = False
    for i, (name, test) in enumerate([("files", test_files), ("formats", test_formats)], 1):
        area = Area(f"requirements.txt: {name}")
        with tempfile.TemporaryDirectory() as folder:
            test(area, random.Random(f"{SEED} {name}"), folder)
        area.report(i)
        failed = failed or bool(area.different)
    sys.exit(failed)


main()
