"""Prints tests/fixtures/expected.json: what pandas, TensorBoard's own reader and MLflow's client read from the fixtures.

    pip install pandas tensorboard mlflow-skinny && python expected.py > ../fixtures/expected.json

Each line is [directory, measure, number of values, sum of the values that are not NaN, last value or null for NaN],
sorted. The test reads the same with fitroom-import and compares.
"""
import json
import math
import os
import pathlib

import pandas as pd
from common import FIXTURES
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

rows = []


def add(source, measure, values):
    values = [float(value) for value in values]
    if values:
        last = None if math.isnan(values[-1]) else values[-1]
        rows.append([source, measure, len(values), math.fsum(v for v in values if not math.isnan(v)), last])


def relative(path):
    return str(pathlib.Path(path).relative_to(FIXTURES))


for path in sorted(FIXTURES.glob("lightning/lightning_logs/*/metrics.csv")):
    table = pd.read_csv(path)
    last = table.groupby("epoch").last()  # The last value in each epoch that is not empty.
    for measure in table.columns.drop(["epoch", "step"]):
        add(relative(path.parent), measure, last[measure].dropna())
for path in sorted([*FIXTURES.glob("keras/*/log.csv"), *FIXTURES.glob("hydra/**/log.csv")]):
    if (path.parent / "history.json").exists():
        continue  # It is the same run, and counts once.
    table = pd.read_csv(path)
    for measure in table.columns.drop("epoch"):
        add(relative(path), measure, table[measure])
for path in sorted(FIXTURES.glob("keras/*/history.json")):
    for measure, values in pd.DataFrame(json.loads(path.read_text())).items():
        add(relative(path), measure, values)
for path in sorted(FIXTURES.glob("hugging_face/*/trainer_state.json")):
    table = pd.DataFrame(json.loads(path.read_text())["log_history"])
    for measure in table.columns.drop(["epoch", "step"]):
        add(relative(path), measure, table[measure].dropna())
for directory in sorted(FIXTURES.glob("tensorboard/*")):
    found = {}
    for path in sorted(directory.rglob("events.out.tfevents.*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                kind = value.metadata.plugin_data.plugin_name
                if kind != "hparams" and kind != "histograms":
                    array = tensor_util.make_ndarray(value.tensor)
                    if array.size == 1:
                        found.setdefault(value.tag, []).append((event.step, array.item()))
    for tag, values in found.items():
        add(relative(directory), tag, [value for _, value in sorted(values, key=lambda v: v[0])])
for path in sorted(FIXTURES.glob("mlflow/mlruns/*/*/metrics/**/*")):
    if path.is_file():
        run = path.parents[len(path.relative_to(FIXTURES).parts) - 5]
        table = pd.read_csv(path, sep=" ", header=None, names=["time", "value", "step"], na_values=["nan"])
        add(relative(run), str(path.relative_to(run / "metrics")), table.sort_values("step", kind="stable")["value"])
print("[\n" + ",\n".join(json.dumps(row) for row in sorted(rows, key=lambda row: row[:2])) + "\n]")
