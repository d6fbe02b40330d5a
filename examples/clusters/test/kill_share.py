"""Kills one process that trains a share: kill_share.py OUT DONE [SIGNAL]

It waits until DONE runs of OUT are finished and another one has stored its first epoch, and sends SIGNAL (KILL) to the process
that the run's lock names. It ends with exit code 1 if that does not happen within a minute.
"""

import fcntl
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
out, done = Path(sys.argv[1]), int(sys.argv[2])


def trainer(lock: Path) -> int | None:
    """The process that holds a run's lock, if it is one of this machine."""
    try:
        with lock.open() as file:
            owner = re.fullmatch(r"process (\d+) on (.+)", file.read().strip())
            try:
                # A file that a killed process left names a process that may be somebody else's by now.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(owner[1]) if owner and owner[2] == socket.gethostname() else None
    except FileNotFoundError:
        pass
    return None


def has_an_epoch(run: Path) -> bool:
    epochs = run / "epochs.jsonl"
    return epochs.exists() and epochs.stat().st_size > 0


number = signal.Signals[f"SIG{sys.argv[3] if len(sys.argv) == 4 else 'KILL'}"]
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    finished = len(list(out.glob("runs/*/outcome.json")))
    for lock in out.glob("runs/*/lock") if finished >= done else ():
        process = trainer(lock)
        if process and has_an_epoch(lock.parent):
            os.kill(process, number)
            print(f"{number.name} to process {process}, which trained {lock.parent.name}; {finished} runs were finished")
            sys.exit()
    time.sleep(0.005)
sys.exit(f"error: {out}: no run was under way after {done} were finished")
