"""A state dict as PyTorch saves it, for the tests of `init`: `python crates/study/tests/pytorch/make.py` (torch 2.15,
safetensors 0.8).

Writes model.safetensors (F32, and `num_batches_tracked` as I64), model-half.safetensors (the same in F16) and logits.json
beside itself: the logits of the F32 model in inference mode, on images that src/init/tests.rs makes too.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 5), nn.BatchNorm1d(5), nn.Tanh(),
        nn.Linear(5, 3),
    )  # fmt: skip
    pixels = torch.arange(5 * 36) * 37 % 251
    images = pixels.float().reshape(5, 1, 6, 6) / 255
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(10):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0, 1])).backward()
        optimizer.step()
    model.eval()
    logits = model(images).detach().flatten().tolist()
    (HERE / "logits.json").write_text(json.dumps([round(x, 7) for x in logits]) + "\n")
    save_file(model.state_dict(), HERE / "model.safetensors")
    save_file(model.half().state_dict(), HERE / "model-half.safetensors")


if __name__ == "__main__":
    main()
