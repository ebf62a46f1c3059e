"""What can happen next: one function for each kind of step, drawn by weight.

A step gets the world and a random generator of its own, so that any of them can be left out without
changing what the others draw. It returns words for the log.
"""
import re
import shutil

from carried import Delivery, deliver
from side import Trouble
from upstream import BREAKS
from violation import require

CALM = Trouble()
ADVICE = re.compile(r"`dray bundle ([^`]*)`")


# ---- the index ----

def release(world, rng):
    """A new version, of whatever is there or was."""
    up = world.upstream
    name = rng.choice([*up.asked, *up.dependencies])
    requires = [] if name in up.dependencies else rng.sample(up.dependencies, rng.choice((0, 0, 1, 2)))
    new = up.release(name, requires, rng.choice((0, 0, 0, 3000, 40000)))
    up.write()
    return new.file


def withdraw(world, rng):
    """A version is removed or yanked; a dependency keeps one that can be had."""
    up = world.upstream
    name = rng.choice([*up.asked, *up.dependencies])
    releases = up.projects[name]
    good = [r for r in releases if not r.yanked]
    if not good or (name in up.dependencies and len(good) < 2):
        return f"nothing to take from {name}"
    if rng.random() < 0.5:
        good[-1].yanked = True
        up.write()
        return f"{good[-1].file} yanked"
    up.remove(good[-1])
    return f"{good[-1].file} removed"


def replace(world, rng):
    """Other bytes under the same name."""
    up = world.upstream
    newest = up.newest(rng.choice(up.asked))
    if not newest:
        return "nothing to replace"
    up.build(newest, 0, f"again, in {world.step}")
    up.write()
    return f"{newest.file} replaced"


def damage(world, rng):
    """A file that nobody has yet cannot be had."""
    up = world.upstream
    newest = [up.newest(name) for name in [*up.asked, *up.dependencies]]
    fresh = [r for r in newest if r and not any(sender.view.holds(r.sha256) for sender in world.senders())]
    if not fresh:
        return "nothing new to break"
    broken = rng.choice(fresh)
    broken.broken = rng.choice(BREAKS)
    up.write()
    return f"{broken.file}: {broken.broken}"


def heal(world, rng):
    up = world.upstream
    up.down = False
    for releases in up.projects.values():
        for each in releases:
            each.broken = None if rng.random() < 0.8 else each.broken
    up.write()
    return "healed"


def outage(world, rng):
    world.upstream.down = rng.random() < 0.6
    world.upstream.write()
    return "down" if world.upstream.down else "up"


# ---- the connected side ----

def sender_of(world, rng):
    return world.twin if world.twin and rng.random() < 0.4 else world.low


def sync(world, rng):
    sender = sender_of(world, rng)
    sender.sync(world.calls.draw(rng, "sync", 0.3), publish=rng.random() < 0.9)
    return f"{sender.name}: without {sorted(sender.holes)}" if sender.holes else sender.name


def bundle(world, rng):
    sender = sender_of(world, rng)
    stream = rng.choice(sorted(sender.chains))
    done = sorted(sender.chains[stream].done)
    wish = {}
    kind = rng.random()
    if kind < 0.15:
        wish["full"] = True
    elif kind < 0.35 and done:
        wish["base"] = rng.choice([*done[-4:], done[-1] + 1])
    elif kind < 0.5:
        wish["if_changed"] = True
    wish["allow_missing"] = rng.random() < 0.5
    made = sender.bundle(stream, world.calls.draw(rng, "bundle", 0.3), **wish)
    return f"{sender.name}: {stream} {sorted(k for k, v in wish.items() if v)}: {made}"


def fork(world, rng):
    """Somebody restores a backup of the connected side, and it goes on by itself; later it is found out."""
    if world.twin:
        shutil.rmtree(world.twin.folder)
        world.twin = None
        return "the fork is gone"
    world.twins += 1
    world.twin = world.low.fork(f"fork{world.twins}")
    return world.twin.name


def rotate(world, rng):
    """Other people sign from now on; every side that a bundle reaches follows, however late."""
    stream = rng.choice(sorted(world.low.chains))
    if len(world.low.chains[stream].lists) >= 50:
        return "enough lists"
    return f"{stream}: {world.low.rotate(stream, world.calls.draw(rng, 'trust', 0.5))}"


# ---- across ----

def pick(world, rng, side):
    """A bundle that might come to this side: mostly the next one, else any other."""
    streams = list(side.trust)
    kind = rng.random()
    if kind < 0.55:
        stream = rng.choice(streams)
        last = side.last(stream)
        due = [b for b in world.courier if b.stream == stream and b.seq > (last.seq if last else 0)]
        fits = [b for b in due if side.judge(Delivery(b, b.data, "whole")).accepted]
        if due:
            return rng.choice(fits) if fits and rng.random() < 0.8 else rng.choice(due)
    if kind < 0.9:
        mine = [b for b in world.courier if b.stream in streams]
        return rng.choice(mine[-12:] if rng.random() < 0.7 else mine) if mine else None
    return rng.choice(world.courier)


