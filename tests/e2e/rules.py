#!/usr/bin/env python3
"""rules.py AGENT COLLECTOR: a running collector sends a signed rule pack to a running agent, and a newer one after a reload; the agent
keeps it over a restart, a damaged copy is not used, and `replay` uses the same pack. Needs the right to capture on loopback."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
INGEST, WEB, AGENT = 17743, 19764, 19765


def fail(text):
    sys.exit(f"rules.py: {text}")


def metric(port, name):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return None
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.partition(" ")[0].partition("{")[0] == name), None)


def until(holds, what, log):
    end = time.monotonic() + 40
    while not holds():
        if time.monotonic() > end:
            with open(log) as file:
                fail(f"{what} did not happen:\n{file.read()[-3000:]}")
        time.sleep(0.1)


def main(agent, collector):
    with tempfile.TemporaryDirectory(prefix="greywatch-rules-") as folder:
        path = lambda name: os.path.join(folder, name)
        log = path("log")
        running = {}

        def write(name, text):
            with open(path(name), "w") as file:
                file.write(text)

        def start(name, *command):
            with open(log, "ab") as out:
                running[name] = subprocess.Popen(command, stdout=out, stderr=out)

        def stop(name):
            running[name].send_signal(signal.SIGTERM)
            running.pop(name).wait(20)

        shutil.copytree(os.path.join(ROOT, "rules"), path("rules"))
        write("inventory.yaml", "nodes: [{name: n1, operator: o, region: r, sector: transmission}]\n")
        write(
            "collector.yaml",
            f"""inventory: inventory.yaml
rules: rules
store: {{file: greywatch.db}}
ingest:
  listen: 127.0.0.1:{INGEST}
  certificate: authority/collector.crt
  key: authority/collector.key
  authority: authority/ca.crt
  heartbeat: 1s
web: {{listen: 127.0.0.1:{WEB}}}
""",
        )
        write(
            "agent.yaml",
            f"""node: n1
state: {path("state")}
capture: [{{interface: lo, filter: net 127.77.7.0/24, buffer: 2MiB}}]
collector:
  address: 127.0.0.1:{INGEST}
  certificate: {path("authority/nodes/n1/agent.crt")}
  key: {path("authority/nodes/n1/agent.key")}
  authority: {path("authority/nodes/n1/ca.crt")}
spool: 16MiB
metrics: 127.0.0.1:{AGENT}
""",
        )
        config = ("--config", path("collector.yaml"))
        subprocess.run([collector, "enroll", *config, "--dns", "127.0.0.1", "n1"], check=True, stdout=subprocess.DEVNULL)
        run_collector = (collector, "run", *config)
        run_agent = (agent, "run", "--config", path("agent.yaml"))
        version = lambda: metric(AGENT, "greywatch_agent_pack_version") or 0
        rules = lambda: metric(AGENT, "greywatch_agent_rules") or 0
        try:
            start("collector", *run_collector)
            start("agent", *run_agent)
            until(lambda: version() > 0, "the first pack", log)
            until(lambda: rules() > 0, "its use", log)
            first, shipped = version(), rules()
            until(lambda: metric(WEB, "greywatch_agent_pack_version") == first, "the word of it at the collector", log)
            # A reload with one rule more.
            with open(path("rules/detect/observed_iec104_reset_process.yml")) as file:
                text = file.read()
            changed = text.replace("3f0e5a52", "3f0e5a53").replace("title: IEC", "title: Another IEC")
            write("rules/detect/another.yml", changed)
            running["collector"].send_signal(signal.SIGHUP)
            until(lambda: rules() == shipped + 1, "the second pack", log)
            second = version()
            if second <= first:
                fail(f"the version went from {first} to {second}")
            # The pack is there again at once, while the collector is away.
            stop("collector")
            stop("agent")
            start("agent", *run_agent)
            until(lambda: version() == second, "the kept pack", log)
            until(lambda: rules() == shipped + 1, "the kept pack's use", log)
            stop("agent")
            replay = [agent, "replay", "--config", path("agent.yaml"), os.devnull]
            if "rules.pack" in subprocess.run(replay, capture_output=True, text=True).stderr:
                fail("replay refuses the kept pack")
            # A damaged one is refused, and the collector's comes again.
            with open(path("state/rules.pack"), "r+b") as file:
                file.seek(200)
                octet = file.read(1)[0]
                file.seek(200)
                file.write(bytes([octet ^ 1]))
            if "rules.pack" not in subprocess.run(replay, capture_output=True, text=True).stderr:
                fail("replay takes a damaged pack")
            start("agent", *run_agent)
            until(lambda: version() == 0 and (metric(AGENT, "greywatch_agent_packs_total") is not None), "the refusal", log)
            start("collector", *run_collector)
            until(lambda: version() == second, "the pack once more", log)
        finally:
            for process in running.values():
                process.kill()
                process.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
