"""Writes tests/fixtures/hydra: a Hydra multirun whose jobs write a CSV file each.

    pip install hydra-core && python hydra_multirun.py

Scrubbed: .hydra/hydra.yaml holds the working directory and is removed; the log files of Hydra are too.
"""
import csv
import pathlib
import shutil
import sys

import hydra
from common import fixture_dir, note_version
from omegaconf import OmegaConf


@hydra.main(version_base=None, config_path=None, config_name="config")
def job(config):
    with open(pathlib.Path(hydra.core.hydra_config.HydraConfig.get().runtime.output_dir) / "log.csv", "w") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "val_acc"])
        for epoch in range(1, 4):
            writer.writerow([epoch, 1 - 1 / (config.model.width + epoch + config.seed)])


with fixture_dir("hydra") as root:
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store("config", OmegaConf.create({"model": {"width": 4, "name": "mlp"}, "seed": 0, "lr": 0.1}))
    sys.argv = [
        "hydra_multirun.py", "-m", "model.width=4,16", "seed=1,2", "+tag='a, b'",
        "hydra.sweep.dir=multirun/2026-01-01/12-00-00",
    ]
    job()
    for path in list(root.rglob("hydra.yaml")) + list(root.rglob("*.log")) + list(root.rglob("multirun.yaml")):
        path.unlink()
    shutil.rmtree(root / "outputs", ignore_errors=True)
note_version("hydra-core", hydra.__version__)
