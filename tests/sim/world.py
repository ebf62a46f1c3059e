"""One connected side, three isolated ones, the index above and the courier between."""
import collections
import os
import shutil
import tempfile

from program import Program
from receiver import Receiver
from sender import Sender
from side import Calls
from upstream_deb import Deb
from upstream_npm import Npm
from upstream_pypi import Pypi

# source: what is asked of it
ASKED = {"main": [f"p{n}" for n in range(6)], "extra": ["e0", "e1", "e2"], "web": ["n0", "n1", "n2"],
         "system": ["s0", "s1", "s2"]}
# kind: its sources, and what these depend on
KINDS = {"pypi": (Pypi, ["main", "extra"], ["d0", "d1", "d2"]), "npm": (Npm, ["web"], ["m0", "m1"]),
         "deb": (Deb, ["system"], ["l0", "l1"])}
# stream: its sources, the keys that sign it, and how many of them must
STREAMS = {"plant": (["main"], ["low"], 1), "lab": (["extra"], ["low", "officer"], 2),
           "ship": ([*ASKED], ["ship"], 1)}
# isolated side: whom it trusts for what, and how many of them must have signed
SIDES = {"north": {"plant": ({"low"}, 1)}, "south": {"plant": ({"low"}, 1), "lab": ({"low", "officer"}, 2)},
         "vessel": {"ship": ({"ship"}, 1)}}
START = 1700000000


class World:
    def __init__(self):
        memory = "/dev/shm"
        room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 300_000_000
        self.folder = tempfile.mkdtemp(prefix="dray-simulation.", dir=memory if room else None)
        self.program = Program(self.folder)
        self.calls = Calls()
        self.counts = collections.Counter()
        self.courier = []  # every bundle ever made
        self.receipts = []
        self.two_persons = not has_login() and os.geteuid() == 0  # whom dray believes SUDO_UID
        self.step = "setup"
        self.indexes = {kind: make(self.folder, kind, [p for source in sources for p in ASKED[source]], dependencies)
                        for kind, (make, sources, dependencies) in KINDS.items()}
        self.twin = None   # a fork of the connected side
        self.twins = 0
        try:
            self.build()
        except BaseException:
            self.close()
            raise

    def build(self):
        self.set_time(START)
        for index in self.indexes.values():
            index.start()
        self.low = Sender(self, "low", ASKED, STREAMS)
        self.must("init", "low")
        for key in ("low", "officer", "ship"):
            self.must("key", "generate", "-W", f"low/{key}")
        self.configure(self.low)
        self.sides = []
        for name, trust in SIDES.items():
            side = Receiver(self, name, trust)
            self.must("init", "--isolated", name)
            for stream, (keys, threshold) in trust.items():
                self.must("-C", name, "trust", "add", stream, *(f"low/{key}.pub" for key in sorted(keys)),
                          "--threshold", str(threshold))
            self.sides.append(side)

    def configure(self, sender):
        with open(os.path.join(sender.folder, "dray.toml"), "w", encoding="utf-8") as toml:
            toml.write(configuration(self, sender.chains, self.receipt_keys()))

    def set_time(self, seconds):
        self.program.set_time(seconds)
        self.indexes["deb"].set_time(seconds)

    def index_of(self, source):
        return self.indexes[kind_of(source)]

    def receipt_keys(self):
        """{stream: the keys of those who said what they hold of it}"""
        keys = {}
        for receipt in self.receipts:
            keys.setdefault(receipt.bundle.stream, set()).add(os.path.join(receipt.side.folder, "receipt.pub"))
        return keys

    def must(self, *argv):
        outcome = self.program.run(*argv)
        if outcome.status != 0:
            raise RuntimeError(str(outcome))

    def count(self, *what):
        self.counts[" ".join(what)] += 1

    def senders(self):
        return [self.low] + ([self.twin] if self.twin else [])

    def close(self, keep=False):
        for index in self.indexes.values():
            index.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def has_login():
    """Then the kernel says who runs dray, and nobody else can be played."""
    try:
        with open("/proc/self/loginuid", encoding="ascii") as text:
            return text.read().strip() != "4294967295"
    except FileNotFoundError:
        return False


def kind_of(source):
    return next(kind for kind, (_, sources, _) in KINDS.items() if source in sources)


def configuration(world, chains, receipt_keys):
    lines = []
    for source, projects in ASKED.items():
        lines += ["[[source]]", f'name = "{source}"', f'kind = "{kind_of(source)}"', f"packages = {projects}",
                  *world.index_of(source).configuration()]
    for stream, chain in chains.items():
        keys = [f"{chain.keys[0]}.key"]
        lines += ["[[stream]]", f'name = "{stream}"', f"sources = {chain.sources}", f"keys = {keys}",
                  f"receipt_keys = {sorted(receipt_keys.get(stream, ()))}"]
        lines += [f"volume_size = {chain.volume_size}"] if chain.volume_size else []
    return "\n".join(lines).replace("'", '"') + "\n"
