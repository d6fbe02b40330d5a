"""Writes tests/fixtures/mlflow: MLflow's file store, two networks with two seeds and a run that failed.

    pip install mlflow-skinny && python mlflow_store.py

Scrubbed: absolute paths in meta.yaml become `file:///store/…`, the user becomes `user`, and the tags of
the script's name and user are made neutral.
"""
import os
import pathlib
import re

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow
from common import fixture_dir, log_networks, note_version

with fixture_dir("mlflow") as root:
    mlflow.set_tracking_uri((root / "mlruns").as_uri())
    mlflow.set_experiment("widths")
    log_networks(mlflow, None)
    try:
        with mlflow.start_run(run_name="wide-3"):
            mlflow.log_params({"network": "wide", "width": 32, "lr": 1e-3, "seed": 3})
            mlflow.log_metric("val_acc", float("nan"), step=0)
            raise RuntimeError("out of memory")
    except RuntimeError:
        pass
    for path in root.rglob("*"):
        if path.is_file():
            text = path.read_text()
            text = text.replace(root.as_uri(), "file:///store").replace(str(root), "/store")
            text = re.sub(r"^user_id: .*$", "user_id: user", text, flags=re.M)
            if path.name == "mlflow.user":
                text = "user"
            if path.name == "mlflow.source.name":
                text = "mlflow_store.py"
            if path.name.startswith("mlflow.source.git"):
                text = "0"
            path.write_text(text)
note_version("mlflow-skinny", mlflow.__version__)
