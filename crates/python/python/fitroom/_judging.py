"""Judges runs that any program trained."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional

from . import _fitroom
from ._errors import WrongRequestError
from ._frames import FrameKind, chosen_kind, taken_apart
from ._result import Margin, Result

Scale = Literal["fraction", "percent", "plain"]
"""What a score of 1 means: all, a hundredth, or neither."""


def judge(
    runs: Any,
    *,
    network: str | None = None,
    seed: str | None = None,
    epoch: str | None = None,
    score: str | Sequence[str] = (),
    baseline: str | None = None,
    at: Literal["last", "best"] = "last",
    margin: Margin | Mapping[str, Margin] | None = None,
    lower_is_better: bool | str | Sequence[str] | None = None,
    scale: Scale | Mapping[str, Scale] | None = None,
    ignore: str | Sequence[str] = (),
    declared: bool = False,
    unpaired: bool = False,
    frame: FrameKind | None = None,
) -> Result:
    """Judge which networks are better than the baseline, seed by seed.

    ``runs`` is a data frame of pandas, polars, pyarrow or anything with ``__arrow_c_stream__``; a dict of columns; a
    list of dicts; or a path or a list of paths of logs, which may be anything that the command ``fitroom judge``
    reads. A table has a row for each run, or one for each epoch of a run.

    ``network``, ``seed`` and ``epoch`` name columns, and ``score`` names one measure or several, the most important
    first. What is not named is guessed, and each guess is in ``result.notes``. Runs that differ in nothing but the
    seed are one network; settings in ``ignore`` do not tell networks apart. ``baseline`` names the network that all
    others are compared with.

    ``at`` says which epoch's value is the score of a run. ``margin`` is the smallest difference that matters: a number
    in the measure's own unit, or text such as ``"0.5%"``, which is points of an accuracy and a part of the
    baseline's mean of other measures. ``lower_is_better`` is True, False, or the measures of which less is better.
    ``margin`` and ``scale`` can be a dict from measures to values.

    Nobody knows how the number of seeds was decided, so a sequential test judges, unless ``declared`` vouches that it
    was decided before the first look. With ``unpaired``, seeds mean nothing to each other.

    ``frame`` is the kind of data frame that the result returns: ``"pandas"``, ``"polars"``, ``"pyarrow"`` or
    ``"dict"``. By default it is the kind of ``runs``; for paths it is the first of pandas and polars that is
    installed, or else a dict.

    In pandas, NaN in a column of numbers counts as not measured, because pandas writes a missing value in the same way. A
    note says how many there were. In a dict or a polars frame, None is missing, and NaN was measured.

    Raises :class:`WrongRequestError` if the request does not fit the runs.

    >>> result = fitroom.judge({"model": [...], "seed": [...], "val_acc": [...]})  # doctest: +SKIP
    """
    asked = {
        "network": network,
        "seed": seed,
        "epoch": epoch,
        "scores": _names(score),
        "ignore": _names(ignore),
        "baseline": baseline,
        "is_best": _chosen("at", at, ("last", "best")) == "best",
        "lower_is_better": _directions(lower_is_better),
        "scales": _by_measure(scale),
        "margins": _by_measure(margin),
        "is_declared": declared,
        "is_unpaired": unpaired,
    }
    paths = _paths(runs)
    if paths is not None:
        return Result(_fitroom.judge(paths, None, None, asked), chosen_kind(frame))
    stream, columns, kind = taken_apart(runs)
    judgement = _fitroom.judge(None, stream, columns, asked)
    return Result(judgement, kind if frame is None else chosen_kind(frame))


def _paths(runs: Any) -> list[str] | None:
    """The paths, if they are some."""
    if isinstance(runs, (str, os.PathLike)):
        return [os.fspath(runs)]
    is_path = isinstance(runs, (list, tuple)) and all(isinstance(path, (str, os.PathLike)) for path in runs)
    return [os.fspath(path) for path in runs] if is_path else None


def _names(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _directions(lower: bool | str | Sequence[str] | None) -> list[tuple[Optional[str], bool]]:
    if lower is None or isinstance(lower, bool):
        return [] if lower is None else [(None, lower)]
    return [(measure, True) for measure in _names(lower)]


def _by_measure(values: Any) -> list[tuple[Optional[str], str]]:
    """Values for all measures or for some, as the command line writes them."""
    if values is None:
        return []
    if isinstance(values, Mapping):
        return [(measure, str(value)) for measure, value in values.items()]
    return [(None, str(values))]


def _chosen(parameter: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise WrongRequestError(f"`{value}` is no value of `{parameter}`: {' or '.join(known)}")
    return value
