#!/usr/bin/env python3
"""replay.py [--bin DIR] [--runs N] [--packets N] [--capture FILE]: the agent's replay against a bare libpcap loop.

Both read the same file in turn, A B A B …; printed are the medians of CPU and wall seconds, the ratio pair by pair, the peak
of memory, and nanoseconds per packet. Without --capture, the project's own traffic is generated first."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def run(command):
    """CPU seconds, wall seconds, peak MiB and standard error of one run."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{text}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/gcc-release/bin")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--capture")
    parser.add_argument("--most", type=float, help="fail above this ratio of CPU time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        capture = arguments.capture
        if not capture:
            capture = os.path.join(folder, "traffic.pcap")
            made = subprocess.run([f"{arguments.bin}/bench_traffic", capture, "--packets", str(arguments.packets),
                                   "--flows", str(arguments.packets * 3 // 100)],
                                  check=True, capture_output=True, text=True)
            print("traffic:", made.stdout.strip())
        bare = [f"{arguments.bin}/bench_bare_loop", capture]
        agent = [f"{arguments.bin}/greywatch-agent", "replay", "--emit", "findings", "--stats", capture]
        run(bare), run(agent)
        rows = [(run(bare), run(agent)) for _ in range(arguments.runs)]
    stats = json.loads(rows[-1][1][3].strip().splitlines()[-1])
    packets = stats["packets"]

    def line(name, side):
        cpu = statistics.median(row[side][0] for row in rows)
        wall = statistics.median(row[side][1] for row in rows)
        peak = max(row[side][2] for row in rows)
        print(f"{name:12} cpu {cpu:7.3f} s  wall {wall:7.3f} s  {cpu / packets * 1e9:6.0f} ns/packet  peak {peak:6.1f} MiB")

    line("bare loop", 0)
    line("agent", 1)
    ratios = sorted(row[1][0] / row[0][0] for row in rows)
    ratio = statistics.median(ratios)
    print(f"ratio of CPU time: median {ratio:.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}); "
          f"{stats['observations']} observations, {stats['findings']} findings in {packets} packets")
    if arguments.most and ratio > arguments.most:
        sys.exit(f"the ratio {ratio:.2f} is above {arguments.most}")


if __name__ == "__main__":
    main()
