#!/usr/bin/env python3
"""Makes the n-th call of a command fail, for n = 1, 2, ... until it passes, and looks at what is left each time.

    fault_run.py [options] MIRROR -- COMMAND...      {} in COMMAND is the mirror's folder

First COMMAND is run undisturbed on a copy of MIRROR: that is what it should come to. Then for each kind of fault
(KINDS below; a call of its class fails once, or the disk is full from there on) and every --stride-th n: a fresh copy,
COMMAND into the fault (tests/fault/fault.c), and then

* it has not crashed; it failed with one line that says so, or it came to what it should all the same;
* `dray fsck` exits 0;
* COMMAND, run again, exits 0, and state id, site and outbox/ are those of the undisturbed run; fsck exits 0 again.

The last line printed has the figures. Status 1 with what is not so; all kinds are gone through.
"""
import argparse
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "tools-py"), os.path.join(TESTS, "sim")]
from fault import Fault, read_log  # noqa: E402
from kill import DRAY, Wrong, fresh_copy, result_of, run  # noqa: E402

KINDS = [("write,make", "ENOSPC", True), ("write", "EIO", False), ("sync", "EIO", False), ("name", "EIO", False),
         ("make", "EIO", False), ("remove", "EIO", False), ("read", "EIO", False), ("sql", "EIO", False),
         ("sql", "ENOSPC", True)]
NET = ("net", "ECONNRESET", False)
STATUS_FAILED, STATUS_INCOMPLETE = 1, 5


def into(fault, argv, log):
    """Runs a command into a fault: its status, what it said on stderr, and the call that was struck."""
    done = subprocess.run(argv, env=dict(os.environ, **fault.environment(log)), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    struck, _ = read_log(log)
    return done.returncode, done.stderr.decode(errors="replace"), struck


def differences(mirror, after):
    """In words; empty when it has come to what it should."""
    now = result_of(mirror)
    return ", ".join(f"{key} is {now[key]} and undisturbed {value}" for key, value in after.items() if now[key] != value)


def check(mirror, argv, after, status, said):
    if status not in (0, STATUS_FAILED, STATUS_INCOMPLETE):
        raise Wrong(f"status {status}")
    if status == STATUS_FAILED and sum(line.startswith("dray: ") for line in said.splitlines()) != 1:
        raise Wrong("not one line that says what failed")
    if status == 0 and differences(mirror, after):
        raise Wrong(f"it says that it is done, but {differences(mirror, after)}")
    run([DRAY, "-C", mirror, "fsck", "-q"], "fsck after the fault")
    run(argv, "the same command again")
    if differences(mirror, after):
        raise Wrong(f"after it, run again, {differences(mirror, after)}")
    run([DRAY, "-C", mirror, "fsck", "-q"], "fsck at the end")


def go_through(kind, pristine, mirror, argv, after, stride):
    """How many faults struck, and what was wrong."""
    classes, action, onward = kind
    wrong, n, times = [], 1, 0
    while True:
        fault = Fault(classes, n, action, onward)
        fresh_copy(pristine, mirror)
        status, said, struck = into(fault, argv, mirror + ".fault")
        if not struck:
            return times, wrong
        times += 1
        try:
            check(mirror, argv, after, status, said)
        except Wrong as why:
            wrong.append(f"{fault} ({struck}), status {status}: {why}\n    it said: {said.strip()}")
        n += stride


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--net", action="store_true", help="the command uses the network")
    parser.add_argument("mirror")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    pristine = os.path.abspath(options.mirror)
    mirror = pristine + "-struck"
    argv = [word.replace("{}", mirror) for word in options.command]

    fresh_copy(pristine, mirror)
    run(argv, "undisturbed")
    after = result_of(mirror)
    total, wrong = 0, []
    for kind in KINDS + ([NET] if options.net else []):
        times, found = go_through(kind, pristine, mirror, argv, after, options.stride)
        total += times
        wrong += found
    for line in wrong:
        print(line)
    print(f"{total} faults, {len(wrong)} with something wrong after it")
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
