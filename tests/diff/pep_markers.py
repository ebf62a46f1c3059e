"""Markers and requirements, and the reference for markers, written from PEP 508."""
import random
import re

from packaging._parser import _parse_marker
from packaging._tokenizer import DEFAULT_RULES, ParserSyntaxError, Tokenizer
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pep_common import NEWER, ask, count
from pep_versions import (RAISES, clause, mutated, reference_contains, set_text, specifier_class, specifier_or_none,
                          version_or_none)

STRINGS = "newer packaging does not order strings"
TWO_VARIABLES = "variables, or literals, on both sides"
EXTRA_VERSION = "extras that look like versions"
NAME_END = "a name or extra that ends in _"
URL_FORM = "older packaging wants scheme and host in a URL"
ARBITRARY_COMMA = "=== swallows the comma behind it"
BACKSLASH = "a backslash in a marker string"


VARIABLES = ["os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
             "platform_system", "platform_version", "python_version", "python_full_version",
             "implementation_name", "implementation_version", "extra"]
SPELLINGS = {"os_name": ["os.name"], "sys_platform": ["sys.platform"], "platform_machine": ["platform.machine"],
             "platform_version": ["platform.version"],
             "platform_python_implementation": ["platform.python_implementation", "python_implementation"]}


def environment(os_name, platform, machine, system, python, release="", version="", implementation="cpython"):
    return {"os_name": os_name, "sys_platform": platform, "platform_machine": machine,
            "platform_python_implementation": {"cpython": "CPython", "pypy": "PyPy"}[implementation],
            "platform_release": release, "platform_system": system, "platform_version": version,
            "python_version": ".".join(re.match(r"(\d+)\.(\d+)", python).groups()), "python_full_version": python,
            "implementation_name": implementation,
            "implementation_version": python if implementation == "cpython" else "7.3.13"}


ENVIRONMENTS = [
    environment("posix", "linux", "x86_64", "Linux", "3.11.2", "6.1.0-13-amd64", "#1 SMP Debian 6.1.55-1"),
    environment("posix", "linux", "aarch64", "Linux", "3.9.18"),
    environment("posix", "linux", "x86_64", "Linux", "3.13.0rc1", "5.14.0", ""),
    environment("posix", "darwin", "arm64", "Darwin", "3.12.1", "23.1.0", "Darwin Kernel Version 23.1.0"),
    environment("nt", "win32", "AMD64", "Windows", "3.8.10", "10", "10.0.19045"),
    environment("nt", "win32", "ARM64", "Windows", "3.10.0", "2022Server", "10.0.20348"),
    environment("posix", "linux", "x86_64", "Linux", "3.10.13", "4.18.0-513.el8.x86_64", "#1 SMP", "pypy"),
    environment("posix", "linux2", "i686", "Linux", "2.7.18", "3.10.0", ""),
]
EXTRAS = ["", "test", "Foo.Bar_baz", "dev", "1.0"]
LITERALS = {
    "os_name": ["posix", "nt", "java"], "sys_platform": ["linux", "linux2", "darwin", "win32", "cygwin"],
    "platform_machine": ["x86_64", "aarch64", "arm64", "AMD64", "x86_64 amd64 AMD64", "i386,i686"],
    "platform_python_implementation": ["CPython", "PyPy", "Jython"],
    "platform_release": ["6.1.0", "5", "10", "23.1.0", "", "4.18.0-513.el8.x86_64"],
    "platform_system": ["Linux", "Windows", "Darwin"],
    "platform_version": ["10.0.17763", "10.0.19045", "#1 SMP", ""],
    "python_version": ["2.7", "3", "3.6", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "4", "3.*", "3.6.*", "2.7, 3.8",
                       "3.10.0", "surprise"],
    "python_full_version": ["3.11.0a6", "3.11.2", "3.8.10", "3.9", "3.13.0", "3.13.0b1", "3.10.0+local", "3.7.1.post1"],
    "implementation_name": ["cpython", "pypy"], "implementation_version": ["3.9.0", "7.3", "7.3.13", "0"],
    "extra": ["test", "foo-bar-baz", "FOO_bar.BAZ", "dev", "all", "1.0", "1-0"],
}
OPERATORS = ["==", "==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"]


def marker_tree(r, depth=0):
    if depth < 3 and r.random() < (0.55, 0.4, 0.2)[depth]:
        return (r.choice(["and", "or"]), [marker_tree(r, depth + 1) for _ in range(r.choice([2, 2, 3]))])
    name = r.choice(VARIABLES + ["python_version", "python_full_version", "sys_platform", "extra"])
    literal = r.choice(LITERALS[name if r.random() < 0.95 else r.choice(VARIABLES)])
    sides = [("variable", name), ("literal", literal)]
    if r.random() < 0.2:
        sides.reverse()
    if r.random() < 0.01:
        sides = [r.choice(sides), r.choice(sides)]
    return (r.choice(OPERATORS), sides)


