"""A study's jobs in the cluster: submitted and watched."""

import json
import re

from cluster import ClusterError
from results import Ends

# Longer than any step of a test takes, also on a busy machine.
LONGEST_SECONDS = 180


class Jobs:
    """An array and its last job, made by `fitroom submit slurm`."""

    def __init__(self, cluster, fitroom, study, out, tasks, *options):
        self.cluster, self.fitroom, self.out = cluster, fitroom, out
        self.ends = Ends(out)
        before = self.numbers()
        command = [fitroom, "submit", "slurm", study, "--jobs", tasks, "--out", out, *options]
        cluster.run(*map(str, command), cwd=study.parent)
        submitted = {number: is_array for number, is_array in self.numbers().items() if number not in before}
        (self.array,) = [number for number, is_array in submitted.items() if is_array]
        (self.last,) = [number for number, is_array in submitted.items() if not is_array]

    def numbers(self):
        """Every job that the controller remembers, and whether it is an array."""
        lines = self.cluster.run("squeue", "--noheader", "--states=all", "--format=%F %K").splitlines()
        return {number: task != "N/A" for number, task in (line.split() for line in lines)}

    def task(self, task):
        """A task's name, as Slurm's commands take it."""
        return f"{self.array}_{task}"

    def restarts(self):
        """How often each task has started again."""
        records = job_records(self.cluster, self.array)
        return {int(record["ArrayTaskId"]): int(record["Restarts"]) for record in records}

    def running(self):
        """The tasks that run, and the node of each."""
        command = ["squeue", "--noheader", "--array", "--states=RUNNING", f"--jobs={self.array}", "--format=%K %N"]
        lines = self.cluster.run(*command).splitlines()
        return {int(task): node for task, node in (line.split() for line in lines)}

    def wait_until(self, what, holds, seconds=LONGEST_SECONDS):
        """Waits until `holds()`, and looks at the outcomes meanwhile."""

        def look():
            self.ends.look()
            return holds()

        self.cluster.wait_until(what, look, seconds)

    def wait(self):
        """Waits for the last job, which must succeed."""
        left = lambda: self.cluster.run("squeue", "--noheader", f"--jobs={self.array},{self.last}").strip()
        self.wait_until(f"the jobs of {self.out} have ended", lambda: not left())
        (record,) = job_records(self.cluster, self.last)
        if record["JobState"] != "COMPLETED":
            raise ClusterError(f"the last job of {self.out} ended as {record['JobState']}\n{self.ends_of_logs()}")

    def log(self, task):
        """The log of a task. It goes on when the task starts again."""
        return self.out / "slurm" / f"{self.array}_{task}.log"

    def logs(self):
        """The logs of all tasks and of the last job."""
        return sorted((self.out / "slurm").glob("*.log"))

    def ends_of_logs(self):
        return "\n".join(f"--- {log}\n{log.read_text(errors='replace')[-1500:]}" for log in self.logs())

    def status(self):
        """What `fitroom status` says: the counts, and the hosts of the runs that are trained now."""
        status = json.loads(self.cluster.run(str(self.fitroom), "status", str(self.out), "--json"))
        return status["counts"], [run["host"] for run in status["runs"] if run["state"] == "running"]


def job_records(cluster, number):
    """What the controller knows of a job; one record for each task of an array."""
    lines = cluster.run("scontrol", "--oneliner", "show", "job", number).splitlines()
    return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines]
