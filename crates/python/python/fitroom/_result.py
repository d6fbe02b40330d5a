"""Results: verdicts on networks, and what they are drawn from."""

from __future__ import annotations

import base64
import html
import json
import math
import os
from pathlib import Path
from typing import Any, Literal, Optional, Union

from . import _fitroom
from ._errors import FitroomError, WrongRequestError
from ._frames import FrameKind, make_frame
from ._stored import Study

Verdict = Optional[Literal["better", "worse", "equivalent", "undecided", "exploratory"]]
"""What is concluded of a network against its baseline. ``None`` if there are too few runs for anything."""


Margin = Union[float, str]
"""The smallest difference that matters: ``0.02`` in the measure's own unit, or ``"0.5%"``."""


class Result:
    """Verdicts on networks. :func:`judge` and :func:`run` return them.

    In a notebook, a result shows the picture of all comparisons and the verdicts in words. Its text is the verdicts.
    """

    study: Study | None
    """The study that was trained, with its curves, scores and weights. ``None`` if :func:`judge` made the result."""

    def __init__(
        self, judgement: _fitroom.Judgement, frame: FrameKind, study: Study | None = None
    ) -> None:
        self.study = study
        self._judgement = judgement
        self._frame = frame
        self._data: dict[str, Any] = json.loads(judgement.json())

    @property
    def comparisons(self) -> Any:
        """A data frame with a row for each network, baseline and measure.

        Differences are the network's score minus the baseline's, in the measure's own unit. ``low`` and ``high`` are
        the ends of the interval, ``percent`` says how sure it is. ``seeds_needed`` is infinite for more than 1000.
        """
        rows = [_flat_comparison(comparison) for comparison in self._data["comparisons"]]
        return self._frame_of(rows, _flat_comparison({}))

    @property
    def networks(self) -> Any:
        """A data frame with a row for each network and measure: how many runs were scored, their mean and their
        standard deviation over seeds."""
        rows = [
            {"network": network["name"], "baseline": network["baseline"], "runs": network["runs"], **score}
            for network in self._data["networks"]
            for score in network["scores"]
        ]
        return self._frame_of(rows, dict.fromkeys(["network", "baseline", "runs", "measure", "count", "mean", "sd"]))

    @property
    def notes(self) -> list[str]:
        """What was guessed, odd or left out when the runs were read, as sentences."""
        return list(self._data["notes"])

    @property
    def sentences(self) -> list[str]:
        """What is concluded of each comparison, in words."""
        return [comparison["sentence"] for comparison in self._data["comparisons"]]

    def verdict(self, network: str, *, measure: str | None = None) -> Verdict:
        """The verdict on a network against its baseline, in the first measure or in the one that is named."""
        measures = [known["name"] for known in self._data["measures"]]
        if measure is not None and measure not in measures:
            raise WrongRequestError(f"nothing is judged by `{measure}`; the measures are {_listed(measures)}")
        comparisons = self._data["comparisons"]
        for comparison in comparisons:
            if comparison["network"] == network and measure in (None, comparison["measure"]):
                verdict: Verdict = comparison["verdict"]
                return verdict
        known = list(dict.fromkeys(comparison["network"] for comparison in comparisons))
        raise WrongRequestError(
            f"no network `{network}` is compared with a baseline; those that are: {_listed(known)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values: the JSON of ``fitroom judge --json``, which docs/judge.md documents."""
        return json.loads(self._judgement.json())  # type: ignore[no-any-return]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report, and return its path.

        The ending of ``path`` decides: ``.html`` is the report as one page, ``.md`` is Markdown for a comment on a pull
        request, ``.json`` is :meth:`to_dict`, ``.svg`` is the picture. Without an ending, ``path`` is a
        directory for the report with its tables and plots.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending == "":
            return self._judgement.write(path)
        texts = {
            ".html": self._page,
            ".md": self._judgement.markdown,
            ".json": self._judgement.json,
            ".svg": self._judgement.picture,
        }
        if ending not in texts:
            raise WrongRequestError(
                f"a result is not saved as `{ending}`; there are {_listed(list(texts))} and directories"
            )
        try:
            text = texts[ending]()
            if text is None:
                raise WrongRequestError("there are too few runs for a picture")
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise FitroomError(f"cannot write {path}: {error}") from error
        return path

    def __repr__(self) -> str:
        lines = [self._judgement.title(), "", *self.sentences]
        return "\n".join([*lines, "", _counted_notes(self.notes)] if self.notes else lines)

    def _repr_html_(self) -> str:
        """The picture and the verdicts, for notebooks."""
        sentences = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in self.sentences)
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        if notes:
            notes = f"<details><summary>{_counted_notes(self.notes)}</summary><ul>{notes}</ul></details>"
        picture = _image(self._judgement.picture())
        title = html.escape(self._judgement.title())
        return f'<div class="fitroom"><p><b>{title}</b></p>{picture}<ul>{sentences}</ul>{notes}</div>'

    def _page(self) -> str:
        # The page of a study has more: classes, mistakes and weights.
        if self.study is not None:
            return (self.study.path / "report.html").read_text(encoding="utf-8")
        return self._judgement.html()

    def _frame_of(self, rows: list[dict[str, Any]], empty: dict[str, Any]) -> Any:
        return make_frame({name: [row[name] for row in rows] for name in empty}, self._frame)


def _image(svg: str | None) -> str:
    """A picture for a notebook. As an image of its own, neither its styles nor the page's reach the other; it is on
    white, because its colours are those of a light page."""
    if svg is None:
        return ""
    data = base64.b64encode(svg.encode()).decode()
    style = "background: white; max-width: 100%"
    return f'<img alt="Differences from the baseline" style="{style}" src="data:image/svg+xml;base64,{data}">'


def _flat_comparison(comparison: dict[str, Any]) -> dict[str, Any]:
    """A comparison as a row of a table."""
    interval = comparison.get("interval") or {}
    superiority = comparison.get("superiority") or {}
    runs = comparison.get("runs") or {}
    needed = comparison.get("seeds_needed")
    plain = ["network", "baseline", "measure", "verdict", "mean_difference"]
    row = {name: comparison.get(name) for name in plain}
    row |= {name: interval.get(name) for name in ("low", "high", "percent")}
    more = ["sd_of_differences", "pairs", "test", "p", "p_holm", "not_worse"]
    row |= {name: comparison.get(name) for name in more}
    row["superiority"] = superiority.get("probability")
    row |= {f"superiority_{end}": superiority.get(end) for end in ("low", "high")}
    row["effect_size"] = comparison.get("effect_size")
    # One type for the column, which polars and Arrow need.
    row["seeds_needed"] = math.inf if isinstance(needed, str) else None if needed is None else float(needed)
    row |= {f"{side}_runs": runs.get(side) for side in ("network", "baseline")}
    row["differs_in"] = "; ".join(comparison.get("differs_in") or [])
    row["sentence"] = comparison.get("sentence")
    return row


def _counted_notes(notes: list[str]) -> str:
    return f"{len(notes)} note{'' if len(notes) == 1 else 's'} on how the runs were read"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
