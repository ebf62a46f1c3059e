#!/usr/bin/env python3
"""Random months of a mirror and its bundles, in minutes: a connected side syncs from an index that changes, three
isolated sides import what a courier brings, and everything goes wrong that can.

    simulate.py [--steps 2000] [--seed N] [--only 3,17-40] [--minimise] [--verbose] [--keep]

A step is one event: a release, a broken file, a sync, a bundle, a delivery (late, twice, cut, flipped, somebody
else's), a fork, a gc ...; commands are killed or meet a full disk at a chosen call. A model that knows nothing of
dray's code but bundle/FORMAT.md says what each command must come to, and after each step the mirrors are held
against it from outside. The same seed makes the same run.

A violation ends the run with status 1, the step and the command that replays it; --minimise then leaves out all steps
that are not needed for it. --keep leaves the folders.
"""
import argparse
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import steps  # noqa: E402
from violation import Violation  # noqa: E402
from world import START, World  # noqa: E402


class Run:
    """One run over the given step numbers."""

    def __init__(self, seed, numbers, say, keep=False):
        self.seed, self.numbers, self.say, self.keep = seed, numbers, say, keep
        self.violation = self.step = None
        self.done = 0
        self.counts, self.runs = {}, 0

    def go(self):
        world = World()
        try:
            for self.step in self.numbers:
                world.step = f"step {self.step}"
                world.set_time(START + 3600 * self.step)
                words = steps.take(world, random.Random(f"{self.seed}/{self.step}"))
                self.say(f"{self.step}: {words}")
                self.done += 1
            self.step = "the end"
            steps.finish(world)
        except Violation as violation:
            self.violation = str(violation).replace(world.folder + "/", "")
        finally:
            self.counts, self.runs = world.counts, world.program.runs
            if self.keep and self.violation:
                print(f"kept: {world.folder}")
            world.close(self.keep and self.violation)
        return self


def numbers_of(text):
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def text_of(numbers):
    """3,17-40"""
    parts, start = [], None
    for n, following in zip(numbers, [*numbers[1:], None]):
        start = n if start is None else start
        if following != n + 1:
            parts.append(f"{start}-{n}" if start != n else str(n))
            start = None
    return ",".join(parts)


def minimise(seed, numbers, what):
    """The fewest steps that still end in the same first line."""
    size = max(1, len(numbers) // 2)
    while True:
        at = 0
        while at < len(numbers):
            fewer = numbers[:at] + numbers[at + size:]
            found = Run(seed, fewer, lambda line: None).go()
            if found.violation and found.violation.splitlines()[0] == what:
                numbers = [n for n in fewer if found.step == "the end" or n <= found.step]
            else:
                at += size
        if size == 1:
            return numbers
        size = max(1, size // 2)


def report(run, options, seconds):
    for name, count in sorted(run.counts.items()):
        print(f"    {name:<40} {count}")
    print(f"seed {options.seed}: {run.done} steps, {run.runs} runs of dray, {seconds:.1f} s")
    if not run.violation:
        print("no violation")
        return 0
    print(f"violation in step {run.step}: {run.violation}")
    numbers = run.numbers if run.step == "the end" else [n for n in run.numbers if n <= run.step]
    if options.minimise:
        numbers = minimise(options.seed, numbers, run.violation.splitlines()[0])
    print(f"replay: make simulate SEED={options.seed} ONLY={text_of(numbers)}")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", type=numbers_of)
    parser.add_argument("--minimise", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10 ** 6)
    numbers = options.only or list(range(1, options.steps + 1))
    say = (lambda line: print(line, flush=True)) if options.verbose else (lambda line: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that the indexes are stopped
    start = time.monotonic()
    run = Run(options.seed, numbers, say, options.keep).go()
    return report(run, options, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
