"""Causes that neither the rest of the simulator nor the score's null model was told of, about one in three days over all kinds, none of
them declared: what another simulator, or the world, may bring. The score is not fitted to them one by one; `evaluate.py --unknown` says
how often each kind calls for nothing."""
from background import fresh_address, occurrences, spread
from world import DAY, HOUR, pick

EVERY = 38  # days from one cause of a kind to the next, in the mean


def of(fleet, attribute, *values):
    return [node for node in fleet if getattr(node, attribute) in values]


def names(fleet, attribute):
    return sorted({getattr(node, attribute) for node in fleet})


def storm_of_all_classes(chance, fleet, log, time):
    nodes = pick(chance, of(fleet, "region", chance.choice(names(fleet, "region"))), chance.uniform(0.2, 0.6))
    spread(chance, log, nodes, time, chance.uniform(6, 24) * HOUR,
           {"recon": 0.3, "access": 0.3, "command": 0.3, "loss": 0.7, "timing": 0.3}, "storm of all classes")


def two_regions(chance, fleet, log, time):
    nodes = pick(chance, of(fleet, "region", *pick(chance, names(fleet, "region"), 2)), chance.uniform(0.2, 0.5))
    spread(chance, log, nodes, time, chance.uniform(1, 6) * HOUR, {"loss": 0.5, "command": 0.4}, "two regions")


def firmware_that_commands(chance, fleet, log, time):
    nodes = pick(chance, of(fleet, "vendor", chance.choice(names(fleet, "vendor"))), 0.4)
    spread(chance, log, nodes, time, chance.uniform(6, 48) * HOUR, {"access": 0.5, "command": 0.5}, "firmware that commands",
           [f"hash:{chance.getrandbits(64):016x}"])


def bad_release(chance, fleet, log, time):
    """A detector of the agents' own that is wrong everywhere: one class at half of all nodes."""
    kind = chance.choice(["recon", "access", "command", "timing"])
    spread(chance, log, fleet, time, chance.uniform(1, 8) * HOUR, {kind: chance.uniform(0.3, 0.7)}, f"bad release ({kind})")


def frequency_event(chance, fleet, log, time):
    nodes = of(fleet, "sector", "generation", "der")
    spread(chance, log, nodes, time, 0.3 * HOUR, {"command": 0.5}, "frequency event")
    spread(chance, log, of(fleet, "sector", "market"), time + 0.5 * HOUR, 2 * HOUR, {"market": 0.4}, "frequency event")


def dispatch_after_price(chance, fleet, log, time):
    spread(chance, log, of(fleet, "sector", "market"), time, HOUR, {"market": 0.5}, "dispatch after price")
    spread(chance, log, of(fleet, "sector", "generation", "der"), time + HOUR, 2 * HOUR, {"command": 0.3}, "dispatch after price")


def merger(chance, fleet, log, time):
    nodes = of(fleet, "operator", *pick(chance, names(fleet, "operator"), 2))
    spread(chance, log, nodes, time, 6 * HOUR, {"recon": 0.3, "access": 0.7, "command": 0.4}, "two operators at once")


def clocks_change(chance, fleet, log, time):
    spread(chance, log, fleet, time, 0.3 * HOUR, {"timing": 0.4, "command": 0.1}, "clocks change")


def cloud_outage(chance, fleet, log, time):
    """Of the operators that rent the same cloud, in any region."""
    nodes = of(fleet, "operator", *pick(chance, names(fleet, "operator"), 0.25))
    spread(chance, log, nodes, time, 2 * HOUR, {"loss": 0.6, "access": 0.3, "market": 0.1}, "cloud outage")
    spread(chance, log, nodes, time + 3 * HOUR, HOUR, {"access": 0.4, "command": 0.2}, "cloud outage")


def hidden_product(chance, fleet, log, time):
    """A gateway that no inventory names, at some nodes of many operators: its licence ends."""
    nodes = pick(chance, of(fleet, "operator", *pick(chance, names(fleet, "operator"), 0.3)), 0.5)
    spread(chance, log, nodes, time, HOUR, {"access": 0.7}, "hidden product")


def cold_spell(chance, fleet, log, time):
    """Three days on which everything happens more often."""
    spread(chance, log, pick(chance, fleet, 0.3), time, 3 * DAY, {"loss": 0.4, "command": 0.3, "timing": 0.2, "recon": 0.1}, "cold spell")


def survey(chance, fleet, log, time):
    """A university, or an insurer, looks at everybody, from changing addresses, and tries what answers."""
    nodes = pick(chance, fleet, chance.uniform(0.05, 0.15))
    for node in nodes:
        spread(chance, log, [node], time, 2 * DAY, {"recon": 0.8, "access": 0.3}, "survey", [fresh_address(chance)])


KINDS = (storm_of_all_classes, two_regions, firmware_that_commands, bad_release, frequency_event, dispatch_after_price, merger,
         clocks_change, cloud_outage, hidden_product, cold_spell, survey)


def add(seed, fleet, days, log):
    """Returns (time, kind) of each cause."""
    happened = []
    for kind in KINDS:
        for chance, time in occurrences(seed, f"unknown {kind.__name__}", days, 1 / EVERY):
            kind(chance, fleet, log, time)
            happened.append((time, kind.__name__.replace("_", " ")))
    return sorted(happened)
