"""Steps of the connected side."""
import shutil


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
    wish["output"] = "-" if rng.random() < 0.2 else None
    signers = sender.chains[stream].keys[:1] if rng.random() < 0.2 else None  # others may sign later
    made = sender.bundle(stream, world.calls.draw(rng, "bundle", 0.3), signers, **wish)
    return f"{sender.name}: {stream} {sorted(k for k, v in wish.items() if v)}: {made}"


def resend(world, rng):
    """What was made before, or was not, or too long ago."""
    sender = sender_of(world, rng)
    stream = rng.choice(sorted(sender.chains))
    done = sorted(sender.chains[stream].done)
    seq = rng.choice([*done[-7:], (done[-1] if done else 0) + 1])
    status = sender.resend(stream, seq, world.calls.draw(rng, "bundle", 0.2), piped=rng.random() < 0.3)
    world.count("resend:", str(status))
    return f"{sender.name}: {stream} {seq}: {status}"


def resize(world, rng):
    """The medium is another one from now on."""
    sender = sender_of(world, rng)
    stream = rng.choice(sorted(sender.chains))
    sender.chains[stream].volume_size = rng.choice((None, 200000, 250000, 400000))
    world.configure(sender)
    return f"{sender.name}: {stream}: {sender.chains[stream].volume_size}"


def fork(world, rng):
    """Somebody restores a backup of the connected side, and it goes on by itself; later it is found out."""
    if world.twin:
        shutil.rmtree(world.twin.folder)
        world.twin = None
        return "the fork is gone"
    world.twins += 1
    world.twin = world.low.fork(f"fork{world.twins}")
    return world.twin.name
