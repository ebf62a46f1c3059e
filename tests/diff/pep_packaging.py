#!/usr/bin/python3
"""Our PEP 440, 508, 425 and file name code against Debian's python3-packaging, on generated input.

Every area makes seeded cases, asks both, and prints one TAP line and a summary. Where packaging
departs from the written specification, a reference written here from that text decides, and the
departure must belong to a class that is named here: it is counted, never waved through.

PEP_SEED picks other cases, PEP_SCALE multiplies their number (default 1).
"""
import collections
import os
import random
import re
import subprocess
import sys

try:
    import packaging
    from packaging import _manylinux, _musllinux, tags
    from packaging._parser import _parse_marker
    from packaging._tokenizer import DEFAULT_RULES, ParserSyntaxError, Tokenizer
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
    from packaging.utils import (canonicalize_name, canonicalize_version, parse_sdist_filename,
                                 parse_wheel_filename)
    from packaging.version import InvalidVersion, Version
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)

BUILD = os.environ.get("BUILD") or os.path.join(os.path.dirname(__file__), "../../build/release")
SEED = int(os.environ.get("PEP_SEED", "440"))
SCALE = float(os.environ.get("PEP_SCALE", "1"))
SHOWN = 10

BOUNDARY = "bounds of > and < (a pre-, post- or local version of another version than V)"
EPOCH_PADDING = "zero padding behind an epoch"
SUFFIX_SPELLING = "~= with a suffix spelled in another way"
LESS_MENTIONS = "newer packaging lets > and < mention a pre-release"
NEWER_FILTER = "older packaging never falls back to pre-releases"
RAISES = "packaging raises where PEP 508 compares strings"
STRINGS = "newer packaging does not order strings"
TWO_VARIABLES = "variables, or literals, on both sides"
EXTRA_VERSION = "extras that look like versions"
NAME_END = "a name or extra that ends in _"
URL_FORM = "older packaging wants scheme and host in a URL"
ARBITRARY_COMMA = "=== swallows the comma behind it"
BACKSLASH = "a backslash in a marker string"
TAG_SPELLING = "fat32 for fat3, abi3 for free-threaded builds, linux_* first (packaging before or after)"
WHEEL_LENIENT = "wheel names that installers took"
WHEEL_STRICT = "wheel names that are no valid names or tags"


class Area:
    """Counts the cases of one area and keeps the first differences."""

    def __init__(self, name):
        self.name = name
        self.cases = 0
        self.known = collections.Counter()
        self.different = []

    def check(self, case, ours, expected, known=None):
        self.cases += 1
        if ours != expected:
            self.different.append(f"{case!r}: ours {ours!r}, expected {expected!r}")
        elif known:
            self.known[known] += 1

    def report(self, number):
        print(f"{'not ok' if self.different else 'ok'} {number} - {self.name}")
        print(f"# {self.name}: {self.cases} cases, {len(self.different)} differences, "
              f"{sum(self.known.values())} where packaging departs from the specification")
        for known, count in sorted(self.known.items()):
            print(f"#     {count}: {known}")
        for line in self.different[:SHOWN]:
            print(f"#   DIFFERENT {line}")


def ask(lines):
    """Runs the tool once for all lines."""
    tool = os.path.join(BUILD, "tools", "pep")
    done = subprocess.run([tool], input="".join(line + "\n" for line in lines), text=True,
                          capture_output=True, check=False)
    answers = done.stdout.split("\n")[:-1]
    if done.returncode or len(answers) != len(lines):
        print(f"Bail out! {tool} ended with {done.returncode} after {len(answers)} of {len(lines)} "
              f"lines: {done.stderr[:2000]}")
        sys.exit(1)
    return answers


def count(n):
    return max(1, int(n * SCALE))


# ---- versions ----

def number(r):
    return r.choice(["0", "1", "1", "2", "3", "9", "10", "11", "99", "100", "007", "00", "2024",
                     "20240131235959", "18446744073709551616", "99999999999999999999999999999999",
                     str(r.randrange(30)), str(r.randrange(1000))])


def small(r):
    return r.choice("0012345") if r.random() < 0.9 else number(r)


def separator(r):
    return r.choice(["", "", "", ".", "-", "_"])


