#!/usr/bin/env python3
"""Kills a command at moments spread over its whole duration, and looks at what is left each time.

    kill.py [options] MIRROR -- COMMAND...      {} in COMMAND is the mirror's folder

First COMMAND is run undisturbed on a copy of MIRROR: that gives its duration and what it should come to.
Then, --kills times: a fresh copy, COMMAND, SIGKILL at its moment (the duration is cut into as many slices
as there are kills; the moment in its slice is drawn from --seed), and at once

* the site is one whole tree, the one before or the one after;
* `dray fsck` exits 0;
* COMMAND, run again, exits 0;
* state id, site and the files of outbox/ are those of the undisturbed run, and fsck exits 0 again.

The last line printed has the figures. Status 1 with the first thing that is not so; the mirror is kept then.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

DRAY = os.environ["DRAY"]


class Wrong(Exception):
    pass


def tree_of(folder):
    """A digest of all paths and bytes below a folder; the page for people tells the time, so not of that."""
    total = hashlib.sha256()
    for here, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(here, name)
            if os.path.relpath(path, folder) == "index.html":
                continue
            with open(path, "rb") as content:
                total.update(f"{os.path.relpath(path, folder)}\0{hashlib.sha256(content.read()).hexdigest()}\n".encode())
    return total.hexdigest()


def site_of(mirror):
    link = os.path.join(mirror, "site")
    return tree_of(os.path.join(mirror, os.readlink(link))) if os.path.islink(link) else None


def state_of(mirror):
    out = subprocess.run([DRAY, "-C", mirror, "status", "--json"], stdout=subprocess.PIPE, check=False).stdout
    return json.loads(out)["state"]


def result_of(mirror):
    return {"state": state_of(mirror), "site": site_of(mirror), "outbox": tree_of(os.path.join(mirror, "outbox"))}


def fresh_copy(pristine, mirror):
    shutil.rmtree(mirror, ignore_errors=True)
    subprocess.run(["cp", "-a", pristine, mirror], check=True)


def run(argv, what):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Wrong(f"{what}: status {done.returncode}\n{done.stdout.decode(errors='replace')}")


def kill_once(argv, moment):
    """True if the command was still running."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


def check(mirror, argv, before, after, seen):
    left = result_of(mirror)
    if left["site"] not in (before["site"], after["site"]):
        raise Wrong("the site is neither the tree before nor the tree after")
    seen["before" if left == before else "after" if left == after else "between"] += 1
    run([DRAY, "-C", mirror, "fsck", "-q"], "fsck after the kill")
    run(argv, "the same command again")
    now = result_of(mirror)
    for key, value in after.items():
        if now[key] != value:
            raise Wrong(f"{key} is {now[key]}, undisturbed it is {value}")
    run([DRAY, "-C", mirror, "fsck", "-q"], "fsck at the end")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", default="1")
    parser.add_argument("mirror")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    pristine = os.path.abspath(options.mirror)
    mirror = pristine + "-killed"
    argv = [word.replace("{}", mirror) for word in options.command]

    before = result_of(pristine)
    fresh_copy(pristine, mirror)
    start = time.monotonic()
    run(argv, "undisturbed")
    duration = time.monotonic() - start
    after = result_of(mirror)
    run([DRAY, "-C", mirror, "fsck", "-q"], "fsck after the undisturbed run")

    generator = random.Random(options.seed)
    running, seen = 0, {"before": 0, "between": 0, "after": 0}
    for n in range(options.kills):
        moment = duration * (n + generator.random()) / options.kills
        fresh_copy(pristine, mirror)
        running += kill_once(argv, moment)
        try:
            check(mirror, argv, before, after, seen)
        except Wrong as wrong:
            print(f"killed after {moment:.3f} s of {duration:.3f} s: {wrong}\nsee {mirror}")
            return 1
    print(f"{options.kills} kills over {duration:.2f} s, {running} while it ran; left: {seen['before']} as before, "
          f"{seen['between']} in between, {seen['after']} as after")
    return 0 if running >= options.kills // 2 else 1


if __name__ == "__main__":
    sys.exit(main())
