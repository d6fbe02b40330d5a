"""What the package says of itself."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import fitroom

tomllib = pytest.importorskip("tomllib", reason="Python 3.11 reads TOML")

HERE = Path(__file__).parent.parent
ROOT = HERE.parent.parent


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())  # type: ignore[no-any-return]


def test_the_package_has_the_version_of_the_program() -> None:
    version = read(ROOT / "Cargo.toml")["workspace"]["package"]["version"]
    assert metadata.version("fitroom") == version
    assert metadata.requires("fitroom") in (None, []), "nothing else is needed"
    assert sys.version_info >= (3, 9) and metadata.metadata("fitroom")["Requires-Python"] == ">=3.9"


def test_everything_public_has_a_docstring() -> None:
    for name in fitroom.__all__:
        public = getattr(fitroom, name)
        if not isinstance(public, type):
            continue
        assert public.__doc__, name
        members = {key: value for key, value in vars(public).items() if not key.startswith("_")}
        undocumented = [key for key, value in members.items() if not getattr(value, "__doc__", None)]
        assert not undocumented, (name, undocumented)
    assert all(function.__doc__ for function in (fitroom.judge, fitroom.run, fitroom.load))
