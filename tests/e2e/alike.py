#!/usr/bin/env python3
"""alike.py AGENT: what `replay` says of a capture is the same, octet by octet, each time it is run."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import synthetic  # noqa: E402
import synthetic_management  # noqa: E402


def said(agent, emit, captures):
    return subprocess.run([agent, "replay", "--emit", emit, *captures], capture_output=True, check=True, timeout=120).stdout


def main():
    agent = sys.argv[1]
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        captures = [*synthetic.write(pathlib.Path(folder)), *synthetic_management.write(pathlib.Path(folder))]
        for emit, least in (("observations", 10000), ("findings", 30), ("assets", 20)):
            first, second = said(agent, emit, captures), said(agent, emit, captures)
            lines = first.count(b"\n")
            print(f"{emit}: {lines} lines of {len(captures)} captures, {'alike' if first == second else 'not alike'}")
            if first != second:
                faults.append(emit)
            if lines < least:
                faults.append(f"{emit}: fewer than {least} lines")
    sys.exit(1 if faults else 0)


main()
