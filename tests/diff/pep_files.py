"""Names, names of files, and tags."""
import platform as host
import re
import subprocess
import sys

import packaging
from packaging import _manylinux, _musllinux, tags
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from pep_common import NEWER, ask, count
from pep_versions import mutated, small, version_or_none, version_text

TAG_SPELLING = "fat32 for fat3, abi3 for free-threaded builds, linux_* first (packaging before or after)"
WHEEL_LENIENT = "wheel names that installers took"
WHEEL_STRICT = "wheel names that are no valid names or tags"


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
        forgiven = "__" in parts[0] or (dashed and not version_or_none(parts[1])) or (
            NEWER and not all(map(str.isidentifier, parts[-3].split("."))))
        return WHEEL_LENIENT if forgiven else None
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


def glibc_platforms(minor, machine):
    _manylinux._get_glibc_version = lambda: (2, minor)
    _manylinux._have_compatible_abi = lambda *_: True
    found = _manylinux.platform_tags(*([[machine]] if NEWER else ["linux_" + machine, machine]))
    return list(found) + ["linux_" + machine]


def musl_platforms(minor, machine):
    _musllinux._get_musl_version = lambda _: _musllinux._MuslVersion(1, minor)
    found = _musllinux.platform_tags([machine] if NEWER else machine)
    return list(found) + ["linux_" + machine]


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