def version_text(r, num=number):
    """Mostly valid, in every spelling."""
    text = r.choice(["", "", "", "", "v", "V"])
    if r.random() < 0.1:
        text += num(r) + "!"
    text += ".".join(num(r) for _ in range(r.choice([1, 1, 2, 2, 2, 3, 3, 4, 6])))
    if r.random() < 0.35:
        text += separator(r) + r.choice(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "A", "RC", "Beta"])
        text += separator(r) + r.choice(["", num(r)])
    if r.random() < 0.25:
        text += r.choice(["-" + num(r), separator(r) + r.choice(["post", "rev", "r", "POST", "R"]) +
                          separator(r) + r.choice(["", num(r)])])
    if r.random() < 0.25:
        text += separator(r) + r.choice(["dev", "DEV", "Dev"]) + separator(r) + r.choice(["", num(r)])
    if r.random() < 0.2:
        parts = [r.choice(["abc", "ABC", "1", "01", "0", "ubuntu", "a1", "1a", "g" + num(r), num(r)])
                 for _ in range(r.choice([1, 1, 2, 3]))]
        text += "+" + parts[0] + "".join(r.choice(".-_") + p for p in parts[1:])
    return text


def mutated(r, text, alphabet):
    for _ in range(r.choice([1, 1, 2])):
        at = r.randrange(len(text) + 1)
        change = r.random()
        if change < 0.4:
            text = text[:at] + r.choice(alphabet) + text[at:]
        elif change < 0.8:
            text = text[:at] + text[at + 1:]
        else:
            text = text[:at] + text[at:at + 1] * 2 + text[at + 1:]
    return text


def any_version_text(r, num=number):
    text = version_text(r, num)
    if r.random() < 0.3:
        text = mutated(r, text, "0123456789abcrdevpost.-_+!v* x")
    if r.random() < 0.1:
        text = r.choice([" ", "  ", ""]) + text + r.choice([" ", "  "])
    return text


