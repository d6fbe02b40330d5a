"""`fitroom.judge`: the same verdicts for every kind of table, and results of the caller's kind."""

from __future__ import annotations

import base64
import csv
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fitroom

Columns = "dict[str, list[Any]]"


def judged(runs: Any, **changes: Any) -> fitroom.Result:
    asked: dict[str, Any] = {"network": "model", "seed": "seed", "score": "val_acc", "baseline": "plain"}
    return fitroom.judge(runs, **{**asked, **changes})


def written(columns: Columns, path: Path) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values()))
    return path


def test_every_kind_of_table_gives_the_same_judgement(columns: Columns, tmp_path: Path) -> None:
    from_file = judged(written(columns, tmp_path / "runs.csv")).to_dict()
    tables = {
        "dict": columns,
        "records": [dict(zip(columns, row)) for row in zip(*columns.values())],
        "numpy": {name: np.array(values) for name, values in columns.items()},
        "pandas": pd.DataFrame(columns),
        "pandas, old kinds": pd.DataFrame(columns).astype({"model": object, "seed": "Int64"}),
        "pandas, categories": pd.DataFrame(columns).astype({"model": "category", "seed": "uint8"}),
        "pandas, grouped": pd.DataFrame(columns).groupby(["model", "seed", "lr"], sort=False).val_acc.max(),
        "polars": pl.DataFrame(columns),
        "polars, categories": pl.DataFrame(columns).with_columns(
            pl.col("model").cast(pl.Categorical), pl.col("seed").cast(pl.UInt8)
        ),
        "pyarrow": pa.table(columns),
        "pyarrow, in parts": pa.concat_tables([pa.table(columns).slice(0, 5), pa.table(columns).slice(5)]),
        "pyarrow, dictionaries": pa.table(columns).set_column(
            0, "model", pa.array(columns["model"]).dictionary_encode()
        ),
        "series in a dict": {name: pd.Series(values) for name, values in columns.items()},
        "polars in a dict": {name: pl.Series(values) for name, values in columns.items()},
    }
    for kind, table in tables.items():
        found = judged(table).to_dict()
        for key in ("networks", "comparisons", "measures"):
            assert found[key] == from_file[key], (kind, key)


def test_verdicts_and_results_of_the_callers_kind(columns: Columns, tmp_path: Path) -> None:
    result = judged(pd.DataFrame(columns), declared=True)
    assert (result.verdict("wide"), result.verdict("same")) == ("better", "equivalent")
    assert result.study is None
    frame = result.comparisons
    assert isinstance(frame, pd.DataFrame) and list(frame.network) == ["wide", "same"]
    paired = pd.DataFrame(columns).pivot(index="seed", columns="model", values="val_acc")
    assert math.isclose(frame.mean_difference[0], (paired.wide - paired.plain).mean())
    assert frame.low[0] < frame.mean_difference[0] < frame.high[0] and frame.pairs[0] == 7
    means = pd.DataFrame(columns).groupby("model").val_acc.agg(["mean", "std"])
    networks = result.networks.set_index("network")
    assert np.allclose(networks["mean"], means["mean"][networks.index])
    assert np.allclose(networks["sd"], means["std"][networks.index])

    assert isinstance(judged(pl.DataFrame(columns)).comparisons, pl.DataFrame)
    assert isinstance(judged(pa.table(columns)).networks, pa.Table)
    assert judged(columns, declared=True).comparisons["verdict"] == ["better", "equivalent"]
    path = written(columns, tmp_path / "runs.csv")
    assert isinstance(judged(path).comparisons, pd.DataFrame)
    assert isinstance(judged([str(path)], frame="polars").comparisons, pl.DataFrame)
    assert isinstance(judged(columns, frame="pyarrow").comparisons, pa.Table)


def test_it_says_what_the_command_line_says(columns: Columns, tmp_path: Path) -> None:
    path = written(columns, tmp_path / "runs.csv")
    program = Path(sys.executable).with_name("fitroom")
    options = ["--score", "val_acc", "--baseline", "plain", "--margin", "0.2%", "--declared", "--at", "best"]
    command = subprocess.run([program, "judge", path, "--json", *options], capture_output=True, text=True, check=True)
    result = fitroom.judge(path, score="val_acc", baseline="plain", margin="0.2%", declared=True, at="best")
    assert result.to_dict() == json.loads(command.stdout)
    assert result.to_dict()["seeds"] == "declared"


