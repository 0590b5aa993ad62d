#!/usr/bin/env python3
"""evaluate.py [--collector PROGRAM] [--runs N] [--seeds NAME] [--fleet large|small|huge] [--unknown] [--level N] [--power-runs N] [--plots FOLDER]: how well
the score finds campaigns and how often it cries wolf, on this folder's simulator through `greywatch-collector replay`.

Quiet runs of 200 days give false campaign alerts a month with the 95 % upper bound of Poisson counts; campaign runs give recall and
median delay by type, at each alert level, beside a random alert of the same rate; both give the calibration of the fleet's score. A
standing alert is counted again every 72 hours. Seeds for tuning and for evaluation are kept apart, and those of the power
curves (recall and delay by strength of the campaigns, on small fleets) from both. --plots writes a reliability diagram, recall by alert
level, the delay by type and the power curves as SVG. --unknown adds causes that neither the simulator nor the score's null model knows
(unknown.py), and says which of them called for nothing."""
import argparse
import concurrent.futures
import datetime
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import typing

import campaigns
import plots
import proportion
import simulate
from world import DAY, FLEETS, HOUR

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = {"tuning": 1000, "power": 500_000, "evaluation": 900_000, "once": 1_300_000, "again": 1_700_000, "third": 2_100_000, "fourth": 2_500_000,
         "fifth": 2_900_000}
DAYS, WARM, AFTER, AGAIN = 200, 30, 72 * HOUR, 72 * HOUR
LEVELS = (25, 35, 50, 75, 90)
STRENGTHS = (1, 2, 3, 4)
SHIPPED = 50  # severity alert
HYSTERESIS = 10


SAID = re.compile(r'"@timestamp":"([^"]+)","scope":"([^"]+)","score":([^,]+)')


