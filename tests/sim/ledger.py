"""What an isolated side must know and answer, by `The chain` and `The order of reading` of bundle/FORMAT.md. No
dray here: a Ledger is what it has taken in, and take() says what must come of the next delivery.
"""
import copy
import json

from carried import files_of, state_of
from policy import Policy
from spool import Spool
from trust import Trust, walk

JUMP = 100   # how far a number may lie beyond the last one's
SPOOLS = 8   # bundles of which some volumes have come, at a time


class Verdict:
    def __init__(self, status, *words, accepted=False, already=False, waits=False):
        """status may be a tuple of those that are right."""
        self.status, self.words = status, words
        self.accepted, self.already, self.waits = accepted, already, waits

    def allows(self, status):
        return status in self.status if isinstance(self.status, tuple) else status == self.status

    @property
    def result(self):
        """For the counts."""
        if self.accepted or self.already:
            return "accepted" if self.accepted else "imported already"
        words = " ".join(self.words)
        return words.split(":")[0] if words.startswith(("gap", "other")) else words or f"refused {self.status}"


class Refused:
    """What one import over several files refuses."""
    RANKS = (5, 6, 4, 3)  # of statuses: the worst decides, and of its like the first

    def __init__(self):
        self.held = set()      # streams of which an authentic bundle was refused
        self.older = {}        # {stream: Verdict}
        self.verdicts = []
        self.needless = False  # something was damaged past telling, and may be a copy of what came

    def leaves(self, file, delivery):
        return delivery.found and file.bundle.stream in self.held

    def note(self, file, verdict, delivery, done, authentic):
        if delivery.found and "older: " in verdict.words:
            self.older[file.bundle.stream] = verdict
        elif not file.readable and any(other.readable and other.bundle.manifest in done and
                                       len(other.data) == len(file.data) for other in delivery.files):
            self.needless = True
        else:
            if delivery.found and authentic:
                self.held.add(file.bundle.stream)
            self.verdicts.append(verdict)

    def rank(self, verdict):
        status = verdict.status
        return max(map(self.RANKS.index, status if isinstance(status, tuple) else (status,)))

    def verdict(self, waits, result, came):
        """came: the streams of which anything did."""
        verdicts = self.verdicts + [verdict for stream, verdict in self.older.items() if stream not in came]
        if waits:
            verdicts.append(Verdict(3 if any(waits.values()) else 5, "waits for"))
        worst = max(verdicts, key=self.rank) if verdicts else result
        status, words = worst.status, worst.words
        if self.needless and status != 3:
            status, words = (status, 3), ()
        if worst is result:
            worst.status = status
            return worst
        return Verdict(status, *words, waits=bool(waits))