def test_options_reach_the_judgement(columns: Columns) -> None:
    columns["loss"] = [1 - accuracy for accuracy in columns["val_acc"]]
    result = judged(columns, score=["val_acc", "loss"], margin={"loss": 0.01}, scale={"val_acc": "plain"})
    measures = {measure["name"]: measure for measure in result.to_dict()["measures"]}
    assert measures["loss"]["margin"] == 0.01 and measures["loss"]["direction"] == "lower"
    assert measures["val_acc"]["scale"] == "plain"
    assert result.verdict("wide", measure="loss") == "better"
    assert judged(columns, lower_is_better=True).verdict("wide") == "worse"
    assert judged(columns, lower_is_better="val_acc").verdict("wide") == "worse"
    assert judged(columns, score="loss", lower_is_better=False, margin=0.01).verdict("wide") == "worse"
    columns["host"] = [f"h{row % 2}" for row in range(21)]
    columns["note"] = [f"n{row}" for row in range(21)]
    assert judged(columns, ignore="note").verdict("wide") == "better"
    unpaired = judged(columns, ignore=["note"], unpaired=True).comparisons
    assert unpaired["pairs"] == [None, None] and unpaired["network_runs"] == [7, 7]


def test_rows_may_be_epochs(columns: Columns) -> None:
    rows = [dict(zip(columns, row)) for row in zip(*columns.values())]
    epochs = [{**row, "epoch": epoch, "val_acc": row["val_acc"] - 0.1 / epoch} for row in rows for epoch in (1, 2, 3)]
    found = judged(epochs, epoch="epoch").networks
    assert found["runs"] == [7, 7, 7]
    assert math.isclose(found["mean"][found["network"].index("plain")], 0.8 - 0.1 / 3)


def test_what_is_missing_and_what_is_no_number(columns: Columns) -> None:
    columns["val_acc"][0] = None
    missing = judged(columns)
    columns["val_acc"][0] = math.nan
    no_number = judged(columns)
    assert missing.notes != no_number.notes, "a dict tells one from the other"
    assert judged(pl.DataFrame(columns)).to_dict() == no_number.to_dict()
    in_pandas = judged(pd.DataFrame(columns))
    assert in_pandas.to_dict()["comparisons"] == missing.to_dict()["comparisons"]
    assert any("NaN in `val_acc` counts as missing (1 times)" in note for note in in_pandas.notes)


def test_large_seeds_stay_exact(columns: Columns) -> None:
    columns["seed"] = [seed + 2**60 for seed in columns["seed"]]
    for table in (columns, pd.DataFrame(columns), pl.DataFrame(columns)):
        assert judged(table, declared=True).comparisons["pairs"][0] == 7


def test_columns_that_are_not_read_are_said(columns: Columns) -> None:
    frame = pl.DataFrame(columns).with_columns(pl.lit([1, 2]).alias("sizes"))
    assert any("the column `sizes` holds values of type" in note for note in judged(frame).notes)


