"""`fitroom.run`: events, exceptions and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import fitroom

Trained = "tuple[Path, list[dict[str, Any]]]"


def test_events_are_dicts_in_order(trained: Trained) -> None:
    _, events = trained
    kinds = [event["event"] for event in events]
    assert kinds[0] == "study_started" and kinds[-1] == "report_written"
    assert kinds.count("epoch_done") == 20 and kinds.count("run_done") == 10
    assert "step" not in kinds


def test_a_finished_study_is_only_read_and_steps_are_sent_if_asked_for(
    trained: Trained, study_file: Path, tmp_path: Path
) -> None:
    out, _ = trained
    again: list[str] = []
    fitroom.run(study_file, out=out, on_event=lambda event: again.append(event["event"]))
    assert "epoch_done" not in again
    steps: list[dict[str, Any]] = []
    fitroom.run(study_file, out=tmp_path, seeds=1, only="1", epochs=1, on_event=steps.append, steps=True)
    losses = [event["loss"] for event in steps if event["event"] == "step"]
    assert losses and all(isinstance(loss, float) for loss in losses)


def test_events_come_on_the_calling_thread_and_other_threads_go_on(study_file: Path, tmp_path: Path) -> None:
    threads = set()
    counted = 0
    is_over = threading.Event()

    def count() -> None:
        nonlocal counted
        while not is_over.is_set():
            counted += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    fitroom.run(study_file, out=tmp_path, seeds=1, on_event=lambda _: threads.add(threading.get_ident()))
    is_over.set()
    counter.join()
    assert threads == {threading.get_ident()}
    assert counted > 5, "the lock is free while it trains"


def test_an_exception_of_the_listener_stops_the_study(study_file: Path, tmp_path: Path) -> None:
    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "epoch_done":
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        fitroom.run(study_file, out=tmp_path, seeds=1, epochs=100_000, on_event=listen)
    assert any(status == "pending" for _, _, status in statuses(tmp_path))


def statuses(out: Path) -> list[tuple[str, int, str]]:
    summary = fitroom.load(out, frame="dict").summary
    return list(zip(summary["network"], summary["seed"], summary["status"]))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_raises_keyboard_interrupt_and_the_same_call_continues(
    trained: Trained, study_file: Path, tmp_path: Path
) -> None:
    program = (
        "import sys, fitroom\n"
        "def listen(event):\n"
        "    if event['event'] == 'epoch_done': print('trains', flush=True)\n"
        "try:\n"
        "    fitroom.run(sys.argv[1], out=sys.argv[2], epochs=100_000, on_event=listen)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
    )
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", program, study_file, out], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "trains\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert rest.endswith("interrupted\n") and process.returncode == 0
    assert {status for _, _, status in statuses(out)} == {"pending"}


def test_the_same_numbers_after_an_interruption(trained: Trained, study_file: Path, tmp_path: Path) -> None:
    whole, _ = trained

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "epoch_done":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitroom.run(study_file, out=tmp_path, seeds=1, on_event=listen)
    fitroom.run(study_file, out=tmp_path, seeds=1)

    def scores(out: Path) -> list[dict[str, Any]]:
        rows = fitroom.load(out, frame="polars").summary.drop("seconds").to_dicts()
        return [row for row in rows if row["seed"] == 1]

    assert len(scores(tmp_path)) == 2 and scores(tmp_path) == scores(whole)


def test_wrong_requests_have_the_words_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(fitroom.WrongRequestError) as raised:
        fitroom.run("reprot")
    command = subprocess.run(
        [Path(sys.executable).with_name("fitroom"), "run", "reprot"], capture_output=True, text=True, check=False
    )
    assert command.stderr == f"error: {raised.value}\n"
    assert isinstance(raised.value, ValueError)
    with pytest.raises(fitroom.WrongRequestError):
        fitroom.run("report", seeds=0)
    with pytest.raises(fitroom.WrongRequestError):
        fitroom.run("report", dataset="mnits")
    with pytest.raises((TypeError, OverflowError)):
        fitroom.run("report", seeds=-1)
    with pytest.raises(fitroom.WrongRequestError, match="checkpoint_every"):
        fitroom.run("report", dataset="drawn", out=tmp_path, checkpoint_every=-1)
