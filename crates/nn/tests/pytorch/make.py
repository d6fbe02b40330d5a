"""PyTorch's numbers for the tests of the engine: `python crates/nn/tests/pytorch/make.py` (torch 2.15, numpy).

Writes layers.json, later_layers.json, blocks.json, optimizers.json, training.json, frozen.json, smoothing.json, augmentation.json (with
torchvision 0.29) and schedules.json beside itself, or those of them that its arguments name
(`make.py frozen`). A case is a network in the words of a study file
with everything that decides its numbers; initial values, images and labels are drawn by a small integer generator,
which ../engine/generator.rs repeats bit for bit, so that only results are stored. `layers`, `later_layers` and `optimizers` are
computed in float64, the nearest there is to the truth; `training` in float32, as PyTorch trains. Beside each case the largest
difference between PyTorch's float32 and float64 is printed: how much of a tolerance rounding takes.
"""

import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
MAX_VALUES = 250  # of one tensor that are stored
FEWER_VALUES = {"later_layers": 100}  # in files of many cases: none may have 1 MB


# --- the generator: tests/engine/generator.rs in numpy ---


def draw(stream, count):
    """32 random bits for each of 0..count, from the stream of that name."""
    with np.errstate(over="ignore"):
        start = np.uint32(2166136261)  # FNV-1a of the name
        for byte in stream.encode():
            start = (start ^ np.uint32(byte)) * np.uint32(16777619)
        x = np.arange(count, dtype=np.uint32) + start
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
        return x ^ (x >> np.uint32(16))


def uniform(stream, shape, centre, reach):
    """float32 in centre ± reach."""
    k = (draw(stream, math.prod(shape)) >> np.uint32(8)).astype(np.float32)
    unit = k / np.float32(1 << 23) - np.float32(1)
    return (np.float32(centre) + unit * np.float32(reach)).reshape(shape)


def initial(name, shape, weight_shape):
    """±1/√fan_in for dense and convolution, values about 1 and 0 for batch norm."""
    if len(weight_shape) == 1:
        return uniform(name, shape, 1.0 if name.endswith(("weight", "running_var")) else 0.0, 0.5)
    fan_in = np.float32(math.prod(weight_shape[1:]))
    return uniform(name, shape, 0.0, np.float32(1) / np.sqrt(fan_in))


