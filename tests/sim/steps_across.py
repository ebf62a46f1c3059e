"""Steps of what is carried: late, early, again, damaged, or to somebody else."""
import re

from carried import Delivery, File
from damage import damage
from policy import Policy
from side import Trouble, differences
from violation import require

CALM = Trouble()
WAYS = ("files", "files", "files", "folder", "pipe")
ADVICE = re.compile(r"`dray bundle ([^`]*)`")


def pick(world, rng, side):
    """A bundle that might come to this side: mostly the next one, else any other."""
    streams = side.streams
    kind = rng.random()
    if kind < 0.55:
        stream = rng.choice(streams)
        last = side.last(stream)
        due = [b for b in world.courier if b.stream == stream and b.number > (last.number if last else (0, 0))]
        fits = [b for b in due if side.judge(Delivery.of(b)).accepted]
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
    return take_in(world, rng, side, Delivery([maybe_damaged(world, rng, picked, 0.3)], rng.choice(WAYS)))


def maybe_damaged(world, rng, bundle, share):
    """All of it in one file."""
    return damage(File(bundle), world.courier, rng) if rng.random() < share else File(bundle)


def take_in(world, rng, side, delivery):
    verdict = side.receive(delivery, world.calls.draw(rng, "import", 0.25), publish=rng.random() < 0.9,
                           careless=rng.random() < 0.3)
    world.count("import:", verdict.result)
    return f"{side.name}: {delivery}: {verdict.result}"


def verify(world, rng):
    if not world.courier:
        return "nothing to verify"
    side = rng.choice(world.sides)
    delivery = Delivery([maybe_damaged(world, rng, rng.choice(world.courier[-20:]), 0.4)])
    side.verify(delivery)
    return f"{side.name}: {delivery}"


def advice(world, rng):
    """A side is given something that does not fit, and its operator does what the refusal says."""
    side = rng.choice(world.sides)
    stream = rng.choice(sorted(side.streams))
    candidates = [b for b in world.courier if b.stream == stream and b.sender == "low"]
    side.govern(Policy(review=side.policy.review))
    refusals = [b for b in candidates if (v := side.judge(Delivery.of(b))).status == 4
                and any(word.startswith("--") for word in v.words)]
    if not refusals:
        return "nothing that needs advice"
    chosen = rng.choice(refusals)
    side.govern(Policy())
    refused = side.run("import", *side.put(Delivery.of(chosen)))
    found = ADVICE.search(refused.stderr)
    require(found, f"{side.name}: a refusal without the next command to run", refused)
    return f"{side.name}: {found.group(1)}: {ask(world, side, stream, found.group(1).split()[2:])}"


def ask(world, side, stream, options):
    """Makes on the connected side what was asked for, and carries it; a full one if that does not fit."""
    wish = {"full": "--full" in options}
    if "--base" in options:
        wish["base"] = int(options[options.index("--base") + 1])
    for _ in range(40):
        side.decide()
        made = world.low.bundle(stream, CALM, allow_missing=True, **wish)
        if made and side.receive(Delivery.of(made), CALM).accepted:
            return str(made)
        wish = {"full": True}  # the base is not kept any more, or was another's; or its numbers are ahead
    require(False, f"{side.name}: takes no full bundle of {stream}")
    return None


def catch_up(world, rng):
    """All that the connected side has made comes to one side in order, and then both must agree."""
    bring_up_to_date(world, rng.choice(world.sides))
    return "agrees"


def bring_up_to_date(world, side):
    side.govern(Policy(review=side.policy.review))
    for stream in side.streams:
        chain = world.low.chains[stream]
        if chain.begun:  # it is of what was synced then
            world.low.bundle(stream, CALM, allow_missing=True)
        world.low.bundle(stream, CALM, if_changed=True, allow_missing=True)
        for seq in sorted(chain.done):
            last = side.last(stream)
            if not last or chain.done[seq].number > last.number:
                side.receive(Delivery.of(chain.done[seq]), CALM)
        last = side.last(stream)
        if last and not chain.begun and last.manifest == chain.last.manifest:
            continue
        ask(world, side, stream, ["--full"])
    side.publish(CALM)
    for stream in side.streams:
        chain = world.low.chains[stream]
        theirs = {key: sha for key, sha in side.shown.items() if key[0] in chain.sources}
        require(side.last(stream).manifest == chain.last.manifest, f"{side.name}: not at {chain.last} after all was carried")
        wanted = world.low.files_in(chain)
        require(theirs == wanted, f"{side.name}: differs from what was synced", *differences(theirs, wanted))
    if set(world.low.sources) == {s for stream in side.streams for s in world.low.chains[stream].sources}:
        require(side.view.status()["state"] == world.low.view.status()["state"], f"{side.name}: another state id")