def version_or_none(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def test_version_parse(area, r):
    texts = [any_version_text(r) for _ in range(count(40000))] + [
        "", "v", "1", "1.", ".1", "1..0", "1!", "!1", "1!1!1", "1.0a", "1.0a-", "1.0.post-", "1.0dev_",
        "1.0-1-1", "1.0+", "1.0+a..b", "1.0+a.", "1.0a1.post", "1.0.post.dev", "1.0preview", "1.0previe",
        "1.0r", "1.0rc", "1.0c", "1.0-", "1.0--1", "1.0a--1", "1.0a-1", "1.0a-1-1", "v v1", "v 1", "vv1",
        "9" * 250, "0" * 250, "1." * 120 + "1"]
    for text, answer in zip(texts, ask(["version\t" + t for t in texts])):
        v = version_or_none(text)
        expected = "bad" if v is None else "%s\t%s\t%d%d%d" % (
            v, v.local or "-", v.is_prerelease, v.is_postrelease, v.is_devrelease)
        area.check(text, answer, expected)


def test_version_order(area, r):
    pairs = []
    while len(pairs) < count(40000):
        a = version_text(r, small)
        b = version_text(r, small) if r.random() < 0.5 else mutated(r, a, "0123.abrcdevpost+")
        if version_or_none(a) and version_or_none(b):
            pairs.append((a, b))
    for (a, b), answer in zip(pairs, ask([f"compare\t{a}\t{b}" for a, b in pairs])):
        va, vb = Version(a), Version(b)
        area.check((a, b), answer, str((va > vb) - (va < vb)))


# ---- specifiers ----

def without_local(v):
    return Version(v.public)


def bare(v):
    """Epoch and release, zeros at the end dropped: as the order sees them."""
    release = list(v.release)
    while release and release[-1] == 0:
        release.pop()
    return v.epoch, tuple(release)


def prefix_matches(v, epoch, prefix):
    padded = v.release + (0,) * max(0, len(prefix) - len(v.release))
    return v.epoch == epoch and padded[:len(prefix)] == prefix


def reference_contains(op, text, v):
    """One clause, from the text of the specification. Pre-releases are allowed."""
    if op == "===":
        return str(v).lower() == text.lower()
    if text.endswith(".*"):
        bound = Version(text[:-2])
        return prefix_matches(v, bound.epoch, bound.release) == (op == "==")
    bound = Version(text)
    public = without_local(v)
    if op in ("==", "!="):
        return ((v if bound.local else public) == bound) == (op == "==")
    if op == "<=":
        return public <= bound
    if op == ">=":
        return public >= bound
    if op == "~=":
        return public >= bound and prefix_matches(v, bound.epoch, bound.release[:-1])
    if op == ">":
        if not public > bound:  # equal: V itself or a local version of V
            return False
        post_of_bound = (bare(v) == bare(bound) and v.pre == bound.pre and v.post is not None)
        return not post_of_bound or bound.is_postrelease or bound.is_devrelease
    if op == "<":
        if not v < bound:
            return False
        if bound.is_prerelease or not v.is_prerelease:
            return True
        if bound.is_postrelease:  # its pre-releases are 1.0.post1.devN
            return (bare(v), v.pre, v.post) != (bare(bound), bound.pre, bound.post)
        return bare(v) != bare(bound)
    raise AssertionError(op)


def specifier_class(op, text, v):
    if op in ("<", ">"):
        return BOUNDARY
    if ("!" in text or v.epoch) and (text.endswith(".*") or op == "~="):
        return EPOCH_PADDING
    if op == "~=" and str(Version(text)) != text:
        return SUFFIX_SPELLING
    return None


def clause(r, num=small):
    op = r.choice(["~=", "==", "==", "!=", "<=", ">=", "<", ">", "==="])
    text = version_text(r, num)
    if op in ("==", "!=") and r.random() < 0.4:
        text = ".".join(num(r) for _ in range(r.choice([1, 2, 3]))) + ".*"
        if r.random() < 0.1:
            text = num(r) + "!" + text
    elif op not in ("==", "!=", "===") and r.random() < 0.95:
        text = text.split("+")[0]
    return op + r.choice(["", "", " ", "  "]) + text


def specifier_or_none(text):
    try:
        return Specifier(text)
    except InvalidSpecifier:
        return None


def specifier_set_or_none(text):
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def mentions(specs):
    """(the rule of packaging 23, does newer packaging say more?)"""
    def asks(s, operators):
        if s.operator not in operators or s.version.endswith(".*"):
            return False
        v = version_or_none(s.version)
        return bool(v and v.is_prerelease)
    old = any(asks(s, ("==", ">=", "<=", "~=", "===")) for s in specs)
    return old, old or any(asks(s, ("<", ">")) for s in specs)


def nearby_version(r, text):
    """A version that has something to do with the clauses, so that the edges are met."""
    found = re.findall(r"[0-9v][^,=<>!~ ]*(?:![0-9][^,=<>!~ ]*)?", text)
    if found and r.random() < 0.8:
        base = r.choice(found).replace(".*", "")
        base += r.choice(["", "", ".0", ".1", "a1", "rc1", ".post1", ".dev1", "+l", ".post1+l", "a1.dev0", ".0.0"])
        if version_or_none(base):
            return base
    while True:
        base = version_text(r, small)
        if version_or_none(base):
            return base


def test_specifier(area, r):
    cases = []
    for _ in range(count(60000)):
        text = ",".join(clause(r) for _ in range(r.choice([1, 1, 1, 1, 2, 2, 3])))
        if r.random() < 0.1:
            text = mutated(r, text, "0123456789abcrdevpost.-_+!v*,=<>~ ;)")
        if r.random() < 0.05:
            text = r.choice(["", ",", " , "]) + text + r.choice(["", ",", " ,,"])
        cases.append((text, nearby_version(r, text)))
    for (text, version), answer in zip(cases, ask([f"specifier\t{t}\t{v}" for t, v in cases])):
        check_specifier(area, text, version, answer)


def check_specifier(area, text, version, answer):
    specs, v = specifier_set_or_none(text), Version(version)
    if specs is None:
        area.check((text, version), answer, "bad")
        return
    known = None
    contains = True
    for s in specs:
        expected = reference_contains(s.operator, s.version, v)
        if theirs(s, v) != expected:
            known = specifier_class(s.operator, s.version, v) or "NOT A KNOWN CLASS"
        contains = contains and expected
    old, new = mentions(specs)
    if not any(version_or_none(s.version) is None for s in specs if s.operator == "==="):
        if bool(specs.prereleases) != old:
            known = LESS_MENTIONS if bool(specs.prereleases) == new else "NOT A KNOWN CLASS"
    flags = "%d%d%d" % (contains, contains and not v.is_prerelease, old)
    if known == "NOT A KNOWN CLASS":
        flags = known
    area.check((text, version), answer, flags + "\t" + set_text(text), known)


def theirs(s, v):
    try:
        return s.contains(v, prereleases=True)
    except InvalidVersion:
        return None


def set_text(text):
    """SpecifierSet's own text; === is not compared as a version (packaging 24 on)."""
    seen, out = set(), []
    for part in filter(None, (p.strip() for p in text.split(","))):
        s = Specifier(part)
        key = (s.operator, s.version)
        if s.operator != "===" and not s.version.endswith(".*"):
            key = (s.operator, canonicalize_version(s.version, strip_trailing_zero=s.operator != "~="))
        if key not in seen:
            seen.add(key)
            out.append(str(s))
    if not any(s.startswith("===") for s in out):
        assert sorted(out) == str(SpecifierSet(text)).split(",") or not out, text
    return ",".join(sorted(out))


def test_filter(area, r):
    cases = []
    while len(cases) < count(6000):
        text = ",".join(clause(r) for _ in range(r.choice([0, 1, 1, 2])))
        if specifier_set_or_none(text) is not None:
            cases.append((text, [nearby_version(r, text) for _ in range(r.randrange(1, 9))]))
    for (text, versions), answer in zip(cases, ask(["\t".join(["filter", t] + v) for t, v in cases])):
        specs = SpecifierSet(text)
        ok = [v for v in map(Version, versions)
              if all(reference_contains(s.operator, s.version, v) for s in specs)]
        finals = [v for v in ok if not v.is_prerelease]
        expected = ok if mentions(specs)[0] or not finals else finals
        known = None
        try:
            if [Version(str(v)) for v in specs.filter(versions)] != expected:
                known = NEWER_FILTER if packaging.__version__ < "26" else LESS_MENTIONS + ", or one of the above"
        except InvalidVersion:
            known = RAISES
        area.check((text, versions), answer, ",".join(map(str, expected)), known)


# ---- markers ----

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
        elif spec and v and specifier_class(spec.operator, spec.version, v):
            classes.add(specifier_class(spec.operator, spec.version, v))
        else:
            classes.add(STRINGS if packaging.__version__ >= "24" else "NOT A KNOWN CLASS")
    return ", ".join(sorted(classes)) or "NOT A KNOWN CLASS"


def their_marker(text, env):
    try:
        return int(Marker(text).evaluate(env))
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


# ---- requirements ----

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
    theirs_marker = str(req.marker) if req.marker else None
    for env in ENVIRONMENTS[:3]:
        full = dict(env, extra="test")
        area.check(("marker of", text), their_marker(ours[4], full) if ours[4] else None,
                   their_marker(theirs_marker, full) if theirs_marker else None)


# ---- names ----

def test_name(area, r):
    names = ["".join(r.choice("aAbZ09._-") for _ in range(r.randrange(1, 12))) for _ in range(count(10000))]
    valid = re.compile(r"^([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])\Z", re.IGNORECASE | re.ASCII)
    for name, answer in zip(names, ask(["name\t" + n for n in names])):
        area.check(name, answer, "%d\t%s" % (bool(valid.match(name)), canonicalize_name(name)))


def wheel_source(r):
    name = r.choice(["foo", "Foo_Bar", "foo.bar", "zope.interface", "a", "foo__bar", "_foo", "x1"])
    version = version_text(r, small).replace("-", "_")
    parts = [name, version]
    if r.random() < 0.2:
        parts.append(r.choice(["1", "01", "2a", "10_x", "1.2", "x1", "0", "20240101"]))
    sets = lambda choices: ".".join(r.choice(choices) for _ in range(r.choice([1, 1, 1, 2, 3])))
    parts += [sets(["py3", "py2", "cp311", "CP39", "pp310", "py38"]), sets(["none", "cp311", "abi3", "cp313t"]),
              sets(["any", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "win_amd64", "macosx_11_0_arm64"])]
    text = "-".join(parts) + ".whl"
    if r.random() < 0.15:
        text = mutated(r, text, "abc.-_+ /10")
    return text


def test_wheel(area, r):
    names = [wheel_source(r) for _ in range(count(15000))]
    for name, answer in zip(names, ask(["wheel\t" + n for n in names])):
        ours, known = answer.split("\t"), None
        try:
            project, version, build, found = parse_wheel_filename(name)
            expected = [project, str(version), build, set(map(str, found))]
        except ValueError:
            expected = None
        if expected is None or ours[0] == "bad":
            refused = ours[0] == "bad"
            if refused != (expected is None):
                known = wheel_class(name, refused)
            area.check(name, refused == (expected is None) or known is not None, True, known)
            continue
        build = re.match(r"(\d+)(.*)", ours[2])
        area.check(name, [ours[0], ours[1], (int(build[1]), build[2]) if build else (), set(ours[3].split(","))],
                   expected)


def wheel_class(name, refused):
    parts = name[:-4].split("-")
    if not refused:
        dashed = version_or_none(parts[1].replace("_", "-"))
        return WHEEL_LENIENT if "__" in parts[0] or (dashed and not version_or_none(parts[1])) else None
    valid = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._]*[A-Za-z0-9])?\Z")
    tag = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*\Z")
    build = len(parts) == 6 and not re.match(r"\d[A-Za-z0-9_.]*\Z", parts[2])
    if not valid.match(parts[0]) or not all(map(tag.match, parts[-3:])) or build or " " in parts[1]:
        return WHEEL_STRICT
    return None


