"""A user's program, which mypy checks with --strict and nobody runs."""

from __future__ import annotations

from typing import Any

import fitroom
import numpy as np
import numpy.typing as npt


def listen(event: dict[str, Any]) -> None:
    print(event["event"])


def judge_runs(path: str) -> bool:
    result: fitroom.Result = fitroom.judge(path, score=["val_acc", "loss"], margin={"val_acc": "0.5%", "loss": 0.01})
    verdict: fitroom.Verdict = result.verdict("wide")
    try:
        result.save("report.html")
    except fitroom.FitroomError as error:
        print(error)
    return verdict == "better"


def train() -> npt.NDArray[np.float32]:
    result = fitroom.run("study.toml", seeds=10, on_event=listen)
    assert result.study is not None
    weights: dict[str, npt.NDArray[np.float32]] = fitroom.load(result.study.path).weights("wide", seed=2)
    return weights["0.weight"]


def train_share() -> fitroom.Study:
    return fitroom.run_share("study.toml", "auto/8", out="results", threads=1, on_event=listen)


fitroom.judge({"model": ["a"]}, at="first")  # type: ignore[arg-type]
fitroom.load(3)  # type: ignore[arg-type]
fitroom.run_share("study.toml", (3, 8))  # type: ignore[arg-type]
