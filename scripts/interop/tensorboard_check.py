"""Checks with TensorBoard itself what Belay wrote for it.

tensorboard_check.py DIR NDJSON METRICS: reads every run of DIR by TensorBoard's event reader and compares its scalars with the
lines of NDJSON, which `belay export --format ndjson` wrote for the same trials; then starts TensorBoard and compares what its
HParams plugin lists: params, statuses and METRICS (with commas). Trials that wait have no run.

Prints one JSON document; exits with 1 and says what differs otherwise.
"""

import json
import os
import struct
import sys
import time
import urllib.request
from datetime import datetime

from tensorboard import program
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

STATUSES = {"complete": "STATUS_SUCCESS", "fail": "STATUS_FAILURE", "pruned": "STATUS_UNKNOWN", "running": "STATUS_RUNNING"}


def single(value):
    return None if value is None else struct.unpack("f", struct.pack("f", value))[0]


def expect(ok, *what):
    if not ok:
        print("differs:", *what, file=sys.stderr)
        sys.exit(1)


def seconds(iso):
    return datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


def metrics_of(trial):
    several = len(trial["values"]) > 1
    found = {f"values.{i}" if several else "value": value for i, value in enumerate(trial["values"])}
    found["durationMs"] = trial["durationMs"]
    found["memory.peakBytes"] = (trial["memory"] or {}).get("peakBytes")
    return {tag: single(value) for tag, value in found.items() if value is not None and trial["finishedAt"]}


def check_run(path, trial):
    events = EventAccumulator(path)
    events.Reload()
    tags = events.Tags()["scalars"]
    for tag, value in metrics_of(trial).items():
        expect([(e.step, e.value) for e in events.Scalars(tag)] == [(0, value)], trial["number"], tag)
        expect(abs(events.Scalars(tag)[0].wall_time - seconds(trial["finishedAt"])) < 0.001, trial["number"], "time of", tag)
    for k in range(max((len(s["values"]) for s in trial["splits"]), default=0)):
        tag = f"split.{k}" if f"split.{k}" in tags else "split"
        wanted = [(s["split"], single(s["values"][k])) for s in trial["splits"]]
        expect([(e.step, e.value) for e in events.Scalars(tag)] == wanted, trial["number"], tag)
    return len([tag for tag in tags if tag.startswith("report")])


def ask(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main(folder, ndjson, metrics):
    with open(ndjson) as lines:
        trials = [trial for trial in map(json.loads, lines) if trial["state"] != "waiting"]
    runs = sorted(name for name in os.listdir(folder) if name.startswith("trial-"))
    expect([int(name[6:]) for name in runs] == sorted(trial["number"] for trial in trials), "runs", runs)
    by_number = {int(name[6:]): name for name in runs}
    reports = sum(check_run(os.path.join(folder, by_number[trial["number"]]), trial) for trial in trials)

    board = program.TensorBoard()
    board.configure(argv=[None, "--logdir", folder, "--port", "0", "--reload_interval", "1", "--load_fast", "false"])
    url = board.launch() + "data/plugin/hparams/"
    asked = {"experimentName": "", "allowedStatuses": list(STATUSES.values()), "startIndex": 0, "sliceSize": 100000,
             "colParams": [{"metric": {"group": "", "tag": tag}} for tag in metrics.split(",")]}
    until = time.time() + 120
    while True:
        groups = ask(url + "session_groups", asked)["sessionGroups"] if runs else []
        if len(groups) == len(trials) or time.time() > until:
            break
        time.sleep(0.2)
    experiment = ask(url + "experiment", {})
    infos = {info["name"]: info for info in experiment["hparamInfos"]}
    expect({info["name"]["tag"] for info in experiment["metricInfos"]} == set(metrics.split(",")), "metrics", experiment)
    expect(len(groups) == len(trials), "groups", len(groups), len(trials))
    listed = {session["name"]: (group, session) for group in groups for session in group["sessions"]}
    for trial in trials:
        group, session = listed[by_number[trial["number"]]]
        expect(session["status"] == STATUSES[trial["state"]], trial["number"], session["status"])
        shown = lambda name, value: str({None: "null", True: "true", False: "false"}.get(value, value) if isinstance(value, (bool, type(None))) else value) if infos[name]["type"] == "DATA_TYPE_STRING" else value
        wanted = {name: shown(name, value) for name, value in trial["params"].items()}
        expect(group["hparams"] == wanted, trial["number"], group["hparams"], wanted)
        found = {each["name"]["tag"]: each["value"] for each in session["metricValues"]}
        expect(found == metrics_of(trial), trial["number"], found, metrics_of(trial))
    print(json.dumps({"trials": len(trials), "reports": reports, "hparams": {n: i["type"] for n, i in infos.items()},
                      "domains": {n: i.get("domainInterval") or i.get("domainDiscrete") for n, i in infos.items()}}))


main(*sys.argv[1:])
sys.stdout.flush()
os._exit(0)
