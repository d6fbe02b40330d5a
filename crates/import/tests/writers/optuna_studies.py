"""Writes tests/fixtures/optuna/optuna.db: a study with seeds, failed, pruned and running trials, and a study of two objectives.

    pip install optuna && python optuna_studies.py

Optuna stores neither paths nor hosts. The database is written again with small pages.
"""
import logging
import math
import sqlite3
import warnings

import optuna
from common import fixture_dir, note_version

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(logging.ERROR)


class StopOdd(optuna.pruners.BasePruner):
    def prune(self, study, trial):
        return trial.number == 3


with fixture_dir("optuna") as root:
    storage = "sqlite:///optuna.db"
    grid = {"network": ["narrow", "wide"], "seed": [1, 2]}
    study = optuna.create_study(
        storage=storage, study_name="widths", direction="minimize", pruner=StopOdd(),
        sampler=optuna.samplers.GridSampler(grid, seed=0),
    )
    study.set_metric_names(["val_gap"])

    def objective(trial):
        width = {"narrow": 2, "wide": 32}[trial.suggest_categorical("network", ["narrow", "wide"])]
        seed = trial.suggest_int("seed", 1, 2)
        trial.set_user_attr("note", "grid")
        trial.set_user_attr("layers", [4, 8])
        for step in range(3):
            trial.report(math.nan if step == 1 and seed == 2 else 1 / (step + width + seed), step)
            if step and trial.should_prune():
                raise optuna.TrialPruned()
        return 1 / (2 + width + seed)

    study.optimize(objective, n_trials=4)

    def fails(trial):
        trial.set_user_attr("seed", 2**53 + 1)
        trial.suggest_float("lr", 1e-4, 1e-2, log=True)
        raise ValueError

    study.sampler = optuna.samplers.RandomSampler(seed=0)
    study.optimize(fails, n_trials=1, catch=(ValueError,))
    both = optuna.create_study(storage=storage, study_name="both", directions=["maximize", "minimize"])
    both.optimize(lambda trial: (math.inf, trial.suggest_float("x", 0.25, 0.25)), n_trials=1)
    both.ask()
    database = sqlite3.connect("optuna.db")
    database.execute("pragma page_size = 1024")
    database.execute("vacuum")
    database.close()
    assert len(optuna.load_study(study_name="widths", storage=storage).trials) == 5
note_version("optuna", optuna.__version__)