class Ledger:
    def __init__(self, trust, holds):
        """holds(sha256): whether the side's store has these bytes."""
        self.refused = Refused()                       # by the last import
        self.holds = holds
        self.trust = {stream: Trust(0, *about) for stream, about in trust.items()}
        self.taken = {stream: {} for stream in trust}  # {stream: {(epoch, seq): Bundle}}
        self.records = {stream: set() for stream in trust}
        self.spools = {}                               # {manifest: Spool}
        self.gained = set()                            # bytes that came since the store was looked at
        self.history = {0: {}}                         # {generation: files}
        self.generation = 0
        self.made = {}                                 # {manifest: the generation after it}
        self.published = False                         # by what was taken last
        self.policy = Policy()
        self.reviews = {}                              # {manifest: persons}
        self.lost = set()                              # bytes that are not there any more
        self.alarms = set()                            # streams that a fork has stopped

    def copy(self):
        twin = copy.copy(self)
        twin.trust = dict(self.trust)
        twin.taken = {stream: dict(taken) for stream, taken in self.taken.items()}
        twin.records = dict(self.records)
        twin.spools = {manifest: spool.copy() for manifest, spool in self.spools.items()}
        twin.reviews = {manifest: set(persons) for manifest, persons in self.reviews.items()}
        twin.lost, twin.alarms = set(self.lost), set(self.alarms)
        twin.gained, twin.history, twin.made = set(self.gained), dict(self.history), dict(self.made)
        return twin

    def last(self, stream):
        taken = self.taken[stream]
        return taken[max(taken)] if taken else None

    def bundles(self):
        return [bundle for taken in self.taken.values() for bundle in taken.values()]

    def rows(self):
        """As `dray status` lists them."""
        return [(stream, bundle.seq, bundle.header["state"], bundle.base["seq"] if bundle.base else 0)
                for stream, taken in sorted(self.taken.items()) for _, bundle in sorted(taken.items())]

    def all_records(self):
        return set().union(*self.records.values())

    def files(self):
        return files_of(self.all_records())

    # ---- one bundle ----

    def authentic(self, file):
        """None, or the refusal of what comes before the chain."""
        bundle = file.bundle
        if not file.readable:
            return Verdict(3)
        if bundle.stream in self.trust:
            trusted = walk(self.trust[bundle.stream], bundle.lists).accepts(bundle.keys)
            return None if trusted and file.is_possible() else Verdict(3)
        if bundle.lists or not file.is_possible():  # what another stream's list may refuse first
            return Verdict((3, 4))
        known = any(trust.accepts(bundle.keys) for trust in self.trust.values())
        return Verdict(4, "which this mirror does not take") if known else Verdict(3)

    def chain(self, bundle):
        """By its numbers. None: it is the next one, or may be, if its content fits."""
        taken, base = self.taken[bundle.stream], bundle.base
        known = taken.get(bundle.number)
        if known:
            same = known.manifest == bundle.manifest
            return Verdict(0, "imported already", already=True) if same else Verdict(4, "fork: ")
        epoch = walk(self.trust[bundle.stream], bundle.lists).epoch
        if bundle.epoch != epoch:
            return Verdict(4, "older: " if bundle.epoch < epoch else "epoch: ")
        last = self.last_of_epoch(bundle)
        if last and bundle.seq > last.seq + JUMP:
            return Verdict(4, "jump: ")
        if last and bundle.seq < last.seq:
            return Verdict(4, "older: ")
        if base is None:
            return None
        if not last:
            return Verdict(4, "no base: ", "--full")
        known = taken.get((bundle.epoch, base["seq"]))
        if known and (base["manifest"], base["state"]) != (known.manifest, known.header["state"]):
            return Verdict(4, "fork: ")
        return None

    def last_of_epoch(self, bundle):
        last = self.last(bundle.stream)
        return last if last and last.epoch == bundle.epoch else None

    def content(self, bundle):
        """None, or why it is not let in. One on another base is taken if it leads from here to what was signed."""
        last, base = self.last_of_epoch(bundle), bundle.base
        leap = None
        if base and base["seq"] != last.seq:
            leap = Verdict(4, "gap: " if base["seq"] > last.seq else "other base: ", f"--base {last.seq}")
        for record in map(json.loads, bundle.added):
            sha = record["sha256"]
            if leap and sha not in bundle.blobs and sha not in self.gained and not self.holds(sha):
                return leap
            if self.policy.denies(record):
                return Verdict(6, "policy: ")
        fits = state_of(bundle.apply(self.records[bundle.stream])) == bundle.header["state"]
        return None if fits else leap

    # ---- a delivery ----

    def take(self, delivery, person=None, snapshots=None):
        """What must come of it; the ledger is then what it must be. person: who approves of it; snapshots: a list,
        of how it was in between."""
        waits, done, self.published = {}, [], False
        self.refused = Refused()  # what a struck command had come to is not the next one's
        for file in delivery.in_order():
            if file.readable and (file.bundle.manifest in done or self.refused.leaves(file, delivery)):
                continue
            verdict = self.take_file(file, delivery, person)
            if snapshots is not None:
                snapshots.append(self.copy())
            if verdict.waits:
                waits[file.bundle.manifest] = waits.get(file.bundle.manifest, False) or verdict.status == 3
            elif verdict.status == 0:
                waits.pop(file.bundle.manifest, None)
                done.append(file.bundle.manifest)
                result, self.published = verdict, True
            elif verdict.status == 1 or not (delivery.found or not file.readable and len(delivery.files) > 1):
                return verdict
            else:
                self.refused.note(file, verdict, delivery, done, self.authentic(file) is None)
        came = {known.stream for known in self.bundles() if known.manifest in done}
        came |= {spool.bundle.stream for manifest, spool in self.spools.items() if manifest in waits}
        return self.refused.verdict(waits, result if done else Verdict(0), came)

    def stopped(self, bundle):
        return Verdict(4, "fork: ") if bundle.stream in self.alarms else None

    def take_file(self, file, delivery, person):
        verdict = self.authentic(file) or self.chain(file.bundle) or self.stopped(file.bundle)
        if verdict and "fork: " in verdict.words:
            self.alarms.add(file.bundle.stream)
        if verdict and verdict.already and self.lost & file.bundle.blobs:
            healing = self.take_packs(file, delivery, self.heal)
            if healing.status in (0, 5):
                self.overtake(file.bundle)
            return healing
        if verdict and verdict.already:
            self.spools.pop(file.bundle.manifest, None)
            self.overtake(file.bundle)
        refusal = self.policy.lets_in(file.bundle.manifest, self.reviews, person)
        return (verdict or (Verdict(refusal[0], *refusal[1]) if refusal else None) or self.content(file.bundle) or
                self.take_packs(file, delivery, self.accept))

    def take_packs(self, file, delivery, finish):
        """In volumes, or whole at once."""
        if file.place.volumes > 1 or delivery.has_copy(file) or file.bundle.manifest in self.spools:
            return self.gather(file, delivery.piped, finish)
        return finish(file.bundle) if file.is_whole else Verdict(3)

    def gather(self, file, piped, finish):
        bundle = file.bundle
        if bundle.manifest not in self.spools:
            if len(self.spools) >= SPOOLS:
                return Verdict(1, "bundles wait for volumes already")
            self.spools[bundle.manifest] = Spool(bundle)
        spool = self.spools[bundle.manifest]
        good, sound = file.read(piped, spool.held)
        spool.held |= good
        if spool.seen is not None:
            spool.seen.add(file.place)
        if spool.is_complete():
            return finish(bundle)
        return Verdict(5 if sound else 3, "waits for", waits=True)

    def accept(self, bundle):
        before = self.all_records()
        self.records[bundle.stream] = bundle.apply(self.records[bundle.stream])
        self.taken[bundle.stream][bundle.number] = bundle
        self.trust[bundle.stream] = walk(self.trust[bundle.stream], bundle.lists)
        self.gained |= bundle.blobs
        self.lost -= bundle.blobs
        self.spools.pop(bundle.manifest, None)
        if self.all_records() != before:
            self.generation += 1
            self.history[self.generation] = self.files()
        self.made[bundle.manifest] = self.generation
        self.overtake(bundle)
        return Verdict(0, accepted=True)

    def overtakes(self, bundle, spool):
        """What waits there can come in no more; what is in already may bring back what was lost of it."""
        return (spool.bundle.stream == bundle.stream and spool.bundle.number <= bundle.number and
                spool.bundle.manifest not in {taken.manifest for taken in self.bundles()})

    def overtake(self, bundle):
        self.spools = {manifest: spool for manifest, spool in self.spools.items() if not self.overtakes(bundle, spool)}

    def heal(self, bundle):
        """One that was imported before brings back what is lost of it."""
        self.lost -= bundle.blobs
        self.spools.pop(bundle.manifest, None)
        return Verdict(0, "files that were lost are back", already=True)