def scores_of(collector, folder):
    """{scope: [(end of tick, score)]}; other scopes than the fleet have no line while nothing speaks for a campaign there."""
    done = subprocess.run([collector, "replay", "--inventory", f"{folder}/inventory.yaml", "--context", f"{folder}/context.ndjson",
                           f"{folder}/findings.ndjson"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{collector}: {done.stderr.strip()[-400:]}")
    scores = {}
    for said in SAID.finditer(done.stdout):
        scores.setdefault(said[2], []).append((parse(said[1]), float(said[3])))
    return scores


def parse(text):
    return datetime.datetime.fromisoformat(text[:19] + "+00:00").timestamp()


def alerts(scores, level):
    """Times at which an operator would be called."""
    called, since, before = [], None, None
    for time, score in scores:
        if before is not None and time - before > HOUR:  # left out: at its floor
            since = None
        before = time
        if score >= level and since is None or since is not None and time - since >= AGAIN and score >= level - HYSTERESIS:
            since = time
            called.append(time)
        elif score < level - HYSTERESIS:
            since = None
    return called


class Run(typing.NamedTuple):
    seed: int
    truth: list
    scores: dict
    unknown: list  # causes that nobody was told of


def one_run(task):
    collector, seed, plan, fleet, unknown = task
    with tempfile.TemporaryDirectory() as folder:
        simulate.simulate(folder, seed, DAYS, plan, fleet, unknown)
        truth = [json.loads(line) for line in open(f"{folder}/truth.ndjson")]
        happened = [json.loads(line) for line in open(f"{folder}/unknown.ndjson")] if unknown else []
        return Run(seed, truth, scores_of(collector, folder), happened)


def poisson_upper(count, confidence=0.95):
    """The mean at which seeing at most `count` has a chance of 1 - confidence."""
    low, high = 0.0, count + 20 + 10 * math.sqrt(count + 1)
    for _ in range(60):
        middle = (low + high) / 2
        term = total = math.exp(-middle)
        for k in range(1, count + 1):
            term *= middle / k
            total += term
        low, high = (middle, high) if total > 1 - confidence else (low, middle)
    return high


class Calibration(typing.NamedTuple):
    brier: float
    log_score: float  # nats an hour, smaller is better
    sharpness: float  # variance of what is told
    error: float  # expected calibration error
    bins: list  # [hours, sum of what was told, hours inside a campaign] by tenths


def calibration(runs):
    """Of the fleet's score, by tick from the warm-up on."""
    bins = [[0, 0.0, 0] for _ in range(10)]
    brier = log_score = squares = total = 0
    for _, truth, scores, _ in runs:
        begin = scores["fleet"][0][0] + WARM * DAY
        for time, score in scores["fleet"]:
            if time < begin:
                continue
            inside = any(one["first_visible_act"] <= time <= one["last_act"] + AFTER for one in truth)
            p = score / 100
            brier += (p - inside) ** 2
            log_score -= math.log(max(1e-6, p if inside else 1 - p))
            squares += p * p
            total += 1
            one = bins[min(9, int(p * 10))]
            one[0] += 1
            one[1] += p
            one[2] += inside
    total = max(1, total)
    mean = sum(one[1] for one in bins) / total
    error = sum(abs(one[1] - one[2]) for one in bins) / total
    return Calibration(brier / total, log_score / total, squares / total - mean * mean, error, bins)


def busy_plans(count, level):
    """Two campaigns a run, far apart; each type as often as every other."""
    types = list(campaigns.TYPES)
    return [[(types[n % len(types)], level, 50), (types[(n + len(types) // 2) % len(types)], level, 130)] for n in range(count)]


def false_alerts(runs, level, kind="fleet"):
    """Alerts of quiet runs after their warm-up, of all scopes of that kind."""
    return sum(time >= scores["fleet"][0][0] + WARM * DAY for _, _, scores, _ in runs for scope in scores
               if scope.split(":")[0] == kind for time in alerts(scores[scope], level))


def blamed(runs, level):
    """{kind of unknown cause: [times it came, false alerts within a day and two hours of it]}; "none" is what came without one."""
    count = {"none": [0, 0]}
    for _, _, scores, happened in runs:
        begin = scores["fleet"][0][0] + WARM * DAY
        for one in happened:
            count.setdefault(one["kind"], [0, 0])[0] += one["time"] >= begin
        for time in alerts(scores["fleet"], level):
            before = [one["kind"] for one in happened if 0 <= time - one["time"] <= 26 * HOUR]
            count[before[-1] if before else "none"][1] += time >= begin
    return count


def found(runs, level):
    """({type: hours to the alert, None where there was none}, [length of each campaign in seconds])."""
    delays, lengths = {kind: [] for kind in campaigns.TYPES}, []
    for _, truth, scores, _ in runs:
        called = alerts(scores["fleet"], level)
        for one in truth:
            first, last = one["first_visible_act"], one["last_act"] + AFTER
            hits = [time for time in called if first <= time <= last]
            delays[one["type"]].append((hits[0] - first) / HOUR if hits else None)
            lengths.append(last - first)
    return delays, lengths


def share(delays):
    return sum(delay is not None for delay in delays) / max(1, len(delays))


def cell(delays):
    """Share found and median delay."""
    hits = [delay for delay in delays if delay is not None]
    return f"{share(delays):.2f}" + (f" / {statistics.median(hits):.0f} h" if hits else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collector", default=str(ROOT / "build/gcc-release/bin/greywatch-collector"))
    parser.add_argument("--runs", type=int, default=8, help="of each kind; a quiet run has 5.6 months after its warm-up")
    parser.add_argument("--seeds", choices=SEEDS, default="tuning")
    parser.add_argument("--fleet", choices=FLEETS, default="large")
    parser.add_argument("--unknown", action="store_true", help="with causes that neither simulator nor score was told of")
    parser.add_argument("--busy-runs", type=int, help="with two campaigns each; as many as quiet ones without it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--plots", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--level", type=int, default=3, help="strength of the campaigns, 1 to 4")
    parser.add_argument("--power-runs", type=int, default=0, help="runs of each strength, 1 to 4, of small fleets, on seeds of their own")
    parser.add_argument("--most-false", type=float, help="fail above so many false alerts a month at the shipped level")
    parser.add_argument("--most-false-parts", type=float, help="the same of all regions, sectors and vendors together")
    parser.add_argument("--least-recall", type=float, help="fail below this recall at the shipped level")
    arguments = parser.parse_args()
    base = SEEDS[arguments.seeds]
    types = list(campaigns.TYPES)
    busy_count = arguments.runs if arguments.busy_runs is None else arguments.busy_runs
    task = lambda seed, plan: (arguments.collector, seed, plan, arguments.fleet, arguments.unknown)
    quiet = [task(base + n, []) for n in range(arguments.runs)]
    busy = [task(base + 500 + n, plan) for n, plan in enumerate(busy_plans(busy_count, arguments.level))]
    # The same fleets and backgrounds at each strength.
    power = [(level, (arguments.collector, SEEDS["power"] + n, plan, "small", False)) for level in STRENGTHS
             for n, plan in enumerate(busy_plans(arguments.power_runs, level))]
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        quiet_runs, busy_runs = list(pool.map(one_run, quiet)), list(pool.map(one_run, busy))
        power_runs = list(zip([level for level, _ in power], pool.map(one_run, [one for _, one in power])))
    months = len(quiet_runs) * (DAYS - WARM) / 30.44
    at_shipped, curves = (0.0, 0.0, 1.0), []
    if quiet_runs or busy_runs:
        print(f"{len(quiet_runs)} quiet runs, {months:.1f} months; {len(busy_runs)} runs with campaigns of level {arguments.level}; "
              f"{arguments.fleet} fleets")
        print("| alert at | false a quiet month (95 % upper) | of all regions | sectors | vendors | recall | random alerts' recall | " +
              " | ".join(types) + " |")
        print("|---" * (7 + len(types)) + "|")
    for level in LEVELS if quiet_runs or busy_runs else ():
        false = false_alerts(quiet_runs, level)
        rate = false / months if months else math.nan
        parts = [false_alerts(quiet_runs, level, kind) / months if months else math.nan for kind in ("region", "sector", "vendor")]
        delays, lengths = found(busy_runs, level)
        recall = share([delay for of in delays.values() for delay in of])
        lucky = statistics.mean([1 - math.exp(-rate * length / (30.44 * DAY)) for length in lengths]) if lengths else math.nan
        print(f"| {level} | {rate:.2f} ({poisson_upper(false) / months if months else math.nan:.2f}) | " + " | ".join(f"{part:.2f}" for part in parts) +
              f" | {recall:.2f} | {lucky:.2f} | " + " | ".join(cell(delays[kind]) for kind in types) + " |")
        curves.append({"level": level, "false": rate, "delays": delays, "lucky": lucky})
        if level == SHIPPED:
            at_shipped = (rate, sum(parts), recall)
    calibrated = calibration(quiet_runs + busy_runs)
    if quiet_runs or busy_runs:
        print(f"Brier {calibrated.brier:.4f}, log score {calibrated.log_score:.4f}, sharpness {calibrated.sharpness:.4f}, "
              f"calibration error {calibrated.error:.4f}")
    for n, (count, told, inside) in enumerate(calibrated.bins):
        if count:
            low, high = proportion.interval(inside / 24, count / 24)
            print(f"  score {10 * n:3}–{10 * n + 10}: {count} ticks, told {100 * told / count:.0f} %, campaign {100 * inside / count:.0f} % "
                  f"({100 * low:.0f} to {100 * high:.0f})")
    if arguments.unknown:
        told = sorted(blamed(quiet_runs, SHIPPED).items(), key=lambda item: -item[1][1])
        print(f"false alerts at {SHIPPED} by unknown cause, of how many: " + ", ".join(f"{kind} {n}/{of}" for kind, (of, n) in told))
    strengths = []
    if power_runs:
        print(f"{arguments.power_runs} runs with two campaigns of each strength, alert at {SHIPPED}; found / median delay")
        print("| strength | all | " + " | ".join(types) + " |")
        print("|---" * (2 + len(types)) + "|")
        for strength in STRENGTHS:
            delays, _ = found([run for level, run in power_runs if level == strength], SHIPPED)
            print(f"| {strength} | {cell([delay for of in delays.values() for delay in of])} | " +
                  " | ".join(cell(delays[kind]) for kind in types) + " |")
            strengths.append({"strength": strength, "delays": delays})
    if arguments.plots:
        plots.write(arguments.plots, calibrated.bins, curves, strengths, SHIPPED)
    if arguments.most_false is not None and at_shipped[0] > arguments.most_false:
        sys.exit(f"{at_shipped[0]:.2f} false alerts a month, more than {arguments.most_false}")
    if arguments.most_false_parts is not None and at_shipped[1] > arguments.most_false_parts:
        sys.exit(f"{at_shipped[1]:.2f} false alerts a month of parts of the fleet, more than {arguments.most_false_parts}")
    if arguments.least_recall is not None and at_shipped[2] < arguments.least_recall:
        sys.exit(f"recall {at_shipped[2]:.2f}, less than {arguments.least_recall}")


if __name__ == "__main__":
    main()
