#!/usr/bin/env python3
"""Runs a command that looks at two files and then reads them, and puts another file in the second's place in between.

    swap_medium.py FIRST SECOND OTHER -- COMMAND...

A lease on a file holds whoever opens it until it is given back, so nothing here depends on time. The status is the
command's; 77 where no leases can be had.
"""
import fcntl
import os
import signal
import subprocess
import sys

PATIENCE, NO_LEASES = 30, 77


def lease(path):
    fd = os.open(path, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return fd


def until_opened():
    if not signal.sigtimedwait([signal.SIGIO], PATIENCE):
        sys.exit("nobody opened the file")


def main():
    first, second, other = sys.argv[1:4]
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
    try:
        held, held_second = lease(first), lease(second)
    except OSError:
        return NO_LEASES
    with subprocess.Popen(sys.argv[5:]) as command:
        until_opened()  # the first look at the first
        os.close(held)
        until_opened()  # the first look at the second: the first is closed again
        held = lease(first)
        os.close(held_second)
        until_opened()  # the first is read
        os.replace(other, second)
        os.close(held)
        return command.wait()


if __name__ == "__main__":
    sys.exit(main())
