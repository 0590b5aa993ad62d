#!/usr/bin/env python3
"""dashboard.py COLLECTOR AGENT…: scrapes a running collector and agents (host:port each) with a real Prometheus and asks it every
query of every panel of dashboards/grafana/*.json. A panel without data, or a query that is refused, fails."""
import glob
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PORT = 19490
VALUES = {"$__rate_interval": "20s", "$collector": "greywatch-collector", "$agents": "greywatch-agent", "$scope": ".*"}


def ask(path, **parameters):
    url = f"http://127.0.0.1:{PORT}{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def has_data(result):
    return any(math.isfinite(float(series["value"][1])) for series in result)


def check(dashboard):
    """The panels without data, one sentence each."""
    faults, queries = [], 0
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in VALUES.items():
                expression = expression.replace(name, value)
            queries += 1
            answer = ask("/api/v1/query", query=expression)
            if answer.get("status") != "success":
                faults.append(f"{panel['title']}: {expression}: {answer.get('error')}")
            elif not has_data(answer["data"]["result"]):
                faults.append(f"{panel['title']}: no data for {expression}")
    return faults, queries


def main():
    collector, agents = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        configuration = {
            "global": {"scrape_interval": "1s"},
            "rule_files": [os.path.abspath("dashboards/prometheus/alerts.yml")],
            "scrape_configs": [
                {"job_name": "greywatch-collector", "static_configs": [{"targets": [collector]}]},
                {"job_name": "greywatch-agent", "static_configs": [{"targets": agents}]},
            ],
        }
        with open(f"{folder}/prometheus.yml", "w") as file:
            json.dump(configuration, file)  # JSON is YAML
        with open(f"{folder}/log", "w") as log:
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{PORT}"], stdout=log, stderr=log)
        try:
            end, faults, queries = time.monotonic() + 60, ["Prometheus never answered"], 0
            while faults and time.monotonic() < end:
                time.sleep(3)
                if prometheus.poll() is not None:
                    sys.exit(open(f"{folder}/log").read())
                try:
                    faults, queries = [], 0
                    for name in sorted(glob.glob("dashboards/grafana/*.json")):
                        with open(name) as file:
                            more, asked = check(json.load(file))
                        faults += more
                        queries += asked
                except (urllib.error.URLError, ConnectionError) as error:
                    faults = [f"Prometheus does not answer yet: {error}"]
            up = ask("/api/v1/query", query="up")["data"]["result"]
            down = [series["metric"]["instance"] for series in up if series["value"][1] != "1"]
            faults += [f"{instance} cannot be scraped" for instance in down]
        finally:
            prometheus.terminate()
            prometheus.wait()
    for fault in faults:
        print(fault)
    print(f"{queries} queries, {len(faults)} without data")
    sys.exit(1 if faults or not queries else 0)


main()
