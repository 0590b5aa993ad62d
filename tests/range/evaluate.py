#!/usr/bin/env python3
"""evaluate.py [--collector PROGRAM] [--runs N] [--seeds tuning|evaluation] [--level N] [--plots FOLDER]: how well the score finds campaigns and how often it
cries wolf, on this folder's simulator through `greywatch-collector replay`.

Quiet runs of 200 days give false campaign alerts a month with the 95 % upper bound of Poisson counts; campaign runs give recall and
median delay by type, at each alert level, beside a random alert of the same rate; both give the calibration of the fleet's score. A
standing alert is counted again every 72 hours. Seeds for tuning and for evaluation are kept apart. --plots writes a reliability
diagram, recall by alert level and the delay by type as SVG."""
import argparse
import concurrent.futures
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import campaigns
import plots
import simulate
from world import DAY, HOUR

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = {"tuning": 1000, "evaluation": 900_000}
DAYS, WARM, AFTER, AGAIN = 200, 30, 72 * HOUR, 72 * HOUR
LEVELS = (25, 35, 50, 75, 90)
SHIPPED = 50  # severity alert
HYSTERESIS = 10


def fleet_scores(collector, folder):
    """[(end of tick, score)] of the fleet."""
    done = subprocess.run([collector, "replay", "--inventory", f"{folder}/inventory.yaml", "--context", f"{folder}/context.ndjson",
                           f"{folder}/findings.ndjson"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{collector}: {done.stderr.strip()[-400:]}")
    scores = []
    for line in done.stdout.splitlines():
        if '"scope":"fleet"' in line:
            said = json.loads(line)
            scores.append((parse(said["@timestamp"]), said["score"]))
    return scores


def parse(text):
    return datetime.datetime.fromisoformat(text[:19] + "+00:00").timestamp()


def alerts(scores, level):
    """Times at which an operator would be called."""
    called, since = [], None
    for time, score in scores:
        if score >= level and since is None or since is not None and time - since >= AGAIN and score >= level - HYSTERESIS:
            since = time
            called.append(time)
        elif score < level - HYSTERESIS:
            since = None
    return called


def one_run(task):
    collector, seed, plan = task
    with tempfile.TemporaryDirectory() as folder:
        simulate.simulate(folder, seed, DAYS, plan)
        truth = [json.loads(line) for line in open(f"{folder}/truth.ndjson")]
        return seed, truth, fleet_scores(collector, folder)


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


def calibration(runs):
    """Brier score and expected calibration error of the fleet's score, by tick from the warm-up on."""
    bins = [[0, 0.0, 0] for _ in range(10)]
    brier = total = 0
    for _, truth, scores in runs:
        begin = scores[0][0] + WARM * DAY
        for time, score in scores:
            if time < begin:
                continue
            inside = any(one["first_visible_act"] <= time <= one["last_act"] + AFTER for one in truth)
            p = score / 100
            brier += (p - inside) ** 2
            total += 1
            one = bins[min(9, int(p * 10))]
            one[0] += 1
            one[1] += p
            one[2] += inside
    error = sum(abs(one[1] - one[2]) for one in bins) / max(1, total)
    return brier / max(1, total), error, bins


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collector", default=str(ROOT / "build/gcc-release/bin/greywatch-collector"))
    parser.add_argument("--runs", type=int, default=8, help="of each kind; a quiet run has 5.6 months after its warm-up")
    parser.add_argument("--seeds", choices=SEEDS, default="tuning")
    parser.add_argument("--busy-runs", type=int, help="with two campaigns each; as many as quiet ones without it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--plots", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--level", type=int, default=3, help="strength of the campaigns, 1 to 4")
    parser.add_argument("--most-false", type=float, help="fail above so many false alerts a month at the shipped level")
    parser.add_argument("--least-recall", type=float, help="fail below this recall at the shipped level")
    arguments = parser.parse_args()
    base = SEEDS[arguments.seeds]
    types = list(campaigns.TYPES)
    quiet = [(arguments.collector, base + n, []) for n in range(arguments.runs)]
    # Two campaigns a run, far apart; each type as often as every other.
    busy = [(arguments.collector, base + 500 + n, [(types[n % len(types)], arguments.level, 50),
                                                   (types[(n + len(types) // 2) % len(types)], arguments.level, 130)])
            for n in range(arguments.busy_runs or arguments.runs)]
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        quiet_runs, busy_runs = list(pool.map(one_run, quiet)), list(pool.map(one_run, busy))
    months = len(quiet_runs) * (DAYS - WARM) / 30.44
    print(f"{len(quiet_runs)} quiet runs, {months:.1f} months; {len(busy_runs)} runs with campaigns of level {arguments.level}")
    print("| alert at | false a quiet month (95 % upper) | recall | random alerts' recall | " + " | ".join(types) + " |")
    print("|---" * (4 + len(types)) + "|")
    at_shipped, curves = (0.0, 1.0), []
    for level in LEVELS:
        false = sum(sum(time >= scores[0][0] + WARM * DAY for time in alerts(scores, level)) for _, _, scores in quiet_runs)
        delays, lucky = {kind: [] for kind in types}, []
        for _, truth, scores in busy_runs:
            called = alerts(scores, level)
            for one in truth:
                first, last = one["first_visible_act"], one["last_act"] + AFTER
                found = [time for time in called if first <= time <= last]
                delays[one["type"]].append((found[0] - first) / HOUR if found else None)
                lucky.append(1 - math.exp(-false / months * (last - first) / (30.44 * DAY)))
        every = [delay for of in delays.values() for delay in of]
        recall = sum(delay is not None for delay in every) / max(1, len(every))
        cells = []
        for kind in types:
            found = [delay for delay in delays[kind] if delay is not None]
            cells.append(f"{len(found) / max(1, len(delays[kind])):.2f}" + (f" / {statistics.median(found):.0f} h" if found else ""))
        print(f"| {level} | {false / months:.2f} ({poisson_upper(false) / months:.2f}) | {recall:.2f} | "
              f"{statistics.mean(lucky):.2f} | " + " | ".join(cells) + " |")
        curves.append({"level": level, "false": false / months, "delays": delays, "lucky": statistics.mean(lucky)})
        if level == SHIPPED:
            at_shipped = (false / months, recall)
    brier, error, bins = calibration(quiet_runs + busy_runs)
    print(f"Brier {brier:.4f}, calibration error {error:.4f}")
    for n, (count, told, inside) in enumerate(bins):
        if count:
            print(f"  score {10 * n:3}–{10 * n + 10}: {count} ticks, told {100 * told / count:.0f} %, campaign {100 * inside / count:.0f} %")
    if arguments.plots:
        plots.write(arguments.plots, bins, curves, SHIPPED)
    if arguments.most_false is not None and at_shipped[0] > arguments.most_false:
        sys.exit(f"{at_shipped[0]:.2f} false alerts a month, more than {arguments.most_false}")
    if arguments.least_recall is not None and at_shipped[1] < arguments.least_recall:
        sys.exit(f"recall {at_shipped[1]:.2f}, less than {arguments.least_recall}")


if __name__ == "__main__":
    main()
