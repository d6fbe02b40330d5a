"""Writes tests/fixtures/tensorboard: torch.utils.tensorboard's SummaryWriter, with and without add_hparams.

    pip install tensorboard torch && python tensorboard_events.py

An event file's name holds the host name and the process: each file is renamed to events.out.tfevents.N.host.
Nothing within the files names the machine.
"""
import math
import pathlib

import numpy as np
import tensorboard
import torch
from common import fixture_dir, note_version
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from torch.utils.tensorboard import SummaryWriter

with fixture_dir("tensorboard") as root:
    for network, width in [("narrow", 2), ("wide", 32)]:
        for seed in [1, 2]:
            writer = SummaryWriter(f"{network}_{seed}", max_queue=1)
            for step in range(1, 6):
                writer.add_scalar("loss/train", 1 / (step + seed), step)
                writer.add_scalar("accuracy/val", 1 - 1 / (step + width), step)
            writer.add_histogram("weights", torch.arange(6.0), 5)
            settings = {"network": network, "width": width, "lr": 0.01, "seed": seed, "nesterov": True}
            writer.add_hparams(settings, {"final/accuracy": 1 - 1 / (5 + width)}, run_name="hparams")
            writer.close()
    # Newer writers (TensorFlow 2, JAX' clu) store scalars as tensors: a list of floats, doubles, or raw bytes.
    writer = SummaryWriter("tensors")
    for step, tensor in enumerate([
        TensorProto(dtype=1, tensor_shape=TensorShapeProto(), float_val=[0.5]),
        TensorProto(dtype=2, tensor_shape=TensorShapeProto(), double_val=[0.25]),
        TensorProto(dtype=1, tensor_shape=TensorShapeProto(), tensor_content=np.float32(0.125).tobytes()),
        TensorProto(dtype=2, tensor_shape=TensorShapeProto(), tensor_content=np.float64(math.nan).tobytes()),
    ]):
        value = Summary.Value(tag="reward", tensor=tensor)
        writer.file_writer.add_event(Event(summary=Summary(value=[value]), wall_time=step), step)
    writer.close()
    for number, path in enumerate(sorted(pathlib.Path(root).rglob("events.out.tfevents.*"))):
        path.rename(path.with_name(f"events.out.tfevents.{number}.host"))
note_version("tensorboard", tensorboard.__version__)
