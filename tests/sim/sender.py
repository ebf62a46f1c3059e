"""The connected side: what it must hold after each sync, and what must be in each of its bundles."""
import copy
import glob
import json
import os
import shutil
import subprocess
import tempfile

from carried import Bundle, state_of, files_of
from cut import Parts
from receipt import Claim
from side import Side
from trust import Trust
from violation import require


SENT = 4  # so many of the last bundles of a stream can be sent again


class Begun:
    """A bundle whose number was given out, and which was not finished."""

    def __init__(self, seq, base_seq, files, generation):
        self.seq, self.base_seq, self.files, self.generation = seq, base_seq, files, generation
        self.manifest = None  # (holes, lists) that stand in it, once it was signed: its file may be out


class Chain:
    """A stream as its sender numbers it. Numbers begin anew with each epoch, once the first one of it is given out."""

    def __init__(self, sources, keys, threshold):
        self.sources, self.keys, self.threshold = sources, keys, threshold
        self.lists = []   # of Trust, from number 1
        self.epoch = 1    # of the list in force
        self.row_epoch = 1  # of `done` and `begun`
        self.done = {}    # {seq: Bundle}
        self.begun = None
        self.made = {}    # {(epoch, seq): Bundle}
        self.sent = set()      # of seq: what is needed to send it again is there
        self.confirmed = None  # (epoch, seq) that the far side says it holds
        self.volume_size = None

    def copy(self):
        twin = copy.copy(self)
        twin.done, twin.made, twin.lists, twin.sent = dict(self.done), dict(self.made), list(self.lists), set(self.sent)
        return twin

    @property
    def last(self):
        return self.done[max(self.done)] if self.done else None

    def present(self):
        """(last, begun, done) of the epoch of the list in force."""
        return (self.last, self.begun, self.done) if self.row_epoch == self.epoch else (None, None, {})

    def enter(self):
        """A number was given out."""
        if self.row_epoch < self.epoch:
            self.row_epoch, self.done, self.begun, self.sent = self.epoch, {}, None, set()

    def finish(self, bundle):
        self.enter()
        self.done[bundle.seq] = self.made[bundle.number] = bundle
        self.sent.add(bundle.seq)
        self.begun = None

    def sendable(self):
        """The last bundles of the epoch of the last one that was finished."""
        epoch, seq = max(self.made, default=(0, 0))
        return {number: bundle for number, bundle in self.made.items() if number[0] == epoch and number[1] > seq - SENT}


class Plan:
    """What a run of `dray bundle` must come to."""

    def __init__(self, status, words=(), *, seq=0, base=None, files=None, generation=0, manifest=None):
        self.status, self.words, self.manifest = status, words, manifest
        self.seq, self.base, self.files, self.generation = seq, base, files, generation  # seq 0: makes none


