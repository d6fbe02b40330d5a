"""Compares event files, as TensorBoard's EventAccumulator reads them, with the files of a study."""

import csv
import math

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

TAGS = {
    "train_loss": "loss/train",
    "train_accuracy": "accuracy/train",
    "fit_loss": "loss/fit",
    "fit_accuracy": "accuracy/fit",
    "val_loss": "loss/validation",
    "val_accuracy": "accuracy/validation",
    "learning_rate": "learning_rate",
    "seconds": "seconds",
}
ENDS = {
    "best_test_accuracy": ("test/accuracy", "best_epoch"),
    "best_test_loss": ("test/loss", "best_epoch"),
    "best_val_accuracy": ("best/validation_accuracy", "best_epoch"),
    "best_val_loss": ("best/validation_loss", "best_epoch"),
    "last_test_accuracy": ("test/last_epoch_accuracy", None),
    "last_test_loss": ("test/last_epoch_loss", None),
}


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def expected_scalars(study):
    """The scalars that a study's files hold: of each run, those of each tag, by step. As numbers of 32 bits."""
    runs = {}
    last_epochs = {}
    for row in rows(study / "epochs.csv"):
        name = (row["network"], int(row["seed"]))
        last_epochs[name] = int(row["epoch"])
        for column, tag in TAGS.items():
            if row[column]:
                steps = runs.setdefault(name, {}).setdefault(tag, {})
                steps[int(row["epoch"])] = float(numpy.float32(row[column]))
    for row in rows(study / "summary.csv"):
        name = (row["network"], int(row["seed"]))
        for column, (tag, epoch) in ENDS.items():
            if row[column]:
                step = int(row[epoch]) if epoch else last_epochs[name]
                runs[name][tag] = {step: float(numpy.float32(row[column]))}
    return runs


def read_run(directory):
    """The accumulator of a run's directory, and the run's network and seed."""
    accumulator = EventAccumulator(str(directory))
    accumulator.Reload()
    start = accumulator.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    hparams = metadata.parse_session_start_info_plugin_data(start).hparams
    return accumulator, (hparams["network"].string_value, int(hparams["seed"].number_value))


def compare_files(study, events, is_finished=False):
    """Compares all scalars, and returns how many there are."""
    found = {}
    for file in events.rglob("events.out.tfevents.*"):
        if file.stat().st_size == 0:
            continue
        accumulator, name = read_run(file.parent)
        files = sorted(file.parent.iterdir())
        assert files[-1] == file and len(files) <= 2, f"one file, and at most an empty one before it: {files}"
        assert name not in found, f"{name} is there twice"
        tags = accumulator.Tags()["scalars"]
        scalars = {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags}
        for tag, steps in scalars.items():
            assert len(dict(steps)) == len(steps), f"a step of {tag} is there twice: {steps}"
        times = [event.wall_time for event in accumulator.Scalars("loss/train")] if "loss/train" in tags else []
        assert times == sorted(times), times
        found[name] = {tag: dict(steps) for tag, steps in scalars.items()}
        if is_finished and "test/accuracy" in tags:
            for tag in ("confusion_matrix", "first_layer"):
                [image] = accumulator.Images(tag)
                assert image.encoded_image_string.startswith(b"\x89PNG") and image.width > 500, tag
    expected = expected_scalars(study)
    found = {name: scalars for name, scalars in found.items() if scalars}
    assert found.keys() == expected.keys(), (found.keys(), expected.keys())
    for name, scalars in expected.items():
        assert found[name] == scalars, f"{name}: {found[name]} and not {scalars}"
    numbers = [number for scalars in found.values() for steps in scalars.values() for number in steps.values()]
    assert all(math.isfinite(number) for number in numbers)
    return len(numbers)