def test_sdist(area, r):
    cases = []
    for _ in range(count(8000)):
        project = r.choice(["foo", "Foo_Bar", "foo-1", "a-b-2", "zope.interface", "x"])
        version = version_text(r, small)
        if "-" not in version and version_or_none(version):
            cases.append((project, version, f"{project}-{version}{r.choice(['.tar.gz', '.zip'])}"))
    for (project, version, name), answer in zip(cases, ask([f"sdist\t{n}\t{canonicalize_name(p)}" for p, _, n in cases])):
        theirs_name, theirs_version = parse_sdist_filename(name)
        area.check(name, (canonicalize_name(project), answer), (theirs_name, str(theirs_version)))
    # A version with "-" is where only the project's name tells where to cut.
    odd = [("foo", "1.0-1", "foo-1.0-1.zip"), ("foo-1", "2", "foo-1-2.zip"), ("foo", "1.post2", "foo-1-2.zip")]
    for (project, version, name), answer in zip(odd, ask([f"sdist\t{n}\t{p}" for p, _, n in odd])):
        area.check((project, name), answer, str(Version(version)))


# ---- tags ----

def glibc_platforms(minor, machine):
    _manylinux._get_glibc_version = lambda: (2, minor)
    _manylinux._have_compatible_abi = lambda *_: True
    try:
        found = list(_manylinux.platform_tags("linux_" + machine, machine))
    except TypeError:
        found = list(_manylinux.platform_tags([machine]))
    return found + ["linux_" + machine]


