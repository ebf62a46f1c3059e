"""Runs one program and measures it, from a process that is small itself: what a child's memory is counted from.

    launch.py RESULT OUTPUT FOLDER COMMAND...     RESULT gets: status seconds processor-seconds peak-bytes
"""
import os
import sys
import time

result, output, folder, *command = sys.argv[1:]
started = time.monotonic()
child = os.fork()
if child == 0:
    os.chdir(folder)
    for target, path, how in ((0, "/dev/null", os.O_RDONLY), (1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        os.dup2(os.open(path, how, 0o644), target)
    os.dup2(1, 2)
    os.execvp(command[0], command)
_, status, usage = os.wait4(child, 0)
seconds = time.monotonic() - started
with open(result, "w", encoding="ascii") as out:
    out.write(f"{os.waitstatus_to_exitcode(status)} {seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss * 1024}")
