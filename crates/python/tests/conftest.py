"""What the tests share: runs as columns, and a small study of made-up images."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import fitroom

STUDY = """
name = "widths"
dataset = "csv:{dir}/train.csv,{dir}/test.csv"
seeds = 5
training = {{ epochs = 2, batch_size = 16, validation = 40 }}
network = [
    {{ name = "narrow", layers = "dense 2, relu" }},
    {{ name = "wide", layers = "dense 32, batchnorm, relu", vs = "narrow" }},
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
    directory = tmp_path_factory.mktemp("study")
    write_images(directory / "train.csv", 200)
    write_images(directory / "test.csv", 60)
    path = directory / "widths.toml"
    path.write_text(STUDY.format(dir=directory))
    return path


def write_images(path: Path, count: int) -> None:
    """Images of 8×8 in three classes: a bright row, a bright column, or a bright diagonal, among noise."""
    drawn = random.Random(path.name)
    lines = []
    for image in range(count):
        at = drawn.randrange(8)
        kinds = [lambda y, x: y == at, lambda y, x: x == at, lambda y, x: (y + x) % 8 == at]
        is_bright = kinds[image % 3]
        pixels = [drawn.randrange(120) + 130 * is_bright(y, x) for y in range(8) for x in range(8)]
        lines.append(",".join(map(str, [image % 3, *pixels])))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def trained(study_file: Path) -> tuple[Path, list[dict[str, Any]]]:
    """The directory of that study after `fitroom.run`, and its events."""
    events: list[dict[str, Any]] = []
    out = study_file.parent / "out"
    fitroom.run(study_file, out=out, on_event=events.append)
    return out, events
