"""What the writers share: where fixtures go, and the file of versions."""
import contextlib
import os
import pathlib
import shutil

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


@contextlib.contextmanager
def fixture_dir(name):
    """Makes an empty directory of fixtures and works in it, so that paths that are logged are relative."""
    path = FIXTURES / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    before = os.getcwd()
    os.chdir(path)
    try:
        yield path
    finally:
        os.chdir(before)


def log_networks(mlflow, tags):
    """Logs two networks with two seeds each to MLflow's store that is set."""
    for network, width in [("narrow", 2), ("wide", 32)]:
        for seed in [1, 2]:
            with mlflow.start_run(run_name=f"{network}-{seed}", tags=tags):
                mlflow.log_params({"network": network, "width": width, "lr": 1e-3, "seed": seed})
                for step in range(3):
                    mlflow.log_metric("val_acc", 1 - 1 / (step + width + seed), step=step)
                mlflow.log_metric("test/acc", 0.5 + seed / 100)


def note_version(package, version):
    """Notes in tests/fixtures/VERSIONS which version wrote the fixtures."""
    path = FIXTURES / "VERSIONS"
    lines = path.read_text().splitlines() if path.exists() else []
    lines = [line for line in lines if line.split()[0] != package] + [f"{package} {version}"]
    path.write_text("\n".join(sorted(lines)) + "\n")
