#!/usr/bin/env bash
# Writes all fixtures again. PYTHON is an interpreter with the packages of ../fixtures/VERSIONS.
set -euo pipefail
cd "$(dirname "$0")"
for script in lightning_csv lightning_two_loggers keras_logs tensorboard_events hugging_face_trainer mlflow_store mlflow_database optuna_studies \
    hydra_multirun; do
    "${PYTHON:-python3}" "$script.py"
done
