"""Writes tests/fixtures/lightning_two: one Trainer with a CSVLogger and a TensorBoardLogger, two seeds.

    pip install pytorch-lightning tensorboard && python lightning_two_loggers.py

Once both loggers write into the same directory, once each has its own, as happens if neither has a version.
An event file's name holds the host name and the process: each file is renamed to events.out.tfevents.N.host.
"""
import logging
import pathlib
import shutil
import warnings

import pytorch_lightning as pl
from common import fixture_dir, note_version
from lightning_csv import Net, loaders
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def train(seed, loggers):
    pl.seed_everything(seed, verbose=False)
    net = Net("wide", 32, 0.01, seed)
    trainer = pl.Trainer(
        max_epochs=3, logger=loggers, log_every_n_steps=2, accelerator="cpu",
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )
    trainer.fit(net, *loaders())


if __name__ == "__main__":
    with fixture_dir("lightning_two") as root:
        train(1, [CSVLogger("same", version="a"), TensorBoardLogger("same", version="a")])
        train(2, [CSVLogger("own"), TensorBoardLogger("own")])
        for number, path in enumerate(sorted(pathlib.Path(root).rglob("events.out.tfevents.*"))):
            path.rename(path.with_name(f"events.out.tfevents.{number}.host"))
        shutil.rmtree("checkpoints", ignore_errors=True)
    note_version("pytorch-lightning", pl.__version__)