def carry(world, rng):
    """Late, early, again, damaged, or to somebody else."""
    if not world.courier:
        return "nothing to carry"
    side = rng.choice(world.sides)
    picked = pick(world, rng, side)
    if not picked:
        return "nothing to carry"
    delivery = deliver(picked, world.courier, rng, rng.random() < 0.3)
    verdict = side.receive(delivery, world.calls.draw(rng, "import", 0.25), publish=rng.random() < 0.9)
    result = "accepted" if verdict.accepted else " ".join(verdict.words) or f"refused {verdict.status}"
    world.count("import:", result if not result.startswith(("gap", "other")) else result.split(":")[0])
    return f"{side.name}: {delivery}: {result}"


def verify(world, rng):
    if not world.courier:
        return "nothing to verify"
    side = rng.choice(world.sides)
    delivery = deliver(rng.choice(world.courier[-20:]), world.courier, rng, rng.random() < 0.4)
    side.verify(delivery)
    return f"{side.name}: {delivery}"


def advice(world, rng):
    """A side is given something that does not fit, and its operator does what the refusal says."""
    side = rng.choice(world.sides)
    stream = rng.choice(sorted(side.trust))
    candidates = [b for b in world.courier if b.stream == stream and b.sender == "low"]
    refusals = [b for b in candidates if (v := side.judge(Delivery(b, b.data, "whole"))).status == 4
                and any(word.startswith("--") for word in v.words)]
    if not refusals:
        return "nothing that needs advice"
    path = side.put(Delivery(rng.choice(refusals), rng.choice(refusals).data, "whole"))
    refused = side.run("import", path)
    found = ADVICE.search(refused.stderr)
    require(found, f"{side.name}: a refusal without the next command to run", refused)
    return f"{side.name}: {found.group(1)}: {ask(world, side, stream, found.group(1).split()[2:])}"


def ask(world, side, stream, options):
    """Makes on the connected side what was asked for, and carries it; a full one if that does not fit."""
    wish = {"full": "--full" in options}
    if "--base" in options:
        wish["base"] = int(options[options.index("--base") + 1])
    for _ in range(40):
        made = world.low.bundle(stream, CALM, allow_missing=True, **wish)
        if made and side.receive(Delivery(made, made.data, "whole"), CALM).accepted:
            return str(made)
        wish = {"full": True}  # the base is not kept any more, or was another's; or its numbers are ahead
    require(False, f"{side.name}: takes no full bundle of {stream}")
    return None


def catch_up(world, rng):
    """All that the connected side has made comes to one side in order, and then both must agree."""
    bring_up_to_date(world, rng.choice(world.sides))
    return "agrees"


def bring_up_to_date(world, side):
    for stream in side.trust:
        chain = world.low.chains[stream]
        world.low.bundle(stream, CALM, if_changed=True, allow_missing=True)
        for seq in sorted(chain.done):
            last = side.last(stream)
            if not last or seq > last.seq:
                side.receive(Delivery(chain.done[seq], chain.done[seq].data, "whole"), CALM)
        last = side.last(stream)
        if last and not chain.begun and last is chain.last:
            continue
        ask(world, side, stream, ["--full"])
    side.publish(side.files(), CALM)
    for stream in side.trust:
        chain = world.low.chains[stream]
        theirs = {key: sha for key, sha in side.shown.items() if key[0] in chain.sources}
        require(side.last(stream) is chain.last, f"{side.name}: not at {chain.last} after all was carried")
        require(theirs == world.low.files_in(chain), f"{side.name}: differs from what was synced")
    if set(world.low.sources) == {s for stream in side.trust for s in world.low.chains[stream].sources}:
        require(side.view.status()["state"] == world.low.view.status()["state"], f"{side.name}: another state id")


# ---- on any side ----

def any_side(world, rng):
    return rng.choice(world.senders() + world.sides)


def publish(world, rng):
    side = any_side(world, rng)
    files = side.files if side in world.senders() else side.files()
    side.publish(files, world.calls.draw(rng, "publish", 0.4))
    return side.name


def gc(world, rng):
    side = any_side(world, rng)
    side.gc(world.calls.draw(rng, "gc", 0.4), rng.choice((1, 1, 2, 5)))
    return side.name


def fsck(world, rng):
    side = any_side(world, rng)
    side.fsck()
    return side.name


def locked(world, rng):
    side = any_side(world, rng)
    argv = rng.choice((["gc"], ["publish"], ["sync"] if side in world.senders() else ["import", "no-such-bundle"]))
    side.locked(*argv)
    return f"{side.name}: {argv[0]}"


STEPS = ((release, 14), (withdraw, 4), (replace, 2), (damage, 4), (heal, 4), (outage, 1), (sync, 18), (bundle, 18),
         (fork, 1), (rotate, 2), (carry, 34), (verify, 4), (advice, 4), (catch_up, 2), (publish, 4), (gc, 5), (fsck, 2), (locked, 2))


def take(world, rng):
    kind = rng.choices([step for step, _ in STEPS], [weight for _, weight in STEPS])[0]
    world.count("step", kind.__name__)
    return f"{kind.__name__}: {kind(world, rng)}"



def finish(world):
    """At the end the index is whole again, and every side comes up to date."""
    world.upstream.down = False
    for releases in world.upstream.projects.values():
        for each in releases:
            each.broken = None
    world.upstream.write()
    world.low.sync(CALM)
    for side in world.sides:
        bring_up_to_date(world, side)
        side.view.fsck()
    world.low.view.fsck()