def drawn_images(count, channels, height, width, classes, coarse):
    """Smooth patterns, one for each class, of varied brightness under noise: uint8 [count, height, width, channels].

    Classes are easy to tell apart on purpose. Where they aren't, on the real images or with wrong labels, the training
    of network 8 is chaotic: PyTorch with initial weights moved by 1e-7 of themselves, or with another number of threads,
    differs from itself by up to 9% in the loss of step 100, and by up to 0.8% in the first 20. On these it is 6e-5.
    """
    labels = (draw("class", count) % np.uint32(classes)).astype(np.int64)
    pattern = (draw("pattern", classes * 16 * 16 * 4) >> np.uint32(24)).astype(np.int64).reshape(classes, 16, 16, 4)
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    smooth = np.zeros((classes, height, width, channels), np.int64)
    for dy in (0, 1):
        for dx in (0, 1):
            share = (y % 4 if dy else 4 - y % 4) * (x % 4 if dx else 4 - x % 4)
            smooth += share[None, :, :, None] * pattern[:, y // 4 + dy, x // 4 + dx, :channels]
    brightness = (draw("brightness", count) >> np.uint32(25)).astype(np.int64) + 64
    noise = (draw("noise", count * height * width * channels) >> np.uint32(24)).astype(np.int64)
    noise = noise.reshape(count, height, width, channels)
    images = np.clip(smooth[labels] * brightness[:, None, None, None] // 2048 + noise // 2 - 104, 0, 255)
    if coarse:
        images &= 0x80
    return images.astype(np.uint8), labels


# --- augmentation: the engine's random numbers, and torchvision's changes of images ---


class ChaCha8:
    """The engine's generator for an augmentation of seed 0: crates/nn/src/random.rs."""

    def __init__(self, user, step):
        key = [0, 0, 103, user, 0, 0, 0, 0]  # the seed, the purpose and its user
        self.state = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key, 0, 0, step, 0]
        self.words = []

    def next_u32(self):
        if not self.words:
            x = list(self.state)

            def quarter(a, b, c, d):
                for i, j, k, bits in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
                    x[i] = (x[i] + x[j]) & 0xFFFFFFFF
                    word = x[k] ^ x[i]
                    x[k] = (word << bits | word >> 32 - bits) & 0xFFFFFFFF

            for _ in range(4):
                for column in range(4):
                    quarter(column, 4 + column, 8 + column, 12 + column)
                for i in range(4):
                    quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
            self.words = [(a + b) & 0xFFFFFFFF for a, b in zip(x, self.state)]
            self.state[12] += 1
        return self.words.pop(0)

    def next_u64(self):
        return self.next_u32() | self.next_u32() << 32

    def below(self, n):
        return self.next_u32() * n >> 32

    def unit(self):
        return (self.next_u64() >> 11) / 2**52 - 1

    def positive(self):
        return ((self.next_u64() >> 11) + 1) / 2**53

    def normal(self):
        while True:
            u, v = self.unit(), self.unit()
            s = u * u + v * v
            if 0 < s < 1:
                return u * math.sqrt(-2 * math.log(s) / s)

    def log_gamma_variate(self, alpha):
        if alpha < 1:
            return self.log_gamma_variate(alpha + 1) + math.log(self.positive()) / alpha
        d = alpha - 1 / 3
        while True:
            x = self.normal()
            v = (1 + x / math.sqrt(9 * d)) ** 3
            if v > 0 and math.log(self.positive()) < 0.5 * x * x + d * (1 - v + math.log(v)):
                return math.log(d) + math.log(v)

    def beta(self, alpha):
        g, h = self.log_gamma_variate(alpha), self.log_gamma_variate(alpha)
        return 1 / (1 + math.exp(min(h - g, 700)))


def turned(images, degrees, step):
    """As torchvision's `RandomRotation(degrees, InterpolationMode.BILINEAR, fill=None)`."""
    from torchvision.transforms.v2 import InterpolationMode, functional

    generator = ChaCha8(2, step)
    angles = [((generator.next_u32() ^ 1 << 31) / 2**31 - 1) * degrees for _ in images]
    turn = [functional.rotate(i, a, InterpolationMode.BILINEAR, fill=None) for i, a in zip(images, angles)]
    return torch.stack(turn)


def mixed(images, labels, mixup, cutmix, classes, step):
    """Images and soft labels, as torchvision's `MixUp`, `CutMix` or `RandomChoice([MixUp, CutMix])`."""
    from torchvision.transforms import v2

    generator = ChaCha8(1, step)
    params = {"labels": labels, "batch_size": len(labels)}
    is_mixup = generator.next_u32() < 1 << 31
    if mixup and (is_mixup or not cutmix):
        transform = v2.MixUp(alpha=mixup, num_classes=classes)
        params["lam"] = generator.beta(mixup)
    else:
        transform = v2.CutMix(alpha=cutmix, num_classes=classes)
        height, width = images.shape[-2:]
        half = 0.5 * math.sqrt(1 - generator.beta(cutmix))
        y, x = generator.below(height), generator.below(width)
        half_height, half_width = int(half * height), int(half * width)
        x1, x2 = max(x - half_width, 0), min(x + half_width, width)
        y1, y2 = max(y - half_height, 0), min(y + half_height, height)
        params |= {"box": (x1, y1, x2, y2), "lam_adjusted": 1 - (x2 - x1) * (y2 - y1) / (width * height)}
    return transform.transform(images, params), transform.transform(labels, params).to(images.dtype)


def augmented(case, images, labels, step):
    """Images, what they are trained towards, and the label that has the larger share in that."""
    of = {key: single(value) for key, value in case.get("augmentation", {}).items()}
    images = turned(images, of["rotate"], step) if "rotate" in of else images
    if "mixup" not in of and "cutmix" not in of:
        return images, labels, labels
    images, targets = mixed(images, labels, of.get("mixup"), of.get("cutmix"), case["classes"], step)
    return images, targets, targets.argmax(1)


# --- networks in a study file's words ---


def per_axis(word):
    """`2x1`, or `2` for both axes."""
    numbers = tuple(int(n) for n in word.split("x"))
    return numbers if len(numbers) == 2 else numbers * 2


def parts(layers):
    """What stands between the commas that are in no parentheses, with repetitions written out."""
    depth, begin, found = 0, 0, []
    for at, character in enumerate(layers + ","):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append(layers[begin:at].strip())
            begin = at + 1
    for part in filter(None, found):
        if part.startswith("repeat"):
            head, body = part[:-1].split("(", 1)
            yield from list(parts(body)) * int(head.split()[1])
        else:
            yield part


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Concat(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


class Network(nn.Module):
    def __init__(self, case):
        super().__init__()
        layers = list(parts(case["layers"]))
        shape = torch.zeros(2, *case["input"])
        self.flat_first = not layers or layers[0].startswith("dense")
        if self.flat_first:
            shape = shape.flatten(1)
        self.layers = self.sequence([*layers, f"dense {case['classes']}"], shape)

    @classmethod
    def sequence(cls, layers, shape):
        """The modules one after another, for an input like `shape`."""
        modules = nn.Sequential()
        for part in layers:
            module = cls.block(part, shape) if part.endswith(")") else cls.layer(part.split(), shape)
            modules.append(module)
            shape = module(shape)
        return modules

    @classmethod
    def block(cls, part, shape):
        head, body = part[:-1].split("(", 1)
        body = cls.sequence(parts(body), shape)
        if head.strip() == "concat":
            return Concat(body)
        assert head.strip() in ("residual", "residual shortcut conv"), head
        output = body(shape)
        if output.shape == shape.shape:
            return Residual(body, nn.Identity())
        stride = tuple(-(-size // smaller) for size, smaller in zip(shape.shape[2:], output.shape[2:]))
        return Residual(body, nn.Conv2d(shape.shape[1], output.shape[1], 1, stride))

    @staticmethod
    def layer(words, shape):
        name, *rest = words
        keys = ("stride", "pad", "momentum", "epsilon", "groups")
        option = {key: rest[i + 1] for i, key in enumerate(rest) if key in keys}
        if name in ("conv", "depthwise", "maxpool", "avgpool"):
            window = tuple(int(n) for n in rest[1 if name == "conv" else 0].split("x"))
            pad, stride = option.get("pad", "0"), option.get("stride")
            pad = pad if pad == "same" else per_axis(pad)
            stride = per_axis(stride) if stride else None  # PyTorch's own default
            if name == "conv":
                groups = int(option.get("groups", 1))
                return nn.Conv2d(shape.shape[1], int(rest[0]), window, stride or 1, pad, groups=groups)
            if name == "depthwise":
                channels = shape.shape[1]
                return nn.Conv2d(channels, channels, window, stride or 1, pad, groups=channels)
            pool = nn.MaxPool2d if name == "maxpool" else nn.AvgPool2d
            if pad != "same":
                return pool(window, stride, pad)
            # PyTorch's pools know no "same". This is what its convolutions do.
            (height, width), value = window, -math.inf if name == "maxpool" else 0.0
            sides = ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2)
            return nn.Sequential(nn.ConstantPad2d(sides, value), pool(window, stride))
        if name == "batchnorm":
            settings = dict(momentum=float(option.get("momentum", 0.1)), eps=float(option.get("epsilon", 1e-5)))
            return (nn.BatchNorm2d if shape.dim() == 4 else nn.BatchNorm1d)(shape.shape[1], **settings)
        if name == "dense":
            return nn.Linear(shape.shape[1], int(rest[0]))
        if name == "globalavgpool":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        if name == "globalmaxpool":
            return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        if name == "layernorm":
            return nn.LayerNorm(shape.shape[1:], float(option.get("epsilon", 1e-5)))
        if name == "groupnorm":
            return nn.GroupNorm(int(rest[0]), shape.shape[1], float(option.get("epsilon", 1e-5)))
        if name == "elu":
            return nn.ELU(float(rest[0]) if rest else 1.0)
        if name == "gelu":
            return nn.GELU(approximate=rest[0] if rest else "none")
        if name in ("selu", "silu", "hardswish"):
            return {"selu": nn.SELU, "silu": nn.SiLU, "hardswish": nn.Hardswish}[name]()
        if name == "leakyrelu":
            return nn.LeakyReLU(float(rest[0]) if rest else 0.01)
        if name == "dropout":
            return nn.Dropout(float(rest[0]))
        if name == "spatialdropout":
            return nn.Dropout2d(float(rest[0]))
        return {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten}[name]()

    def forward(self, images):
        return self.layers(images.flatten(1) if self.flat_first else images)

    def freeze(self, count):
        """Freezes the first `count` layers with parameters, and what stands before the last of them."""
        with_parameters = [index for index, layer in enumerate(self.layers) if list(layer.parameters())]
        self.frozen = self.layers[: with_parameters[count - 1] + 1] if count else []
        for layer in self.frozen:
            layer.requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        for layer in getattr(self, "frozen", []):
            layer.eval()
        return self

    def named(self):
        """What the engine calls tensors, in PyTorch's order."""
        state = self.layers.state_dict(keep_vars=True)
        return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def single(value):
    """Settings are float32 in the engine: 0.999 differs by 1e-8, which is 1e-5 of 1 − 0.999."""
    return float(np.float32(value)) if isinstance(value, float) else value


def optimizer_of(case, parameters):
    settings = {key: single(value) for key, value in case["optimizer"].items()}
    name = settings.pop("name")
    if name.startswith("adam") or name == "nadam":
        settings = {"beta1": single(0.9), "beta2": single(0.999)} | settings
    settings["lr"] = settings.pop("learning_rate", 0.001)
    if "beta1" in settings:
        settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
    if "epsilon" in settings:
        settings["eps"] = settings.pop("epsilon")
    kinds = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "nadam": "NAdam", "adagrad": "Adagrad"}
    return getattr(torch.optim, kinds[name])(parameters, **settings)


def loss_of(case, logits, labels, smoothing=0.0):
    if case["loss"] == "cross-entropy-of-softmax":
        logits = logits.softmax(1)
    return nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def run(case, dtype):
    """Trains, and returns everything that the engine must agree on."""
    channels, height, width = case["input"]
    pixels, labels = drawn_images(case["images"], channels, height, width, case["classes"], case["coarse"])
    images = (torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 255).to(dtype)
    labels = torch.from_numpy(labels)
    network = Network(case)
    for name, tensor in network.named().items():
        weight_shape = network.named()[name.rpartition(".")[0] + ".weight"].shape
        tensor.data = torch.from_numpy(initial(name, tuple(tensor.shape), weight_shape))
        if name in case["set"]:
            tensor.data.fill_(case["set"][name])
    network.to(dtype)
    network.freeze(case.get("frozen", 0))
    parameters = [p for p in network.parameters() if p.requires_grad]
    penalised = parameters if case["penalty"]["on"] == "all" else [p for p in parameters if p.dim() in (2, 4)]
    optimizer = optimizer_of(case, parameters)
    losses, correct = [], []
    for step, learning_rate in enumerate(case["learning_rates"]):
        optimizer.param_groups[0]["lr"] = learning_rate
        batch = [(step * case["batch"] + i) * 7 % case["images"] for i in range(case["batch"])]
        network.train()
        optimizer.zero_grad()
        seen, targets, answers = augmented(case, images[batch], labels[batch], step)
        logits = network(seen)
        loss = loss_of(case, logits, targets, case.get("label_smoothing", 0.0))
        loss = loss + case["penalty"]["l1"] * sum(p.abs().sum() for p in penalised)
        loss = loss + case["penalty"]["l2"] * sum((p * p).sum() for p in penalised)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        correct.append(int((logits.argmax(1) == answers).sum()))
    result = {"losses": np.array(losses), "correct": correct}
    if case["tensors"]:
        network.eval()
        with torch.no_grad():
            logits = network(images)
            result["logits"] = logits.numpy()
            correct = int((logits.argmax(1) == labels).sum())
            result["score"] = {"loss": loss_of(case, logits, labels).item(), "correct": correct}
        named = network.named()
        result["gradients"] = {name: t.grad.numpy() for name, t in named.items() if t.requires_grad}
        result["moments"] = {
            f"{name}.{kind}": value.numpy()
            for name, t in named.items()
            for kind, value in optimizer.state.get(t, {}).items()
            if kind not in ("step", "mu_product") and value is not None
        }
        moved = any(case["learning_rates"])
        result["state"] = {name: t.detach().numpy() for name, t in named.items() if moved or not t.requires_grad}
    return result


# --- cases ---


def case(name, layers, input=(1, 9, 10), classes=7, batch=5, **more):
    settings = {
        "name": name, "input": list(input), "classes": classes, "layers": layers, "loss": "cross-entropy",
        "penalty": {"l1": 0.0, "l2": 0.0, "on": "all"}, "optimizer": {"name": "sgd"}, "learning_rates": [0.0],
        "images": 2 * batch + 1, "batch": batch, "coarse": False, "set": {}, "tensors": True, "tolerance": 1e-5,
    }  # fmt: skip
    assert not more.keys() - settings.keys() - {"frozen", "label_smoothing", "augmentation"}, more
    return settings | more


def layer_cases():
    yield case("dense of odd sizes", "dense 37, tanh, dense 19, tanh")
    yield case("dense alone", "", input=(1, 1, 13), batch=1)
    yield case("dense, one unit, one image", "dense 1, dense 3", input=(1, 3, 3), classes=2, batch=1)
    yield case("dense, a large batch", "dense 150, relu, dense 70, relu", input=(1, 20, 17), classes=10, batch=64)
    # What stands before a layer in these shows that layer's input gradient.
    for window, channels, filters in [
        ("3x3 pad 1", 4, 5), ("3x3 pad 1", 16, 16), ("3x3 pad 1", 32, 32), ("3x3", 5, 33), ("5x5 stride 2 pad 2", 3, 16),
        ("1x1", 5, 8), ("1x1 stride 2", 3, 1), ("3x2", 3, 5), ("2x5 stride 3 pad 1", 4, 7), ("7x7 stride 3", 2, 33),
        ("3x3 stride 2 pad 3", 3, 5), ("4x4 pad 1", 3, 6), ("3x3 stride 4", 3, 5),
        ("3x3 stride 2x1", 3, 5), ("3x3 pad 1x0", 16, 16), ("3x5 stride 1x3 pad 2x1", 4, 7), ("5x5 pad same", 9, 8),
        ("2x2 pad same", 4, 8), ("4x3 pad same", 16, 16), ("1x6 pad same", 3, 33),
    ]:  # fmt: skip
        name, before = f"conv {filters} {window} on {channels}×13×11", f"conv {channels} 1x1, tanh"
        yield case(name, f"{before}, conv {filters} {window}, tanh, flatten", input=(1, 13, 11))
    yield case("conv on three channels", "conv 4 3x3 pad 1, tanh, conv 3 3x3, tanh, flatten", input=(3, 9, 10))
    yield case("conv as wide as the image", "conv 2 1x1, conv 6 9x10, flatten")
    layers = "conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten, dense 20, relu"
    yield case("conv, a batch of 64", layers, input=(1, 12, 12), batch=64)
    for pool in (
        "2x2", "3x3 stride 2", "3x3 stride 2 pad 1", "3x2 stride 1", "2x3 stride 3", "2x2 stride 3 pad 1", "4x4 pad 2",
        "2x4", "1x3", "3x2 pad 1", "3x3 stride 2x1 pad 0x1", "2x5 stride 1x2 pad 1x2", "3x3 stride 1 pad same",
        "2x4 stride 1 pad same",
    ):  # fmt: skip
        for kind in ("maxpool", "avgpool"):
            yield case(f"{kind} {pool}", f"conv 5 3x3 pad 1, {kind} {pool}, conv 4 1x1, tanh, flatten", input=(2, 9, 10))
    # Images of two grey levels under a filter of ones: (0, 128) and (128, 0) have the same sum from different pixels,
    # and only the first of the equal maxima may get the gradient.
    for pool in ("2x2", "3x3 stride 2 pad 1", "3x3 stride 1"):
        layers, ones = f"conv 2 1x2, maxpool {pool}, flatten", {"0.weight": 1.0, "0.bias": 0.0}
        yield case(f"ties in maxpool {pool}", layers, input=(1, 11, 12), coarse=True, set=ones)
    for activation in ("relu", "leakyrelu", "leakyrelu 0.3", "gelu", "tanh", "sigmoid"):
        yield case(f"{activation} on features", f"dense 23, {activation}, dense 9, {activation}", coarse=True)
        yield case(f"{activation} on maps", f"conv 3 3x3, {activation}, conv 3 2x2, {activation}, flatten")
    yield case("flatten before a dense layer", "conv 3 2x2, flatten, dense 6, tanh", input=(2, 5, 4))
    yield case("flatten first", "flatten, dense 6, flatten, tanh, flatten", input=(2, 5, 4))
    steps = [0.0] * 3
    for norm in ("batchnorm", "batchnorm momentum 0.3 epsilon 0.01"):
        yield case(f"{norm} on features", f"dense 13, {norm}, tanh, dense 8", batch=9, learning_rates=steps)
        yield case(f"{norm} on maps", f"conv 5 3x3, {norm}, relu, conv 4 3x3, flatten", learning_rates=steps)
        yield case(f"{norm} last", f"dense 13, tanh, {norm}", batch=17, learning_rates=steps)
    # Layers that work in place, and layers that need what others would overwrite.
    yield case("activations in a row, features", "dense 13, tanh, sigmoid, gelu, relu, leakyrelu, dense 8, relu, tanh")
    yield case("activations in a row, maps", "conv 4 2x2, gelu, tanh, relu, conv 3 2x2, sigmoid, gelu, flatten, tanh")
    yield case("activations first", "gelu, tanh, conv 4 3x3, flatten", input=(2, 5, 4))
    yield case("activations after flatten", "flatten, sigmoid, dense 7, tanh", input=(2, 5, 4))
    pools = "maxpool 2x2 stride 1, tanh, avgpool 2x2, sigmoid, maxpool 2x2 stride 1"
    yield case("pools in a row", f"conv 4 3x3, relu, {pools}, gelu, flatten", input=(1, 12, 11))
    yield case("pools first", "maxpool 2x2, avgpool 2x1 stride 1, conv 3 2x2, flatten", input=(3, 9, 10))
    yield case("dense on three channels", "dense 6, tanh", input=(3, 5, 4))
    maps = "batchnorm, conv 4 3x3, tanh, batchnorm, maxpool 2x2, tanh, batchnorm, gelu"
    features = "tanh, batchnorm, relu, dense 8, sigmoid, batchnorm"
    yield case("batchnorm everywhere", f"{maps}, flatten, {features}", input=(2, 9, 10), batch=17)
    yield case("dropout 0 in between", "conv 3 3x3, dropout 0, relu, flatten, dropout 0, dense 8, tanh, dropout 0")
    yield case("batchnorm first", "batchnorm, conv 2 2x2, flatten, batchnorm", input=(3, 5, 4))
    for loss in ("cross-entropy", "cross-entropy-of-softmax"):
        # A layer of large weights: probabilities from 1 down to nothing.
        yield case(f"{loss} of a confident network", "dense 20, tanh", loss=loss, set={"0.weight": 0.05}, classes=10)
        # float32 rounds logits of 90 to 8e-6, and e⁹⁰ is beyond it.
        yield case(f"{loss} of large logits", "", input=(1, 3, 3), loss=loss, set={"0.bias": 90.0}, tolerance=4e-5)
        for on in ("all", "weights"):
            for l1, l2 in ((0.003, 0.0), (0.0, 0.004), (0.001, 0.002)):
                penalty = {"l1": l1, "l2": l2, "on": on}
                name, layers = f"{loss}, l1 {l1}, l2 {l2} on {on}", "dense 6, batchnorm, relu, dense 5"
                yield case(name, layers, loss=loss, penalty=penalty)
    zeros, penalty = {"0.bias": 0.0, "3.weight": 0.0}, {"l1": 0.01, "l2": 0.0, "on": "all"}
    yield case("l1 at zero", "conv 2 3x3, tanh, flatten", penalty=penalty, set=zeros)


def block_cases():
    """Twenty steps of networks with blocks."""
    basic = "conv 6 3x3 pad same, batchnorm, relu, conv 6 3x3 pad same, batchnorm"
    down = "conv 9 3x3 stride 2 pad 1, batchnorm, relu, conv 9 3x3 pad same, batchnorm"
    for name, layers in [
        ("residual on vectors", "dense 14, tanh, residual (dense 14, relu, dense 14), relu"),
        ("residual without parameters", "dense 14, residual (tanh), residual (relu, dense 14)"),
        ("residual on a flattened image", "conv 3 3x3, relu, flatten, residual (tanh), dense 9, relu"),
        ("residual first", "residual (conv 1 3x3 pad same), flatten"),
        ("a residual network", f"conv 6 3x3 pad same, relu, repeat 2 (residual ({basic}), relu), flatten"),
        ("a projection", f"conv 6 3x3 pad same, relu, residual shortcut conv ({down}), relu, flatten"),
        ("a projection where none is needed", f"conv 6 3x3 pad same, residual shortcut conv ({basic}), relu, flatten"),
        ("a body that ends with its activation", "conv 4 3x3, residual (conv 4 1x1, tanh), residual (conv 4 1x1, relu), flatten"),
        ("concat on vectors", "dense 9, relu, concat (dense 5, relu), concat (tanh), dense 8, relu"),
        ("concat on maps", "conv 4 3x3, repeat 3 (concat (batchnorm, relu, conv 3 3x3 pad same)), avgpool 2x2, flatten"),
        ("concat first", "concat (conv 3 3x3 pad same, relu), conv 4 3x3, relu, flatten"),
        (
            "blocks in blocks",
            "conv 4 3x3 pad same, residual (concat (conv 2 3x3 pad same, residual (relu, conv 2 1x1)), conv 4 1x1, relu), "
            "residual shortcut conv (concat (residual (tanh), maxpool 3x3 stride 1 pad same), maxpool 3x3 stride 2 pad 1), flatten",
        ),
        ("pre-activation", "conv 4 3x3 pad same, residual (batchnorm, relu, conv 4 3x3 pad same), batchnorm, relu, flatten"),
    ]:
        small = dict(input=(1, 8, 9), classes=6, batch=8, images=41, learning_rates=[0.002] * 20)
        yield case(name, layers, optimizer={"name": "sgd", "momentum": 0.9}, **small)


def later_layer_cases():
    for activation in ("elu", "elu 0.3", "selu", "gelu tanh", "silu", "hardswish"):
        yield case(f"{activation} on features", f"dense 23, {activation}, dense 9, {activation}", coarse=True)
        yield case(f"{activation} on maps", f"conv 3 3x3, {activation}, conv 3 2x2, {activation}, flatten")
    # A filter of ones on two grey levels: many equal maxima, of which only the first may get the gradient.
    ones = {"0.weight": 1.0, "0.bias": 0.0}
    for pool in ("globalavgpool", "globalmaxpool"):
        yield case(f"{pool} last", f"conv 5 3x3, tanh, {pool}", input=(2, 9, 10))
        yield case(f"{pool} before a dense layer", f"conv 19 2x2, {pool}, dense 8, tanh", input=(1, 6, 13))
        yield case(f"{pool} of one pixel", f"conv 3 4x5, {pool}", input=(1, 4, 5))
        yield case(f"{pool} first", f"{pool}, dense 5", input=(3, 5, 4))
        yield case(f"{pool} of equals", f"conv 2 1x2, {pool}", input=(1, 11, 12), coarse=True, set=ones)
    for norm in ("layernorm", "layernorm epsilon 0.01"):
        yield case(f"{norm} on features", f"dense 13, {norm}, tanh, dense 8, {norm}", batch=9)
        yield case(f"{norm} on maps", f"conv 5 3x3, {norm}, relu, conv 4 3x3, {norm}, flatten")
        yield case(f"{norm} after flatten", f"conv 3 2x2, flatten, {norm}, dense 6", input=(2, 5, 4))
        yield case(f"{norm} first", f"{norm}, conv 2 2x2, flatten", input=(3, 5, 4))
    for norm in ("groupnorm 1", "groupnorm 2", "groupnorm 3 epsilon 0.01", "groupnorm 6"):
        yield case(f"{norm} on maps", f"conv 6 3x3, {norm}, relu, conv 6 3x2, tanh, {norm}, flatten", input=(2, 9, 10))
    yield case("groupnorm of many channels", "conv 38 2x2, groupnorm 2, tanh, conv 3 2x2, flatten", input=(1, 9, 10))
    yield case("groupnorm first", "groupnorm 1, conv 2 2x2, flatten", input=(3, 5, 4))
    yield case("spatialdropout 0", "conv 3 3x3, spatialdropout 0, relu, conv 3 2x2, spatialdropout 0, flatten")
    # What stands before a layer in these shows that layer's input gradient.
    for window, channels, filters in [
        ("3x3 pad 1 groups 2", 4, 6), ("3x3 pad 1 groups 2", 16, 32), ("1x1 groups 3", 6, 3), ("2x3 stride 2x1 groups 2", 4, 2),
        ("5x5 pad same groups 2", 16, 16), ("3x3 pad 1 groups 8", 8, 8), ("3x3 stride 2 groups 4", 4, 8),
    ]:  # fmt: skip
        name, before = f"conv {filters} {window} on {channels}×13×11", f"conv {channels} 1x1, tanh"
        yield case(name, f"{before}, conv {filters} {window}, tanh, flatten", input=(1, 13, 11))
    for window, channels in [
        ("3x3 pad same", 8), ("3x3 stride 2 pad 1", 19), ("3x3", 1), ("5x5 pad 2", 33), ("1x1 stride 2", 3),
        ("2x4 pad same", 5), ("7x3 stride 3x2 pad 4x0", 4), ("13x11", 6),
    ]:  # fmt: skip
        name, before = f"depthwise {window} on {channels}×13×11", f"conv {channels} 1x1, relu"
        yield case(name, f"{before}, depthwise {window}, relu, conv 3 1x1, tanh, flatten", input=(1, 13, 11))
    yield case("depthwise first", "depthwise 3x3, flatten", input=(3, 9, 7))
    # Twenty training steps of a network with each.
    for name, layers in [
        ("elu", "dense 16, elu, dense 9, elu 0.5"),
        ("selu", "dense 16, selu, dense 9, selu"),
        ("gelu tanh", "dense 16, gelu tanh, dense 9, gelu tanh"),
        ("silu", "dense 16, silu, dense 9, silu"),
        ("hardswish", "conv 4 3x3, hardswish, flatten, dense 9, hardswish"),
        ("globalavgpool", "conv 6 3x3, tanh, conv 8 3x3, tanh, globalavgpool"),
        ("globalmaxpool", "conv 6 3x3, tanh, conv 8 3x3, globalmaxpool, dense 9, tanh"),
        ("layernorm", "conv 4 3x3, layernorm, tanh, flatten, dense 12, layernorm, tanh"),
        ("groupnorm", "conv 6 3x3, groupnorm 3, tanh, conv 4 3x3, groupnorm 1, tanh, flatten"),
        ("groups", "conv 4 3x3, tanh, conv 6 3x3 pad 1 groups 2, tanh, flatten, dense 9, tanh"),
        ("depthwise", "conv 6 1x1, tanh, depthwise 3x3 pad 1, conv 8 1x1, tanh, depthwise 3x3 stride 2, globalavgpool"),
    ]:
        for optimizer, rate in (({"name": "sgd", "momentum": 0.9}, 0.02), ({"name": "adamw", "weight_decay": 0.1}, 0.005)):
            yield case(
                f"{name}, twenty steps of {optimizer['name']}", layers, optimizer=optimizer, learning_rates=[rate] * 20,
                penalty={"l1": 0.0, "l2": 0.002, "on": "weights"}, input=(1, 8, 9), classes=6, batch=8, images=41,
                tolerance=4e-5,
            )  # fmt: skip


def optimizer_cases():
    adam = {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1}
    for settings, rate in [
        ({"name": "sgd"}, 0.1),
        ({"name": "sgd", "weight_decay": 0.1}, 0.1),
        ({"name": "sgd", "momentum": 0.9}, 0.1),
        ({"name": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.05}, 0.1),
        ({"name": "adam"}, 0.01),
        ({"name": "adam", **adam}, 0.02),
        ({"name": "adamw"}, 0.01),
        ({"name": "adamw", **adam}, 0.02),
        ({"name": "rmsprop"}, 0.003),
        ({"name": "rmsprop", "alpha": 0.9, "epsilon": 1e-3, "momentum": 0.5, "weight_decay": 0.1}, 0.005),
        ({"name": "nadam"}, 0.01),
        ({"name": "nadam", **adam, "momentum_decay": 0.3}, 0.02),
        ({"name": "nadam", "momentum_decay": 20.0}, 0.02),
        ({"name": "adagrad"}, 0.03),
        ({"name": "adagrad", "lr_decay": 0.2, "initial_accumulator_value": 0.01, "epsilon": 1e-3, "weight_decay": 0.1}, 0.1),
    ]:
        name = ", ".join(f"{value}" if key == "name" else f"{key} {value}" for key, value in settings.items())
        rates = [rate] * (20 if settings["name"] in ("nadam", "adagrad") else 10)
        small = dict(input=(1, 5, 6), classes=5, batch=8, images=41, optimizer=settings)
        yield case(name, "dense 9, tanh", learning_rates=rates, **small)
        rates = [rate * factor for factor in (0.1, 0.5, 1.0, 2.0, 1.0, 0.0, 0.5, 0.25, 1.5, 0.1)]
        penalty = {"l1": 0.0, "l2": 0.01, "on": "weights"}
        name += ", the learning rate changing, with a penalty"
        yield case(name, "conv 3 3x3, tanh, flatten", learning_rates=rates, penalty=penalty, **small)


def training_cases():
    published = "cross-entropy-of-softmax"
    convolutional = "conv 32 3x3 pad 1, relu, conv 32 3x3 pad 1, relu, flatten, dense 128, relu, dense 64, relu"
    for name, layers, loss, l1, l2 in [
        ("1: one hidden layer", "dense 128, relu", published, 0.0, 0.0),
        ("2: two hidden layers", "dense 128, relu, dense 64, relu", published, 0.0, 0.0),
        ("3: three hidden layers", "dense 512, relu, dense 128, relu, dense 64, relu", published, 0.0, 0.0),
        # Network 4 without its dropout is network 2; it is trained here on the other loss.
        ("4: dropout 0", "dense 128, relu, dense 64, relu", "cross-entropy", 0.0, 0.0),
        ("5: batch normalisation", "dense 128, batchnorm, relu, dense 64, batchnorm, relu", published, 0.0, 0.0),
        ("6: L1 penalty", "dense 128, relu, dense 64, relu", "cross-entropy", 0.001, 0.0),
        ("7: L2 penalty", "dense 128, relu, dense 64, relu", "cross-entropy", 0.0, 0.001),
        ("8: convolutional", convolutional, "cross-entropy", 0.0, 0.0),
    ]:
        yield case(
            name, layers, input=(1, 28, 28), classes=10, batch=64, images=2047, loss=loss, tensors=False,
            learning_rates=[0.001] * 100, optimizer={"name": "adam"}, penalty={"l1": l1, "l2": l2, "on": "all"},
        )  # fmt: skip


def frozen_cases():
    """Twenty steps of networks whose first layers are frozen."""
    convolutional = "conv 4 3x3 pad 1, batchnorm, relu, conv 5 3x3, relu, maxpool 2x2, flatten, dense 12, relu"
    sgd = {"name": "sgd", "momentum": 0.9, "weight_decay": 0.05}
    adamw = {"name": "adamw", "weight_decay": 0.1}
    for name, layers, frozen, optimizer, rate in [
        ("a dense layer", "dense 16, relu, dense 9, relu", 1, {"name": "adam"}, 0.01),
        ("all but the last layer", "dense 16, tanh, dense 9, relu", 2, sgd, 0.02),
        ("dense layers with batchnorm", "dense 16, batchnorm, relu, dense 9, batchnorm, relu", 2, sgd, 0.01),
        ("batchnorm apart from its dense layer", "dense 16, batchnorm, relu, dense 9, relu", 1, sgd, 0.01),
        ("a convolution", convolutional, 1, {"name": "adam"}, 0.01),
        ("a convolution with its batchnorm", convolutional, 2, adamw, 0.01),
        ("all convolutions", convolutional, 3, {"name": "rmsprop"}, 0.003),
        ("dropout within the frozen part", "dense 16, relu, dropout 0.5, dense 9, gelu", 2, {"name": "adam"}, 0.01),
    ]:
        penalty = {"l1": 0.001, "l2": 0.002, "on": "all"}
        yield case(
            name, layers, frozen=frozen, optimizer=optimizer, penalty=penalty, learning_rates=[rate] * 20,
            input=(1, 8, 9), classes=6, batch=8, images=41,
        )  # fmt: skip


def smoothing_cases():
    """Twenty steps with smoothed labels, then the plain loss of all images."""
    penalised = {"l1": 0.001, "l2": 0.002, "on": "all"}
    plain = {"l1": 0.0, "l2": 0.0, "on": "all"}
    for loss in ("cross-entropy", "cross-entropy-of-softmax"):
        for smoothing, penalty, layers, classes in [
            (0.125, plain, "dense 16, relu", 6),
            (0.5, penalised, "conv 4 3x3 pad 1, relu, maxpool 2x2, flatten, dense 12, relu", 10),
            (0.1, plain, "dense 9, tanh", 2),
        ]:
            yield case(
                f"{loss} smoothed by {smoothing}, {classes} classes", layers, loss=loss, label_smoothing=smoothing,
                penalty=penalty, optimizer={"name": "adam"}, learning_rates=[0.01] * 20, input=(1, 8, 9), classes=classes,
                batch=8, images=41,
            )  # fmt: skip


def augmentation_cases():
    """Twenty steps on mixed and turned images, then the plain loss of all images as they are."""
    convolutional = "conv 4 3x3 pad 1, relu, maxpool 2x2, flatten, dense 12, relu"
    for name, augmentation, more in [
        ("mixup", {"mixup": 0.2}, {}),
        ("mixup of colour images, smoothed", {"mixup": 1.0}, {"input": (3, 8, 9), "label_smoothing": 0.1}),
        ("mixup, softmax twice", {"mixup": 3.5}, {"loss": "cross-entropy-of-softmax", "layers": convolutional}),
        ("mixup of single images", {"mixup": 0.5}, {"batch": 1, "images": 7, "learning_rates": [0.002] * 20}),
        ("cutmix", {"cutmix": 1.0}, {"layers": convolutional}),
        ("cutmix of colour images", {"cutmix": 0.3}, {"input": (3, 7, 12), "label_smoothing": 0.25}),
        ("mixup or cutmix", {"mixup": 0.2, "cutmix": 1.0}, {"loss": "cross-entropy-of-softmax"}),
        ("rotate", {"rotate": 10.0}, {"layers": convolutional}),
        ("rotate colour images", {"rotate": 180.0}, {"input": (3, 7, 12)}),
        ("rotate, then mix", {"rotate": 33.3, "mixup": 0.4, "cutmix": 0.6}, {}),
    ]:
        settings = {
            "layers": "dense 16, relu", "input": (1, 8, 9), "classes": 6, "batch": 8, "images": 41,
            "optimizer": {"name": "sgd", "momentum": 0.9}, "learning_rates": [0.02] * 20, "augmentation": augmentation,
        } | more  # fmt: skip
        yield case(name, **settings)


def schedule_cases():
    """PyTorch's schedulers, each with a step for every batch where a study's schedule changes with every step."""
    rising = {"warmup_epochs": 0.0, "warmup_steps": 5}
    onecycle = {"name": "onecycle", "pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4}
    restarts = {"name": "cosine-restarts", "first_epochs": 2, "multiplier": 1, "minimum": 0.0}
    for settings, steps, epochs in [
        ({"name": "constant", **rising}, 4, 3),
        ({"name": "step", "every_epochs": 2, "factor": 0.5}, 4, 7),
        ({"name": "exponential", "gamma": 0.75}, 4, 6),
        ({"name": "exponential", "gamma": 0.5, "warmup_epochs": 1.25}, 4, 6),
        ({"name": "cosine", "minimum": 0.015625}, 5, 4),
        (restarts, 4, 7),
        (restarts | {"first_epochs": 1, "multiplier": 2, "minimum": 0.015625}, 3, 16),
        (restarts | {"first_epochs": 1, "multiplier": 3, **rising}, 4, 12),
        (onecycle, 7, 5),
        (onecycle, 1, 10),
        (onecycle, 1, 1),
        (onecycle | {"pct_start": 0.625, "div_factor": 4.0, "final_div_factor": 8.0}, 5, 6),
        (onecycle | {"pct_start": 0.0}, 5, 2),
    ]:
        yield {"schedule": {"warmup_epochs": 0.0} | settings, "losses": [], "base": 0.25, "steps_per_epoch": steps, "epochs": epochs}

    plateau = {"name": "plateau", "factor": 0.5, "patience": 2, "threshold": 0.0625, "minimum": 0.0}
    falling = [1.0, 0.9, 0.89, 0.88, 0.87, 0.86, 0.5, 0.6, 0.7, 0.4, 0.41, 0.42, 0.43, 0.39, 0.38, 0.37, 0.36, 0.35]
    for settings, losses in [
        (plateau, falling),
        (plateau | {"patience": 0, "minimum": 0.0625}, falling),
        (plateau | {"patience": 1, "threshold": 0.0, "factor": 0.25}, falling[::-1]),
    ]:
        epochs = len(losses)
        case = {"base": 0.25, "steps_per_epoch": 1, "epochs": epochs}
        yield {"schedule": {"warmup_epochs": 0.0} | settings, "losses": losses} | case


def learning_rates(case):
    """The learning rate of each step."""
    if case["losses"]:
        return plateau_rates(case)
    settings, steps, epochs = case["schedule"], case["steps_per_epoch"], case["epochs"]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=case["base"])
    schedulers, total, name = torch.optim.lr_scheduler, steps * epochs, settings["name"]
    rise = settings.get("warmup_steps") or round(settings["warmup_epochs"] * steps)
    per_epoch = {
        "constant": lambda: schedulers.ConstantLR(optimizer, 1.0),
        "step": lambda: schedulers.StepLR(optimizer, settings["every_epochs"], settings["factor"]),
        "exponential": lambda: schedulers.ExponentialLR(optimizer, settings["gamma"]),
    }
    per_step = {
        "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, total, settings["minimum"]),
        "cosine-restarts": lambda: schedulers.CosineAnnealingWarmRestarts(
            optimizer, settings["first_epochs"] * steps, settings["multiplier"], settings["minimum"]
        ),
        "onecycle": lambda: schedulers.OneCycleLR(
            optimizer, case["base"], total, pct_start=settings["pct_start"], div_factor=settings["div_factor"],
            final_div_factor=settings["final_div_factor"], cycle_momentum=False,
        ),
    }  # fmt: skip
    scheduler = (per_epoch.get(name) or per_step[name])()
    rates = []
    for step in range(total):
        optimizer.step()  # PyTorch warns without it
        if step < rise:
            rates.append(case["base"] * (step + 1) / rise)
            after = name in per_epoch and (step + 1) % steps == 0  # epochs are counted from the first step
        else:
            rates.append(scheduler.get_last_lr()[0])
            after = name in per_step or (step + 1) % steps == 0
        if after and step + 1 < total:
            scheduler.step()
    return rates


def plateau_rates(case):
    """One step an epoch, each with a validation loss."""
    settings = case["schedule"]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=case["base"])
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=settings["factor"], patience=settings["patience"], threshold=settings["threshold"],
        min_lr=settings["minimum"],
    )  # fmt: skip
    rates = []
    for loss in case["losses"]:
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step(loss)
    return rates


