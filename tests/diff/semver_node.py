#!/usr/bin/env python3
"""Our versions and ranges against node-semver (the copy inside npm, or Debian's), on generated input.

SEMVER_SEED picks other cases, SEMVER_SCALE multiplies their number (default 1).
"""
import os
import random
import re
import shutil
import subprocess
import sys

BUILD = os.environ.get("BUILD") or os.path.join(os.path.dirname(__file__), "../../build/release")
SEED = int(os.environ.get("SEMVER_SEED", "42"))
SCALE = float(os.environ.get("SEMVER_SCALE", "1"))
SHOWN = 10
REFERENCE = r"""
const path = require('path'), fs = require('fs'), { execFileSync } = require('child_process')
const npm = fs.realpathSync(execFileSync('sh', ['-c', 'command -v npm || true']).toString().trim() || '.')
let semver
for (const place of [path.join(path.dirname(npm), '../node_modules/semver'),
    '/usr/share/nodejs/semver', 'semver'])
  try {
    // older ones do not trim what npm itself trims today
    const [major, minor] = require(place + '/package.json').version.split('.')
    if (+major < 7 || (+major === 7 && +minor < 6)) continue
    semver = require(place); break
  } catch {}
if (!semver) process.exit(77)
const flags = (n) => ({ loose: !!(n & 1), includePrerelease: !!(n & 2) })
const answer = ([what, a, b, c]) => {
  if (what === 'version') return semver.parse(a, flags(+b))?.version ?? 'bad'
  if (what === 'compare') {
    const [x, y] = [semver.parse(a, flags(+c)), semver.parse(b, flags(+c))]
    return x && y ? String(x.compare(y)) : 'bad'
  }
  return `${+(semver.validRange(b, flags(+c)) !== null)}${+semver.satisfies(a, b, flags(+c))}`
}
const lines = fs.readFileSync(0, 'utf8').split('\n').slice(0, -1)
process.stdout.write(lines.map(l => answer(l.split('\t')) + '\n').join(''))
"""


def number(r):
    return r.choice(["0", "0", "1", "1", "2", "3", "9", "10", "11", "34", "007", "00", "2024",
                     "9007199254740991", "9007199254740992", "99999999999999999999", str(r.randrange(40))])


def small(r):
    return r.choice("0001123") if r.random() < 0.93 else number(r)


def identifier(r):
    return r.choice(["alpha", "beta", "rc", "0", "1", "2", "10", "01", "x", "-", "--", "a-b", "1a", "a1", "next",
                     "9007199254740993", "9007199254740992", number(r)])


def pre(r):
    return r.choice(["-", "-", "-", "-", "-", ""]) + ".".join(identifier(r) for _ in range(r.choice([1, 1, 2, 3])))


def version(r, num=small):
    text = r.choice(["", "", "", "", "", "", "v", "=", "=v", " ", "v "])
    text += ".".join(num(r) for _ in range(3))
    if r.random() < 0.4:
        text += pre(r)
    if r.random() < 0.1:
        text += "+" + ".".join(identifier(r) for _ in range(r.choice([1, 2])))
    return text


def mutated(r, text, alphabet):
    for _ in range(r.choice([1, 1, 2])):
        at = r.randrange(len(text) + 1)
        text = text[:at] + r.choice(alphabet) + text[at + r.randrange(2):]
    return text


def part(r):
    return r.choice("xX*") if r.random() < 0.15 else small(r)


def partial(r):
    text = r.choice(["", "", "", "", "", "", "", "v", "=", "v "])
    text += ".".join(part(r) for _ in range(r.choice([1, 2, 3, 3, 3])))
    if text.count(".") >= 2 and r.random() < 0.25:
        text += pre(r)
    if r.random() < 0.05:
        text += "+" + identifier(r)
    return text


def comparator(r):
    op = r.choice(["", "", "^", "^", "^", "~", "~", "~>", ">", ">=", ">=", "<", "<", "<=", "="])
    return op + r.choice(["", "", "", "", "", " ", "  "]) + partial(r)


def word_set(r):
    if r.random() < 0.12:
        return partial(r) + r.choice([" - ", " - ", "  -  ", "-", " -", "- "]) + partial(r)
    return r.choice([" ", " ", "  "]).join(comparator(r) for _ in range(r.choice([1, 1, 1, 2, 2, 3])))


def range_text(r):
    text = r.choice(["||", " || ", "|| "]).join(word_set(r) for _ in range(r.choice([1, 1, 1, 2, 3])))
    chance = r.random()
    if chance < 0.08:
        text = mutated(r, text, "0123456789.-xX*^~<>=v |a")
    return r.choice(["", "*", "x", "latest", "1.0", ">", "||", "a || 1.x", "1.x || b"]) if chance > 0.98 else text


def ask(argv, lines, what):
    done = subprocess.run(argv, input="".join(line + "\n" for line in lines), text=True,
                          capture_output=True, check=False)
    if done.returncode == 77:
        print("1..0 # SKIP no node-semver of 7.6 or later found beside npm")
        sys.exit(0)
    answers = done.stdout.split("\n")[:-1]
    if done.returncode or len(answers) != len(lines):
        print(f"Bail out! {what} ended with {done.returncode} after {len(answers)} of {len(lines)} lines: "
              f"{done.stderr[:2000]}")
        sys.exit(1)
    return answers


def cases(r, name):
    flags = r.choice("0123")
    if name == "versions":
        text = version(r, number if r.random() < 0.3 else small)
        if r.random() < 0.3:
            text = mutated(r, text, "0123456789.-+v=xa ")
        return f"version\t{text}\t{flags}"
    if name == "order":
        return f"compare\t{version(r)}\t{version(r)}\t{flags}"
    text = range_text(r)
    while re.search(r"\d{22}", text):  # JavaScript writes such a number plus one with an exponent
        text = range_text(r)
    return f"satisfies\t{version(r)}\t{text}\t{flags}"


def main():
    if not shutil.which("node"):
        print("1..0 # SKIP node is not installed")
        return
    areas = [("versions", 20000), ("order", 40000), ("ranges", 120000)]
    ask(["node", "-e", REFERENCE], [], "node")  # is there one?
    print(f"# seed {SEED}\n1..{len(areas)}")
    failed = False
    for i, (name, count) in enumerate(areas, 1):
        r = random.Random(f"{SEED} {name}")
        lines = [cases(r, name) for _ in range(max(1, int(count * SCALE)))]
        ours = ask([os.path.join(BUILD, "tools", "semver")], lines, "our tool")
        theirs = ask(["node", "-e", REFERENCE], lines, "node")
        different = [(line, a, b) for line, a, b in zip(lines, ours, theirs) if a != b]
        failed = failed or bool(different)
        print(f"{'not ok' if different else 'ok'} {i} - {name} agree with node-semver")
        print(f"# {name}: {len(lines)} cases, {len(different)} differences, {len(set(theirs))} different answers, "
              f"{sum(a == theirs[0] for a in theirs)} like the first")
        for line, a, b in different[:SHOWN]:
            print(f"#   DIFFERENT {line!r}: ours {a}, node-semver {b}")
    sys.exit(failed)


main()
