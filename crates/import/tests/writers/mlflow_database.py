"""Writes tests/fixtures/mlflow_sqlite/mlflow.db: MLflow's SQLite store, two networks with two seeds, a run that
failed and one that was deleted.

    pip install mlflow && python mlflow_database.py

Scrubbed: absolute paths, users and times of the machine. The database is mostly empty tables, so it is written
again with small pages, which keeps it small without a change to what is in it.
"""
import math
import sqlite3
import warnings

warnings.filterwarnings("ignore")

import mlflow
from common import fixture_dir, log_networks, note_version

with fixture_dir("mlflow_sqlite") as root:
    path = root / "mlflow.db"
    mlflow.set_tracking_uri(f"sqlite:///{path}")
    mlflow.create_experiment("widths", artifact_location="file:///store/widths")
    mlflow.set_experiment("widths")
    log_networks(mlflow, {"team": "vision"})
    try:
        with mlflow.start_run(run_name="wide-3"):
            mlflow.log_params({"network": "wide", "width": 32, "lr": 1e-3, "seed": 3})
            mlflow.log_metric("val_acc", math.nan, step=0)
            mlflow.log_metric("loss", math.inf, step=0)
            raise RuntimeError("out of memory")
    except RuntimeError:
        pass
    with mlflow.start_run(run_name="oops") as oops:
        mlflow.log_metric("val_acc", 0.1, step=0)
    mlflow.delete_run(oops.info.run_id)

    database = sqlite3.connect(path)
    database.execute("update runs set user_id = 'user', source_name = 'mlflow_database.py', source_version = ''")
    database.execute("update runs set artifact_uri = 'file:///store/' || run_uuid")
    database.execute("update experiments set artifact_location = 'file:///store/' || experiment_id")
    database.execute("update tags set value = 'user' where key = 'mlflow.user'")
    database.execute("update tags set value = 'mlflow_database.py' where key = 'mlflow.source.name'")
    database.execute("delete from tags where key like 'mlflow.source.git%'")
    database.commit()
    database.execute("pragma page_size = 512")
    database.execute("vacuum")
    database.close()
    found = mlflow.search_runs(experiment_names=["widths"])
    assert len(found) == 5, "MLflow still reads it"
    for other in root.iterdir():
        assert other.name == "mlflow.db", other
note_version("mlflow", mlflow.__version__)
