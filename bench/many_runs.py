"""Writes studies of thousands of tiny runs into the directory that is named, with made-up images for them.

docs/clusters-cost.md says what they took: python3 bench/many_runs.py many
"""

import csv
import pathlib
import random
import sys

RATES = 40


def image(label: int) -> list[int]:
    """8x8 pixels of noise, a little brighter where the class says so."""

    def pixel(x: int, y: int) -> int:
        bright = 200 if (x * 3 + y * 5 + label * 7) % 10 < 3 else 40
        return max(0, min(255, int(bright + random.gauss(0, 90))))

    return [pixel(x, y) for y in range(8) for x in range(8)]


def write_images(path: pathlib.Path, count: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["label"] + [f"p{at}" for at in range(64)])
        for index in range(count):
            rows.writerow([index % 10] + image(index % 10))


def sweep(prefix: str, widths: int, rates: int, momentum: str) -> str:
    """One sweep of `widths` times `rates` networks."""
    return f"""
[[network]]
name = "{prefix}width {{w}} rate {{r}}"
layers = "dense {{w}}, relu"
optimizer = {{ name = "sgd", learning_rate = "{{r}}"{momentum} }}
sweep = {{ w = {list(range(4, 4 + widths))}, r = {[round(0.01 * (at + 1), 4) for at in range(rates)]} }}
vs = "base"
"""


def study(directory: pathlib.Path, name: str, seeds: int, sweeps: list[str]) -> None:
    images = f"csv:{directory.resolve()}/train.csv,{directory.resolve()}/test.csv"
    head = f"""name = "{name}"
dataset = "{images}"
seeds = {seeds}

[training]
epochs = 1
batch_size = 64
validation = 40

[[network]]
name = "base"
layers = "dense 8, relu"
"""
    (directory / f"{name}.toml").write_text(head + "".join(sweeps))


def many(sweeps: int, last_widths: int) -> list[str]:
    """Sweeps of 1,000 networks, and a last one of as many as fit."""
    widths = [25] * (sweeps - 1) + [last_widths]
    return [
        sweep(f"s{at} ", width, RATES, f", momentum = {0.5 + 0.02 * at:.2f}")
        for at, width in enumerate(widths)
    ]


def main() -> None:
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    random.seed(1)
    write_images(directory / "train.csv", 240)
    write_images(directory / "test.csv", 200)
    study(directory, "101-networks", 100, [sweep("", 10, 10, "")])
    study(directory, "2001-networks", 5, many(2, 25))
    study(directory, "19961-networks", 5, many(20, 24))


main()
