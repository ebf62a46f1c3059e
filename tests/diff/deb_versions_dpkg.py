#!/usr/bin/env python3
"""TAP: the order of Debian versions is dpkg's (libdpkg by `dpkg --compare-versions`), and so is what is a version.

dpkg compares two versions a process, so it is asked about a sample; the whole set is held against a second reader
of Policy 5.6.12, which the sample is held against as well. DEB_VERSIONS=N: how many pairs in all (20000)."""
import os
import random
import re
import shutil
import subprocess
import sys

TOOL = os.path.join(os.environ.get("BUILD", "build/release"), "tools", "deb_version")
PAIRS = int(os.environ.get("DEB_VERSIONS", "20000"))
SAMPLE = max(PAIRS // 20, 500)


def part(r, alphabet="0123456789abzAZ.+~-:"):
    return "".join(r.choice(alphabet) for _ in range(r.choice([1, 1, 2, 3, 5, 8])))


def number(r):
    return r.choice(["0", "1", "2", "9", "10", "01", "007", "99999999999999999999", str(r.randrange(1000))])


def version(r):
    text = r.choice(["", "", "", "0:", "1:", "2:", "10:"])
    text += ".".join(number(r) for _ in range(r.choice([1, 2, 2, 3, 4])))
    for mark in ("~", "+", "a", ".", "-", "~~", "+dfsg", "~rc", "+git"):
        if r.random() < 0.12:
            text += mark + number(r)
    if r.random() < 0.6:
        text += "-" + number(r) + r.choice(["", "", "+deb12u" + number(r), "~bpo" + number(r), "+b1", ".1", "ubuntu1"])
    if r.random() < 0.1:
        at = r.randrange(len(text) + 1)
        text = text[:at] + part(r) + text[at:]
    return text


def near(r, text):
    """Another version that differs a little, so that the difference counts."""
    at = r.randrange(len(text) + 1)
    return text[:at] + r.choice(["", "~", "0", "a", ".", "-1", "+"]) + text[at + r.choice([0, 0, 1]):]


def key(text):
    """Policy 5.6.12, as something that sorts: a run of other characters, then a number, and so on."""
    epoch, _, rest = text.rpartition(":") if ":" not in text else text.partition(":")
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")

    def runs(piece):
        out = []
        for others, digits in re.findall(r"([^0-9]*)([0-9]*)", piece):
            order = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in others]
            out += [order + [0], int(digits or 0)]
        return out + [[0], 0]
    return [int(epoch or 0), runs(upstream), runs(revision)]


def by_policy(a, b):
    a, b = key(a), key(b)
    return (a > b) - (a < b)


def by_dpkg(a, b):
    for relation, answer in (("lt", -1), ("eq", 0), ("gt", 1)):
        result = subprocess.run(["dpkg", "--compare-versions", a, relation, b], stderr=subprocess.PIPE, check=False)
        if result.stderr:
            return "bad"
        if result.returncode == 0:
            return answer
    return "bad"


def main():
    if not shutil.which("dpkg"):
        print("1..0 # SKIP dpkg is not here")
        return 0
    seed = int(os.environ.get("SEED", "7"))
    r = random.Random(seed)
    pairs = []
    while len(pairs) < PAIRS:
        a = version(r)
        pairs.append((a, near(r, a) if r.random() < 0.6 else version(r)))
    # dpkg reads an epoch as C reads a number, sign and all; Policy has digits only
    pairs = [(a, b) for a, b in pairs if a and b and a[0] != "+" and b[0] != "+"]
    ours = subprocess.run([TOOL], input="".join(f"{a} {b}\n" for a, b in pairs), capture_output=True, text=True,
                          check=True).stdout.split()
    ours = [line if line == "bad" else int(line) for line in ours]
    failed = 0
    print("1..3")

    wrong = [(p, o) for p, o in zip(pairs, ours) if o != "bad" and o != by_policy(*p)]
    print(f"{'not ok' if wrong else 'ok'} 1 - {len(pairs)} pairs in the order of Policy (seed {seed})")
    failed += bool(wrong)

    sample = r.sample(range(len(pairs)), min(SAMPLE, len(pairs)))
    dpkg = [(pairs[i], ours[i], by_dpkg(*pairs[i])) for i in sample]
    differ = [d for d in dpkg if d[1] != d[2]]
    print(f"{'not ok' if differ else 'ok'} 2 - {len(sample)} of them as dpkg has them")
    failed += bool(differ)

    counts = {answer: sum(1 for d in dpkg if d[2] == answer) for answer in (-1, 0, 1, "bad")}
    few = any(count < len(sample) // 50 for count in counts.values())
    print(f"{'not ok' if few else 'ok'} 3 - each answer comes often enough: {counts}")
    failed += few
    for line in (wrong + differ)[:20]:
        print("#", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
