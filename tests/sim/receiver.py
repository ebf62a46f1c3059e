"""An isolated side: what its ledger says must come of each delivery, held against what dray does and shows."""
import json
import os
import shutil

from carried import Delivery, state_of
from ledger import Ledger, Verdict
from policy import APPROVER, REVIEWER, Policy
from receipt import Receipt
from side import Side
from spool import Spool
from violation import require


class Receiver(Side):
    def __init__(self, world, name, trust):
        super().__init__(world, name)
        self.ledger = Ledger(trust, self.view.holds)
        self.warned = False  # an import has met the alarm that stands

    @property
    def streams(self):
        return list(self.ledger.trust)

    def last(self, stream):
        return self.ledger.last(stream)

    def files(self):
        return self.ledger.files()

    @property
    def history(self):
        return self.ledger.history

    @property
    def policy(self):
        return self.ledger.policy

    def judge(self, delivery):
        """As if it had been reviewed."""
        ledger = self.ledger.copy()
        ledger.policy = Policy(self.policy.deny)
        return ledger.take(delivery)

    # ---- who decides ----

    def govern(self, policy):
        with open(os.path.join(self.folder, "dray.toml"), "w", encoding="utf-8") as toml:
            toml.write(policy.text())
        self.ledger.policy = policy
        self.view.answers.clear()  # status speaks of it, too

    def review(self, bundle):
        """One person looks at it."""
        delivery = Delivery.of(bundle)
        outcome = self.run("verify", "--review", "seen", *self.put(delivery), person=REVIEWER)
        verdict = self.verified(delivery)
        self.expect(outcome, verdict.status, *verdict.words)
        if verdict.status == 0:
            self.ledger.reviews.setdefault(bundle.manifest, set()).add(REVIEWER)
        self.check_log()

    def decide(self):
        """After an alarm: the streams go on."""
        if not self.ledger.alarms:
            return
        for stream in sorted(self.ledger.alarms):
            self.expect(self.run("trust", "settle", stream, "-q"), 0)
            self.world.count("settled:", stream)
        self.ledger.alarms = set()
        self.check()

    # ---- importing ----

    def put(self, delivery):
        """The stick; the arguments that name what is on it."""
        stick = os.path.join(self.world.folder, "stick")
        shutil.rmtree(stick, ignore_errors=True)
        os.mkdir(stick)
        paths = [os.path.join(stick, delivery.name(n)) for n in range(len(delivery.files))]
        for path, file in zip(paths, delivery.files):
            with open(path, "wb") as out:
                out.write(file.data)
        return {"pipe": ["-"], "folder": [stick], "files": paths}[delivery.way]

    def receive(self, delivery, trouble, publish=True, careless=False):
        """Imports; the Verdict. careless: nobody looks at it first, and nobody approves."""
        if self.warned:
            self.decide()
        self.warned = bool(self.ledger.alarms)
        how = {"stdin": delivery.files[0].data} if delivery.piped else {}
        approved = self.policy.review and not careless
        if approved:
            for bundle in {file.bundle.manifest: file.bundle for file in delivery.files}.values():
                self.review(bundle)
            how["person"] = APPROVER
        argv = ["import", *self.put(delivery)] + ([] if publish else ["--no-publish"])
        argv += ["--approve", "looks right"] if approved else []
        for fault in trouble.strikes:
            after, snapshots = self.ledger.copy(), []
            verdict = after.take(delivery, how.get("person"), snapshots)
            outcome, struck = self.strike(fault, *argv, **how)
            if not struck or verdict.allows(outcome.status):
                break
            require(outcome.killed or outcome.status == 1, f"{self.name}: import on a full disk", outcome)
            self.settle([self.ledger, *snapshots], publish)
            if trouble.abandoned:
                return verdict
        else:
            after = self.ledger.copy()
            verdict = after.take(delivery, how.get("person"))
            before = None if self.changes(after, verdict, publish) else self.view.fingerprint()
            outcome = self.run(*argv, **how)
            require(before is None or self.view.fingerprint() == before,
                    f"{self.name}: changed by what it did not accept: {delivery}", outcome)
        self.expect(outcome, verdict.status, *verdict.words, lines=verdict.waits or len(delivery.files) > 1)
        if "the alarm was not noted" in outcome.stderr:  # a full disk, and it said so
            after.alarms = self.alarms()
        self.follow(after, publish, after.published)
        self.check()
        return verdict

    def changes(self, after, verdict, publish):
        before = self.ledger
        return (after.made != before.made or after.lost != before.lost or after.alarms != before.alarms or verdict.waits or
                self.spooled(after) != self.spooled(before) or
                (publish and after.published and self.shown != self.wanted(after.generation, after.files())))

    @staticmethod
    def spooled(ledger):
        return {manifest: spool.held for manifest, spool in ledger.spools.items()}

    def follow(self, after, publish, published):
        """What the ledger said has come true."""
        self.ledger = after
        self.ledger.gained = set()
        if publish and published:
            self.shown = self.wanted(after.generation, after.files())
        self.ledger.published = False

    def settle(self, ledgers, publish):
        """What was struck has come as far as one of these, the site perhaps less far, the spools perhaps farther."""
        rows = self.rows()
        possible = [ledger for ledger in ledgers if ledger.rows() == rows]
        require(possible, f"{self.name}: what is imported is neither as before nor as after", rows)
        sites = [self.shown, *(self.wanted(ledger.generation, ledger.files()) for ledger in ledgers if publish)]
        most = possible[-1]
        most.spools = self.settle_spools(ledgers)
        most.alarms = self.alarms()
        require(self.ledger.alarms <= most.alarms <= set().union(*(ledger.alarms for ledger in ledgers)),
                f"{self.name}: alarms {most.alarms}")
        self.follow(most, False, False)
        self.settle_site(*sites)
        self.check()

    def settle_spools(self, ledgers):
        """What lies in them: no less than before, no more than may have come."""
        taken = {bundle.manifest for bundle in ledgers[-1].bundles()}
        possible = {}
        for ledger in ledgers:
            for manifest, spool in ledger.spools.items():
                possible.setdefault(manifest, spool.copy()).held |= spool.held
        least = {manifest: spool.names() for manifest, spool in self.ledger.spools.items()
                 if manifest not in taken and not any(ledgers[-1].overtakes(last, spool) for last in ledgers[-1].bundles())}
        for bundle in ledgers[-1].bundles():  # its spool is removed last
            possible.setdefault(bundle.manifest, Spool(bundle)).held = set(range(len(bundle.parts.packs)))
        found = self.view.spools()
        for manifest, names in least.items():
            require(names <= found.get(manifest, set()), f"{self.name}: lost packs of {manifest} that had come")
        for manifest, names in found.items():
            require(manifest in possible and names <= possible[manifest].names(),
                    f"{self.name}: keeps packs of {manifest} that cannot have come", *names)
            possible[manifest].settle(names)
        return {manifest: possible[manifest] for manifest in found}

    # ---- what can be seen ----

    def alarms(self):
        return {row["stream"] for row in self.view.status()["alarms"]}

    def rows(self):
        return [(row["stream"], row["seq"], row["state"], row["base"]) for row in self.view.status()["bundles"]]

    def check(self):
        """Everything that can be seen is what was accepted, and nothing else."""
        self.check_site("after import")
        status = self.view.status()
        rows = [(row["stream"], row["seq"], row["state"], row["base"]) for row in status["bundles"]]
        wanted = self.ledger.rows()
        require(rows == wanted, f"{self.name}: says that it imported", rows, "and not", wanted)
        state = state_of(self.ledger.all_records())
        require(status["state"] == state, f"{self.name}: state {status['state']}, not {state}")
        require(status["generation"] == self.ledger.generation,
                f"{self.name}: generation {status['generation']}, not {self.ledger.generation}")
        self.check_spools(status)
        self.check_trust()
        self.check_log()
        require(self.alarms() == self.ledger.alarms, f"{self.name}: alarms {self.alarms()}, not {self.ledger.alarms}")

    def fsck(self):
        self.view.fsck()
        self.check()

    def check_spools(self, status):
        """What was good of volumes is kept, and it is said what is awaited."""
        found = self.view.spools()
        wanted = {manifest: spool.names() for manifest, spool in self.ledger.spools.items()}
        require(found == wanted, f"{self.name}: of volumes that came it keeps", found, "and not", wanted)
        said = sorted((row["stream"], row["seq"], row["held"], row["waits_for"]) for row in status["waiting"])
        require(len(said) == len(wanted), f"{self.name}: says that it waits for", said)
        for spool in self.ledger.spools.values():
            about = spool.bundle.stream, spool.bundle.seq, spool.stored(), spool.missing()
            require(about[3] is None or about in said, f"{self.name}: does not say that it waits for", about, said)

    def check_trust(self):
        lists = {entry["stream"]: (entry["number"], entry["epoch"], entry["threshold"])
                 for entry in json.loads(self.view.ask("trust", "list", "--json").stdout)}
        wanted = {stream: (trust.number, trust.epoch, trust.threshold) for stream, trust in self.ledger.trust.items()}
        require(lists == wanted, f"{self.name}: trust lists {lists} in force, not {wanted}")

    # ---- other commands ----

    def made_at(self, stream, seq):
        """The generation after that bundle of the present epoch; None: there is none."""
        bundle = self.ledger.taken[stream].get((self.last(stream).epoch, seq))
        return bundle and self.ledger.made[bundle.manifest]

    def receipt(self, stream, trouble):
        """Says, signed, what is held; None where that is nothing."""
        for fault in trouble.strikes:
            self.strike(fault, "receipt", stream)
        outcome = self.run("receipt", stream, "-q")
        last = self.last(stream)
        if not last:
            self.expect(outcome, 2, "was imported here")
            return None
        self.expect(outcome, 0)
        path, code = outcome.stdout.splitlines()
        with open(path, encoding="ascii") as text:
            receipt = Receipt(self, last, text.read(), code.split()[1])
        stated = json.loads(receipt.text.splitlines()[1])
        wanted = {"stream": stream, "epoch": last.epoch, "seq": last.seq, "manifest": last.manifest,
                  "state": last.header["state"], "log": self.head}
        require({key: stated[key] for key in wanted} == wanted, f"{self.name}: its receipt says", stated, "not", wanted)
        return receipt

    def verify(self, delivery):
        before = self.view.fingerprint()
        outcome = self.run("verify", *self.put(delivery))
        verdict = self.verified(delivery)
        self.expect(outcome, verdict.status, *verdict.words, lines=len(delivery.files) > 1)
        require(self.view.fingerprint() == before, f"{self.name}: changed by verify", outcome)
        return verdict

    def verified(self, delivery):
        """Of the files of one bundle: the first that is not good is told; else whether all of it is let in, and there.
        What cannot be read is of no bundle."""
        files = [file for file in delivery.in_order() if file.readable]
        held = set()
        for file in files:
            refused = self.ledger.authentic(file)
            if refused or file.read(False, set()) != (set(range(file.place.first, file.place.end)), True):
                return refused or Verdict(3)
            held |= set(range(file.place.first, file.place.end))
        denied = files and any(map(self.policy.denies, map(json.loads, files[0].bundle.added)))
        whole = len(held) == len(delivery.bundle.parts.packs)
        copies = {len(file.data) for file in files} if whole and not denied else set()
        if any(not file.readable and len(file.data) not in copies for file in delivery.files):
            return Verdict(3)
        if denied:
            return Verdict(6, "NOT LET IN policy: ")
        return Verdict(0, "verified: ") if whole else Verdict(5, "is good as far as it was given, and lacks")

    def forget(self):
        """Gives up what waits."""
        self.expect(self.run("import", "--forget", "-q"), 0)
        self.ledger.spools = {}
        self.check()

    def gc(self, trouble, keep):
        super().gc(trouble, keep)
        self.check()

    def publish(self, trouble):
        super().publish(trouble)
        self.check_log()

    def bases(self):
        """The last bundle of each stream is what the next one stands on."""
        return [self.ledger.made[self.last(stream).manifest] for stream in self.streams if self.last(stream)]

    def swept(self):
        """After gc: what waits is in front of what was imported, or it is given up."""
        last = {stream: self.last(stream) for stream in self.streams}
        self.ledger.spools = {manifest: spool for manifest, spool in self.ledger.spools.items()
                              if not last[spool.bundle.stream]
                              or spool.bundle.number > last[spool.bundle.stream].number}
