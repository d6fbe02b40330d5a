"""Trains the study's networks in PyTorch, and logs each run with TensorBoard's SummaryWriter: input for `fitroom judge`.

    python bench/pytorch_logs.py DIR --epochs 5 --seeds 5

leaves DIR/NETWORK/seed_SEED/ with train_loss, train_accuracy, val_loss and val_accuracy of every epoch, and the accuracy on
the test images of the last weights, test_accuracy. A run that is there already is kept.
"""

import argparse
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter

from networks import images, networks
from pytorch_study import Run


def log(network, seed, epochs, directory, train, test):
    run = Run(network, seed, train, test)
    # TensorBoard reads a directory while it is written. Here, a run that was interrupted is made again.
    writer = SummaryWriter(directory)
    for epoch in range(1, epochs + 1):
        loss, accuracy = run.epoch()
        writer.add_scalar("train_loss", loss, epoch)
        writer.add_scalar("train_accuracy", accuracy, epoch)
        loss, accuracy = run.score(run.trainer, run.validation)
        writer.add_scalar("val_loss", loss, epoch)
        writer.add_scalar("val_accuracy", accuracy, epoch)
    writer.add_scalar("test_accuracy", run.score(run.test, torch.arange(len(run.test.labels)))[1], epochs)
    writer.close()
    (directory / "done").touch()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train, test = images(), images("t10k")
    for network in networks().values():
        for seed in range(1, options.seeds + 1):
            directory = options.directory / network.name / f"seed_{seed}"
            if (directory / "done").exists():
                continue
            for unfinished in directory.glob("events.out.tfevents.*"):
                unfinished.unlink()
            log(network, seed, options.epochs, directory, train, test)
            print(network.name, seed, flush=True)