@pytest.mark.parametrize(
    ("runs", "changes", "words"),
    [
        (None, {"network": "modle"}, "there is no column `modle`.*did you mean `model`"),
        (None, {"baseline": "plian"}, "there is no network `plian`.*did you mean `plain`"),
        (None, {"margin": "half"}, "`half` is no margin"),
        (None, {"margin": -1}, "`-1` is no margin"),
        (None, {"scale": "points"}, "`points` is no scale"),
        (None, {"at": "first"}, "`first` is no value of `at`: last or best"),
        (None, {"frame": "pd"}, "no kind of data frame `pd`"),
        ({"model": ["a"], "val_acc": 0.5}, {}, "the column `val_acc` is no list of values"),
        ({"model": ["a", "b"], "seed": [1, 1], "val_acc": [0.5]}, {}, "the column `val_acc` has 1 values"),
        (pl.LazyFrame({"model": ["a"]}), {}, "collect a lazy frame"),
        (7, {}, "no data frame, no dict of columns and no path: builtins.int"),
        ([], {}, "there is no run to judge"),
        ("nowhere.csv", {}, "nowhere.csv"),
    ],
)
def test_wrong_requests_are_exceptions(columns: Columns, runs: Any, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(fitroom.WrongRequestError, match=f"(?s){words}"):
        judged(columns if runs is None else runs, **changes)


def test_unknown_networks_and_measures_are_said(columns: Columns) -> None:
    result = judged(columns)
    with pytest.raises(fitroom.WrongRequestError, match="no network `deep` .* `wide`, `same`"):
        result.verdict("deep")
    with pytest.raises(fitroom.WrongRequestError, match="nothing is judged by `loss`; the measures are `val_acc`"):
        result.verdict("wide", measure="loss")


def test_a_result_shows_itself(columns: Columns) -> None:
    result = judged(columns)
    assert all(sentence in repr(result) for sentence in result.sentences)
    page = result._repr_html_()
    picture = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert picture is not None and b"wide against plain" in base64.b64decode(picture[1])
    assert "<li>wide is better than plain" in page
    columns["model"] = [model.replace("wide", "<b>wide") for model in columns["model"]]
    assert "<li><b>" not in judged(columns)._repr_html_()


def test_the_ending_decides_what_is_saved(columns: Columns, tmp_path: Path) -> None:
    result = judged(columns)
    assert result.save(tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads(result.save(tmp_path / "j.json").read_text()) == result.to_dict()
    assert result.save(tmp_path / "comment.md").read_text().startswith("#")
    assert "<svg" in result.save(str(tmp_path / "picture.svg")).read_text()
    report = result.save(tmp_path / "report")
    assert report == tmp_path / "report" / "report.html" and (tmp_path / "report" / "comparisons.csv").exists()
    with pytest.raises(fitroom.WrongRequestError, match="not saved as `.pdf`"):
        result.save(tmp_path / "report.pdf")
    with pytest.raises(fitroom.FitroomError, match="cannot write"):
        result.save(tmp_path / "nowhere" / "report.html")


def test_a_trained_study_has_the_verdicts_of_its_report(trained: Any, study_file: Path, tmp_path: Path) -> None:
    out, _ = trained
    result = fitroom.run(study_file, out=out, frame="dict")
    with (out / "comparisons.csv").open(newline="") as file:
        expected = next(csv.DictReader(file))
    found = {name: values[0] for name, values in result.comparisons.items()}
    assert (found["network"], found["baseline"]) == (expected["network"], expected["baseline"])
    assert found["verdict"] == expected["verdict"] == result.verdict("wide")
    assert found["mean_difference"] == float(expected["mean_difference"])
    assert result.study is not None and result.study.networks == ["narrow", "wide"]
    assert "First layer" in result.save(tmp_path / "r.html").read_text() or "weights" in (tmp_path / "r.html").read_text()
    assert fitroom.run(study_file, out=out, margin="5%").to_dict()["measures"][0]["margin"] == 0.05
    with pytest.raises(fitroom.WrongRequestError, match="fraction from 0 to 1, and not 5"):
        fitroom.run(study_file, out=out, margin=5)


INTERRUPTED = """
import os, signal, threading, time
import numpy as np
import fitroom

seeds, epochs = 3000, 100
runs = {
    "model": np.repeat(np.arange(2), seeds * epochs),
    "seed": np.tile(np.repeat(np.arange(seeds), epochs), 2),
    "epoch": np.tile(np.arange(epochs), 2 * seeds),
    "val_acc": np.random.default_rng(1).random(2 * seeds * epochs),
}
pressed = []

def press():
    pressed.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

threading.Timer(0.8, press).start()
try:
    fitroom.judge(runs, baseline="0")
except KeyboardInterrupt:
    print(time.monotonic() - pressed[0], flush=True)
os._exit(0)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_does_not_wait_for_a_judgement() -> None:
    # The judgement takes several seconds where the wheel is not optimised.
    program = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=True)
    assert program.stdout == "" or float(program.stdout) < 0.5, program.stdout
