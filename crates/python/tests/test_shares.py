"""`fitroom.run_share`: shares of a study, and the last call that joins them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fitroom

ENGINES = ("PARALLEL_SEQ", "HQ_TASK_ID", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX")


def finished(study: fitroom.Study) -> int:
    return sum(status == "finished" for _, _, status in study._stored.runs)


def numbers(out: Path) -> list[dict[str, Any]]:
    return fitroom.load(out, frame="polars").summary.drop("seconds").to_dicts()


def test_shares_in_one_directory_are_the_whole_study(
    trained: tuple[Path, list[dict[str, Any]]], study_file: Path, tmp_path: Path
) -> None:
    whole, _ = trained
    first: list[str] = []
    one = fitroom.run_share(study_file, "1/2", out=tmp_path, on_event=lambda event: first.append(event["event"]))
    assert isinstance(one, fitroom.Study) and one.path == tmp_path
    assert 0 < finished(one) < 10
    assert first.count("run_done") == finished(one)
    assert "report_written" not in first and not (tmp_path / "report.html").exists()
    other = fitroom.run_share(study_file, "2/2", out=tmp_path)
    assert finished(other) == 10

    last: list[str] = []
    result = fitroom.run(study_file, out=tmp_path, on_event=lambda event: last.append(event["event"]))
    assert "epoch_done" not in last
    assert result.sentences and numbers(tmp_path) == numbers(whole)


def test_the_number_of_a_share_comes_from_the_task(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ENGINES:
        monkeypatch.delenv(engine, raising=False)
    with pytest.raises(fitroom.WrongRequestError, match="none of PARALLEL_SEQ"):
        fitroom.run_share(study_file, "auto/2", out=tmp_path)
    monkeypatch.setenv("HQ_TASK_ID", "1")
    second = fitroom.run_share(study_file, "auto/2", out=tmp_path / "task", epochs=1)
    given = fitroom.run_share(study_file, "2/2", out=tmp_path / "given", epochs=1)
    assert second._stored.runs == given._stored.runs and finished(second) > 0


@pytest.mark.parametrize("share", ["", "3", "0/8", "9/8", "auto/0", "all"])
def test_wrong_shares_are_refused(study_file: Path, tmp_path: Path, share: str) -> None:
    with pytest.raises(fitroom.WrongRequestError, match="share"):
        fitroom.run_share(study_file, share, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
