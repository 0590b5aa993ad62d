"""What happens without any campaign: chance alarms, benign causes that many nodes share, drift. Half of the causes are told in
notices of a realistic delay; some are of kinds that the score's null model does not know."""
from world import DAY, HOUR, START, pick, poisson, stream

NORMAL = {"recon": 0.36, "access": 0.24, "command": 0.15, "market": 0.03, "timing": 0.10, "loss": 0.12}
DAYLIGHT = [0.5] * 6 + [0.9, 1.3] + [1.5] * 10 + [1.1, 0.9, 0.8, 0.7, 0.6, 0.5]


def fresh_address(chance):
    return f"address:198.{18 + chance.randrange(2)}.{chance.randrange(256)}.{chance.randrange(256)}"


class Log:
    """Everything that agents would send, and the notices beside it."""

    def __init__(self):
        self.alarms, self.summaries, self.coverage, self.notices = [], [], [], []

    def alarm(self, time, node, kind, p, traits=(), cause=""):
        self.alarms.append((time, node.name, kind, p, tuple(traits), cause))

    def notice(self, published, start, end, kind, group, name, index=0.0):
        self.notices.append({"published": published, "start": start, "end": end, "kind": kind,
                             "group": {"kind": group, "name": name}, "index": index})


def usual_p(chance):
    return 10 ** -chance.uniform(2, 5)


def chance_alarms(seed, fleet, days, log):
    for node in fleet:
        chance = stream(seed, "alarms", node.name)
        per_day = 0.1 * 2.718281828 ** chance.gauss(0, 0.8)
        if chance.random() < 0.02:
            per_day *= 20  # flapping
        for day in range(days):
            for _ in range(poisson(chance, per_day)):
                hour = chance.choices(range(24), DAYLIGHT)[0]
                time = START + day * DAY + hour * HOUR + chance.randrange(HOUR)
                kind = chance.choices(list(NORMAL), list(NORMAL.values()))[0]
                while True:
                    traits = []
                    if kind in ("recon", "access"):
                        shared = chance.random() < 0.2
                        traits = [f"address:192.0.2.{chance.randrange(60)}" if shared else fresh_address(chance)]
                    elif kind == "command":  # a work station of the operator's own
                        traits = [f"address:10.{int(node.operator[3:])}.0.{chance.randrange(40)}"]
                    log.alarm(time, node, kind, usual_p(chance), traits)
                    if chance.random() >= 0.2:  # self-excitation
                        break
                    time += int(chance.expovariate(1 / (3 * HOUR)))


def daily_summaries(seed, fleet, days, log):
    for node in fleet:
        chance = stream(seed, "summaries", node.name)
        skew = chance.uniform(0.9, 1.1)
        drift = chance.randrange(days) if chance.random() < 0.05 else None
        for day in range(days):
            k = 0.5 if drift is not None and drift <= day < drift + 20 else skew
            log.summaries.append([START + (day + 1) * DAY - 60, node.name, "access", max(1e-9, chance.random() ** (1 / k))])


def occurrences(seed, name, days, per_day):
    chance = stream(seed, "cause", name)
    for day in range(days):
        for _ in range(poisson(chance, per_day)):
            yield chance, START + day * DAY + chance.randrange(DAY)


def spread(chance, log, nodes, begin, length, kinds, cause, traits=()):
    for node in nodes:
        for kind in kinds:
            if chance.random() < kinds[kind]:
                log.alarm(begin + int(chance.random() * length), node, kind, usual_p(chance), traits, cause)


