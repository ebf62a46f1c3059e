"""Steps of the security officer: what is not let in, and who must have looked at it first."""
from policy import Policy
from world import ASKED


def govern(world, rng):
    """Other rules from now on. Most of the time nothing is denied, or nothing would ever come in."""
    side = rng.choice(world.sides)
    deny = {}
    if rng.random() < 0.5:
        source = rng.choice(sorted(ASKED))
        deny = {source: rng.sample([*ASKED[source], *world.index_of(source).dependencies], rng.choice((1, 1, 2)))}
    side.govern(Policy(deny, review=world.two_persons and rng.random() < 0.4))
    return f"{side.name}: {side.policy}"
