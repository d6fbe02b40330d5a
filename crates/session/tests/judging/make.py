"""Writes runs.csv, and expected.json: what pandas and SciPy say of it.

    python make.py        (pandas 3.1, SciPy 1.17)
"""
import json

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, t, ttest_ind, ttest_rel

draw = np.random.default_rng(11)
rows = []
for model, shift in (("plain", 0), ("wide", .012), ("deep", -.004), ("narrow", .001)):
    for lr in (.1, .01):
        for seed in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55):
            luck = .004 * np.sin(seed * 1.7)
            for epoch in range(1, 4):
                acc = .86 + shift + .01 * epoch + luck + (.003 if lr == .1 else 0) + .002 * draw.normal()
                rows.append((model, lr, seed, epoch, round(acc, 4), round(1 - acc + .01 * draw.normal(), 4)))
table = pd.DataFrame(rows, columns=["model", "lr", "seed", "epoch", "val_acc", "val_loss"])
# A seed that one network lacks, and a run whose last loss is NaN.
table = table[~((table.model == "wide") & (table.lr == .1) & (table.seed == 5))]
table.loc[(table.model == "deep") & (table.lr == .01) & (table.seed == 8) & (table.epoch == 3), "val_loss"] = np.nan
table.to_csv("runs.csv", index=False, na_rep="nan")

last = table[table.epoch == 3]
expected = {"networks": {}, "comparisons": []}
for (model, lr), group in last.groupby(["model", "lr"]):
    expected["networks"][f"{model}, lr {lr:g}"] = {
        measure: {"count": int(group[measure].count()), "mean": group[measure].mean(), "sd": group[measure].std()}
        for measure in ("val_acc", "val_loss")
    }
wide = last.pivot(index="seed", columns=["model", "lr"])
for (model, lr) in last[["model", "lr"]].drop_duplicates().itertuples(index=False):
    if (model, lr) == ("plain", .1):
        continue
    for measure, sign in (("val_acc", 1), ("val_loss", -1)):
        both = wide[measure][[(model, lr), ("plain", .1)]].dropna()
        a, b = both.to_numpy().T
        flip = permutation_test((a - b,), lambda x, axis: np.abs(x.mean(axis)), permutation_type="samples",
                                vectorized=True, n_resamples=np.inf, alternative="greater").pvalue
        low, high = ttest_rel(a, b).confidence_interval()
        x, y = (last[(last.model == m) & (last.lr == r)][measure].dropna() for m, r in ((model, lr), ("plain", .1)))
        welch = ttest_ind(x, y, equal_var=False)
        expected["comparisons"].append({
            "network": f"{model}, lr {lr:g}", "measure": measure, "pairs": len(both), "mean": (a - b).mean(),
            "sd": (a - b).std(ddof=1), "low": low, "high": high, "p": flip,
            "welch_low": welch.confidence_interval().low, "welch_high": welch.confidence_interval().high,
        })
json.dump(expected, open("expected.json", "w"), indent=1)