def musl_platforms(minor, machine):
    _musllinux._get_musl_version = lambda _: _musllinux._MuslVersion(1, minor)
    try:
        return list(_musllinux.platform_tags(machine)) + ["linux_" + machine]
    except TypeError:
        return list(_musllinux.platform_tags([machine])) + ["linux_" + machine]


def platforms():
    """(what dray.toml says, the platform tags packaging lists there)"""
    for machine in ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x"):
        for minor in (17, 24, 28, 31, 36, 39):
            yield f"manylinux_2_{minor}_{machine}", glibc_platforms(minor, machine)
        yield f"manylinux2014_{machine}", glibc_platforms(17, machine)
        yield f"linux_{machine}", [f"linux_{machine}"]
        for minor in (0, 1, 2):
            yield f"musllinux_1_{minor}_{machine}", musl_platforms(minor, machine)
    for machine in ("x86_64", "i686"):
        yield f"manylinux2010_{machine}", glibc_platforms(12, machine)
        yield f"manylinux1_{machine}", glibc_platforms(5, machine)
    for version in ((10, 4), (10, 6), (10, 9), (10, 15), (11, 0), (11, 3), (13, 0), (14, 2), (26, 0)):
        for machine in ("x86_64", "arm64", "i386", "ppc64", "ppc"):
            yield "macosx_%d_%d_%s" % (*version, machine), list(tags.mac_platforms(version, machine))
    for name in ("win_amd64", "win32", "win_arm64", "any"):
        yield name, [name]


def default_abi(version, platform):
    major, minor = version
    if version < (3, 3):
        return f"cp{major}{minor}m" + ("u" if "linux" in platform else "")
    return f"cp{major}{minor}" + ("m" if version < (3, 8) else "")


def respelled(tag, free_threaded):
    tag = re.sub(r"_fat32$", "_fat3", str(tag))
    return tag.replace("-abi3-", "-abi3t-") if free_threaded else tag