def shared_causes(seed, fleet, days, log):
    regions = sorted({node.region for node in fleet})
    operators = sorted({node.operator for node in fleet})
    vendors = sorted({node.vendor for node in fleet})
    of = lambda attribute, value: [node for node in fleet if getattr(node, attribute) == value]
    for chance, time in occurrences(seed, "storm", days, 0.2):
        at = chance.randrange(len(regions))
        length = chance.uniform(6, 24) * HOUR
        for step, region in enumerate([regions[at], regions[(at + 1) % len(regions)]][:1 + (chance.random() < 0.5)]):
            begin = time + step * length / 2
            if chance.random() < 0.8:
                log.notice(begin - 6 * HOUR, begin - HOUR, begin + length + 6 * HOUR, "weather", "region", region)
            hit = pick(chance, of("region", region), chance.uniform(0.2, 0.6))
            spread(chance, log, hit, begin, length, {"loss": 0.7, "timing": 0.3, "command": 0.25}, "storm")
    for operator in operators:
        for chance, time in occurrences(seed, f"maintenance {operator}", days, 1 / 14):
            begin = time - time % DAY + 22 * HOUR
            if chance.random() < 0.85:
                log.notice(begin - DAY, begin - HOUR, begin + 6 * HOUR, "maintenance", "operator", operator)
            spread(chance, log, pick(chance, of("operator", operator), 0.5), begin, 4 * HOUR,
                   {"access": 0.6, "command": 0.3, "recon": 0.3, "loss": 0.2}, "maintenance")
    for chance, time in occurrences(seed, "rollout", days, 1 / 20):
        vendor, length = chance.choice(vendors), chance.uniform(6, 48) * HOUR
        if chance.random() < 0.5:
            log.notice(time - DAY, time, time + length, "rollout", "vendor", vendor)
        spread(chance, log, pick(chance, of("vendor", vendor), 0.5), time, length, {"access": 0.7, "recon": 0.3},
               "rollout", [f"hash:{chance.getrandbits(64):016x}"])
    for chance, time in occurrences(seed, "scan", days, 1 / 7):
        if chance.random() < 0.7:
            log.notice(time + 6 * HOUR, time, time + DAY, "scan_wave", "fleet", "fleet")
        spread(chance, log, pick(chance, fleet, chance.uniform(0.05, 0.2)), time, DAY, {"recon": 0.9}, "scan",
               [fresh_address(chance)])
    # Firms that look after several operators' plant, from the same lap-top everywhere; now and then a new one.
    for chance, time in occurrences(seed, "contractor", days, 1 / 10):
        address = fresh_address(chance) if chance.random() < 0.25 else f"address:203.0.113.{chance.randrange(10)}"
        for visit, operator in enumerate(pick(chance, operators, chance.randrange(2, 5))):
            begin = time + visit * chance.uniform(4, 24) * HOUR
            if chance.random() < 0.6:
                log.notice(begin - DAY, begin - HOUR, begin + 6 * HOUR, "maintenance", "operator", operator)
            spread(chance, log, pick(chance, of("operator", operator), 2), begin, 3 * HOUR,
                   {"access": 0.8, "command": 0.5}, "contractor", [address])
    # A line trips, several operators switch, and the price answers: the order in which it is no campaign.
    for chance, time in occurrences(seed, "grid event", days, 1 / 15):
        region = chance.choice(regions)
        spread(chance, log, pick(chance, of("region", region), 0.2), time, HOUR, {"command": 0.7, "loss": 0.4}, "grid event")
        spread(chance, log, pick(chance, of("sector", "market"), 0.15), time + HOUR, 3 * HOUR, {"market": 0.8}, "grid event")
    for chance, time in occurrences(seed, "exercise", days, 1 / 100):
        begin = time - time % DAY + 8 * HOUR
        log.notice(begin - 14 * DAY, begin, begin + 12 * HOUR, "exercise", "fleet", "fleet")
        spread(chance, log, pick(chance, fleet, 0.08), begin, 8 * HOUR, {"access": 0.5, "command": 0.5}, "exercise",
               [fresh_address(chance)])
    for chance, time in occurrences(seed, "price spike", days, 1 / 5):
        log.notice(time + 600, time, time + 3 * HOUR, "market_stress", "fleet", "fleet", round(chance.uniform(0.3, 1), 2))
        spread(chance, log, pick(chance, of("sector", "market"), 0.2), time, 3 * HOUR, {"market": 0.8}, "price spike")
    # What the null model was never told of.
    for chance, time in occurrences(seed, "certificate expiry", days, 1 / 60):
        touched = [node for operator in pick(chance, operators, chance.uniform(0.1, 0.5)) for node in of("operator", operator)]
        spread(chance, log, pick(chance, touched, 0.5), time, 900, {"access": 0.6, "loss": 0.5}, "certificate expiry")
    for chance, time in occurrences(seed, "clock step", days, 1 / 40):
        spread(chance, log, pick(chance, of("clock_domain", f"clock-{chance.randrange(3)}"), 0.5), time, 600,
               {"timing": 0.9}, "clock step")
    for chance, time in occurrences(seed, "jamming", days, 1 / 30):
        spread(chance, log, pick(chance, of("region", chance.choice(regions)), 0.5), time, 8 * HOUR, {"timing": 0.8}, "jamming")
    for chance, time in occurrences(seed, "carrier failure", days, 1 / 40):
        spread(chance, log, pick(chance, of("carrier", f"carrier-{chance.randrange(4)}"), 0.4), time, 2 * HOUR,
               {"loss": 0.8}, "carrier failure")
    for chance, time in occurrences(seed, "agent upgrade", days, 1 / 90):
        spread(chance, log, pick(chance, fleet, 0.3), time, 12 * HOUR, {"recon": 0.4, "loss": 0.3}, "agent upgrade",
               [f"tool:agent-{chance.getrandbits(32):08x}"])


def make_background(seed, fleet, days):
    log = Log()
    chance_alarms(seed, fleet, days, log)
    daily_summaries(seed, fleet, days, log)
    shared_causes(seed, fleet, days, log)
    return log
