"""Writes tests/fixtures/hugging_face: transformers' Trainer, two seeds, with a checkpoint each.

    pip install transformers accelerate torch && python hugging_face_trainer.py

Only trainer_state.json is kept; `best_model_checkpoint` in it is relative. training_args.json is written
here from TrainingArguments.to_dict(), without paths and without what names the machine.
"""
import json
import os
import pathlib
import shutil

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
import transformers
from common import fixture_dir, note_version
from transformers import Trainer, TrainingArguments


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))

    def forward(self, x, labels=None):
        logits = self.layers(x)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


data = torch.Generator().manual_seed(0)
x = torch.randn(96, 8, generator=data)
rows = [{"x": row, "labels": int(row[0] * row[1] > 0)} for row in x]

with fixture_dir("hugging_face") as root:
    for seed in [1, 2]:
        arguments = TrainingArguments(
            f"seed_{seed}", seed=seed, num_train_epochs=2, per_device_train_batch_size=16, logging_steps=2,
            eval_strategy="epoch", save_strategy="epoch", report_to=[], disable_tqdm=True, learning_rate=0.01,
            remove_unused_columns=False, use_cpu=True,
        )
        transformers.set_seed(seed)
        trainer = Trainer(
            Net(), arguments, train_dataset=rows[:64], eval_dataset=rows[64:],
            compute_metrics=lambda p: {"accuracy": float((p.predictions.argmax(1) == p.label_ids).mean())},
        )
        trainer.train()
        trainer.save_state()
        keep = ["seed", "learning_rate", "num_train_epochs", "weight_decay", "optim", "lr_scheduler_type"]
        settings = {name: value for name, value in arguments.to_dict().items() if name in keep}
        with open(f"seed_{seed}/training_args.json", "w") as file:
            json.dump(settings, file, indent=2)
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_file() and path.name not in ["trainer_state.json", "training_args.json"]:
            path.unlink()
note_version("transformers", transformers.__version__)