def write_schedules():
    lines = [json.dumps(case | {"rates": learning_rates(case)}, separators=(",", ":")) for case in schedule_cases()]
    (HERE / "schedules.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


# --- writing ---


class Nine(float):
    """A float that JSON prints with nine digits: all that float32 has."""

    def __repr__(self):
        return f"{self:.9g}"


def stored(values, most):
    """Every `every`-th value, the largest and the norm of all."""
    flat = np.asarray(values, np.float64).ravel()
    every = -(-flat.size // most)
    while math.gcd(every, flat.size) > 1 and every > 1:
        every += 1
    return {
        "shape": list(values.shape), "every": every, "norm": Nine(np.linalg.norm(flat)),
        "values": [Nine(x) for x in flat[::every]],
    }  # fmt: skip


def storable(result, most):
    if isinstance(result, dict):
        return {key: storable(value, most) for key, value in result.items()}
    if isinstance(result, np.ndarray):
        return stored(result, most)
    return Nine(result) if isinstance(result, float) else result


def group(name):
    """Tensors that are judged by the largest value among them: a layer's weight and bias, as the gradient of a bias
    before batch normalisation is nothing but rounding."""
    found = re.fullmatch(r"(.+)\.(?:weight|bias)(?:\.(.+))?", name)
    return found.groups() if found else name


def difference(a, b):
    """The largest difference between two results, relative to the largest value of its group."""
    if isinstance(a, dict):
        largest = {}
        for name, tensor in b.items():
            largest[group(name)] = max(largest.get(group(name), 1e-30), float(np.abs(tensor).max()))
        return max((float(np.abs(a[name] - b[name]).max()) / largest[group(name)] for name in a), default=0.0)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(np.abs(a - b).max() / np.abs(b).max())


def write(name, cases, dtype):
    lines = []
    for settings in cases:
        single, double = run(settings, torch.float32), run(settings, torch.float64)
        rounding = {key: difference(single[key], double[key]) for key in sorted(single.keys() - {"correct"})}
        print(f"{name}: {settings['name']}:", ", ".join(f"{key} {error:.1e}" for key, error in rounding.items()))
        if not settings["tensors"]:
            error, loss = np.abs(single["losses"] / double["losses"] - 1), double["losses"]
            print(f"    relative, steps 1 to 20: {error[:20].max():.1e}, step 100: {error[99]:.1e}")
            print(f"    loss of steps 1, 20, 100: {loss[0]:.3g}, {loss[19]:.3g}, {loss[99]:.3g}")
        line = {"case": settings, "expected": storable(single if dtype == torch.float32 else double, FEWER_VALUES.get(name, MAX_VALUES))}
        lines.append(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
    (HERE / f"{name}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    files = {
        "layers": (layer_cases, torch.float64), "later_layers": (later_layer_cases, torch.float64),
        "blocks": (block_cases, torch.float64), "optimizers": (optimizer_cases, torch.float64),
        "training": (training_cases, torch.float32), "frozen": (frozen_cases, torch.float64),
        "smoothing": (smoothing_cases, torch.float64), "augmentation": (augmentation_cases, torch.float64),
    }  # fmt: skip
    for name in sys.argv[1:] or [*files, "schedules"]:
        if name == "schedules":
            write_schedules()
            continue
        cases, dtype = files[name]
        write(name, cases(), dtype)


if __name__ == "__main__":
    main()