class Sender(Side):
    def __init__(self, world, name, sources, streams):
        super().__init__(world, name)
        self.sources = sources  # {name: [project]}
        self.chains = {stream: Chain(*about) for stream, about in streams.items()}
        self.synced = {}        # {(source, file): name_of()}
        self.history = {0: {}}  # {generation: what was synced}
        self.holes = {f"{source}: never synced" for source in sources}  # what is missing, as bundles name it

    def fork(self, name):
        """A copy that goes on by itself, as when somebody restores a backup."""
        twin = copy.copy(self)
        twin.name, twin.folder = name, os.path.join(self.world.folder, name)
        subprocess.run(["cp", "-a", self.folder, twin.folder], check=True)
        twin.view = type(self.view)(self.world.program, twin.folder)
        twin.history = dict(self.history)
        twin.chains = {stream: chain.copy() for stream, chain in self.chains.items()}
        return twin

    def files(self):
        return self.synced

    # ---- sync ----

    def selected(self):
        """(files, holes) after a sync of what is to be had now. A source with holes loses nothing that it has."""
        files, holes = {}, set()
        for source, projects in self.sources.items():
            index = self.world.index_of(source)
            chosen, missing = index.closure(projects)
            whole = {(source, file): sha for release in chosen.values() for file, sha in index.files(release).items()}
            lacking = sorted(missing) + [file for file, release in chosen.items() if release.broken]
            holes.update(f"{source}: {item}" for item in lacking)
            if lacking:
                files.update({key: sha for key, sha in self.synced.items() if key[0] == source})
            files.update(whole)
        return files, holes

    def sync(self, trouble, publish=True):
        argv = ["sync", "-q", "--tries", "1", "--jobs", "1"] + ([] if publish else ["--no-publish"])
        argv += [f"--accept-changed={project}" for source in self.sources for project in self.world.index_of(source).projects]
        for fault in trouble.strikes:
            wanted, holes = self.selected()
            outcome, struck = self.strike(fault, *argv)
            if not struck or outcome.status == (5 if holes else 0):
                break
            require(outcome.killed or outcome.status == 1, f"{self.name}: sync on a full disk", outcome)
            self.settle_sync(wanted)
            if trouble.abandoned:
                return
        else:
            wanted, holes = self.selected()
            outcome = self.run(*argv)
        self.expect(outcome, 5 if holes else 0)
        self.synced, self.holes = wanted, holes
        generation = self.note_generation()
        if publish:
            self.shown = self.wanted(generation, wanted)
        self.check_site("after sync")
        self.check_holes()
        self.check_log()

    def note_generation(self):
        """The last one: that of before if nothing has changed, which is not all seen from outside, else the next."""
        generation, before = self.view.status()["generation"], max(self.history)
        require(generation in (before, before + 1) and (generation > before or self.history[before] == self.synced),
                f"{self.name}: after generation {before} comes {generation}")
        self.history[generation] = self.synced
        return generation

    def settle_sync(self, wanted):
        """What was struck is done or not; the generation says which."""
        before = self.synced
        self.settle_site(self.shown, before, wanted)
        self.expect(self.run("publish", "-q"), 0)
        done = self.view.status()["generation"] > max(self.history)
        self.synced, self.shown, self.rollback = wanted if done else before, wanted if done else before, None
        self.check_site("after publish")
        self.note_generation()
        self.holes = self.missing()

    def missing(self):
        status = self.view.status()
        known = {source["name"] for source in status["sources"]}
        return ({f"{hole['source']}: {hole['item']}" for hole in status["missing"]} |
                {f"{source}: never synced" for source in self.sources.keys() - known})

    def check_holes(self):
        """What is missing is named; dray may add why it was wanted, in parentheses."""
        missing = self.missing()
        require({hole.split(" (")[0] for hole in missing} == self.holes,
                f"{self.name}: status says that {missing} is missing, not {self.holes}")
        self.holes = missing

    # ---- bundle ----

    def files_in(self, chain):
        return {key: sha for key, sha in self.synced.items() if key[0] in chain.sources}

    def holes_in(self, chain):
        return sorted(hole for hole in self.holes if hole.split(":")[0] in chain.sources)

    def plan(self, stream, full=False, base=None, if_changed=False, allow_missing=False, output=None):
        """base: a number, or what the far side says it holds."""
        chain = self.chains[stream]
        generation = self.view.status()["generation"]
        files, (last, begun, done) = self.files_in(chain), chain.present()
        holes = self.holes_in(chain)
        if holes and not allow_missing:
            return Plan(5, ["run dray sync"])
        if isinstance(base, Claim):
            if base.refusal(chain):
                return Plan(*base.refusal(chain))
            base = base.seq
        chosen = None if full else done.get(base) if base else last
        if base and not chosen:
            return Plan(4, [f"has no bundle {base}"])
        if chosen and 0 < chosen.generation < self.oldest:
            return Plan(4, ["--full"])
        if if_changed and last and (self.state_now(chain), holes, len(chain.lists)) == (
                last.header["state"], last.header["holes"], last.header["trust"]):
            return Plan(0)
        if begun and begun.base_seq == (chosen.seq if chosen else 0):
            return Plan(0, seq=begun.seq, base=chosen, files=begun.files, generation=begun.generation,
                        manifest=begun.manifest)
        seq = begun.seq if begun else last.seq + 1 if last else 1
        while os.path.exists(self.sent_head(stream, seq)):
            seq += 1
        if self.outbox(stream, seq):
            return Plan(4, ["not recorded as finished"])
        return Plan(0, seq=seq, base=chosen, files=files, generation=generation)

    def sent_head(self, stream, seq):
        """Where dray keeps what was signed of that bundle."""
        return os.path.join(self.folder, "state", "sent", f"{self.stem(stream, seq)}.head")

    def stem(self, stream, seq):
        epoch = self.chains[stream].epoch
        return f"{stream}-{f'e{epoch}-' if epoch > 1 else ''}{seq:06d}"

    def outbox(self, stream, seq):
        """The files of that bundle that lie there."""
        stem = os.path.join(self.folder, "outbox", self.stem(stream, seq))
        return sorted(glob.glob(f"{stem}.dray") + glob.glob(f"{stem}.*of*.dray"))

    def state_now(self, chain):
        """Only told from outside where the stream is all there is, or has what its last bundle has."""
        if len(chain.sources) == len(self.sources):
            return self.view.status()["state"]
        return chain.last.header["state"] if self.files_in(chain) == files_of(chain.last.records) else None

    @staticmethod
    def options(wish):
        for option, value in wish.items():
            if value:
                yield "--" + option.replace("_", "-")
                if value is not True:
                    yield str(value)

    def bundle(self, stream, trouble, signers=None, **wish):
        """The new Bundle, or None where there is none to make. signers: as many as must sign, unless said otherwise;
        the first one's key is in dray.toml."""
        chain = self.chains[stream]
        signers = signers or chain.keys[:chain.threshold]
        argv = ["bundle", "-q", "--stream", stream, "--threads", "1", *self.options(wish)]
        argv += [word for key in signers[1:] for word in ("--key", self.secret(key))]
        for fault in trouble.strikes:
            plan = self.plan(stream, **wish)
            outcome, struck = self.strike(fault, *argv)
            if not struck or outcome.status == plan.status:
                break
            require(outcome.killed or outcome.status == 1, f"{self.name}: bundle on a full disk", outcome)
            self.settle_bundle(stream, plan, wish, outcome, signers)
            if trouble.abandoned:
                return None
        else:
            plan = self.plan(stream, **wish)
            outcome = self.run(*argv)
        self.expect(outcome, plan.status, *plan.words)
        self.check_confirmed(stream, wish, certain=plan.status != 5)
        require(bool(outcome.output) == bool(plan.seq), f"{self.name}: a bundle, or none, against expectation", outcome)
        return self.finished(stream, plan, self.written(stream, plan, wish, outcome), signers) if plan.seq else None

    def written(self, stream, plan, wish, outcome):
        """The files of the new bundle."""
        if wish.get("output"):
            return [outcome.output]
        paths = self.outbox(stream, plan.seq)
        require(outcome.killed or outcome.stdout.splitlines() == paths,
                f"{self.name}: other files of that bundle lie there than were named", *paths, outcome)
        return self.read(paths, self.chains[stream].volume_size)

    @staticmethod
    def read(paths, most):
        files = []
        for path in paths:
            with open(path, "rb") as content:
                files.append(content.read())
            require(not most or len(files[-1]) <= most, f"{path}: is larger than {most}")
        return files

    def check_confirmed(self, stream, wish, certain):
        """What the far side says it holds is noted once it is known to be true."""
        chain, claim = self.chains[stream], wish.get("base")
        possible = [chain.confirmed]
        if isinstance(claim, Claim) and not claim.refusal(chain):
            possible = [claim.bundle.number] + ([] if certain else possible)
        noted = [(row["epoch"], row["seq"]) for row in self.view.status()["receipts"] if row["stream"] == stream]
        require((noted or [None])[0] in possible, f"{self.name}: notes that the far side holds {noted}, not {possible}")
        chain.confirmed = noted[0] if noted else None

    def settle_bundle(self, stream, plan, wish, outcome, signers):
        """What was struck is finished, begun, or not even that."""
        chain = self.chains[stream]
        self.check_confirmed(stream, wish, certain=False)
        rows = [row for row in self.view.status()["bundles"] if row["stream"] == stream]
        row = rows[-1] if rows else None
        if row and row["done"] and (row["epoch"], row["seq"]) not in chain.made:
            require(row["seq"] == plan.seq, f"{self.name}: a bundle of another number is finished", row)
            self.finished(stream, plan, self.written(stream, plan, wish, outcome), signers)
        elif row and not row["done"] and row["epoch"] == chain.epoch:
            chain.enter()
            begun = chain.begun
            if not begun or (begun.seq, begun.base_seq) != (row["seq"], row["base"]):
                chain.begun = begun = Begun(row["seq"], row["base"], plan.files, plan.generation)
            if not begun.manifest and os.path.exists(self.sent_head(stream, row["seq"])):
                begun.manifest = self.holes_in(chain), tuple(chain.lists)

    def finished(self, stream, plan, files, signers):
        """Holds the new bundle against what it must be."""
        chain = self.chains[stream]
        bundle = Bundle(files, self.name, signers)
        base = plan.base
        require((bundle.stream, bundle.number) == (stream, (chain.epoch, plan.seq)), "a bundle of another number or stream")
        require(bundle.base == ({"manifest": base.manifest, "seq": base.seq, "state": base.header["state"]}
                                if base else None), f"{bundle}: on another base", bundle.base)
        before = base.records if base else set()
        require(set(bundle.removed) <= before, f"{bundle}: removes what its base has not")
        require(not set(bundle.added) & before, f"{bundle}: adds what its base has")
        bundle.records = bundle.apply(before)
        holes, lists = plan.manifest or (self.holes_in(chain), tuple(chain.lists))
        bundle.generation, bundle.lists = plan.generation, lists
        require(bundle.header["trust"] == len(lists), f"{bundle}: says that list {bundle.header['trust']} counts")
        require(state_of(bundle.records) == bundle.header["state"], f"{bundle}: the state is not that of its records")
        require(files_of(bundle.records) == plan.files, f"{bundle}: holds other files than were synced")
        held = {json.loads(line)["sha256"] for line in (base.records if base else ())}
        for line in bundle.added:
            require(json.loads(line)["sha256"] in bundle.blobs | held, f"{bundle}: lacks the bytes of", line)
        require(bundle.header["holes"] == holes, f"{bundle}: names the holes {bundle.header['holes']}, not {holes}")
        chain.finish(bundle)
        self.world.courier.append(bundle)
        return bundle

    def made_at(self, stream, seq):
        """The generation that is in that bundle of the present epoch; None: there is none."""
        bundle = self.chains[stream].done.get(seq)
        return bundle and bundle.generation

    # ---- once more ----

    def resend(self, stream, seq, trouble, piped):
        """The same bundle again, to the byte, as long as what it was made of is kept."""
        chain = self.chains[stream]
        folder = tempfile.mkdtemp(dir=self.world.folder)
        argv = ["bundle", "-q", "--stream", stream, "--threads", "1", "--resend", str(seq), "-o", "-" if piped else folder]
        for fault in trouble.strikes:
            self.strike(fault, *argv)
        outcome = self.run(*argv)
        if seq not in chain.done:
            self.expect(outcome, 4, f"has no bundle {seq}")
        elif seq not in chain.sent:
            self.expect(outcome, 4, "cannot be made again", "--full")
        else:
            self.expect(outcome, 0)
            files = [outcome.output] if piped else self.read(outcome.stdout.splitlines(), chain.volume_size)
            parts, _ = Parts.read(files)
            require(parts.whole() == chain.done[seq].data, f"{chain.done[seq]}: is sent again as another one")
        shutil.rmtree(folder)
        return outcome.status

    # ---- trust ----

    def rotate(self, stream, change, too_few, trouble):
        """The next signed list; in force here, and in all bundles from then on. too_few: first it lacks a signature."""
        chain = self.chains[stream]
        number = len(chain.lists) + 1
        new, threshold, epoch, words = change(self, stream, number)
        outcome = self.run("trust", "rotate", stream, *words)
        self.expect(outcome, 0)
        path = outcome.stdout.splitlines()[-1]
        signers = sorted({*chain.keys[:chain.threshold], *new[-threshold:]})
        for n, key in enumerate(signers):
            if too_few and n == len(signers) - 1 and not self.is_enough(chain, new, threshold, signers[:n]):
                self.expect(self.run("trust", "accept", path), 3)
            self.expect(self.world.program.run("sign", path, "--key", self.secret(key)), 0)
        for fault in trouble.strikes:
            self.strike(fault, "trust", "accept", path)
        self.expect(self.run("trust", "accept", path), 0)
        chain.lists.append(Trust(number, new, threshold, signers, epoch))
        chain.keys, chain.threshold, chain.epoch = new, threshold, epoch
        self.world.configure(self)
        self.check_log()
        return f"list {number}, epoch {epoch}: {threshold} of {new}"

    @staticmethod
    def is_enough(chain, new, threshold, signers):
        """For a list with these keys, after the one in force."""
        return Trust(0, new, threshold).accepts(set(signers)) and (
            not chain.lists or chain.lists[-1].accepts(set(signers)))

    def new_key(self, stream, number):
        key = f"{stream}-{number}"
        self.expect(self.world.program.run("key", "generate", "-W", f"{self.name}/{key}"), 0)
        return key

    def public(self, name):
        return f"{self.name}/{name}.pub"

    def secret(self, name):
        return f"{self.name}/{name}.key"

    # ---- gc ----

    def bases(self):
        """What can be sent again, what the next bundles stand on, and what the far side says it holds."""
        for chain in self.chains.values():
            yield from (bundle.generation for number, bundle in chain.made.items()
                        if number in chain.sendable() or number == chain.confirmed)
            if chain.begun:
                yield chain.begun.generation
                if chain.begun.base_seq:
                    yield chain.done[chain.begun.base_seq].generation

    def swept(self):
        for chain in self.chains.values():
            chain.sent &= {seq for epoch, seq in chain.sendable() if epoch == chain.row_epoch}
        self.check_log()
