"""Fitting Room and a peer in turn on one core: milliseconds of a whole training step, and the ratio of each pair.

    python bench/compare.py PEER [NETWORK ...] [--study FILE] [--pairs 5] [--seconds 1] [--core 0]
                            [--isa avx2] [--csv FILE]

PEER is pytorch, pytorch-tuned, jax or burn; a NETWORK is a number of studies/report.toml, or of another study, such
as bench/scaling.toml or bench/blocks.toml, of which only PyTorch knows all layers. Both sides run for about as long, one after the other,
pair by pair, so that what else the machine does meets both alike; the ratio is the median over the pairs.
"""

import argparse
import csv
import io
import os
import subprocess
from pathlib import Path
from statistics import median

from networks import REPORT, STUDY_VARIABLE, networks, study_path
from programs import ISAS, PEERS, Server, command, fitroom, header, hold_to

COLUMNS = "peer network ours_milliseconds peer_milliseconds ratio ratio_low ratio_high pairs".split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("networks", nargs="*", type=int, metavar="NETWORK")
    parser.add_argument("--study", type=Path, metavar="FILE", default=REPORT)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in each pair")
    parser.add_argument("--core", type=int, default=0, help="the core that both are pinned to")
    parser.add_argument("--isa", choices=ISAS, help="hold both to this instruction set")
    parser.add_argument("--csv", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.pairs < 1 or arguments.seconds <= 0:
        parser.error("--pairs and --seconds are greater than 0")
    if arguments.study != REPORT and not arguments.peer.startswith("pytorch"):
        parser.error(f"{arguments.peer} knows the networks of {REPORT.name} alone")
    hold_to(arguments.isa, arguments.peer)
    # Peers are told by it, too.
    os.environ[STUDY_VARIABLE] = str(arguments.study.resolve())
    known = networks()
    if unknown := set(arguments.networks) - set(known):
        parser.error(f"the study has no network {min(unknown)}: it has 1 to {len(known)}")

    binary, (started_by, environment) = fitroom(), command(arguments.peer)
    # What is started from here on stays on this core too.
    os.sched_setaffinity(0, {arguments.core})
    other = Server(started_by, environment)
    protocol = f"core {arguments.core}, {arguments.pairs} pairs of {arguments.seconds:g} s"
    protocol += f", both held to {arguments.isa}" if arguments.isa else ""
    print(header(f"{arguments.peer}: {other.versions}", protocol))
    print(f"{'network':24}{'ours ms':>9}{arguments.peer + ' ms':>18}{'ratio':>8}  low-high")
    rows = []
    for chosen in arguments.networks or known:
        pairs = measured(binary, other, chosen, arguments)
        ratios = [theirs / ours for ours, theirs in pairs]
        ours, theirs = (median(side) for side in zip(*pairs))
        rows.append([arguments.peer, chosen, ours, theirs, median(ratios), min(ratios), max(ratios), len(pairs)])
        name = f"{chosen} {known[chosen].name}"
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(f"{name:24}{ours:9.3f}{theirs:18.3f}{median(ratios):8.2f}  {spread}", flush=True)
    other.close()
    if arguments.csv:
        with open(arguments.csv, "w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])


def measured(binary, other, number, arguments):
    """Pairs of milliseconds a step, ours and the peer's."""
    # The first answer builds the network and warms it up; the second says how many steps fill the time.
    other.ask("steps", number, 1)
    steps = max(1, round(arguments.seconds * 1e3 / float(other.ask("steps", number, 5))))
    ours(binary, number, arguments)
    return [(ours(binary, number, arguments), float(other.ask("steps", number, steps))) for _ in range(arguments.pairs)]


def ours(binary, number, arguments):
    """Milliseconds a step of Fitting Room's: a process of its own, as long as the peer's turn."""
    command = [binary, "bench", study_path(), "--only", str(number), "--threads", "1", "--csv", "-"]
    command += ["--seconds", str(arguments.seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"fitroom bench ended with exit code {done.returncode}:\n{done.stderr}")
    return float(next(csv.DictReader(io.StringIO(done.stdout)))["milliseconds"])


if __name__ == "__main__":
    main()
