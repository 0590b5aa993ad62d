"""The fleet of one seed: nodes, and the groups that benign causes and campaigns reach.

Every entity draws from a stream of its own, named after it: adding a campaign changes nothing else (common random numbers).
"""
import hashlib
import random
from dataclasses import dataclass

HOUR = 3600
DAY = 24 * HOUR
START = 1_767_225_600  # 2026-01-01T00:00:00Z
CLASSES = ("recon", "access", "command", "market", "timing", "loss")


def stream(seed, *name):
    """A generator of its own for what is called `name`."""
    digest = hashlib.sha256(repr((seed, name)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


@dataclass(frozen=True)
class Node:
    name: str
    operator: str
    region: str
    sector: str
    vendor: str
    carrier: str
    clock_domain: str


def make_fleet(seed, nodes=400, operators=60, regions=8, vendors=5):
    chance = stream(seed, "fleet")
    region_names = [f"R{n}" for n in range(regions)]
    home = {f"op-{n:02}": region_names[n % regions] for n in range(operators)}
    shares = [0.35, 0.25, 0.2, 0.12, 0.08][:vendors]
    sectors = ["transmission", "distribution", "distribution", "generation", "der", "market", "telecom"]
    fleet = []
    for n in range(nodes):
        operator = f"op-{n % operators:02}"
        region = home[operator] if chance.random() < 0.9 else chance.choice(region_names)
        fleet.append(Node(f"n{n:04}", operator, region, chance.choice(sectors),
                          chance.choices([f"vendor-{v}" for v in range(vendors)], shares)[0],
                          f"carrier-{chance.randrange(4)}", f"clock-{chance.randrange(3)}"))
    return fleet


def small_fleet(seed):
    """What one national operator's centre or a few utilities together have: 60 to 120 nodes, six of each operator, 3 to 6 regions."""
    chance = stream(seed, "shape")
    nodes = chance.randrange(60, 121)
    return make_fleet(seed, nodes, max(6, nodes // 6), chance.randrange(3, 7))


def huge_fleet(seed):
    """What a continent's operators together have."""
    return make_fleet(seed, nodes=5000, operators=400, regions=24)


FLEETS = {"large": make_fleet, "small": small_fleet, "huge": huge_fleet}


def pick(chance, items, share_or_count):
    """Each item with that chance, or that many of them when it is a whole number."""
    if isinstance(share_or_count, int):
        return chance.sample(items, min(share_or_count, len(items)))
    return [item for item in items if chance.random() < share_or_count]


def poisson(chance, mean):
    """A Poisson number, for small means."""
    limit, product, number = 2.718281828459045 ** -mean, chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number
