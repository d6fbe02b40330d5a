"""Data frames on their way in and out. None of their packages is imported unless the caller uses it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Union

from ._errors import WrongRequestError

FrameKind = Literal["pandas", "polars", "pyarrow", "dict"]
"""Which kind of data frame is returned."""

KINDS: tuple[FrameKind, ...] = ("pandas", "polars", "pyarrow", "dict")

PlainColumn = Union["tuple[str, bytes, bool]", "list[Any]"]
"""A kind, values as bytes, and whether NaN says that there is no value; or any values."""

_BYTES = {"f": "float64", "i": "int64", "u": "uint64", "b": "bool"}


def installed_kind() -> FrameKind:
    """The kind of data frame for a caller who gave none: the first that is installed."""
    for kind in KINDS[:2]:
        if importlib.util.find_spec(kind) is not None:
            return kind
    return "dict"


def chosen_kind(kind: FrameKind | None) -> FrameKind:
    """The kind that the caller asks for, checked, or the first that is installed."""
    if kind is None:
        return installed_kind()
    if kind not in KINDS:
        raise WrongRequestError(f"there is no kind of data frame `{kind}`; there are {', '.join(KINDS)}")
    return kind


def make_frame(columns: Mapping[str, list[Any]], kind: FrameKind) -> Any:
    """Make a data frame of columns."""
    if kind == "dict":
        return dict(columns)
    package = importlib.import_module(kind)
    return package.table(columns) if kind == "pyarrow" else package.DataFrame(columns)


def is_of(value: Any, package: str, name: str) -> bool:
    """Whether ``value`` is an instance of a class, without importing its package."""
    module = sys.modules.get(package)
    return module is not None and isinstance(value, getattr(module, name))


def taken_apart(runs: Any) -> tuple[Any, list[tuple[str, PlainColumn]] | None, FrameKind]:
    """Return the Arrow stream or else the columns of a table, and the table's kind."""
    if is_of(runs, "pandas", "DataFrame") or is_of(runs, "pandas", "Series"):
        return None, _pandas_columns(runs), "pandas"
    if isinstance(runs, Mapping):
        return None, [(str(name), _column(str(name), values)) for name, values in runs.items()], "dict"
    if hasattr(runs, "__arrow_c_stream__"):
        package = type(runs).__module__.partition(".")[0]
        known: dict[str, FrameKind] = {"polars": "polars", "pyarrow": "pyarrow"}
        return runs, None, known.get(package) or installed_kind()
    if isinstance(runs, Sequence) and runs and all(isinstance(row, Mapping) for row in runs):
        names = dict.fromkeys(name for row in runs for name in row)
        return None, [(str(name), [row.get(name) for row in runs]) for name in names], "dict"
    raise WrongRequestError(
        "the runs are no data frame, no dict of columns and no path: "
        f"{type(runs).__module__}.{type(runs).__qualname__}\n"
        "hint: collect a lazy frame, or give columns as {'model': [...], 'seed': [...], 'val_acc': [...]}"
    )


def _pandas_columns(runs: Any) -> list[tuple[str, PlainColumn]]:
    frame = runs.to_frame() if is_of(runs, "pandas", "Series") else runs
    # What a frame was grouped by stands in its index, under names.
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return [(_joined(name), _pandas_column(column)) for name, column in frame.items()]


def _joined(name: object) -> str:
    """The name of a column, which in pandas may have several levels."""
    return "/".join(str(part) for part in name if str(part)) if isinstance(name, tuple) else str(name)


def _pandas_column(column: Any) -> PlainColumn:
    # Only NumPy's own types have an order of bytes. In them, NaN also means that there is no value.
    kind = _BYTES.get(column.dtype.kind) if hasattr(column.dtype, "newbyteorder") else None
    if kind is not None:
        return kind, column.to_numpy(dtype=kind).tobytes(), True
    is_missing = column.isna().tolist()
    values = column.astype(object).tolist()
    return [None if missing else value for value, missing in zip(values, is_missing)]


def _column(name: str, values: Any) -> PlainColumn:
    if is_of(values, "pandas", "Series"):
        return _pandas_column(values)
    if is_of(values, "numpy", "ndarray") and values.ndim == 1 and values.dtype.kind in _BYTES:
        kind = _BYTES[values.dtype.kind]
        return kind, values.astype(kind).tobytes(), False
    for method in ("to_pylist", "tolist", "to_list"):
        if hasattr(values, method):
            values = getattr(values, method)()
            break
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise WrongRequestError(f"the column `{name}` is no list of values\nhint: give a value for each run")
    return list(values)
