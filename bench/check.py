"""Whether a peer does Fitting Room's work: parameters, and the loss over the first epoch of networks made afresh.

    python bench/check.py PEER [NETWORK ...] [--seeds 3]

PEER is as in compare.py. Both sides start from random weights of one distribution and see the images in random orders,
so the losses agree only about as well as those of one side over seeds. Ends with exit code 1 if they are further apart
than TOLERANCE, or parameters differ in number.
"""

import argparse
import csv
import subprocess
import tempfile
from pathlib import Path
from statistics import mean

from networks import networks, number
from programs import PEERS, Server, command, fitroom

# Of the loss. Of one side's means over three seeds, network 8's lie within 2%, and network 2's within 3%.
TOLERANCE = 0.05
# Ours trains on 50,000 images. The peers take whole batches only.
STEPS = 50_000 // 64


def main():
    known = networks()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("networks", nargs="*", type=number, metavar="NETWORK")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.networks = arguments.networks or list(known)

    binary, other = fitroom(), Server(*command(arguments.peer))
    failed = False
    print(f"{'network':24}{'parameters':>11}{'peer':>11}{'loss':>8}{'peer':>8}")
    for chosen in arguments.networks:
        our_parameters, our_losses = ours(binary, chosen, arguments.seeds)
        answers = [other.ask("check", chosen, STEPS).split() for _ in range(arguments.seeds)]
        parameters, loss = {int(count) for count, _ in answers}, mean(float(loss) for _, loss in answers)
        agrees = parameters == {our_parameters} and abs(loss / mean(our_losses) - 1) <= TOLERANCE
        failed |= not agrees
        name = f"{chosen} {known[chosen].name}"
        counts = f"{our_parameters:11,}{max(parameters):11,}"
        print(f"{name:24}{counts}{mean(our_losses):8.3f}{loss:8.3f}  {'agrees' if agrees else 'DIFFERS'}", flush=True)
    other.close()
    raise SystemExit(failed)


def ours(binary, number, seeds):
    """Fitting Room's parameters, and its mean loss as trained in the first epoch for each seed."""
    with tempfile.TemporaryDirectory() as out:
        command = [binary, "run", "report", "--only", str(number), "--seeds", str(seeds), "--epochs", "1", "--out", out]
        subprocess.run(command, check=True, capture_output=True)
        rows = {name: list(csv.DictReader(open(Path(out) / f"{name}.csv"))) for name in ("epochs", "summary")}
    return int(rows["summary"][0]["parameters"]), [float(row["train_loss"]) for row in rows["epochs"]]


if __name__ == "__main__":
    main()
