#!/usr/bin/env python3
"""A real Slurm cluster on this machine: one controller and two nodes, on loopback.

    cluster.py [--directory DIR] [COMMAND ...]     runs COMMAND (or a shell) with the cluster

The cluster lives in DIR, or in a temporary directory, and ends with the command. It needs root,
because each node gets namespaces of its own: its own host name, and its own processes, all of which
end at once when the node is killed, as they do when a machine loses power.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

NODES = ("node1", "node2")
# Slurm believes this (`config_overrides`), so that all tasks of a test run at once on a small machine.
CPUS_PER_NODE = 8
MEGABYTES_PER_NODE = 16000
# Each program that is needed, and the Debian package that it is in.
PACKAGES = {
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "sbatch": "slurm-client",
    "munged": "munge",
    "faketime": "faketime",
    "unshare": "util-linux",
}

# Timeouts are short, because tests wait for them. `cred_expire` is also how long a job waits after it
# was requeued: 5 s is the least that Slurm takes, two minutes are its default.
SLURM_CONF = """\
ClusterName=fitroom
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge/socket,cred_expire=5
StateSaveLocation={directory}/state
SlurmctldLogFile={directory}/slurmctld.log
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdLogFile={directory}/%n.log
SlurmdPidFile={directory}/%n.pid
SlurmdSpoolDir={directory}/%n-spool
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
TaskProlog={directory}/task-prolog
MpiDefault=none
MailProg={true}
JobRequeue=1
ReturnToService=2
SlurmdTimeout=8
SlurmctldTimeout=10
MessageTimeout=5
KillWait=5
InactiveLimit=0
MinJobAge=3600
OverTimeLimit=0
{nodes}
PartitionName=main Nodes={node_names} Default=YES LLN=YES MaxTime=INFINITE State=UP
"""

# Slurm runs this on the node before each job script, and puts what it prints into the script's environment.
TASK_PROLOG = """\
#!/bin/sh
cat "{directory}/$SLURMD_NODENAME.env"
"""


class ClusterError(Exception):
    """The cluster can't be started or used; says why."""


def install_missing():
    """Installs the Debian packages that are missing."""
    missing = sorted({package for program, package in PACKAGES.items() if not find_program(program)})
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        names = " ".join(missing)
        raise ClusterError(f"missing Debian packages: {names}\nhint: install them, or run this as root on Debian")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise ClusterError(f"`{' '.join(command)}` failed:\n{done.stdout}")


