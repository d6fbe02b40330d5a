"""Times `fitroom predict` on 10,000 PNGs beside PyTorch, and on one: python3 bench/predict.py STUDY NETWORK WORK

STUDY is a results directory on Fashion-MNIST, NETWORK one of its networks, WORK a directory for pictures and exported
files. FITROOM names the program, FITROOM_DATA the data. It needs numpy, pillow, torch and safetensors. PyTorch scores
the pictures with the module that `fitroom export --to torch` wrote, in batches of 256: in one process with all cores for
its operators, and with a DataLoader of two workers. Both must give the same labels.
"""

import csv
import gzip
import importlib.util
import io
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy
import torch
from PIL import Image

ROUNDS = 5
BATCH = 256


def pictures(work: pathlib.Path) -> list[pathlib.Path]:
    """The test images as PNG files, which are made once."""
    directory = work / "pictures"
    if not directory.exists():
        packed = pathlib.Path(os.environ["FITROOM_DATA"]) / "t10k-images-idx3-ubyte.gz"
        images = numpy.frombuffer(gzip.decompress(packed.read_bytes()), numpy.uint8, offset=16).reshape(-1, 28, 28)
        directory.mkdir(parents=True)
        for index, image in enumerate(images):
            Image.fromarray(image).save(directory / f"{index:05}.png")
    return sorted(directory.iterdir())


def seconds(work) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


class Pictures(torch.utils.data.Dataset):
    def __init__(self, module, paths):
        self.module, self.paths = module, paths

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return torch.from_numpy(numpy.array(Image.open(self.paths[index]).convert("L")))[:, :, None]


def by_torch(module, network, paths, workers: int) -> list[int]:
    labels = []
    loader = torch.utils.data.DataLoader(Pictures(module, paths), batch_size=BATCH, num_workers=workers)
    with torch.inference_mode():
        for images in loader:
            labels += network(module.prepare(images)).argmax(1).tolist()
    return labels


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    study, name, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    program = os.environ.get("FITROOM", "target/release/fitroom")
    paths = pictures(work)
    export = [program, "export", study, name, "--to", "torch", "--out", work / "exported"]
    module_path = subprocess.run(export, check=True, capture_output=True, text=True).stdout.splitlines()[0]
    spec = importlib.util.spec_from_file_location("module", module_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load()

    def ours() -> list[int]:
        command = [program, "predict", study, "--network", name, paths[0].parent, "--format", "csv"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [int(row["label"]) for row in csv.DictReader(io.StringIO(output))]

    def one() -> None:
        subprocess.run([program, "predict", study, "--network", name, paths[0]], check=True, capture_output=True)

    ways = {
        "fitroom predict, a process from start to end": ours,
        "PyTorch, imported and loaded before": lambda: by_torch(module, network, paths, 0),
        "PyTorch, imported and loaded before, two workers": lambda: by_torch(module, network, paths, 2),
    }
    times = {way: [] for way in ways}
    for _ in range(ROUNDS):
        labels = []
        for way, predict in ways.items():
            took, found = seconds(predict)
            times[way].append(took)
            labels.append(found)
        assert labels[0] == labels[1] == labels[2], "the labels differ"
    for way, took in times.items():
        median = statistics.median(took)
        print(f"{way}: {median:.2f} s, {len(paths) / median:,.0f} images/s")
    single = statistics.median(seconds(one)[0] for _ in range(20))
    print(f"one picture, from start to answer: {1000 * single:.0f} ms")


if __name__ == "__main__":
    main()
