"""What is compared: the networks of a study and the images, as every Python script here reads them."""

import argparse
import gzip
import math
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
    # also have ("batchnorm2d", channels), ("maxpool", size), ("avgpool", size), ("tanh",), ("globalavgpool",),
    # ("depthwise", channels, kernel, padding, pixels, stride), ("residual", layers, projection or None), ("concat", layers).
    layers: tuple
    # Whether the loss is given softmax(logits) for logits.
    softmax_twice: bool
    l1: float
    l2: float
    batch_size: int
    learning_rate: float

    @property
    def is_convolutional(self):
        return any(kind in ("conv", "depthwise") for kind, *_ in self.layers)

    @property
    def multiply_adds(self):
        """Of one image's forward pass, for a network without blocks."""
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
            layers=layers(network["layers"], study.get("parts", {})),
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


def layers(text, parts, classes=10):
    """The layers written as in a study file, with the sizes that follow from each other, and the last dense one."""
    is_flat = not re.search("conv|pool|depthwise", text)
    shape = (28 * 28,) if is_flat else (1, 28, 28)
    found, shape = chain(text, shape, parts)
    return (*found, ("dense", math.prod(shape), classes))


def chain(text, shape, parts):
    """The layers of a list, with or without blocks, for an input of this shape; and the shape of their output."""
    found = []
    for item in items(text):
        if match := re.fullmatch(r"(residual shortcut conv|residual|concat|repeat \d+) \((.*)\)", item, re.DOTALL):
            made, shape = block(match[1], match[2], shape, parts)
            found += made
        elif (words := item.split())[0] in parts:
            made, shape = chain(written_out(parts[words[0]], words[1:]), shape, parts)
            found += made
        else:
            made, shape = layer(item, shape)
            found.append(made)
    return tuple(found), shape


def items(text):
    """What stands between the commas of a list; commas in parentheses belong to what stands there."""
    depth, item = 0, ""
    for letter in f"{text},":
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            if item.strip():
                yield " ".join(item.split())
            item = ""
        else:
            item += letter


def written_out(part, values):
    for name, value in (value.split("=") for value in values):
        part = part.replace("{" + name + "}", value)
    return part


def block(kind, text, shape, parts):
    """A block as layers, one or, if it repeats, many; and the shape of their output."""
    if kind.startswith("repeat"):
        return chain(", ".join([text] * int(kind.split()[1])), shape, parts)
    body, after = chain(text, shape, parts)
    if kind == "concat":
        return [("concat", body)], (shape[0] + after[0], *shape[1:])
    projection = None
    if after != shape:
        projection, _ = layer(f"conv {after[0]} 1x1 stride {-(-shape[1] // after[1])}", shape)
    return [("residual", body, projection)], after


def layer(text, shape):
    """One layer, and the shape of its output."""
    channels, side = shape[0], shape[-1]
    if match := re.fullmatch(r"dense (\d+)", text):
        return ("dense", math.prod(shape), int(match[1])), (int(match[1]),)
    if match := re.fullmatch(r"(?:conv (\d+)|depthwise) (\d)x\2(?: stride (\d))?(?: pad (\d|same))?", text):
        kernel, stride = int(match[2]), int(match[3] or 1)
        padding = kernel // 2 if match[4] == "same" else int(match[4] or 0)
        side = (side + 2 * padding - kernel) // stride + 1
        if match[1]:
            return ("conv", channels, int(match[1]), kernel, padding, side * side, stride), (int(match[1]), side, side)
        return ("depthwise", channels, kernel, padding, side * side, stride), (channels, side, side)
    if match := re.fullmatch(r"(maxpool|avgpool) (\d)x\2", text):
        return (match[1], int(match[2])), (channels, side // int(match[2]), side // int(match[2]))
    if text == "globalavgpool":
        return (text,), (channels,)
    if text == "batchnorm":
        return ("batchnorm" if len(shape) == 1 else "batchnorm2d", channels), shape
    if match := re.fullmatch(r"dropout ([\d.]+)", text):
        return ("dropout", float(match[1])), shape
    if text in ("relu", "tanh"):
        return (text,), shape
    if text == "flatten":
        return (text,), (math.prod(shape),)
    raise ValueError(f"{study_path().name}: bench/ does not know the layer {text!r}")


def images(part="train"):
    """Images [n, 784] and labels [n] as u8, from the IDX files in $FITROOM_DATA; `part` is train or t10k."""
    directory = Path(os.environ.get("FITROOM_DATA", ""))
    if not (directory / f"{part}-images-idx3-ubyte.gz").is_file():
        raise SystemExit("no images in $FITROOM_DATA\nhint: set it to a directory with Fashion-MNIST's four .gz files")

    def values(name, header):
        return np.frombuffer(gzip.open(directory / f"{part}-{name}-ubyte.gz").read(), np.uint8, offset=header)

    return values("images-idx3", 16).reshape(-1, 784), values("labels-idx1", 8)
