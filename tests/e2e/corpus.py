#!/usr/bin/env python3
"""corpus.py AGENT: replays every capture below GREYWATCH_CORPUS (default ../shared/captures), observations and findings. None may
crash, hang, leak or be refused, but for the one that is damaged by its own list. Exit 77 when the corpus is not there."""
import csv
import os
import subprocess
import sys
import tempfile
import zipfile

CORPUS = os.environ.get("GREYWATCH_CORPUS") or "../shared/captures"


def captures(folder):
    for top, _, names in os.walk(CORPUS):
        for name in sorted(names):
            path = os.path.join(top, name)
            if name.endswith((".pcap", ".pcapng")):
                yield path
            elif name.endswith(".pcap.zip"):
                with zipfile.ZipFile(path) as archive:
                    for inside in archive.namelist():
                        yield archive.extract(inside, folder)


def main():
    agent = sys.argv[1]
    if not os.path.isdir(CORPUS):
        print(f"skipped: no corpus of captures at {CORPUS}")
        sys.exit(77)
    with open(f"{CORPUS}/MANIFEST.tsv") as file:
        damaged = {os.path.basename(row["file"]) for row in csv.DictReader(file, delimiter="\t") if "read-error" in row["protocols"]}
    files, faults = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for capture in captures(folder):
            files += 1
            for emit in ("observations", "findings"):
                try:
                    done = subprocess.run([agent, "replay", "--emit", emit, capture], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.PIPE, text=True, timeout=300)
                except subprocess.TimeoutExpired:
                    faults.append(f"{capture}: hangs")
                    continue
                wanted = 1 if os.path.basename(capture) in damaged else 0
                if done.returncode != wanted:
                    faults.append(f"{capture}: exit {done.returncode} instead of {wanted}: {done.stderr[-2000:]}")
    for fault in faults:
        print(fault)
    print(f"{files} captures, {len(faults)} faults")
    sys.exit(1 if faults or files < 100 else 0)


main()
