"""Milliseconds of a whole training step of the eight networks in PyTorch: one thread, batch 64, eager, fused Adam.

The same work as `cargo run --release -- bench --threads 1`: gather from u8, forward, backward, Adam.
    pip install torch==2.15.0 numpy
    python bench/pytorch_steps.py [NUMBER ...]
"""

import statistics
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)
BATCH, IMAGES = 64, 4096


def dense(*widths, after=lambda width: []):
    layers = [nn.Flatten()]
    for before, width in zip((784, *widths), widths):
        layers += [nn.Linear(before, width), *after(width)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 10))


relu = lambda _: [nn.ReLU()]
networks = [
    dense(128, after=relu),
    dense(128, 64, after=relu),
    dense(512, 128, 64, after=relu),
    dense(128, 64, after=lambda _: [nn.ReLU(), nn.Dropout(0.5)]),
    dense(128, 64, after=lambda width: [nn.BatchNorm1d(width), nn.ReLU()]),
    dense(128, 64, after=relu),
    dense(128, 64, after=relu),
    nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(25088, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10),
    ),
]

images = torch.randint(0, 256, (IMAGES, 1, 28, 28), dtype=torch.uint8)
labels = torch.randint(0, 10, (IMAGES,))
cross_entropy = nn.CrossEntropyLoss()

print("net  ms/step")
for number, network in enumerate(networks, 1):
    if sys.argv[1:] and str(number) not in sys.argv[1:]:
        continue
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    twice = number <= 5
    steps, times = (10, []) if number == 8 else (64, [])
    for _ in range(4 if number == 8 else 20):
        order = torch.randperm(IMAGES)
        start = time.perf_counter()
        for step in range(steps):
            batch = order[step * BATCH : (step + 1) * BATCH]
            logits = network(images[batch].float() / 255)
            loss = cross_entropy(logits.softmax(1) if twice else logits, labels[batch])
            if number == 6:
                loss = loss + 0.001 * sum(p.abs().sum() for p in network.parameters())
            if number == 7:
                loss = loss + 0.001 * sum(p.square().sum() for p in network.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        times.append((time.perf_counter() - start) * 1e3 / steps)
    print(f"{number:3}  {statistics.median(times[1:]):7.3f}", flush=True)
