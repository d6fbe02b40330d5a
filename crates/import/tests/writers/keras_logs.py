"""Writes tests/fixtures/keras: Keras' CSVLogger and History.history as JSON, two seeds.

    pip install keras torch && python keras_logs.py

Neither file holds a path or host name.
"""
import json
import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
from common import fixture_dir, note_version

with fixture_dir("keras"):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(192, 8)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype("float32")
    for seed in [1, 2]:
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
        os.mkdir(f"wide_seed{seed}")
        logger = keras.callbacks.CSVLogger(f"wide_seed{seed}/log.csv")
        history = model.fit(x, y, epochs=4, validation_split=0.25, verbose=0, callbacks=[logger])
        with open(f"wide_seed{seed}/history.json", "w") as file:
            json.dump(history.history, file)
    # A run that diverges: the loss is NaN, which json writes as the word NaN.
    keras.utils.set_random_seed(3)
    model.compile(keras.optimizers.SGD(1e30), "mse", metrics=["mae"])
    history = model.fit(x, y * np.float32(1e30), epochs=2, verbose=0)
    os.mkdir("broken_seed3")
    with open("broken_seed3/history.json", "w") as file:
        json.dump(history.history, file)
note_version("keras", keras.__version__)
