"""Writes tests/fixtures/lightning: PyTorch Lightning's CSVLogger, two runs of two networks.

    pip install pytorch-lightning && python lightning_csv.py

The logger writes no host name, and `save_dir` is relative, so no path of the machine is stored.
"""
import warnings
import logging
import shutil

import pytorch_lightning as pl
import torch
from common import fixture_dir, note_version
from pytorch_lightning.loggers import CSVLogger

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


class Net(pl.LightningModule):
    def __init__(self, network, width, lr, seed, betas=(0.9, 0.99), optimizer=None):
        super().__init__()
        self.save_hyperparameters()
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, width), torch.nn.ReLU(), torch.nn.Linear(width, 2))

    def score(self, batch, name, **how):
        logits = self.layers(batch[0])
        loss = torch.nn.functional.cross_entropy(logits, batch[1])
        self.log(f"{name}_loss", loss, **how)
        self.log(f"{name}_acc", (logits.argmax(1) == batch[1]).float().mean(), **how)
        return loss

    def training_step(self, batch, _):
        return self.score(batch, "train", on_step=True, on_epoch=True)

    def validation_step(self, batch, _):
        self.score(batch, "val")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr, betas=self.hparams.betas)


def loaders():
    data = torch.Generator().manual_seed(0)
    x = torch.randn(192, 8, generator=data)
    y = (x[:, 0] * x[:, 1] > 0).long()
    make = torch.utils.data.TensorDataset
    load = torch.utils.data.DataLoader
    return load(make(x[:128], y[:128]), batch_size=32, shuffle=True), load(make(x[128:], y[128:]), batch_size=64)


if __name__ == "__main__":
    with fixture_dir("lightning"):
        for network, width in [("narrow", 2), ("wide", 32)]:
            for seed in [1, 2]:
                pl.seed_everything(seed, verbose=False)
                net = Net(network, width, 0.01, seed, optimizer={"name": "adam", "amsgrad": False})
                trainer = pl.Trainer(
                    max_epochs=3, logger=CSVLogger("."), log_every_n_steps=2, accelerator="cpu",
                    enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
                )
                trainer.fit(net, *loaders())
        shutil.rmtree("checkpoints", ignore_errors=True)
    note_version("pytorch-lightning", pl.__version__)
    note_version("torch", torch.__version__.split("+")[0])
