"""What is compared: the networks of a study and the images, as every Python script here reads them."""

import argparse
import gzip
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Whose networks are compared, unless this environment variable names another study for this process and its peers.
STUDY_VARIABLE = "FITROOM_BENCH_STUDY"
REPORT = Path(__file__).parents[1] / "studies" / "report.toml"


def study_path():
    return Path(os.environ.get(STUDY_VARIABLE, REPORT))


@dataclass(frozen=True)
class Network:
    """One network of the study, its shapes worked out: images of 28x28, ten classes."""

    number: int
    name: str
    # ("dense", in, out), ("conv", in, out, kernel, padding, pixels, stride), ("batchnorm", features), ("dropout", p),
    # ("relu",), ("flatten",); the last dense layer, an output for each class, included. Other studies than the report may
    # also have ("batchnorm2d", channels), ("maxpool", size), ("avgpool", size), ("tanh",).
    layers: tuple
    # Whether the loss is given softmax(logits) for logits.
    softmax_twice: bool
    l1: float
    l2: float
    batch_size: int
    learning_rate: float

    @property
    def is_convolutional(self):
        return any(kind == "conv" for kind, *_ in self.layers)

    @property
    def multiply_adds(self):
        """Of one image's forward pass."""
        cost = {"dense": lambda i, o: i * o, "conv": lambda i, o, k, _, pixels, __: i * o * k * k * pixels}
        return sum(cost.get(kind, lambda *_: 0)(*sizes) for kind, *sizes in self.layers)


def networks():
    """The study's networks by number."""
    study = tomllib.loads(study_path().read_text())
    shared = study["training"]
    # What Fitting Room takes where a study says nothing.
    optimizer = shared.get("optimizer", {"name": "adam", "learning_rate": 0.001})
    if optimizer["name"] != "adam":
        raise ValueError(f"{study_path().name}: the scripts of bench/ train with Adam, not {optimizer['name']}")
    return {
        number: Network(
            number=number,
            name=network["name"],
            layers=layers(network["layers"]),
            softmax_twice=network.get("loss") == "cross-entropy-of-softmax",
            l1=network.get("penalty", {}).get("l1", 0.0),
            l2=network.get("penalty", {}).get("l2", 0.0),
            batch_size=network.get("batch_size", shared["batch_size"]),
            learning_rate=optimizer["learning_rate"],
        )
        for number, network in enumerate(study["network"], 1)
    }


def number(word):
    """A network's number, as an argument of a command line."""
    if word not in map(str, networks()):
        raise argparse.ArgumentTypeError(f"the study has no network {word}: it has 1 to {len(networks())}")
    return int(word)


def layers(text, side=28, classes=10):
    """The layers written as in a study file, with the sizes that follow from each other."""
    found, features, channels = [], side * side, 1
    is_flat = not re.search("conv|pool", text)
    for layer in f"{text}, dense {classes}".split(", "):
        if match := re.fullmatch(r"dense (\d+)", layer):
            found.append(("dense", features, int(match[1])))
            features, is_flat = int(match[1]), True
        elif match := re.fullmatch(r"conv (\d+) (\d)x\2(?: stride (\d))?(?: pad (\d))?", layer):
            out, kernel, stride, padding = (int(group or default) for group, default in zip(match.groups(), "0010"))
            side = (side + 2 * padding - kernel) // stride + 1
            found.append(("conv", channels, out, kernel, padding, side * side, stride))
            channels, features = out, out * side * side
        elif match := re.fullmatch(r"(maxpool|avgpool) (\d)x\2", layer):
            size = int(match[2])
            side //= size
            found.append((match[1], size))
            features = channels * side * side
        elif layer == "batchnorm":
            found.append(("batchnorm", features) if is_flat else ("batchnorm2d", channels))
        elif match := re.fullmatch(r"dropout ([\d.]+)", layer):
            found.append(("dropout", float(match[1])))
        elif layer in ("relu", "tanh", "flatten"):
            found.append((layer,))
        else:
            raise ValueError(f"{study_path().name}: bench/ does not know the layer {layer!r}")
    return tuple(found)


def images(part="train"):
    """Images [n, 784] and labels [n] as u8, from the IDX files in $FITROOM_DATA; `part` is train or t10k."""
    directory = Path(os.environ.get("FITROOM_DATA", ""))
    if not (directory / f"{part}-images-idx3-ubyte.gz").is_file():
        raise SystemExit("no images in $FITROOM_DATA\nhint: set it to a directory with Fashion-MNIST's four .gz files")

    def values(name, header):
        return np.frombuffer(gzip.open(directory / f"{part}-{name}-ubyte.gz").read(), np.uint8, offset=header)

    return values("images-idx3", 16).reshape(-1, 784), values("labels-idx1", 8)
