"""Campaigns, each type at four levels of strength, 1 (hardly visible) to 4 (obvious). Each function writes its acts into the log
and returns the times of its visible acts."""
from background import fresh_address, usual_p
from world import DAY, HOUR, START, pick, stream


def one_per_operator(chance, fleet, count, regions=None):
    by_operator = {}
    for node in fleet:
        if regions is None or node.region in regions:
            by_operator.setdefault(node.operator, []).append(node)
    return [chance.choice(by_operator[name]) for name in pick(chance, sorted(by_operator), count)]


class Means:
    """What a campaign works with: two addresses and a tool that leaves a mark, or, in three of ten, rented addresses that are
    used once and what is on site already."""

    def __init__(self, chance, shares=None):
        self.shared = chance.random() < 0.7 if shares is None else shares
        self.addresses = [fresh_address(chance), fresh_address(chance)]
        self.tool = f"tool:{chance.getrandbits(48):012x}"

    def traits(self, chance):
        if not self.shared:
            return [fresh_address(chance)]
        address = chance.choice(self.addresses) if chance.random() < 0.5 else fresh_address(chance)
        return [address, self.tool] if chance.random() < 0.4 else [address]


def act(chance, log, nodes, begin, length, kind, means):
    times = []
    for node in nodes:
        if chance.random() < 0.85:  # seen
            times.append(int(begin + chance.random() * length))
            log.alarm(times[-1], node, kind, usual_p(chance) / 10, means.traits(chance), "campaign")
    return times


def wave(chance, fleet, log, begin, level):
    nodes = one_per_operator(chance, fleet, (6, 10, 16, 24)[level - 1])
    length = HOUR if chance.random() < 0.7 else 36 * HOUR
    times = act(chance, log, nodes, begin, length, "access", Means(chance))
    # The second wave comes with new tools.
    return times + act(chance, log, nodes[:len(nodes) * 2 // 3], begin + 10 * DAY, 3 * HOUR, "command", Means(chance))


def low_and_slow(chance, fleet, log, begin, level):
    nodes = {node.name for node in pick(chance, fleet, (12, 18, 26, 40)[level - 1])}
    k, days = (0.7, 0.55, 0.42, 0.3)[level - 1], chance.randrange(20, 50)
    times = []
    for row in log.summaries:
        if row[1] in nodes and begin <= row[0] < begin + days * DAY:
            row[3] = max(1e-9, chance.random() ** (1 / k))
            times.append(row[0])
    return times


def diversion(chance, fleet, log, begin, level):
    regions = sorted({node.region for node in fleet})
    loud, *quiet = pick(chance, regions, 3)
    noise, means = Means(chance), Means(chance)
    times = act(chance, log, pick(chance, [n for n in fleet if n.region == loud], 20), begin, 4 * HOUR, "recon", noise)
    times += act(chance, log, pick(chance, [n for n in fleet if n.region == loud], 10), begin, 4 * HOUR, "loss", noise)
    hidden = one_per_operator(chance, fleet, (4, 6, 9, 13)[level - 1], quiet)
    half = len(hidden) // 2
    return (times + act(chance, log, hidden[:half], begin + 2 * HOUR, 8 * HOUR, "access", means) +
            act(chance, log, hidden[half:], begin + 4 * HOUR, 8 * HOUR, "command", means))


def market_timed(chance, fleet, log, begin, level):
    market = [node for node in fleet if node.sector == "market"]
    times, means = [], Means(chance)
    for repeat in range(3 + chance.randrange(3)):
        at = begin + repeat * 4 * DAY + chance.randrange(DAY)
        times += act(chance, log, pick(chance, market, 2 + level // 2), at, HOUR, "market", Means(chance, False))
        nodes = one_per_operator(chance, fleet, (3, 4, 6, 9)[level - 1])
        times += act(chance, log, nodes, at + chance.uniform(1, 6) * HOUR, HOUR, "command", means)
    return times


def flood(chance, fleet, log, begin, level):
    for node in pick(chance, fleet, 8):
        for kind in ("recon", "access", "command", "loss"):
            log.alarm(int(begin + chance.random() * 6 * HOUR), node, kind, usual_p(chance), [fresh_address(chance)], "decoy")
    nodes, means = one_per_operator(chance, fleet, (6, 8, 12, 18)[level - 1]), Means(chance)
    return (act(chance, log, nodes[::2], begin + HOUR, 4 * HOUR, "access", means) +
            act(chance, log, nodes[1::2], begin + HOUR, 4 * HOUR, "command", means))


def storm_rider(chance, fleet, log, begin, level):
    regions = sorted({node.region for node in fleet})
    stormy = chance.choice(regions)
    for node in pick(chance, [n for n in fleet if n.region == stormy], 0.5):
        log.alarm(int(begin + chance.random() * 12 * HOUR), node, "loss", usual_p(chance), [], "storm")
    log.notice(begin - 6 * HOUR, begin, begin + 18 * HOUR, "weather", "region", stormy)
    inside = one_per_operator(chance, fleet, 4, [stormy])
    outside = one_per_operator(chance, fleet, (4, 6, 9, 14)[level - 1], [r for r in regions if r != stormy])
    means = Means(chance)
    return (act(chance, log, inside, begin, 6 * HOUR, "command", means) +
            act(chance, log, outside, begin, 3 * HOUR, "command", means))


def cascade(chance, fleet, log, begin, level):
    sector = lambda *names: [node for node in fleet if node.sector in names]
    count, means = (3, 4, 6, 9)[level - 1], Means(chance)
    return (act(chance, log, one_per_operator(chance, sector("telecom"), count), begin, 2 * HOUR, "access", means) +
            act(chance, log, one_per_operator(chance, sector("transmission", "distribution"), count + 2), begin + 6 * HOUR,
                2 * HOUR, "command", means) +
            act(chance, log, one_per_operator(chance, sector("market"), count), begin + 9 * HOUR, 2 * HOUR, "market", means))


def sleeper(chance, fleet, log, begin, level):
    nodes = one_per_operator(chance, fleet, (6, 9, 13, 20)[level - 1])
    means = Means(chance)
    times = act(chance, log, nodes, begin, 2 * DAY, "recon", means)
    return times + act(chance, log, nodes, begin + 25 * DAY, 2 * HOUR, "command", means)


TYPES = {function.__name__: function for function in
         (wave, low_and_slow, diversion, market_timed, flood, storm_rider, cascade, sleeper)}


def run(seed, fleet, log, kind, level, day):
    chance = stream(seed, "campaign", kind, level, day)
    begin = START + day * DAY + chance.randrange(DAY)
    times = sorted(TYPES[kind](chance, fleet, log, begin, level))
    return {"type": kind, "level": level, "first_visible_act": times[0], "last_act": times[-1]} if times else None
