"""The command `fitroom`, as the wheel installs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("fitroom")


def fitroom(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, **options)  # type: ignore


def test_results_go_to_standard_output_and_exit_codes_tell() -> None:
    version = fitroom("--version")
    assert (version.returncode, version.stdout.split()[0]) == (0, "fitroom")
    studies = fitroom("studies")
    assert studies.returncode == 0 and "report" in studies.stdout and not studies.stderr
    wrong = fitroom("networks", "reprot")
    assert wrong.returncode == 2 and wrong.stderr.startswith("error: ") and not wrong.stdout
    assert fitroom("run", "--sedes", "3").returncode == 2
    as_module = subprocess.run([sys.executable, "-m", "fitroom", "studies"], capture_output=True, text=True, check=True)
    assert as_module.stdout == studies.stdout


def test_a_closed_pipe_is_no_failure() -> None:
    line = f"'{COMMAND}' networks | head -1; exit ${{PIPESTATUS[0]}}"
    piped = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (piped.returncode, piped.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_stops_training_and_says_how_to_continue(study_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["run", str(study_file), "--epochs", "100000", "--out", str(out)]
    process = subprocess.Popen([COMMAND, *arguments], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: any(out.glob("runs/*/epochs.jsonl")))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"hint: continue with: fitroom run {study_file} --epochs 100000" in said, said


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_other_commands_at_once(study_file: Path) -> None:
    arguments = ["bench", str(study_file), "--seconds", "3600"]
    process = subprocess.Popen([COMMAND, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT


def wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