def marker_source(r, tree, inside=None):
    op, parts = tree
    space = lambda least=0: r.choice([" ", " ", " ", "  ", ""]) if not least else r.choice([" ", " ", "  "])
    if op in ("and", "or"):
        text = (" " + op + " ").join(marker_source(r, p, op) for p in parts)
        needed = inside == "and" and op == "or"
        return "(" + space() + text + space() + ")" if needed or r.random() < 0.15 else text
    words = []
    for kind, value in parts:
        if kind == "variable":
            words.append(r.choice([value] * 4 + SPELLINGS.get(value, [])))
        else:
            quote = r.choice("'\"")
            words.append(quote + value + quote)
    if op == "not in":
        op = "not" + space(1) + "in"
    least = op[-1] == "n"
    text = words[0] + space(least) + op + space(least) + words[1]
    return "(" + text + ")" if r.random() < 0.05 else text


def reference_compare(op, a, b, names):
    """1, 0, or None: PEP 508 asks for an error."""
    if names:
        a, b = canonicalize_name(a), canonicalize_name(b)
    elif op in ("==", "!=", "<", "<=", ">", ">=", "~="):
        spec, v = specifier_or_none(op + b), version_or_none(a)
        if spec is not None and v is not None:
            return int(reference_contains(spec.operator, spec.version, v))
    if op == "===":
        return int(a.lower() == b.lower())
    if op == "~=":
        return None
    return int({"in": a in b, "not in": a not in b, "==": a == b, "!=": a != b, "<": a < b, "<=": a <= b,
                ">": a > b, ">=": a >= b}[op])


def reference_leaf(leaf, env):
    op, parts = leaf
    a, b = [env[value] if kind == "variable" else value for kind, value in parts]
    return reference_compare(op, a, b, ("variable", "extra") in parts)


def reference_evaluate(tree, env):
    op, parts = tree
    if op not in ("and", "or"):
        return reference_leaf(tree, env)
    results = [reference_evaluate(p, env) for p in parts]
    return None if None in results else int(all(results) if op == "and" else any(results))


def leaves(tree):
    op, parts = tree
    return [leaf for p in parts for leaf in leaves(p)] if op in ("and", "or") else [tree]


def marker_classes(tree, env):
    """Why packaging judges the whole otherwise: the classes of the comparisons that it judges otherwise."""
    classes = set()
    for leaf in leaves(tree):
        op, parts = leaf
        expected = reference_leaf(leaf, env)
        found = their_marker(marker_source(random.Random(0), leaf), env)
        if found == expected or (expected is None and isinstance(found, str)):
            continue
        a, b = [env[value] if kind == "variable" else value for kind, value in parts]
        spec, v = specifier_or_none(op + b), version_or_none(a)
        if parts[0][0] == parts[1][0]:
            classes.add(TWO_VARIABLES)
        elif ("variable", "extra") in parts:
            classes.add(EXTRA_VERSION)
        elif isinstance(found, str):
            classes.add(RAISES)
        elif spec and v and spec.contains(v, prereleases=True) != expected:
            classes.add(specifier_class(spec.operator, spec.version, v) or "NOT A KNOWN CLASS")
        else:
            classes.add(STRINGS if NEWER else "NOT A KNOWN CLASS")
    return ", ".join(sorted(classes)) or "NOT A KNOWN CLASS"


def their_marker(marker, env):
    """A Marker or its text; the name of the exception where there is no result."""
    try:
        return int((Marker(marker) if isinstance(marker, str) else marker).evaluate(env))
    except Exception as error:  # pylint: disable=broad-except
        return type(error).__name__


def env_lines():
    return ["\t".join(["env", str(i)] + [f"{k}={v}" for k, v in env.items()])
            for i, env in enumerate(ENVIRONMENTS)]


def test_marker(area, r):
    cases = []
    for _ in range(count(12000)):
        tree = marker_tree(r)
        cases.append((tree, marker_source(r, tree), r.randrange(len(ENVIRONMENTS))))
    lines = ["\t".join(["marker", text, str(env)] + EXTRAS) for _, text, env in cases]
    texts = []
    for (tree, text, env), answer in zip(cases, ask(env_lines() + lines)[len(ENVIRONMENTS):]):
        results, _, written = answer.partition("\t")
        for i, extra in enumerate(EXTRAS):
            full = dict(ENVIRONMENTS[env], extra=extra)
            expected = reference_evaluate(tree, full)
            found = their_marker(text, full)
            known = None
            if found != expected and not (expected is None and isinstance(found, str)):
                known = marker_classes(tree, full)
            if known and "NOT A KNOWN CLASS" in known:
                expected = (known, found)
            area.check((text, env, extra), results[i:i + 1].replace("e", "None"), str(expected), known)
        texts.append((text, tree, written, env, results))
    # What we write means the same, to us and to packaging, and is written again as it is.
    again = ask(env_lines() + ["\t".join(["marker", w, str(e)] + EXTRAS) for _, _, w, e, _ in texts])
    for (text, tree, written, env, results), answer in zip(texts, again[len(ENVIRONMENTS):]):
        area.check(("text of", text), answer, results + "\t" + written)
        full = dict(ENVIRONMENTS[env], extra="dev")
        area.check(("text of", text), their_marker(written, full), their_marker(text, full))


