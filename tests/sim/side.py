"""What both sides of the gap have: a mirror, a look at it from outside, and commands that may be struck."""
import fcntl
import json
import os

from fault import ALL, DISK, Fault
from view import View
from violation import require


class Trouble:
    """What strikes one command: killed or out of disk, up to three times; then it is left alone or,
    `abandoned`, not run again."""

    def __init__(self, strikes=(), abandoned=False):
        self.strikes, self.abandoned = list(strikes), abandoned


class Calls:
    """How many calls the commands make, as far as seen: where a strike can hit."""

    def __init__(self):
        self.seen = {}

    def draw(self, rng, command, share):
        """Trouble for `share` of the commands."""
        if not Fault.library or rng.random() >= share:
            return Trouble()
        strikes = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            kills = rng.random() < 0.65
            classes = rng.choice((ALL, ALL, "write", "sync", "name", "remove,make", "sql")) if kills else DISK
            most = self.seen.get((command, classes), 60)
            strikes.append(Fault(classes, rng.randint(1, most), "kill" if kills else "ENOSPC", onward=not kills))
        return Trouble(strikes, abandoned=rng.random() < 0.3)

    def learn(self, command, fault, outcome):
        if outcome.total and not outcome.struck:
            self.seen[command, fault.classes] = max(1, outcome.total)


