"""Trains studies, and shares of studies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import _fitroom
from ._frames import FrameKind, chosen_kind
from ._result import Margin, Result
from ._stored import Study


def run(
    study: str | os.PathLike[str] = "report",
    *,
    seeds: int | None = None,
    epochs: int | None = None,
    quick: bool = False,
    only: Sequence[str] = (),
    until_clear: bool = False,
    at_most: int | None = None,
    dataset: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    margin: Margin = 0.005,
    threads: int | None = None,
    checkpoint_every: float = 60.0,
    on_event: Callable[[dict[str, Any]], object] | None = None,
    steps: bool = False,
    frame: FrameKind | None = None,
) -> Result:
    """Train the unfinished runs of a study, write its report, and return its verdicts.

    The verdicts are those of the report. ``result.study`` has the curves, scores and weights.

    ``study`` is the path of a study file, or the name of a built-in study. The parameters are the
    options of the command ``fitroom run``, and the results are stored in ``out``, by default in
    ``fitroom-out/STUDY-DATASET``. A study that is stored there already is continued, and is only read if it is finished.

    ``margin`` is the difference in accuracy that matters, as a fraction or as points: ``0.005`` or ``"0.5%"``.

    ``on_event`` is called on this thread with each event as a dict, such as
    ``{"event": "epoch_done", "run": 3, "epoch": 2, ...}``. With ``steps=True`` it also gets the events ``step`` and
    ``download``, of which there are thousands. If it raises an exception, the study stops, and the exception
    comes out of ``run``. So does ``KeyboardInterrupt`` after Ctrl-C: the study stops after its current step, everything
    is stored, and the same call continues there to the same numbers. A second Ctrl-C does not wait for that.

    Raises :class:`WrongRequestError` if nothing could be trained as asked, and :class:`FitroomError` if the work
    failed.
    """
    kind = chosen_kind(frame)
    request = {
        "study": os.fspath(study),
        "share": None,
        "quick": quick,
        "seeds": seeds,
        "until_clear": until_clear,
        "at_most": at_most,
        "epochs": epochs,
        "only": [only] if isinstance(only, str) else list(only),
        "dataset": dataset,
        "data_dir": data_dir,
        "out": out,
        "margin": str(margin),
        "threads": threads,
        "checkpoint_every": checkpoint_every,
    }
    path = _train(request, on_event, steps)
    return Result(_fitroom.Judgement.of_study(path, str(margin)), kind, Study(path, kind))


def run_share(
    study: str | os.PathLike[str],
    share: str,
    *,
    seeds: int | None = None,
    epochs: int | None = None,
    quick: bool = False,
    only: Sequence[str] = (),
    dataset: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    checkpoint_every: float = 60.0,
    on_event: Callable[[dict[str, Any]], object] | None = None,
    steps: bool = False,
    frame: FrameKind | None = None,
) -> Study:
    """Train the unfinished runs of a share of a study, and return what is stored of the whole study by then.

    ``share`` is ``"3/8"``, the third of eight shares. ``"auto/8"`` and ``"auto"`` take its number from the task of
    Slurm, HyperQueue, GNU parallel or Kubernetes that this process belongs to. Other processes may train other shares
    in the same directory meanwhile. A share skips runs that another process trains. It trains no fresh seeds of
    winners, and writes no report: call :func:`run` with the same study and ``out`` once all shares have ended.

    All other parameters, the events, ``KeyboardInterrupt`` and the exceptions are those of :func:`run`.
    """
    kind = chosen_kind(frame)
    request = {
        "study": os.fspath(study),
        "share": share,
        "quick": quick,
        "seeds": seeds,
        "until_clear": False,
        "at_most": None,
        "epochs": epochs,
        "only": [only] if isinstance(only, str) else list(only),
        "dataset": dataset,
        "data_dir": data_dir,
        "out": out,
        "margin": "0.005",  # of verdicts, which only a report has
        "threads": threads,
        "checkpoint_every": checkpoint_every,
    }
    return Study(_train(request, on_event, steps), kind)


def _train(request: dict[str, Any], on_event: Callable[[dict[str, Any]], object] | None, steps: bool) -> Path:
    hear = None if on_event is None else (lambda line: on_event(json.loads(line)))
    return _fitroom.train(request, hear, steps)
