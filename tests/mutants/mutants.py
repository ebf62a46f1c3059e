#!/usr/bin/env python3
"""Takes defences out of the code, one at a time, and sees the test that bundle/SECURITY.md names go red.

    tests/mutants/mutants.py [--list FILE] [PATTERN...]

tests/mutants/defences.txt has them. A PATTERN picks those that it is part of: words of the title, a file, a test.
All happens in a copy, build/mutants; nothing is written into the tree. Each test is run without a change first.
Status 1 when a change stays green, does not compile, or when its place is no longer in the code.
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COPY = os.path.join(ROOT, "build", "mutants")
DEFENCES = os.path.join(ROOT, "tests", "mutants", "defences.txt")
BUILD = "build/release"
MARKS = {"=": "file", "-": "old", "+": "new", "!": "test"}


class Mutant:
    def __init__(self, title):
        self.title, self.file, self.old, self.new, self.test = title, "", "", "", ""

    def text(self):
        return " ".join((self.title, self.file, self.test))

    def where(self):
        """Suite, program and title of the test."""
        program, _, title = self.test.partition(": ")
        return (*program.split("/"), title)


def read_mutants(path):
    mutants = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            mark, _, rest = line.partition(" ")
            if not line or mark == "#":
                continue
            if mark == "*":
                mutants.append(Mutant(rest))
            elif mark in MARKS and mutants:
                before = getattr(mutants[-1], MARKS[mark])
                setattr(mutants[-1], MARKS[mark], before + "\n" + rest if before else rest)
            else:
                sys.exit(f"{path}:{number}: what is this line?")
    return mutants


def put(path, content):
    """Written only if it differs, so that make builds again what was changed, and nothing else."""
    try:
        with open(path, "rb") as old:
            if old.read() == content:
                return
    except OSError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as new:
        new.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def copy_tree():
    """What is gone from the tree goes from the copy, too; what was built there stays."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = {name for name in listed.split("\0") if name and os.path.isfile(os.path.join(ROOT, name))}
    for name in names:
        source = os.path.join(ROOT, name)
        put(os.path.join(COPY, name), read(source))
        os.chmod(os.path.join(COPY, name), os.stat(source).st_mode)
    walked = []
    for here, folders, files in os.walk(COPY):
        if here == COPY and "build" in folders:
            folders.remove("build")
        walked.append(here)
        for stale in (os.path.join(here, name) for name in files):
            if os.path.relpath(stale, COPY) not in names:
                os.remove(stale)
    for folder in reversed(walked):
        if not os.listdir(folder):
            os.rmdir(folder)


def mutate(source, mutant):
    """The text with the change. White space in `old` stands for any."""
    pattern = r"\s+".join(re.escape(word) for word in mutant.old.split())
    found = re.findall(pattern, source)
    if len(found) != 1:
        return None
    return re.sub(pattern, lambda _: mutant.new, source).encode()


def build(suite, name):
    targets = [f"{BUILD}/unit/test_{name}"] if suite == "unit" else ["program", "tools"]
    made = subprocess.run(["make", "-s", f"-j{os.cpu_count() or 1}", *targets], cwd=COPY, capture_output=True,
                          text=True, check=False, env=dict(os.environ, CI=""))
    return made.returncode == 0, made.stderr


def run(suite, name, title=""):
    """The names of the tests of a program that fail; of bats' files, only the one of that title is run."""
    source = f"unit/test_{name}.c" if suite == "unit" else f"{suite}/{name}."
    pick = ["--filter", f"^{re.escape(title)}$"] if title and suite != "unit" else []
    ran = subprocess.run(["tests/run", "--build", BUILD, *pick, source], cwd=COPY, capture_output=True, text=True,
                         check=False)
    failed = re.findall(rf"^    {suite}/{re.escape(name)}: (.*)$", ran.stdout.partition("\nfailed:\n")[2], re.M)
    return failed, ran.returncode, ran.stdout


def check_green(programs):
    good = True
    for suite, name in programs:
        compiled, why = build(suite, name)
        failed, status, output = run(suite, name) if compiled else ([], 1, why)
        if status != 0:
            print(f"{suite}/{name} fails without any change: {', '.join(failed) or output}", flush=True)
            good = False
    return good


def try_mutant(mutant):
    """What happened, and whether that is right."""
    path = os.path.join(COPY, mutant.file)
    original = read(path)
    changed = mutate(original.decode(), mutant)
    if changed is None:
        return "STALE: its place is not in the code, or not once", False
    suite, name, title = mutant.where()
    put(path, changed)
    try:
        compiled, why = build(suite, name)
        if not compiled:
            return f"DOES NOT COMPILE: {why.strip()}", False
        failed, _, _ = run(suite, name, title)
    finally:
        put(path, original)
    if title in failed or any(f.startswith("killed by signal") for f in failed):
        return "red: " + "; ".join(failed), True
    return "GREEN" + (f", though these are red: {'; '.join(failed)}" if failed else ""), False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", default=DEFENCES)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    mutants = [m for m in read_mutants(options.list)
               if not options.patterns or any(p in m.text() for p in options.patterns)]
    copy_tree()
    bad = 0 if check_green(sorted({m.where()[:2] for m in mutants})) else 1
    for mutant in mutants:
        result, right = try_mutant(mutant)
        bad += not right
        print(f"{mutant.file}: {mutant.title}\n    {mutant.test}\n    {result}", flush=True)
    print(f"{len(mutants)} defences taken out, {bad} problems")
    return 1 if bad or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
