"""How often each class is predicted for the test images by the last weights of a study's dense networks.

A class with no predictions was lost in training (docs/reproduction.md). Reads the stored weights under PyTorch's names:
    pip install numpy
    python bench/predicted_classes.py fitroom-out/report-fashion-mnist DIRECTORY_OF_FASHION_MNIST
"""

import glob
import gzip
import json
import struct
import sys

import numpy as np

study, data = sys.argv[1:]
pixels = np.frombuffer(gzip.open(f"{data}/t10k-images-idx3-ubyte.gz").read()[16:], np.uint8).reshape(-1, 784) / 255
for path in sorted(glob.glob(f"{study}/runs/*/last.safetensors")):
    run = json.load(open(path.replace("last.safetensors", "run.json")))
    bytes_ = open(path, "rb").read()
    (length,) = struct.unpack("<Q", bytes_[:8])
    tensors = {}
    for name, place in json.loads(bytes_[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in place["data_offsets"])
            tensors[name] = np.frombuffer(bytes_[start:end], np.float32).reshape(place["shape"])
    # Dense layers and ReLU alone: no convolution, no batch normalisation.
    if any(tensor.ndim == 4 for tensor in tensors.values()) or any("running" in name for name in tensors):
        continue
    layers, values = sorted({int(name.split(".")[0]) for name in tensors}), pixels
    for layer in layers:
        values = values @ tensors[f"{layer}.weight"].T + tensors[f"{layer}.bias"]
        if layer != layers[-1]:
            values = np.maximum(values, 0)
    counts = np.bincount(values.argmax(1), minlength=values.shape[1])
    print(f"{run['network']}, seed {run['decided_by']['seed']}: {counts.tolist()}")
