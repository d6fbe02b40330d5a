"""What must not depend on where and how a study was trained, and what may happen only once."""

import collections
import csv
import io
import json
import re

# Bytes that are the same wherever a run is trained.
RUN_FILES = ("best.safetensors", "last.safetensors", "predictions.csv")
TABLES = ("summary.csv", "epochs.csv", "comparisons.csv")
# What the program writes about a run, and where a job's script begins again.
LINE = re.compile(r"^(.+, seed \d+): (epoch|continues|done in|diverged)")
START = re.compile(r" on \S+, start \d+$")


def results(out):
    """Every result of a study's directory by its name: tables and report without times, and the runs' files."""
    found = {table: without_seconds((out / table).read_text()) for table in TABLES}
    found["report.md"] = report_without_seconds((out / "report.md").read_text())
    for run in (out / "runs").iterdir():
        for name in RUN_FILES:
            found[f"runs/{run.name}/{name}"] = (run / name).read_bytes()
    return found


def differences(expected, out):
    """The names of results that are not as expected."""
    found = results(out)
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


def without_seconds(table):
    """A CSV table without its columns of times."""
    rows = list(csv.reader(io.StringIO(table)))
    kept = [index for index, name in enumerate(rows[0]) if name != "seconds"]
    return [[row[index] for index in kept] for row in rows]


def report_without_seconds(report):
    """The report's lines. Of its tables, columns that are headed with seconds are left out, and so is the section of
    costs: times decide which networks are on a front."""
    lines, timed, is_cost = [], set(), False
    for line in report.splitlines():
        if line.startswith("## "):
            is_cost = line == "## Accuracy against cost"
        if is_cost:
            continue
        if line.startswith("|"):
            cells = line.split("|")
            timed = timed or {index for index, cell in enumerate(cells) if "seconds" in cell}
            lines.append([cell for index, cell in enumerate(cells) if index not in timed])
        else:
            timed = set()
            lines.append(line)
    return lines


def ends_in_logs(logs):
    """How often each run was trained to its end, as the programs' logs say.

    A program also names as done a run that another process has ended meanwhile: it has no line of training before."""
    ended = collections.Counter()
    for log in logs:
        trained = set()
        for line in log.read_text(errors="replace").splitlines():
            if START.search(line):
                trained.clear()
            elif found := LINE.match(line):
                run, what = found.groups()
                if what in ("epoch", "continues"):
                    trained.add(run)
                elif run in trained:
                    ended[run] += 1
    return ended


class Ends:
    """The outcomes of a study's runs. Once a run has its outcome, no process may write it again."""

    def __init__(self, out):
        self.out = out
        self.seen = {}
        self.written_again = set()

    def look(self):
        """Looks at every outcome that there is."""
        for outcome in self.out.glob("runs/*/outcome.json"):
            try:
                found = outcome.stat()
            except FileNotFoundError:
                continue
            file = (found.st_ino, found.st_mtime_ns)
            if self.seen.setdefault(outcome.parent.name, file) != file:
                self.written_again.add(outcome.parent.name)

    def lost(self):
        """Runs that had ended and have no outcome any more."""
        return sorted(run for run in self.seen if not (self.out / "runs" / run / "outcome.json").exists())


def staged(disk):
    """The copies of data on a node's disk, each by its path: other numbers are other files."""
    return {str(path): path.stat().st_ino for path in disk.rglob("*ubyte*")}


def hosts(out):
    """On which hosts the runs were trained."""
    return {json.loads((run / "run.json").read_text())["host"].get("name") for run in (out / "runs").iterdir()}
