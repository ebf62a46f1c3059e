"""What goes wrong inside of one run of dray: tests/fault/fault.c strikes a call.

    fault = Fault("write,make", 17, "ENOSPC", onward=True)
    Fault.library is the built fault.so; None where there is none, and then nothing can be struck.
"""
import os

ALL = "write,sync,name,make,remove,read,sql"
DISK = "write,make"


class Fault:
    library = os.environ.get("FAULT_SO")

    def __init__(self, classes, nth, action, onward=False):
        self.classes, self.nth, self.action, self.onward = classes, nth, action, onward

    def __str__(self):
        return f"{self.classes}:{self.nth}{'+' if self.onward else ''}:{self.action}"

    @property
    def kills(self):
        return self.action == "kill"

    def environment(self, log):
        return {"LD_PRELOAD": self.library, "DRAY_FAULT": str(self), "DRAY_FAULT_LOG": log}


def read_log(path):
    """(the call that was struck or None, how many calls there were or None when it was killed)"""
    call = total = None
    try:
        with open(path, encoding="ascii") as lines:
            for line in lines:
                if line.startswith("total "):
                    total = int(line.split()[1])
                else:
                    call = line.strip()
        os.remove(path)
    except FileNotFoundError:
        pass
    return call, total
