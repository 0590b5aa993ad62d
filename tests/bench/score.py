#!/usr/bin/env python3
"""score.py [--bin DIR] [--runs N]: `greywatch-collector replay --emit scores` over fleets of the simulator (tests/range).

400 nodes over 200 days, and 5,000 nodes over 30 days. In turn with each run `jq` does nothing but parse the same findings; printed
are medians, the ratio pair by pair, and the peak of memory. Nothing here is judged: how fast a machine is, is not the score's merit."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from replay import run  # noqa: E402

SIMULATE = os.path.join(os.path.dirname(__file__), "..", "range", "simulate.py")
WORLDS = [("400 nodes, 200 days", "large", 200), ("5,000 nodes, 30 days", "huge", 30)]


def measure(arguments, name, fleet, days):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, SIMULATE, "--seed", "11", "--days", str(days), "--fleet", fleet, folder], check=True)
        findings = os.path.join(folder, "findings.ndjson")
        replay = [f"{arguments.bin}/greywatch-collector", "replay", "--inventory", os.path.join(folder, "inventory.yaml"),
                  "--context", os.path.join(folder, "context.ndjson"), "--emit", "scores", findings]
        parse = ["jq", "empty", findings]
        rows = [(run(parse), run(replay)) for _ in range(arguments.runs)]
        size = os.path.getsize(findings) / 2**20
    print(f"{name}: {size:.0f} MiB of findings; {rows[0][1][3].strip().splitlines()[-1]}")
    for program, side in (("jq empty", 0), ("replay", 1)):
        cpu, wall = (statistics.median(row[side][which] for row in rows) for which in (0, 1))
        print(f"  {program:8}  cpu {cpu:6.2f} s  wall {wall:6.2f} s  peak {max(row[side][2] for row in rows):6.1f} MiB")
    ratios = sorted(replayed[0] / parsed[0] for parsed, replayed in rows)
    print(f"  ratio of CPU time: median {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/gcc-release/bin")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    for world in WORLDS:
        measure(arguments, *world)


if __name__ == "__main__":
    main()