def find_program(name):
    """Debian's daemons are in /usr/sbin, which is not on every user's path."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_ports(count):
    """Ports that nobody listens on. All are held open together, so no port is named twice."""
    with contextlib.ExitStack() as sockets:
        listeners = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


class Cluster:
    """A running cluster. Use it in a `with` statement: its end stops every process of the cluster."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.environment = {**os.environ, "SLURM_CONF": str(self.directory / "slurm.conf")}
        self.daemons = {}

    def __enter__(self):
        if os.geteuid() != 0:
            raise ClusterError("the cluster must be started by root: its nodes have namespaces of their own")
        install_missing()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts munged, the controller and the nodes, and waits until the nodes take jobs."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.write_configuration()
        self.start_munged()
        self.start_daemon("slurmctld", [find_program("slurmctld"), "-D", "-i"])
        for node in NODES:
            self.start_node(node)
        self.wait_until("all nodes are idle", lambda: set(self.node_states().values()) == {"IDLE"}, 30)

    def write_configuration(self):
        controller_port, *node_ports = free_ports(1 + len(NODES))
        size = f"CPUs={CPUS_PER_NODE} RealMemory={MEGABYTES_PER_NODE}"
        nodes = "\n".join(
            f"NodeName={node} NodeHostname={node} NodeAddr=127.0.0.1 Port={port} {size} State=UNKNOWN"
            for node, port in zip(NODES, node_ports)
        )
        (self.directory / "state").mkdir(exist_ok=True)
        prolog = self.directory / "task-prolog"
        prolog.write_text(TASK_PROLOG.format(directory=self.directory))
        prolog.chmod(0o755)
        for node in NODES:
            self.set_clock(node, minutes_ahead=0)
        (self.directory / "slurm.conf").write_text(
            SLURM_CONF.format(
                directory=self.directory,
                true=find_program("true"),
                host=socket.gethostname(),
                controller_port=controller_port,
                nodes=nodes,
                node_names=",".join(NODES),
            )
        )

    def set_clock(self, node, minutes_ahead):
        """Sets how far the clock of a node's later jobs is ahead. Monotonic clocks and times of files stay right."""
        local_disk = self.directory / f"{node}-disk"
        local_disk.mkdir(exist_ok=True)
        variables = {"TMPDIR": local_disk}
        if minutes_ahead:
            (library,) = pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
            variables["LD_PRELOAD"] = library
            variables["FAKETIME"] = f"+{minutes_ahead}m"
            variables["FAKETIME_DONT_FAKE_MONOTONIC"] = variables["NO_FAKE_STAT"] = 1
        lines = [f"export {name}={value}\n" for name, value in variables.items()]
        (self.directory / f"{node}.env").write_text("".join(lines))

    def start_munged(self):
        """A munged of our own: its key and socket lie in the cluster's directory."""
        directory = self.directory / "munge"
        directory.mkdir(mode=0o711, exist_ok=True)
        key = directory / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        options = {"key-file": "key", "log-file": "log", "pid-file": "pid", "seed-file": "seed", "socket": "socket"}
        files = [f"--{option}={directory}/{file}" for option, file in options.items()]
        # `--force`: munged dislikes directories below /tmp, which others can write.
        self.start_daemon("munged", [find_program("munged"), "--foreground", "--force", *files])
        self.wait_until("munged listens", (directory / "socket").exists, 10)

    def start_node(self, node):
        """Starts a node: a slurmd with its own host name and processes."""
        (self.directory / f"{node}-spool").mkdir(exist_ok=True)
        # `exec`: slurmd is the first process of the node. When it is killed, the system ends all others.
        start = f'hostname {node} && mount -t tmpfs tmpfs /dev/shm && exec "$0" -D -N {node}'
        unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--uts"]
        self.start_daemon(node, [*unshare, "sh", "-c", start, find_program("slurmd")])

    def kill_node(self, node):
        """Ends all processes of a node at once with SIGKILL, as a loss of power does."""
        daemon = self.daemons.pop(node)
        # The daemon is `unshare`, and its child the node's first process. `unshare` ends when all are gone.
        children = pathlib.Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        for process in children or [daemon.pid]:
            os.kill(int(process), signal.SIGKILL)
        daemon.wait()

    def start_daemon(self, name, command):
        log = open(self.directory / f"{name}.out", "ab")
        # The system ends the daemon with this script, however that ends.
        command = ["setpriv", "--pdeathsig", "KILL", *command]
        # A session of its own: Ctrl-C reaches this script only, which then stops the daemons in order.
        self.daemons[name] = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        log.close()

    def stop(self):
        """Stops everything. Nodes end first, with their jobs, so that none reports to a dead controller."""
        for node in NODES:
            if node in self.daemons:
                self.kill_node(node)
        for daemon in self.daemons.values():
            daemon.kill()
            daemon.wait()
        self.daemons.clear()

    def node_states(self):
        """The state of each node, such as IDLE, MIXED, ALLOCATED or DOWN."""
        lines = self.run("scontrol", "--oneliner", "show", "node", check=False).splitlines()
        fields = [dict(field.split("=", 1) for field in line.split() if "=" in field) for line in lines]
        return {field["NodeName"]: field["State"] for field in fields if "NodeName" in field}

    def run(self, *command, check=True, **options):
        """Runs one of Slurm's commands and returns what it prints."""
        done = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )
        if check and done.returncode != 0:
            raise ClusterError(f"`{' '.join(map(str, command))}` failed: {done.stderr.strip()}")
        return done.stdout

    def wait_until(self, what, holds, seconds):
        """Waits until `holds()`. If a daemon ends or the time is up, says so, with the daemons' last words."""
        deadline = time.monotonic() + seconds
        while not holds():
            ended = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if ended or time.monotonic() > deadline:
                reason = f"{', '.join(ended)} ended" if ended else f"not within {seconds} s"
                raise ClusterError(f"waited until {what}: {reason}\n{self.last_words()}")
            time.sleep(0.1)

    def last_words(self):
        """The last lines of every daemon's log."""
        logs = sorted([*self.directory.glob("*.log"), *self.directory.glob("*.out"), *self.directory.glob("munge/log")])
        tails = [(log, log.read_text(errors="replace").splitlines()[-12:]) for log in logs]
        return "\n".join(f"--- {log}\n" + "\n".join(tail) for log, tail in tails if tail)


def end_on_signals():
    """Makes SIGTERM and SIGHUP end this script as Ctrl-C does, so that `with` statements stop what they started."""

    def end(number, _frame):
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", help="keep the cluster's files and logs here (default: a temporary directory)")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run (default: a shell)")
    arguments = parser.parse_args()
    end_on_signals()
    with contextlib.ExitStack() as stack:
        directory = arguments.directory or stack.enter_context(tempfile.TemporaryDirectory(prefix="fitroom-slurm-"))
        cluster = stack.enter_context(Cluster(directory))
        command = arguments.command or [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run(command, env=cluster.environment).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ClusterError as error:
        sys.exit(f"cluster: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