def test_tags(area, _):
    cases = []
    for platform, found in platforms():
        if not found:
            continue
        for minor in (2, 6, 7, 8, 9, 10, 11, 12, 13, 14):
            version = (3, minor)
            cases.append((f"3.{minor}", "-", "-", platform, version, default_abi(version, platform), found))
        cases.append(("2.7", "-", "-", platform, (2, 7), default_abi((2, 7), platform), found))
        cases.append(("3.13t", "-", "-", platform, (3, 13), "cp313t", found))
        cases.append(("3.14.0", "cp", "cp314t", platform, (3, 14), "cp314t", found))
        cases.append(("3.11.7", "cp", "abi3", platform, (3, 11), "abi3", found))
        cases.append(("3.10", "pp", "-", platform, (3, 10), "pypy310_pp73", found))
    for (python, implementation, abi, platform, version, real_abi, found), answer in zip(
            cases, ask(["\t".join(["tags", *c[:4]]) for c in cases])):
        interpreter = ("pp" if implementation == "pp" else "cp") + "%d%d" % version
        if implementation == "pp":
            listed = list(tags.generic_tags(interpreter, [real_abi], found))
        else:
            listed = list(tags.cpython_tags(version, [real_abi], found))
        listed += tags.compatible_tags(version, interpreter, found)
        expected = [respelled(t, real_abi.endswith("t")) for t in listed]
        known = TAG_SPELLING if expected != list(map(str, listed)) else None
        area.check((python, implementation, abi, platform), answer.split(","), expected, known)


def test_tags_pip(area, _):
    """pip's own list for a platform that it is given by name, where it does not look at the machine."""
    try:
        from pip._internal.utils.compatibility_tags import get_supported
    except ImportError:
        print("# pip is not here: not compared")
        return
    cases = [(python, platform) for python in ("38", "39", "310", "311", "312")
             for platform in ("linux_x86_64", "macosx_11_0_arm64", "macosx_14_0_x86_64", "macosx_10_9_x86_64",
                              "win_amd64", "win32", "manylinux2014_x86_64", "manylinux_2_28_x86_64")]
    for (python, platform), answer in zip(cases, ask(["\t".join(["tags", p[0] + "." + p[1:], "-", "-", w])
                                                      for p, w in cases])):
        listed = [respelled(t, False) for t in get_supported(python, [platform], "cp", ["cp" + python])]
        ours = answer.split(",")
        if platform.startswith("manylinux"):  # pip takes the name alone: ours are more, in its order
            wanted = set(listed)
            ours = [t for t in ours if t in wanted]
        area.check((python, platform), ours, listed)


def test_tags_here(area, _):
    """The machine that runs this, as the oracle sees itself."""
    import platform as host
    libc, version = host.libc_ver()
    if sys.implementation.name != "cpython" or libc != "glibc" or sys.platform != "linux":
        print("# not CPython on glibc: not compared")
        return
    fresh = subprocess.run([sys.executable, "-c", "from packaging import tags\nfor t in tags.sys_tags(): print(t)"],
                           text=True, capture_output=True, check=True).stdout.split()
    name = "manylinux_%s_%s" % (version.replace(".", "_"), host.machine())
    answer = ask(["tags\t%d.%d\t-\t-\t%s" % (*sys.version_info[:2], name)])[0].split(",")
    if packaging.__version__ >= "26.3":
        area.check(name, sorted(answer), sorted(fresh), TAG_SPELLING)
    else:
        area.check(name, answer, fresh)


AREAS = [
    ("versions: parsing and canonical form", test_version_parse),
    ("versions: order", test_version_order),
    ("specifier sets: contains, text", test_specifier),
    ("specifier sets: filter", test_filter),
    ("markers: evaluation and text", test_marker),
    ("markers: what parses", test_marker_parse),
    ("requirements", test_requirement),
    ("names", test_name),
    ("wheel file names", test_wheel),
    ("source distribution file names", test_sdist),
    ("tags: many targets", test_tags),
    ("tags: pip", test_tags_pip),
    ("tags: this machine", test_tags_here),
]


def main():
    print(f"# packaging {packaging.__version__}, seed {SEED}")
    print(f"1..{len(AREAS)}")
    failed = False
    for i, (name, test) in enumerate(AREAS, 1):
        area = Area(name)
        test(area, random.Random(f"{SEED} {name}"))
        area.report(i)
        failed = failed or bool(area.different)
    sys.exit(failed)


main()
