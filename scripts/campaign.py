#!/usr/bin/env python3
"""campaign.py FOLDER: forty days of a fleet of 96 nodes as `greywatch-collector replay` reads them: inventory.yaml, findings.ndjson and
context.ndjson. Chance alarms all the time; on the last day a storm over one region, declared maintenance at one operator of another,
and a campaign at six operators of two further regions: sessions from a rented address, commands hours later. Always the same."""
import datetime
import json
import pathlib
import random
import sys

DAYS, HOUR = 40, 3600
LAST = datetime.datetime(2026, 3, 12, tzinfo=datetime.timezone.utc)
REGIONS = ("NORTH", "EAST", "SOUTH", "WEST", "COAST", "HILLS")
OPERATORS = {f"{region.title()}{kind}": region for region in REGIONS for kind in ("grid", "wire", "power", "net")}


def stamp(hours):
    """RFC 3339 of a time in hours after the last day's midnight."""
    return (LAST + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(2026)
    nodes = {}  # name: operator
    with open(folder / "inventory.yaml", "w") as out:
        out.write("nodes:\n")
        for operator, region in OPERATORS.items():
            for number in range(1, 5):
                name = f"{operator.lower()}-{number}"
                nodes[name] = operator
                sector = chance.choice(("transmission", "distribution", "distribution", "generation"))
                out.write(f"  - {{name: {name}, operator: {operator}, country: XX, region: {region}, sector: {sector}, "
                          f"vendor: vendor-{chance.randrange(3)}}}\n")
    alarms = []  # hours, node, class, code, p, traits

    def alarm(hours, node, kind, code, traits=()):
        alarms.append((hours, node, kind, code, chance.uniform(1e-5, 1e-3), list(traits)))

    for day in range(-DAYS, 0):
        for node in nodes:
            if chance.random() < 0.03:
                kind, code = chance.choice((("recon", "modbus.scan.units"), ("access", "iec104.client.new"), ("loss", "agent.coverage.changed"),
                                            ("command", "iec104.command.new_object"), ("timing", "ntp.time.stepped")))
                alarm(24 * day + chance.uniform(0, 24), node, kind, code)

    def of(region):
        return [node for node, operator in nodes.items() if OPERATORS[operator] == region]

    for node in of("COAST"):  # the storm: lines trip, links fail
        if chance.random() < 0.8:
            alarm(chance.uniform(6, 10), node, "loss", "agent.coverage.changed")
        if chance.random() < 0.4:
            alarm(chance.uniform(6, 10), node, "timing", "ntp.time.stepped")
    for node, operator in nodes.items():  # the maintenance that was announced
        if operator == "Westgrid":
            alarm(chance.uniform(6, 7), node, "access", "iec104.client.new", ["address:192.0.2.77"])
            alarm(chance.uniform(7, 7.9), node, "command", "iec104.command.new_master", ["address:192.0.2.77"])
    rented = "address:198.51.100.23"
    victims = [f"{name}-{chance.randrange(1, 5)}" for name in ("northgrid", "northwire", "northpower", "southgrid", "southwire", "southnet")]
    for place, node in enumerate(victims):
        alarm(7 + chance.uniform(0, 0.9), node, "access", "iec104.client.new", [rented] if place % 2 == 0 else [])
        alarm(13 + chance.uniform(0, 0.9), node, "command", "iec104.command.new_master", [rented] if place % 3 else [])
    with open(folder / "findings.ndjson", "w") as out:
        for number, (hours, node, kind, code, p, traits) in enumerate(sorted(alarms), 1):
            out.write(json.dumps({"@timestamp": stamp(hours), "event.id": f"{node}-1-{number}", "event.kind": "alert", "event.code": code,
                                  "observer.name": node, "greywatch.class": kind, "greywatch.p": p, "greywatch.traits": traits}) + "\n")
    with open(folder / "context.ndjson", "w") as out:
        out.write(json.dumps({"published": stamp(-48), "start": stamp(6), "end": stamp(12), "kind": "maintenance",
                              "group": {"kind": "operator", "name": "Westgrid"}, "source": "demo"}) + "\n")


if __name__ == "__main__":
    main()
