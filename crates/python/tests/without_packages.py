"""What an environment must do that has the wheel and nothing else."""

import importlib.util
import tempfile
from pathlib import Path

import fitroom

for package in ("numpy", "pandas", "polars", "pyarrow"):
    assert importlib.util.find_spec(package) is None, f"{package} is installed: this tests nothing"

columns = {
    "model": ["plain", "wide"] * 8,
    "seed": [seed for seed in range(8) for _ in range(2)],
    "val_acc": [0.80 + 0.05 * (row % 2) + 0.001 * (row * 5 % 7) for row in range(16)],
}
result = fitroom.judge(columns, baseline="plain")
assert result.verdict("wide") == "better", result
assert result.comparisons["network"] == ["wide"], "a dict in, a dict out"
with tempfile.TemporaryDirectory() as directory:
    path = Path(directory, "runs.csv")
    rows = zip(*columns.values())
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n")
    assert fitroom.judge(path, baseline="plain").comparisons == result.comparisons
print(result)
