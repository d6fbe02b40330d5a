"""Shares that write into directories of their own, one of them on a disk that gets full."""

import shlex
import shutil
import subprocess

from failure import Failure
from jobs import LONGEST_SECONDS, job_records

# A share of half the study takes several times as much.
SMALL = "1m"
LARGE = "200m"


class SmallDisk:
    """A disk in memory. It must be there before the cluster starts, whose nodes have mounts of their own."""

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        self.place.mkdir()
        mount("-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", self.place)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.place], check=True)

    def resize(self, size):
        mount("-o", f"remount,size={size}", self.place)


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


class OwnDirectories:
    """Two shares, each with a directory of its own, that are merged at the end."""

    def __init__(self, check, place, disk):
        self.check, self.cluster, self.place, self.disk = check, check.cluster, place, disk
        self.outs = [place / "own", disk.place / place.name]
        self.logs = []

    def submit(self, share):
        """Starts a share on the node that stays up."""
        log = self.place / f"share-{share}-start-{len(self.logs)}.log"
        self.logs.append(log)
        words = [self.check.fitroom, "run", self.check.study, "--share", f"{share}/2", "--out", self.outs[share - 1]]
        options = ["--parsable", "--nodelist=node1", f"--output={log}", f"--chdir={self.check.place}"]
        return self.cluster.run("sbatch", *options, "--wrap", shlex.join(map(str, words))).strip()

    def wait(self, number):
        """Waits for a job, and returns its exit code."""
        left = lambda: self.cluster.run("squeue", "--noheader", f"--jobs={number}").strip()
        self.cluster.wait_until(f"job {number} ends", lambda: not left(), LONGEST_SECONDS)
        (record,) = job_records(self.cluster, number)
        return int(record["ExitCode"].split(":")[0])

    def run(self):
        """Trains both shares until one disk is full, gives it room, trains the rest and merges."""
        self.disk.resize(SMALL)
        first, second = self.submit(1), self.submit(2)
        codes = self.wait(first), self.wait(second)
        said = self.logs[1].read_text()
        if codes != (0, 1) or "No space left" not in said:
            raise Failure(f"the shares ended with {codes}, not with 0 and a full disk:\n{said[-3000:]}")
        self.disk.resize(LARGE)
        code = self.wait(self.submit(2))
        if code != 0:
            raise Failure(f"with room, the share ended with {code}:\n{self.logs[2].read_text()[-3000:]}")
        merged = self.place / "merged"
        self.check.call("merge", merged, *self.outs)
        rest = self.place / "rest.log"
        rest.write_text(self.check.call("run", self.check.study, "--out", merged))
        self.check.compare(merged, "study", [*self.logs, rest])
        shutil.rmtree(self.outs[1])
        return "a disk full for one of two shares with directories of their own, which were merged"
