"""The programs that the tasks of an array run, found among the machine's processes."""

import os
import pathlib
import signal
import time

from cluster import ClusterError


class Programs:
    """The programs of one array.

    A program can be halted. A halted program is one that takes long: so each fault strikes a task that
    trains, on a fast machine too. It goes on with each signal that Slurm sends to it.
    """

    def __init__(self, jobs):
        self.jobs = jobs
        self.halted = {}

    def find(self):
        """The process of each task's program, and the environment of that process."""
        marks = {f"SLURM_ARRAY_JOB_ID={self.jobs.array}", f"SLURM_CONF={self.jobs.cluster.environment['SLURM_CONF']}"}
        found = {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "exe") != str(self.jobs.fitroom):
                    continue
                variables = (process / "environ").read_text(errors="replace").split("\0")
            except OSError:
                # It has ended, or is none of ours.
                continue
            if marks <= set(variables):
                environment = dict(variable.split("=", 1) for variable in variables if "=" in variable)
                found[int(environment["SLURM_ARRAY_TASK_ID"])] = (int(process.name), environment)
        return found

    def halt_at_random_moments(self, tasks, random, seconds):
        """Halts the program of each task, each within so many seconds after it began to train."""
        moments = {}
        while set(tasks) - self.halted.keys():
            found = self.find()
            for task in set(tasks) - self.halted.keys():
                if task in found and ": epoch " in self.jobs.log(task).read_text(errors="replace"):
                    moment = moments.setdefault(task, time.monotonic() + random.uniform(0, seconds))
                    if time.monotonic() >= moment:
                        self.halted[task] = found[task][0]
                        os.kill(self.halted[task], signal.SIGSTOP)
                elif task not in found and (task in moments or task not in self.jobs.running()):
                    raise ClusterError(f"task {task} ended before it was halted\n{self.jobs.ends_of_logs()}")
            self.jobs.ends.look()

    def have_other_clock(self, node):
        """Whether the programs on a node, and only those, see another time than this machine's."""
        faked = {}
        for process, environment in self.find().values():
            maps = pathlib.Path(f"/proc/{process}/maps").read_text()
            faked.setdefault(environment["SLURMD_NODENAME"], set()).add("libfaketime" in maps)
        return all(fakes == {name == node} for name, fakes in faked.items()) and node in faked

    def has_pending(self, task, number):
        """Whether a halted program will receive this signal when it goes on."""
        status = pathlib.Path(f"/proc/{self.halted[task]}/status").read_text()
        (pending,) = [line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:")]
        return bool(int(pending, 16) & 1 << number - 1)

    def go_on(self, task):
        """Lets a halted program go on."""
        os.kill(self.halted.pop(task), signal.SIGCONT)
