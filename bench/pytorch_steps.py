"""The networks in PyTorch, eager, with fused Adam, on one thread: a peer of compare.py."""

import torch
from torch import nn

from peer import serve


def module(network):
    """The network as PyTorch's modules; images are [batch, 784], or [batch, 1, 28, 28] where it is convolutional."""
    return sequential(network.layers)


def sequential(layers):
    return nn.Sequential(*(MAKE[kind](*sizes) for kind, *sizes in layers))


class Residual(nn.Module):
    def __init__(self, body, projection):
        super().__init__()
        self.body, self.shortcut = sequential(body), sequential([projection] if projection else [])

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Concat(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = sequential(body)

    def forward(self, x):
        return torch.cat((x, self.body(x)), 1)


MAKE = {
    "dense": nn.Linear,
    "conv": lambda before, after, kernel, padding, _, stride: nn.Conv2d(before, after, kernel, stride, padding),
    "depthwise": lambda channels, kernel, padding, _, stride: nn.Conv2d(
        channels, channels, kernel, stride, padding, groups=channels
    ),
    "batchnorm": nn.BatchNorm1d,
    "batchnorm2d": nn.BatchNorm2d,
    "maxpool": nn.MaxPool2d,
    "avgpool": nn.AvgPool2d,
    "globalavgpool": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "dropout": nn.Dropout,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "flatten": nn.Flatten,
    "residual": Residual,
    "concat": Concat,
}


class Trainer:
    """A network and its optimizer; images and labels are numpy's, as networks.images() reads them."""

    def __init__(self, network, images, labels):
        self.network, self.module = network, module(network)
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=network.learning_rate, fused=True)
        shape = (-1, 1, 28, 28) if network.is_convolutional else (-1, 784)
        self.images, self.labels = torch.tensor(images).view(shape), torch.tensor(labels).long()
        self.order, self.position = torch.randperm(len(images)), 0

    @property
    def parameters(self):
        return sum(parameter.numel() for parameter in self.module.parameters())

    def train(self, steps):
        self.module.train()
        return torch.stack([self.step(self.next_batch())[0] for _ in range(steps)]).mean().item()

    def next_batch(self):
        if self.position + self.network.batch_size > len(self.order):
            self.order, self.position = torch.randperm(len(self.order)), 0
        self.position += self.network.batch_size
        return self.order[self.position - self.network.batch_size : self.position]

    def step(self, batch):
        """Trains on the images at `batch` and returns the loss, penalty included, and the logits."""
        logits = self.module(self.images[batch].float() / 255)
        loss = self.loss(logits, self.labels[batch])
        if self.network.l1:
            loss = loss + self.network.l1 * sum(p.abs().sum() for p in self.module.parameters())
        if self.network.l2:
            loss = loss + self.network.l2 * sum(p.square().sum() for p in self.module.parameters())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach(), logits.detach()

    def loss(self, logits, labels):
        return nn.functional.cross_entropy(logits.softmax(1) if self.network.softmax_twice else logits, labels)


if __name__ == "__main__":
    torch.set_num_threads(1)
    serve(Trainer, f"PyTorch {torch.__version__}, eager, fused Adam")
