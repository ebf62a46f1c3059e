"""One run of dray, and what came of it."""
import os
import signal
import subprocess

import fault as faults

LIMIT = 60  # seconds; no run here takes one


class Outcome:
    def __init__(self, argv, status, stdout, stderr, struck, total):
        self.argv, self.status, self.output = argv, status, stdout  # output: bytes
        self.stdout, self.stderr = stdout.decode(errors="replace"), stderr.decode(errors="replace")
        self.struck = struck  # the call that a fault struck, or None
        self.total = total    # how many calls could have been struck
        self.killed = status == -signal.SIGKILL

    def __str__(self):
        lines = [f"dray {' '.join(self.argv)}", f"status {self.status}"]
        lines += [f"struck: {self.struck}"] if self.struck else []
        lines += ["| " + line for line in (self.stdout + self.stderr).splitlines()[:30]]
        return "\n".join(lines)


class Program:
    def __init__(self, folder):
        self.path = os.environ["DRAY"]
        self.folder = folder
        self.log = os.path.join(folder, "fault.log")
        self.environment = {"PATH": os.environ["PATH"], "HOME": os.path.join(folder, "home"), "LC_ALL": "C.UTF-8",
                            "no_proxy": "*", "TZ": "UTC"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "DRAY_TEST"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        os.mkdir(self.environment["HOME"])
        self.runs = 0

    def set_time(self, seconds):
        """What dray takes for now, so that the same seed makes the same bytes."""
        self.environment["SOURCE_DATE_EPOCH"] = str(seconds)

    def run(self, *argv, fault=None, stdin=None, person=None):
        """person: who runs it, through sudo; None: nobody in particular."""
        environment = dict(self.environment, **(fault.environment(self.log) if fault else {}))
        if person is not None:
            environment["SUDO_UID"] = str(person)
        self.runs += 1
        done = subprocess.run([self.path, *argv], cwd=self.folder, env=environment, input=stdin,
                              stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True,
                              timeout=LIMIT, check=False)
        struck, total = faults.read_log(self.log) if fault else (None, None)
        return Outcome(argv, done.returncode, done.stdout, done.stderr, struck, total)
