#!/usr/bin/env python3
"""simulate.py --seed N --days N [--fleet large|small] [--unknown] [--campaigns TYPE:LEVEL:DAY …] FOLDER: a fleet, what its agents would send, and what is declared, as
`greywatch-collector replay` reads them: inventory.yaml, findings.ndjson, context.ndjson. The truth stands apart: campaigns in truth.ndjson,
and with --unknown the causes that nobody was told of in unknown.ndjson."""
import argparse
import datetime
import json
import pathlib

import background
import campaigns
import unknown
import world


def rfc3339(time):
    return datetime.datetime.fromtimestamp(int(time), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def finding(time, number, node, kind, p, **more):
    return {"@timestamp": rfc3339(time), "event.id": f"{node}-1-{number}", "observer.name": node,
            "greywatch.class": kind, "greywatch.p": p, **more}


def lines(log):
    """Findings in order of time."""
    events = [(time, 0, node, kind, p, traits) for time, node, kind, p, traits, _ in log.alarms]
    events += [(time, 1, node, kind, p, ()) for time, node, kind, p in log.summaries]
    events.sort()
    for number, (time, is_summary, node, kind, p, traits) in enumerate(events, 1):
        if is_summary:
            yield finding(time, number, node, kind, p, **{"event.kind": "summary", "event.code": "node.day.summary"})
        else:
            yield finding(time, number, node, kind, p, **{"event.kind": "alert", "event.code": f"range.{kind}.alarm",
                                                          "greywatch.traits": list(traits)})


def write(folder, fleet, log, truth):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "inventory.yaml", "w") as out:
        out.write("nodes:\n")
        for node in fleet:
            out.write(f"  - {{name: {node.name}, operator: {node.operator}, country: XX, region: {node.region}, sector: "
                      f"{node.sector}, vendor: {node.vendor}, carrier: {node.carrier}, clock_domain: {node.clock_domain}}}\n")
    with open(folder / "findings.ndjson", "w") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines(log))
    with open(folder / "context.ndjson", "w") as out:
        for notice in sorted(log.notices, key=lambda one: one["published"]):
            times = {key: rfc3339(notice[key]) for key in ("published", "start", "end")}
            out.write(json.dumps({**notice, **times, "source": "range"}) + "\n")
    with open(folder / "truth.ndjson", "w") as out:
        out.writelines(json.dumps(one) + "\n" for one in truth)


def simulate(folder, seed, days, plan, fleet="large", with_unknown=False):
    """`plan` lists (type, level, day)."""
    fleet = world.FLEETS[fleet](seed)
    log = background.make_background(seed, fleet, days)
    happened = unknown.add(seed, fleet, days, log) if with_unknown else []
    truth = [campaigns.run(seed, fleet, log, *one) for one in plan]
    write(pathlib.Path(folder), fleet, log, [one for one in truth if one])
    if with_unknown:
        with open(pathlib.Path(folder) / "unknown.ndjson", "w") as out:
            out.writelines(json.dumps({"time": time, "kind": kind}) + "\n" for time, kind in happened)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--campaigns", nargs="*", default=[], metavar="TYPE:LEVEL:DAY")
    parser.add_argument("--fleet", choices=world.FLEETS, default="large")
    parser.add_argument("--unknown", action="store_true", help="with causes that neither simulator nor score was told of")
    arguments = parser.parse_args()
    plan = [(kind, int(level), int(day)) for kind, level, day in (one.split(":") for one in arguments.campaigns)]
    simulate(arguments.folder, arguments.seed, arguments.days, plan, arguments.fleet, arguments.unknown)


if __name__ == "__main__":
    main()
