"""`fitroom.load`: what it returns is what is stored."""

from __future__ import annotations

import csv
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import fitroom

Trained = "tuple[Path, list[dict[str, Any]]]"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("table", ["epochs", "summary"])
def test_tables_are_those_of_the_csv_files(trained: Trained, table: str) -> None:
    out, _ = trained
    columns = getattr(fitroom.load(out, frame="dict"), table)
    expected = rows_of(out / f"{table}.csv")
    assert list(columns) == list(expected[0])
    assert {len(values) for values in columns.values()} == {len(expected)}
    for name, values in columns.items():
        for value, row in zip(values, expected):
            assert value == (type(value)(row[name]) if row[name] else None), name


def test_the_caller_chooses_the_kind_of_data_frame(trained: Trained) -> None:
    out, _ = trained
    kinds = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "dict": dict}
    for kind, expected in kinds.items():
        assert isinstance(fitroom.load(out, frame=kind).epochs, expected)
    assert isinstance(fitroom.load(out).summary, pd.DataFrame)
    with pytest.raises(fitroom.WrongRequestError, match="no kind of data frame `panda`"):
        fitroom.load(out, frame="panda")  # type: ignore[arg-type]


def test_weights_are_arrays_that_score_as_the_study_says(trained: Trained) -> None:
    out, _ = trained
    study = fitroom.load(out)
    assert study.networks == ["narrow", "wide"]
    weights = study.weights("wide", seed=3)
    shapes = {name: array.shape for name, array in weights.items()}
    assert shapes["0.weight"] == (32, 64) and shapes["1.running_mean"] == (32,)
    assert all(array.dtype == np.float32 and array.flags.writeable for array in weights.values())
    assert all(np.array_equal(weights[name], array) for name, array in study.weights("2", 3).items())
    others = study.weights("wide", seed=4)
    assert not np.array_equal(weights["0.weight"], others["0.weight"])


def test_a_state_dict_has_what_pytorch_asks_for(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = trained
    # PyTorch is large: this has the two functions that are called.
    torch = types.ModuleType("torch")
    torch.from_numpy = lambda array: ("tensor", array)  # type: ignore[attr-defined]
    torch.tensor = lambda value: ("tensor", value)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    state: dict[str, Any] = fitroom.load(out).state_dict("wide")
    assert state["1.num_batches_tracked"] == ("tensor", 0)
    assert state["0.weight"][1].shape == (32, 64)


def test_wrong_requests_say_what_there_is(trained: Trained, tmp_path: Path) -> None:
    out, _ = trained
    study = fitroom.load(out)
    with pytest.raises(fitroom.WrongRequestError, match="no network `wids`.*\n?.*did you mean `wide`"):
        study.weights("wids")
    with pytest.raises(fitroom.WrongRequestError, match="`wide` has no run with seed 9; its seeds are 1, 2, 3, 4, 5"):
        study.weights("wide", seed=9)
    with pytest.raises(fitroom.WrongRequestError, match="no weights `first`"):
        study.weights("wide", which="first")  # type: ignore[arg-type]
    with pytest.raises(fitroom.FitroomError, match="there is no study in"):
        fitroom.load(tmp_path)


def test_damage_is_no_wrong_request(trained: Trained, tmp_path: Path) -> None:
    import shutil

    out, _ = trained
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    for file in copy.glob("runs/*/outcome.json"):
        file.write_text(file.read_text().replace("9", "8"))
    with pytest.raises(fitroom.FitroomError) as raised:
        fitroom.load(copy)
    assert not isinstance(raised.value, fitroom.WrongRequestError)


def test_a_study_says_what_it_is(trained: Trained) -> None:
    out, _ = trained
    assert repr(fitroom.load(out)) == f"<fitroom study 'widths' in {str(out)!r}: 10 runs finished>"
