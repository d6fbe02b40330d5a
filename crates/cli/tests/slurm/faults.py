"""Every fault in one study: tasks cancelled, requeued, at their time limit, on a node that dies, trained by two
processes at once, and with a clock that is off."""

import json
import random
import shlex
import signal

from failure import Failure
from jobs import Jobs, job_records
from programs import Programs

# A program is halted within so many seconds after its first epoch.
HALT_SECONDS = 0.3


class Faults:
    """One study of eight tasks under all faults, and one of a single long run that reaches its time limit."""

    def __init__(self, check, place, seed):
        self.check, self.cluster, self.place = check, check.cluster, place
        self.chance = random.Random(seed)

    def begin(self):
        """Submits both studies, halts every task at a random moment, and gives each task its fault."""
        check, cluster = self.check, self.cluster
        cluster.set_clock("node2", minutes_ahead=10)
        limit = ["--time", "1:00:00", "--signal", 60]
        self.jobs = Jobs(cluster, check.fitroom, check.study, self.place / "study", check.tasks, *limit)
        self.long = Jobs(cluster, check.fitroom, check.long, self.place / "long", 1, *limit)
        self.jobs.wait_until("all tasks run", lambda: len(self.jobs.running()) == check.tasks)
        self.share_out()
        self.programs, self.long_programs = Programs(self.jobs), Programs(self.long)
        self.programs.halt_at_random_moments(self.nodes, self.chance, HALT_SECONDS)
        if not self.programs.have_other_clock("node2"):
            raise Failure("the clock of node2 is not off")
        self.long_programs.halt_at_random_moments([1], self.chance, HALT_SECONDS)

    def share_out(self):
        """Draws which task gets which fault."""
        self.nodes = self.jobs.running()
        drawn = self.chance.sample(sorted(self.nodes), len(self.nodes))
        on_node1 = [task for task in drawn if self.nodes[task] == "node1"]
        on_node2 = [task for task in drawn if self.nodes[task] == "node2"]
        # Two nodes of the same size share eight tasks evenly.
        self.at_limit, self.requeued, self.twin = on_node1[:3]
        self.cancelled = [*on_node1[3:], *on_node2[:2]]
        self.lost = on_node2[2:]

    def strike(self):
        """Cancels, requeues, doubles and kills."""
        self.begin_twin()
        before, _ = self.status()
        if before["running"] == 0:
            raise Failure(f"status sees no run while all tasks train: {before}")
        self.cluster.run("scancel", *map(self.jobs.task, self.cancelled))
        self.cluster.run("scontrol", "requeue", self.jobs.task(self.requeued))
        self.jobs.wait_until("the cancelled tasks end", lambda: not self.jobs.running().keys() & set(self.cancelled))
        self.cluster.kill_node("node2")
        self.cluster.run("scontrol", "update", "NodeName=node2", "State=DOWN", "Reason=killed")
        _, hosts = self.status()
        if "node2" in hosts:
            raise Failure(f"status sees runs on a node that is dead: {hosts}")
        self.cluster.start_node("node2")

    def status(self):
        """What `fitroom status` says while tasks train. It must account for every run."""
        counts, hosts = self.jobs.status()
        accounted = sum(count for state, count in counts.items() if state != "runs")
        if counts["runs"] != self.check.declared_runs or accounted != counts["runs"]:
            raise Failure(f"status has {self.check.declared_runs} runs as {counts}")
        return counts, hosts

    def begin_twin(self):
        """Starts a second process with the share of a task, by mistake, while that task is in a run."""
        self.twin_log = self.place / "twin.log"
        share = f"{self.twin}/{self.check.tasks}"
        words = [self.check.fitroom, "run", self.check.study, "--out", self.jobs.out, "--share", share]
        script = shlex.join(map(str, words))
        options = ["--parsable", "--nodelist=node1", f"--output={self.twin_log}", f"--chdir={self.check.place}"]
        self.twin_number = self.cluster.run("sbatch", *options, "--wrap", script).strip()
        trains = lambda: self.twin_log.exists() and ": epoch " in self.twin_log.read_text()
        self.jobs.wait_until("the second process of a share trains", trains)
        self.programs.go_on(self.twin)

    def reach_time_limit(self):
        """Shortens the time of two tasks, waits until Slurm says that it is over, and lets them go on."""
        at_limit = [(self.jobs, self.programs, self.at_limit), (self.long, self.long_programs, 1)]
        for jobs, _, task in at_limit:
            # The signal comes as long before the limit: when Slurm next looks, which it does twice a minute.
            self.cluster.run("scontrol", "update", f"JobId={jobs.task(task)}", "TimeLimit=1")
        for jobs, programs, task in at_limit:
            jobs.wait_until("a task is told to stop", lambda: programs.has_pending(task, signal.SIGTERM))
            programs.go_on(task)
        again = lambda: self.jobs.restarts()[self.at_limit] == self.long.restarts()[1] == 1
        self.jobs.wait_until("the tasks that reached their time limit start again", again)
        # The run waits to be started again: Slurm lets a task wait for some seconds.
        if not self.is_within_an_epoch():
            raise Failure("the long run was not stored in the middle of an epoch")

    def is_within_an_epoch(self):
        """Whether the long run's checkpoint is in the middle of an epoch."""
        (checkpoint,) = self.long.out.glob("runs/*/checkpoint.safetensors")
        with checkpoint.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        stored = json.loads(header["__metadata__"]["fitroom"])
        return stored["steps"] % self.check.long_steps_an_epoch != 0

    def end(self):
        """Waits for the last jobs, and compares everything."""
        self.jobs.wait()
        self.long.wait()
        restarts = self.jobs.restarts()
        for task, fault in [(self.requeued, "requeued"), *((task, "on the node that died") for task in self.lost)]:
            if restarts[task] != 1:
                raise Failure(f"task {task}, {fault}, started {restarts[task]} times again\n{self.jobs.ends_of_logs()}")
        (twin,) = job_records(self.cluster, self.twin_number)
        if twin["ExitCode"] != "0:0":
            raise Failure(f"the second process of a share failed:\n{self.twin_log.read_text()[-3000:]}")
        self.check.compare(self.jobs.out, "study", [*self.jobs.logs(), self.twin_log], self.jobs.ends)
        self.check.compare(self.long.out, "long", self.long.logs(), self.long.ends)
        self.cluster.set_clock("node2", minutes_ahead=0)
        return (
            f"{len(self.cancelled)} tasks cancelled, 1 requeued, {len(self.lost)} lost with their node, 1 twice at once, "
            "2 at their time limit, a clock 10 minutes off"
        )
