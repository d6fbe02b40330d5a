"""A whole study, by Fitting Room and by PyTorch in turn: wall seconds and peak memory.

    python bench/study.py PEER [NETWORK ...] [--seeds 1] [--epochs 2] [--threads CORES] [--isa avx2]

PEER is `pytorch`: as installed, one run after another, each on all cores by PyTorch's own threads, as a notebook trains
them; or `pytorch-tuned`: its allocator keeps what is freed, and each core has a process.

Both train the networks of studies/report.toml over the seeds, score training and validation images in inference mode
after each epoch, and test images at the end; Fitting Room also writes its report, weights and checkpoints. Times run
from the start of the processes to their end, reading of images included.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from networks import networks, number
from programs import ALLOCATOR, BENCH, ISAS, Server, fitroom, header, hold_to

# Each peer's environment, and whether each of its runs gets all cores.
PEERS = {
    "pytorch": ({}, True),
    # Threads that wait for each other don't spin: five times faster where other programs want the cores too.
    "pytorch-tuned": ({**ALLOCATOR, "OMP_WAIT_POLICY": "PASSIVE"}, False),
}

# What a further core adds to a convolutional run of PyTorch's: assumed when it is decided which runs get all cores. The
# steps of dense networks are too short to be divided.
EFFICIENCY = 0.7


def main():
    known = networks()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("networks", nargs="*", type=number, metavar="NETWORK")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--isa", choices=ISAS, help="hold both to this instruction set")
    arguments = parser.parse_args()
    hold_to(arguments.isa, arguments.peer)
    arguments.networks = arguments.networks or list(known)

    binary = fitroom()
    start = time.perf_counter()
    our_memory = run_fitroom(binary, arguments)
    between = time.perf_counter()
    versions, memory, answers = run_pytorch([known[chosen] for chosen in arguments.networks], arguments)
    our_seconds, seconds = between - start, time.perf_counter() - between

    amount = f"networks {' '.join(map(str, arguments.networks))}, seeds {arguments.seeds}, epochs {arguments.epochs}"
    held = [f"both held to {arguments.isa}"] if arguments.isa else []
    print(header(versions, arguments.peer, amount, f"threads {arguments.threads}", *held))
    print(f"{'':14}{'wall s':>9}{'peak MiB':>10}")
    print(f"{'Fitting Room':14}{our_seconds:9.1f}{our_memory:10.0f}")
    print(f"{'PyTorch':14}{seconds:9.1f}{memory:10.0f}")
    print(f"{'ratio':14}{seconds / our_seconds:9.2f}{memory / our_memory:10.2f}")
    print("test accuracy of PyTorch's last weights:")
    for (chosen, seed), answer in sorted(answers.items()):
        print(f"  {chosen} {known[chosen].name}, seed {seed}: {float(answer.split()[1]):.2%}")


def run_fitroom(binary, arguments):
    """Peak memory in MiB."""
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "run", "report", "--only", ",".join(map(str, arguments.networks)), "--out", out]
        for option in ("seeds", "epochs", "threads"):
            command += [f"--{option}", str(getattr(arguments, option))]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"fitroom ended with exit code {os.waitstatus_to_exitcode(status)}: {command}")
    return usage.ru_maxrss / 1024


def run_pytorch(networks, arguments):
    """PyTorch's versions, peak memory in MiB, and the answer for each network's number and seed.

    The memory is the sum of the processes' peaks; the libraries that they share count in each.
    """
    runs = [(network, seed) for network in networks for seed in range(1, arguments.seeds + 1)]
    environment, takes_turns = PEERS[arguments.peer]
    alone, side_by_side = (deque(runs), deque()) if takes_turns else planned(runs, arguments.threads)
    answers = {}

    def work(server, queue, threads):
        # Taking from a deque is atomic; another thread may have taken the last one.
        while queue:
            try:
                network, seed = queue.popleft()
            except IndexError:
                return
            answers[network.number, seed] = server.ask(network.number, seed, arguments.epochs, threads)

    started = [sys.executable, BENCH / "pytorch_study.py"]
    with ThreadPoolExecutor(arguments.threads) as pool:
        first = Server(started, environment, threads=arguments.threads)
        work(first, alone, arguments.threads)
        others = [Server(started, environment) for _ in range(1, min(arguments.threads, len(side_by_side)))]
        list(pool.map(lambda server: work(server, side_by_side, 1), [first, *others]))
    return first.versions, sum(server.close() for server in [first, *others]), answers


def planned(runs, cores):
    """Runs that get all cores one after another, then runs that get one each, side by side; the longest first in both.

    The split with which the last one should end first: a study with one convolutional network would otherwise leave all
    cores but one idle for most of its time.
    """
    runs = sorted(runs, key=lambda run: -run[0].multiply_adds)

    def duration(count):
        busy = [0] * cores
        for network, _ in runs[count:]:
            busy[busy.index(min(busy))] += network.multiply_adds
        alone = sum(network.multiply_adds for network, _ in runs[:count])
        return alone / (1 + EFFICIENCY * (cores - 1)) + max(busy)

    convolutional = sum(network.is_convolutional for network, _ in runs)
    count = min(range(convolutional + 1), key=duration)
    return deque(runs[:count]), deque(runs[count:])


if __name__ == "__main__":
    main()
