"""An isolated side: what it must make of each delivery, by `The chain` of bundle/FORMAT.md."""
import json
import os

from carried import files_of, state_of
from side import Side
from trust import Trust, walk
from violation import require


JUMP = 100  # how far a number may lie beyond the last one's


class Verdict:
    def __init__(self, status, *words, accepted=False, already=False):
        """status may be a tuple of those that are right."""
        self.status, self.words, self.accepted, self.already = status, words, accepted, already

    def allows(self, status):
        return status in self.status if isinstance(self.status, tuple) else status == self.status


class Receiver(Side):
    def __init__(self, world, name, trust):
        super().__init__(world, name)
        self.trust = {stream: Trust(0, *about) for stream, about in trust.items()}
        self.head = None                               # of the log, when last seen
        self.taken = {stream: {} for stream in trust}  # {stream: {seq: Bundle}}
        self.records = {stream: set() for stream in trust}

    def last(self, stream):
        taken = self.taken[stream]
        return taken[max(taken)] if taken else None

    def files(self):
        return files_of(set().union(*self.records.values()))

    # ---- judging ----

    def authentic(self, delivery):
        """None, or the refusal of what comes before the chain."""
        bundle = delivery.bundle
        if delivery.head_damaged:
            return Verdict(3)
        if bundle.stream in self.trust:
            return None if walk(self.trust[bundle.stream], bundle.lists).accepts(bundle.keys) else Verdict(3)
        if bundle.lists:  # which another stream's list may refuse before anybody knows what it is for
            return Verdict((3, 4))
        known = any(trust.accepts(bundle.keys) for trust in self.trust.values())
        return Verdict(4, "which this mirror does not take") if known else Verdict(3)

    def fits(self, bundle):
        """A bundle on another base: whether it leads from here to what was signed, and brings what is not here."""
        return state_of(bundle.apply(self.records[bundle.stream])) == bundle.header["state"] and all(
            sha in bundle.blobs or self.view.holds(sha) for sha in (json.loads(line)["sha256"] for line in bundle.added))

    def chain(self, bundle):
        """None: it is the next one."""
        taken, last, base = self.taken[bundle.stream], self.last(bundle.stream), bundle.base
        if bundle.seq in taken:
            if taken[bundle.seq].manifest == bundle.manifest:
                return Verdict(0, "imported already", already=True)
            return Verdict(4, "fork: ")
        if last and bundle.seq > last.seq + JUMP:
            return Verdict(4, "jump: ")
        if last and bundle.seq < last.seq:
            return Verdict(4, "older: ")
        if base is None:
            return None
        if not last:
            return Verdict(4, "no base: ", "--full")
        known = taken.get(base["seq"])
        if known and (base["manifest"], base["state"]) != (known.manifest, known.header["state"]):
            return Verdict(4, "fork: ")
        if base["seq"] == last.seq or self.fits(bundle):
            return None
        return Verdict(4, "gap: " if base["seq"] > last.seq else "other base: ", f"--base {last.seq}")

    def judge(self, delivery):
        verdict = self.authentic(delivery) or self.chain(delivery.bundle)
        if verdict:
            return verdict
        return Verdict(3) if delivery.damaged_at is not None else Verdict(0, accepted=True)

    # ---- importing ----

    def put(self, delivery):
        path = os.path.join(self.world.folder, "stick.dray")
        with open(path, "wb") as out:
            out.write(delivery.data)
        return path

    def receive(self, delivery, trouble, publish=True):
        """Imports; the Verdict."""
        argv = ["import", "-" if delivery.piped else self.put(delivery)] + ([] if publish else ["--no-publish"])
        stdin = delivery.data if delivery.piped else None
        for fault in trouble.strikes:
            verdict = self.judge(delivery)
            outcome, struck = self.strike(fault, *argv, stdin=stdin)
            if not struck or verdict.allows(outcome.status):
                break
            require(outcome.killed or outcome.status == 1, f"{self.name}: import on a full disk", outcome)
            self.settle(delivery, verdict)
            if trouble.abandoned:
                return verdict
        else:
            verdict = self.judge(delivery)
            before = None if self.changes(verdict, publish) else self.view.fingerprint()
            outcome = self.run(*argv, stdin=stdin)
            require(before is None or self.view.fingerprint() == before,
                    f"{self.name}: changed by what it did not accept: {delivery}", outcome)
        self.expect(outcome, verdict.status, *verdict.words)
        if verdict.accepted:
            self.accept(delivery.bundle)
        if verdict.status == 0 and publish:
            self.shown = self.files()
        self.check()
        return verdict

    def changes(self, verdict, publish):
        return verdict.accepted or (verdict.already and publish and self.shown != self.files())

    def accept(self, bundle):
        self.records[bundle.stream] = bundle.apply(self.records[bundle.stream])
        self.taken[bundle.stream][bundle.seq] = bundle
        self.trust[bundle.stream] = walk(self.trust[bundle.stream], bundle.lists)

    def settle(self, delivery, verdict):
        """What was struck was imported or not, and the site is of before or after."""
        before = self.files()
        rows = [(row["stream"], row["seq"]) for row in self.view.status()["bundles"]]
        if verdict.accepted and (delivery.bundle.stream, delivery.bundle.seq) in rows:
            self.accept(delivery.bundle)
        self.settle_site(self.shown, before, self.files())
        self.check()

    def check(self):
        """Everything that can be seen is what was accepted, and nothing else."""
        self.check_site("after import")
        status = self.view.status()
        rows = [(row["stream"], row["seq"], row["state"], row["base"]) for row in status["bundles"]]
        wanted = [(stream, seq, bundle.header["state"], bundle.base["seq"] if bundle.base else 0)
                  for stream, taken in sorted(self.taken.items()) for seq, bundle in sorted(taken.items())]
        require(rows == wanted, f"{self.name}: says that it imported", rows, "and not", wanted)
        state = state_of(set().union(*self.records.values()))
        require(status["state"] == state, f"{self.name}: state {status['state']}, not {state}")
        self.check_trust()
        self.check_log()

    def check_trust(self):
        lists = {entry["stream"]: entry["number"] for entry in json.loads(self.run("trust", "list", "--json").stdout)}
        wanted = {stream: trust.number for stream, trust in self.trust.items()}
        require(lists == wanted, f"{self.name}: trust lists {lists} in force, not {wanted}")

    def check_log(self):
        """Nothing that was once in it is lost."""
        outcome = self.run("log", "--check", "--json", *(["--head", self.head] if self.head else []))
        self.expect(outcome, 0)
        self.head = json.loads(outcome.stdout)["head"]

    def verify(self, delivery):
        before = self.view.fingerprint()
        outcome = self.run("verify", self.put(delivery))
        verdict = self.authentic(delivery) or (Verdict(3) if delivery.damaged_at is not None else Verdict(0, "verified: "))
        self.expect(outcome, verdict.status, *verdict.words)
        require(self.view.fingerprint() == before, f"{self.name}: changed by verify", outcome)

    def gc(self, trouble, keep):
        for fault in trouble.strikes:
            self.strike(fault, "gc", "--keep", str(keep))
            self.check()
        self.expect(self.run("gc", "-q", "--keep", str(keep)), 0)
        self.check()
