"""What the scripts start: Fitting Room, its peers, and the settings of each."""

import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent
ROOT = BENCH.parent

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
# glibc gives a large block back to the kernel as soon as it is freed, and a step pays for the page faults of its next
# use. With these settings it keeps all: see README.md for what each of them was worth.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
XLA = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false --xla_cpu_prefer_vector_width=512"}

# Each instruction set that all sides can be held to: what tells Fitting Room, oneDNN, MKL, ATen and XLA.
ISAS = {
    "avx2": {
        "FITROOM_SIMD": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false --xla_cpu_max_isa=AVX2 --xla_cpu_prefer_vector_width=256",
    },
}

# Each peer: how it is started, and its environment.
PEERS = {
    "pytorch": ([sys.executable, BENCH / "pytorch_steps.py"], {}),
    "pytorch-tuned": ([sys.executable, BENCH / "pytorch_steps.py"], ALLOCATOR),
    "jax": ([sys.executable, BENCH / "jax_steps.py"], {**ALLOCATOR, **XLA, "JAX_PLATFORMS": "cpu"}),
    "burn": (["burn-steps"], {}),  # with an allocator of its own
}


class Server:
    """A running program that answers a line with a line, as peer.py describes; `versions` is its first one."""

    def __init__(self, command, environment, threads=1):
        environment = {**os.environ, **{name: str(threads) for name in THREADS}, **environment}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=environment, text=True, **pipes)
        self.versions = self.read()

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.read()

    def read(self):
        answer = self.process.stdout.readline().strip()
        if not answer:
            code = self.process.wait()
            raise SystemExit(f"{self.process.args[-1]} ended with exit code {code}; its message is above")
        return answer

    def close(self):
        """Ends it, and returns its peak memory in MiB."""
        self.process.stdin.close()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss / 1024


def hold_to(isa, peer):
    """Holds what is started from here on to an instruction set; None is what each side chooses itself."""
    if isa and peer == "burn":
        raise SystemExit("burn is compiled for this machine: it can't be held to an instruction set")
    os.environ.update(ISAS.get(isa, {}))
    for name in PEERS:
        PEERS[name][1].update({key: value for key, value in ISAS.get(isa, {}).items() if key in PEERS[name][1]})


def command(name):
    """How the peer of this name is started, and its environment; burn is compiled first."""
    arguments, environment = PEERS[name]
    if name == "burn":
        arguments = [built(BENCH / "burn", "burn-steps")]
    return arguments, environment


def built(directory, name):
    """The release binary `name` of the Cargo workspace in `directory`, brought up to date."""
    # In the directory itself: its .cargo/config.toml counts.
    subprocess.run(["cargo", "build", "--release", "--quiet", "--locked"], cwd=directory, check=True)
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    metadata = subprocess.run(command, cwd=directory, check=True, capture_output=True).stdout
    return Path(json.loads(metadata)["target_directory"]) / "release" / name


def fitroom():
    """Fitting Room's binary, brought up to date."""
    return built(ROOT, "fitroom")


def header(*programs):
    """One line for the top of a result: machine, date, and what was run."""
    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ")[1] for line in cpus if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout
    parts = [model, f"{os.cpu_count()} cores", f"{datetime.date.today()}", f"fitroom {commit.strip()}", *programs]
    return ", ".join(parts)
