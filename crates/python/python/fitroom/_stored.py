"""Stored studies: their curves, scores and weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import _fitroom
from ._errors import WrongRequestError
from ._frames import FrameKind, chosen_kind, make_frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

Which = Literal["best", "last"]
"""The weights after the best epoch, or after the last one."""


class Study:
    """A stored study, finished or not. :func:`load` opens one.

    It shows the study as it was when it was opened.
    """

    path: Path
    """The study's directory."""

    def __init__(self, path: Path, frame: FrameKind) -> None:
        self.path = path
        self._frame = frame
        self._stored = _fitroom.StoredStudy(path)

    @property
    def name(self) -> str:
        """The study's name."""
        return self._stored.name

    @property
    def networks(self) -> list[str]:
        """The networks' names, in the study's order."""
        return self._stored.networks

    @property
    def epochs(self) -> Any:
        """A data frame with a row for each network, seed and epoch: the columns of ``epochs.csv``."""
        return make_frame(self._stored.epochs(), self._frame)

    @property
    def summary(self) -> Any:
        """A data frame with a row for each network and seed: the columns of ``summary.csv``."""
        return make_frame(self._stored.summary(), self._frame)

    def weights(
        self, network: str, seed: int = 1, *, which: Which = "best"
    ) -> dict[str, npt.NDArray[np.float32]]:
        """The weights of a run as NumPy arrays, under PyTorch's names and in its layouts.

        ``network`` is a name, or a number from 1. The statistics of batch norm are among the weights.
        """
        import numpy as np

        tensors = self._tensors(network, seed, which)
        # A copy, because an array on top of bytes cannot be written to.
        return {
            name: np.frombuffer(values, dtype=np.float32).reshape(shape).copy()
            for name, shape, values in tensors
        }

    def state_dict(
        self, network: str, seed: int = 1, *, which: Which = "best"
    ) -> dict[str, torch.Tensor]:
        """The weights of a run, for ``load_state_dict`` of the same network in PyTorch.

        PyTorch's batch norm also counts batches, for statistics without momentum alone. That count is not stored,
        and is 0 here.
        """
        import torch

        state = {}
        for name, array in self.weights(network, seed, which=which).items():
            state[name] = torch.from_numpy(array)
            layer, _, kind = name.rpartition(".")
            if kind == "running_mean":
                state[f"{layer}.num_batches_tracked"] = torch.tensor(0)
        return state

    def __repr__(self) -> str:
        states: dict[str, int] = {}
        for _, _, status in self._stored.runs:
            states[status] = states.get(status, 0) + 1
        runs = ", ".join(f"{count} runs {status}" for status, count in states.items())
        return f"<fitroom study {self.name!r} in {os.fspath(self.path)!r}: {runs}>"

    def _tensors(self, network: str, seed: int, which: Which) -> list[tuple[str, list[int], bytes]]:
        if which not in ("best", "last"):
            raise WrongRequestError(f"there are no weights `{which}`; there are `best` and `last`")
        tensors = self._stored.weights(str(network), seed, which == "best")
        if tensors is None:
            raise WrongRequestError(
                f"the {which} weights of `{network}` with seed {seed} are not stored\n"
                "hint: a run stores its last weights at its end"
            )
        return tensors


def load(path: str | os.PathLike[str], *, frame: FrameKind | None = None) -> Study:
    """Open a stored study, finished or not: the directory that ``run`` or the command wrote.

    ``frame`` is the kind of data frame that it returns: ``"pandas"``, ``"polars"``, ``"pyarrow"`` or
    ``"dict"``. By default it is the first of pandas and polars that is installed, or else a dict of columns.

    >>> study = fitroom.load("fitroom-out/report-fashion-mnist")  # doctest: +SKIP
    >>> study.epochs.groupby("network").val_accuracy.max()        # doctest: +SKIP
    """
    return Study(Path(path), chosen_kind(frame))
