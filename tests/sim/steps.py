"""What can happen next: one function for each kind of step, drawn by weight; they lie in steps_*.py.

A step gets the world and a random generator of its own, so that any of them can be left out without
changing what the others draw. It returns words for the log.
"""
from steps_across import CALM, advice, bring_up_to_date, carry, catch_up, verify
from steps_any import any_side, gc, locked, publish
from steps_back import ask_by_receipt, receipt, rollback
from steps_index import damage, heal, outage, release, replace, withdraw
from steps_lost import lose, lose_synced
from steps_low import bundle, fork, resend, resize, sync
from steps_policy import govern
from steps_trust import countersign, rotate
from steps_volumes import carry_volumes, complete, diode, forget, recut, verify_volumes

STEPS = (
    (release, 16), (withdraw, 4), (replace, 2), (damage, 4), (heal, 4), (outage, 1),
    (sync, 18), (bundle, 20), (fork, 1), (rotate, 4), (countersign, 4), (resize, 2), (resend, 4),
    (carry, 18), (verify, 4), (advice, 4), (catch_up, 2),
    (carry_volumes, 20), (complete, 16), (diode, 5), (forget, 1), (recut, 5), (verify_volumes, 3),
    (rollback, 5), (receipt, 4), (ask_by_receipt, 6),
    (govern, 4), (lose, 4), (lose_synced, 2),
    (publish, 4), (gc, 5), (locked, 2))


def take(world, rng):
    kind = rng.choices([step for step, _ in STEPS], [weight for _, weight in STEPS])[0]
    world.count("step", kind.__name__)
    words = kind(world, rng)
    any_side(world, rng).fsck()  # whatever happened, to whomever
    return f"{kind.__name__}: {words}"


def finish(world):
    """At the end the index is whole again, and every side comes up to date."""
    for index in world.indexes.values():
        index.heal()
    world.low.sync(CALM)
    for side in world.sides:
        bring_up_to_date(world, side)
        side.view.fsck()
    world.low.view.fsck()
