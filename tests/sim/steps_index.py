"""Steps of the index that the connected side syncs from."""
from upstream import BREAKS


def release(world, rng):
    """A new version, of whatever is there or was."""
    up = world.upstream
    name = rng.choice([*up.asked, *up.dependencies])
    requires = [] if name in up.dependencies else rng.sample(up.dependencies, rng.choice((0, 0, 1, 2)))
    new = up.release(name, requires, rng.choice((0, 0, 0, 3000, 70000)))
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