class Side:
    def __init__(self, world, name):
        self.world, self.name = world, name
        self.folder = os.path.join(world.folder, name)
        self.view = View(world.program, self.folder)
        self.shown = None  # {(source, file): name_of()} that the site must have; None: not published yet
        self.once = set()  # (source, file) of all that it ever had
        self.rollback = None  # (generation that the site is to show, the last one then)
        self.oldest = 0    # the oldest generation that gc kept
        self.head = None   # of the log, when last seen

    def run(self, *argv, fault=None, **how):
        """how: stdin, person."""
        self.view.answers.clear()
        outcome = self.world.program.run("-C", self.folder, *argv, fault=fault, **how)
        if fault:
            self.world.calls.learn(argv[0], fault, outcome)
        return outcome

    def strike(self, fault, *argv, **how):
        """Runs a command into a fault. The outcome, and whether the fault struck it."""
        outcome = self.run(*argv, fault=fault, **how)
        self.world.count("struck" if outcome.struck else "not struck", argv[0])
        if not outcome.struck:
            return outcome, False
        require(not fault.kills or outcome.killed, f"{fault} did not kill", outcome)
        self.view.fsck()
        return outcome, True

    def expect(self, outcome, status, *words, lines=False):
        """status may be a tuple of those that are right; lines: more than one may say what is wrong."""
        said = outcome.stdout + outcome.stderr
        status = outcome.status if isinstance(status, tuple) and outcome.status in status else status
        require(outcome.status == status, f"{self.name}: status {outcome.status}, not {status}", outcome)
        for word in words:
            require(word in said, f"{self.name}: does not say {word!r}", outcome)
        if status not in (0, 5) and not outcome.struck:
            count = sum(" have no effect: " not in line for line in outcome.stderr.splitlines())  # else a warning
            require(outcome.stderr.startswith("dray: ") and (count == 1 or (lines and count)),
                    f"{self.name}: not one line that says what is wrong", outcome)

    def check_site(self, where):
        site, shown = self.view.site(), listed(self.shown)
        require(site == shown, f"{self.name}: the site is not what it must be {where}", *differences(site, shown))
        self.check_served()

    def settle_site(self, *possible):
        """After a strike the site is one of these, whole."""
        site = self.view.site()
        fitting = [files for files in possible if listed(files) == site]
        require(fitting, f"{self.name}: the site is neither as before nor as after", *differences(site, listed(possible[-1])))
        self.shown = fitting[-1]
        self.once.update(*(files or () for files in possible))
        self.check_served()

    def check_served(self):
        """What lies there and is not listed was listed once."""
        self.once.update(self.shown or ())
        more = self.view.served() - self.once
        require(not more, f"{self.name}: serves what was never listed", *sorted(more))

    # ---- what the site shows ----

    def wanted(self, generation, files):
        """These files, which are those of that generation, or what was rolled back to while it was the last one."""
        to, last = self.rollback or (0, -1)
        return self.history[to] if last == generation and to in self.kept() else files

    def kept(self):
        """The generations that gc has not removed; nothing at all is always there."""
        return {0} | {generation for generation in self.history if generation >= self.oldest}

    def publish(self, trouble):
        """Also forward again after a rollback."""
        files = self.files()
        for fault in trouble.strikes:
            outcome, struck = self.strike(fault, "publish", "-q")
            if not struck:
                break
            self.settle_site(self.shown, files)
        else:
            outcome = self.run("publish", "-q")
        self.expect(outcome, 0)
        self.shown, self.rollback = files, None
        self.check_site("after publish")

    def shown_generation(self):
        """-1: the site shows nothing yet."""
        shown = self.view.status()["site"]
        return -1 if shown is None else shown

    def roll_back(self, trouble, target, generation):
        """target: as it is named, or None; generation: which one that is, None if it is a bundle that is not there."""
        argv = ["rollback"] + ([target] if target else [])
        for fault in trouble.strikes:
            shown = self.shown_generation()
            outcome, struck = self.strike(fault, *argv)
            if not struck:
                break
            to = generation if target else shown - 1
            self.settle_site(self.shown, *([self.history[to]] if to in self.kept() else []))
        else:
            shown = self.shown_generation()
            outcome = self.run(*argv)
        to = generation if target else shown - 1
        if shown < 0:
            self.expect(outcome, 2, "shows nothing yet")
        elif to is None:
            self.expect(outcome, 2, "no bundle of this mirror")
        elif to not in self.kept() or (to == 0 and not target):
            self.expect(outcome, 2 if target else 1, "dray gc keeps")
        else:
            self.expect(outcome, 0, f"shows generation {to}")
            if to != shown:
                self.rollback = to, self.view.status()["generation"]
                self.shown = self.history[to]
        self.check_site("after rollback")
        self.check_log()
        return f"{target} from {shown}: {outcome.status}"

    # ---- gc ----

    def gc(self, trouble, keep):
        argv = ["gc", "--json", "--keep", str(keep)]
        for fault in trouble.strikes:
            self.strike(fault, *argv)
        oldest = self.oldest_possible(keep)
        outcome = self.run(*argv)
        self.expect(outcome, 0)
        require(json.loads(outcome.stdout)["oldest_kept"] == oldest, f"{self.name}: gc keeps not from {oldest}", outcome)
        self.oldest = max(self.oldest, oldest)
        self.swept()
        self.check_site("after gc")

    def oldest_possible(self, keep):
        """What gc must keep: the newest, what the site shows, and what bundles stand on."""
        status = self.view.status()
        wanted = [max(1, status["generation"] - keep + 1), self.shown_generation(), *self.bases()]
        return min(generation for generation in wanted if generation > 0)

    # ---- what can always be asked ----

    def check_log(self):
        """Nothing that was once in it is lost, or was changed."""
        if "log" in self.view.answers:
            return
        outcome = self.view.ask("log", "--check", "--json", *(["--head", self.head] if self.head else []))
        self.expect(outcome, 0)
        self.head = self.view.answers["log"] = json.loads(outcome.stdout)["head"]

    def locked(self, *argv):
        """While another one is at work."""
        before = self.view.fingerprint()
        with open(os.path.join(self.folder, "state", "lock"), "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(self.run(*argv), 75, "another dray")
        require(self.view.fingerprint() == before, f"{self.name}: changed although another one was at work")

    def fsck(self):
        """The store is sound, the site shows what it must, the log is whole."""
        self.view.fsck()
        self.check_site("at fsck")
        self.check_log()


def listed(files):
    """What pages tell of them: metadata only beside its package, which may be missing, or still an older one. None: no
    site yet."""
    def is_told(source, file, sha):
        package = files.get((source, file.removesuffix(".metadata")))
        return package == sha or (package and sha.endswith(f" of {package}"))
    return files and {key: sha for key, sha in files.items() if is_told(*key, sha)}


def differences(found, wanted):
    found, wanted = found or {}, wanted or {}
    yield from (f"too many: {key} {found[key][:12]}" for key in sorted(found.keys() - wanted.keys()))
    yield from (f"missing: {key} {wanted[key][:12]}" for key in sorted(wanted.keys() - found.keys()))
    yield from (f"another: {key} {found[key][:12]}, not {wanted[key][:12]}"
                for key in sorted(found.keys() & wanted.keys()) if found[key] != wanted[key])
