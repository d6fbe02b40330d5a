"""Runs of the study in PyTorch, with what `fitroom run` does in a run: what study.py starts.

It answers each line NETWORK SEED EPOCHS THREADS with the validation accuracy of the last epoch and the test accuracy of
its weights and of the best epoch's. An epoch trains on 50,000 images in batches of 64, the last one smaller, then
scores these images and 10,000 held out in inference mode.
"""

import copy
import sys

import torch

from networks import images, networks
from pytorch_steps import Trainer

HELD_OUT, SCORED_AT_ONCE = 10_000, 1_000


class Run:
    """One network from one seed."""

    def __init__(self, network, seed, train, test):
        torch.manual_seed(seed)
        self.trainer, self.test = Trainer(network, *train), Trainer(network, *test)
        order = torch.randperm(len(train[0]))
        self.training, self.validation = order[HELD_OUT:], order[:HELD_OUT]

    def finish(self, epochs):
        """Trains for so many epochs: accuracy in validation, in the test with the last weights, and with the best."""
        best_loss, best = float("inf"), None
        for _ in range(epochs):
            self.epoch()
            self.score(self.trainer, self.training)
            loss, accuracy = self.score(self.trainer, self.validation)
            if loss < best_loss:
                best_loss, best = loss, copy.deepcopy(self.trainer.module.state_dict())
        everything = torch.arange(len(self.test.labels))
        last_test = self.score(self.test, everything)[1]
        self.trainer.module.load_state_dict(best)
        return accuracy, last_test, self.score(self.test, everything)[1]

    def epoch(self):
        """Loss and accuracy as trained."""
        self.trainer.module.train()
        losses, correct = [], []
        for batch in self.training[torch.randperm(len(self.training))].split(self.trainer.network.batch_size):
            loss, logits = self.trainer.step(batch)
            losses.append(loss * len(batch))
            correct.append((logits.argmax(1) == self.trainer.labels[batch]).sum())
        return mean(losses, correct, len(self.training))

    @torch.inference_mode()
    def score(self, of, indices):
        """Loss and accuracy of the weights on images of the trainer `of`."""
        module = self.trainer.module.eval()
        losses, correct = [], []
        for batch in indices.split(SCORED_AT_ONCE):
            logits = module(of.images[batch].float() / 255)
            losses.append(of.loss(logits, of.labels[batch]) * len(batch))
            correct.append((logits.argmax(1) == of.labels[batch]).sum())
        return mean(losses, correct, len(indices))


def mean(losses, correct, count):
    return torch.stack(losses).sum().item() / count, torch.stack(correct).sum().item() / count


if __name__ == "__main__":
    torch.set_num_threads(1)
    known, train, test = networks(), images(), images("t10k")
    print(f"PyTorch {torch.__version__}, eager, fused Adam", flush=True)
    for line in sys.stdin:
        number, seed, epochs, threads = map(int, line.split())
        torch.set_num_threads(threads)
        print(*Run(known[number], seed, train, test).finish(epochs), flush=True)
