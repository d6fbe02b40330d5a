"""Compares PyTorch with logits that Fitting Room computed: `python check.py DIR` (torch, safetensors, pillow, numpy).

DIR has a directory per model: model.py and model.safetensors as exported, images.npy (uint8 [count, height, width,
channels]) and logits.npy (float32 [count, classes]). `cargo run -p fitroom-export --example layer_models -- DIR` writes
such directories for every kind of layer. Each model.py is imported and loaded strictly. It must give the same logits
and labels, image by image and all at once, and as a program name the class of a picture. Prints a table; the exit code
is 1 if a model differs, or if there is none.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import safe_open

TOLERANCE = 1e-4  # of logits


def imported(path):
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def logits_of(network, module, images, batch):
    with torch.inference_mode():
        parts = [network(module.prepare(part)) for part in torch.from_numpy(images).split(batch)]
    return torch.cat(parts).numpy()


def check_picture(path, image, expected):
    """The program's first line names the class that the image has, for the image as a picture of its own size."""
    with tempfile.TemporaryDirectory() as directory:
        picture = Path(directory) / "picture.png"
        Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(picture)
        run = subprocess.run([sys.executable, path, picture], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert lines[0].endswith(expected), (lines[0], expected)
    total = sum(float(line.split()[0]) for line in lines)
    assert abs(total - 1) < 0.005, total


def difference_of(directory):
    module = imported(directory / "model.py")
    images, expected = (np.load(directory / f"{name}.npy") for name in ("images", "logits"))
    assert len(module.CLASSES) == expected.shape[1], module.CLASSES
    network = module.load()
    with safe_open(directory / "model.safetensors", framework="pt") as file:
        stored = set(file.keys())
        names = json.loads(file.metadata()["fitroom_model"])["classes"]
    assert module.CLASSES == names, (module.CLASSES, names)
    # All tensors are the file's, but the counters of batch norms.
    left = {name for name in network.state_dict() if name not in stored}
    assert all(name.endswith("num_batches_tracked") for name in left), left
    assert all(network.state_dict()[name].item() == 0 for name in left), left
    difference = 0.0
    for batch in (1, len(images)):
        logits = logits_of(network, module, images, batch)
        labels = (logits.argmax(axis=1), expected.argmax(axis=1))
        assert np.array_equal(*labels), f"labels differ: {np.flatnonzero(labels[0] != labels[1])}"
        difference = max(difference, float(np.abs(logits - expected).max()))
    assert difference < TOLERANCE, f"logits differ by {difference:.1e}"
    if images.shape[3] in (1, 3):
        check_picture(directory / "model.py", images[-1], module.CLASSES[expected[-1].argmax()])
    return difference, len(images)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    directories = sorted(path.parent for path in Path(sys.argv[1]).glob("*/model.py"))
    failures = []
    print(f"torch {torch.__version__}")
    for directory in directories:
        try:
            difference, count = difference_of(directory)
            print(f"{directory.name:24} {count:5} images, largest difference of a logit {difference:.1e}, labels agree")
        except Exception as error:  # the other models are compared too
            failures.append(f"{directory.name}: {error}")
    print("\n".join(failures))
    sys.exit(1 if failures or not directories else 0)


if __name__ == "__main__":
    main()
