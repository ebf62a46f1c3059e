"""Has programs run, and sets what was measured in a table."""
import os
import statistics
import subprocess
import sys
import time

LAUNCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")


class Outcome:
    """seconds: until it returned. durable: until what it wrote was on the disk too. peak: bytes of memory."""

    def __init__(self, seconds, durable, cpu, peak):
        self.seconds, self.durable, self.cpu, self.peak = seconds, durable, cpu, peak


def settle(folder):
    """What earlier steps left to be written is not this one's to pay for."""
    subprocess.run(["sync", "-f", folder], check=True)


def run(command, folder, durable=True):
    """folder: where it works, and whose disk is made durable afterwards. A string is a shell's."""
    settle(folder)
    result, output = f"{folder}/.result", f"{folder}/.output"
    arguments = ["bash", "-o", "pipefail", "-c", command] if isinstance(command, str) else command
    subprocess.run([sys.executable, "-I", "-S", LAUNCH, result, output, folder, *arguments], check=True)
    with open(result, encoding="ascii") as line:
        status, seconds, cpu, peak = (float(word) for word in line.read().split())
    if status != 0:
        with open(output, encoding="utf-8", errors="replace") as text:
            sys.exit(f"bench: exit status {status:.0f}: {command}\n{text.read()[-2000:]}")
    started = time.monotonic()
    if durable:
        settle(folder)
    return Outcome(seconds, seconds + time.monotonic() - started, cpu, peak)


def rounds(count, *steps):
    """Runs the steps one after the other, then in the other order, and so on: what else the machine does, and what
    one step leaves for the next, hits all of them alike.

    Gives a list of outcomes for each step."""
    outcomes = [[] for _ in steps]
    for i in range(count):
        for step, list_ in list(zip(steps, outcomes))[::-1 if i % 2 else 1]:
            list_.append(step())
    return outcomes


def median(outcomes, what="seconds"):
    return statistics.median(getattr(o, what) for o in outcomes)


def ratio(peer, ours, what="seconds"):
    """How many times as fast as the peer ours is: the median over the rounds, the lowest and the highest."""
    each = sorted(getattr(p, what) / getattr(o, what) for p, o in zip(peer, ours))
    return statistics.median(each), each[0], each[-1]


class Report:
    """Prints rows as they come; what missed its aim is counted."""

    FORMAT = "{:<44} {:>9} {:>9}  {:>5} {:<13} {}"

    def __init__(self):
        self.missed, self.heading = [], ""

    def title(self, text):
        self.heading = text.split(":")[0]
        print(f"\n{text}", flush=True)
        print(self.FORMAT.format("", "dray", "peer", "ratio", "(low-high)", "").rstrip())

    def versus(self, name, ours, peer, *, bytes_=0, aim=None, what="seconds"):
        """Speed as a ratio: above 1, dray is the faster one."""
        middle, low, high = ratio(peer, ours, what)
        notes = []
        if bytes_:
            notes.append(f"{bytes_ / 1e6 / median(ours, what):.0f} MB/s")
        if what == "seconds":
            notes.append(f"cpu {median(ours, 'cpu'):.2f} s against {median(peer, 'cpu'):.2f} s")
        if aim:
            notes.append(self.judge(name, middle >= aim, f"at least {aim}"))
        print(self.FORMAT.format(name, f"{median(ours, what):.2f} s", f"{median(peer, what):.2f} s", f"{middle:.2f}",
                                 f"({low:.2f}-{high:.2f})", "; ".join(notes)).rstrip(), flush=True)

    def figure(self, name, ours, peer="", note=""):
        print(self.FORMAT.format(name, ours, peer, "", "", note).rstrip(), flush=True)

    def judge(self, name, met, text):
        if not met:
            self.missed.append(f"{self.heading}: {name}" if self.heading else name)
        return f"aim {text}: {'met' if met else 'MISSED'}"
