"""Versions and specifier sets, and the reference for both, written from the specification."""
import re

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from pep_common import NEWER, ask, count

BOUNDARY = "bounds of > and < (a pre-, post- or local version of another version than V)"
EPOCH_PADDING = "zero padding behind an epoch"
SUFFIX_SPELLING = "~= with a suffix spelled in another way"
LESS_MENTIONS = "newer packaging lets > and < mention a pre-release"
NEWER_FILTER = "older packaging never falls back to pre-releases"
RAISES = "packaging raises where PEP 508 compares strings"


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
    assert NEWER or "===" in text or ",".join(sorted(out)) == str(SpecifierSet(text)), text
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
                known = NEWER_FILTER if not NEWER else LESS_MENTIONS + ", or one of the above"
        except InvalidVersion:
            known = RAISES
        area.check((text, versions), answer, ",".join(map(str, expected)), known)
