"""Compares two directories of results of one study: same_results.py EXPECTED FOUND

Tables must be equal but for their columns of time, and weights and predictions byte for byte. It prints
every difference, and ends with exit code 1 if there is one.
"""

import csv
import sys
from pathlib import Path

TABLES = ("summary.csv", "epochs.csv", "comparisons.csv")
RUN_FILES = ("best.safetensors", "last.safetensors", "predictions.csv")
TIMES = ("seconds",)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        table = list(csv.reader(file))
    kept = [index for index, column in enumerate(table[0]) if column not in TIMES]
    return [[row[index] for index in kept] for row in table]


def differences(expected: Path, found: Path) -> list[str]:
    wrong = []
    for name in TABLES:
        if not (found / name).is_file():
            wrong.append(f"{name}: missing")
        elif (here := rows(expected / name)) != (there := rows(found / name)):
            changed = [pair for pair in zip(here, there) if pair[0] != pair[1]]
            wrong.append(f"{name}: {len(here)} rows and {len(there)} rows; first difference {changed[:1]}")
    runs = {directory.name for directory in (expected / "runs").iterdir()}
    others = {directory.name for directory in (found / "runs").iterdir()}
    wrong += [f"runs/{run}: missing" for run in sorted(runs - others)]
    wrong += [f"runs/{run}: not expected" for run in sorted(others - runs)]
    for run in sorted(runs & others):
        for name in RUN_FILES:
            path = found / "runs" / run / name
            if not path.is_file():
                wrong.append(f"runs/{run}/{name}: missing")
            elif path.read_bytes() != (expected / "runs" / run / name).read_bytes():
                wrong.append(f"runs/{run}/{name}: other bytes")
    if not runs:
        wrong.append(f"{expected} has no runs")
    return wrong


if len(sys.argv) != 3:
    sys.exit(__doc__)
wrong = differences(Path(sys.argv[1]), Path(sys.argv[2]))
for difference in wrong:
    print(difference)
sys.exit(1 if wrong else 0)