def their_parse_accepts(text):
    """Marker() of packaging 23 forgives what follows the marker; the grammar does not."""
    try:
        tokenizer = Tokenizer(text, rules=DEFAULT_RULES)
        _parse_marker(tokenizer)
        return tokenizer.check("END")
    except (ParserSyntaxError, SyntaxError, ValueError):
        return False


def test_marker_parse(area, r):
    texts = [mutated(r, marker_source(r, marker_tree(r)), "\"'()=<>!~ andorint._;,\\x") for _ in range(count(30000))]
    answers = ask(env_lines() + [f"marker\t{t}\t0" for t in texts])
    for text, answer in zip(texts, answers[len(ENVIRONMENTS):]):
        expected, known = their_parse_accepts(text), None
        if "\\" in text and expected:
            expected, known = False, BACKSLASH
        area.check(text, answer.split("\t")[0] != "bad", expected, known)


NAMES = ["requests", "Foo.Bar_baz", "a", "A1", "x-y.z_0", "zope.interface", "0x10c-asm", "foo--bar", "foo_", "_foo", "f-"]


def requirement_source(r):
    text = r.choice(["", "", "", " "]) + r.choice(NAMES)
    space = lambda: r.choice(["", "", " ", "  "])
    if r.random() < 0.3:
        extras = [r.choice(["test", "Foo_Bar", "a.b", "x", "dev", "e_"]) for _ in range(r.choice([0, 1, 1, 2, 3]))]
        text += space() + "[" + space() + (space() + "," + space()).join(extras) + space() + "]"
    if r.random() < 0.12:
        text += space() + "@" + space() + r.choice([
            "https://example.invalid/f-1.0.zip#sha256=00", "git+https://example.invalid/r.git@v1", "file:///x/f.whl",
            "./rel/path", "https://example.invalid/a;b,c", "x"])
        if r.random() < 0.4:
            text += r.choice([" ", "  ", ""]) + ";" + space() + marker_source(r, marker_tree(r))
        return text
    if r.random() < 0.8:
        clauses = (space() + "," + space()).join(clause(r) for _ in range(r.choice([1, 1, 2, 3])))
        clauses += r.choice(["", "", "", "", ",", " , "])
        text += space() + (f"({space()}{clauses}{space()})" if r.random() < 0.2 else clauses)
    if r.random() < 0.4:
        text += space() + ";" + space() + marker_source(r, marker_tree(r))
    return text + r.choice(["", "", "", " "])


def requirement_or_none(text):
    try:
        return Requirement(text)
    except (ValueError, SyntaxError):
        return None


def requirement_class(text, refused):
    """Why packaging and the grammar may disagree on whether this is a requirement."""
    head = text.split(";")[0]
    if "\\" in text:
        return BACKSLASH
    if re.search(r"_\s*($|[\[\]@(;,=<>!~ ])", head):
        return NAME_END
    if "@" in head and refused:
        return URL_FORM
    if "===" in head:
        return ARBITRARY_COMMA
    return None


def test_requirement(area, r):
    texts = []
    for _ in range(count(30000)):
        text = requirement_source(r)
        if r.random() < 0.25:
            text = mutated(r, text, "[]()=<>!~@;,._- abc10\"'*")
        texts.append(text)
    for text, answer in zip(texts, ask(["requirement\t" + t for t in texts])):
        check_requirement(area, text, answer)


def check_requirement(area, text, answer):
    req, ours = requirement_or_none(text), answer.split("\t")
    if (req is None) != (ours[0] == "bad"):
        known = requirement_class(text, req is None)
        area.check(text, known is not None, True, known)
        return
    if req is None:
        column = re.match(r"column (\d+) of ", ours[1])
        area.check(text, bool(column) and 1 <= int(column[1]) <= len(text) + 1, True)
        return
    expected = [req.name, ",".join(sorted({canonicalize_name(e) for e in req.extras})),
                set_text(str(req.specifier)), req.url or ""]
    known = None
    if "===" in text and ours[2] != expected[2]:  # packaging 23 takes ===1.0 and ===1.0.0 for one
        known, expected[2] = ARBITRARY_COMMA, ours[2]
    area.check(text, ours[:4], expected, known)
    for env in ENVIRONMENTS[:3]:
        full = dict(env, extra="test")
        area.check(("marker of", text), their_marker(ours[4], full) if ours[4] else None,
                   their_marker(req.marker, full) if req.marker else None)
