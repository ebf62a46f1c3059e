"""What the areas of pep_packaging.py share: asking our tool, counting, reporting."""
import collections
import os
import subprocess
import sys

import packaging

BUILD = os.environ.get("BUILD") or os.path.join(os.path.dirname(__file__), "../../build/release")
SEED = int(os.environ.get("PEP_SEED", "440"))
SCALE = float(os.environ.get("PEP_SCALE", "1"))
SHOWN = 10
NEWER = int(packaging.__version__.split(".")[0]) >= 24  # than Debian 12


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
        for known, times in sorted(self.known.items()):
            print(f"#     {times}: {known}")
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
