"""What the tests share: runs as columns, and a small study of drawn garments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fitroom

STUDY = """
name = "widths"
dataset = "drawn"
seeds = 5
training = { epochs = 2, batch_size = 32, train_images = 600, validation = 600 }
network = [
    { name = "narrow", layers = "dense 2, relu" },
    { name = "wide", layers = "dense 32, batchnorm, relu", vs = "narrow" },
]
"""


@pytest.fixture()
def columns() -> dict[str, list[Any]]:
    """Three models over seven seeds. `wide` is surely better than `plain`, and `same` differs by nothing that matters."""
    noise = [0.001, -0.002, 0.003, 0.0, -0.001, 0.002, -0.003]
    rows = []
    for seed, plain in enumerate(noise, start=1):
        rows.append(("plain", seed, 0.1, 0.80 + plain))
        rows.append(("wide", seed, 0.1, 0.85 - plain / 2))
        rows.append(("same", seed, 0.1, 0.80 + plain + 0.0001 * (seed - 4)))
    names = ("model", "seed", "lr", "val_acc")
    return {name: list(values) for name, values in zip(names, zip(*rows))}


@pytest.fixture(scope="session")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that trains within seconds."""
    path = tmp_path_factory.mktemp("study") / "widths.toml"
    path.write_text(STUDY)
    return path


@pytest.fixture(scope="session")
def trained(study_file: Path) -> tuple[Path, list[dict[str, Any]]]:
    """The directory of that study after `fitroom.run`, and its events."""
    events: list[dict[str, Any]] = []
    out = study_file.parent / "out"
    fitroom.run(study_file, out=out, on_event=events.append)
    return out, events
