//! What columns and settings are usually called. All comparisons ignore case, and `-`, `.` and
//! spaces count as `_`.

use crate::measure_words::is_among;

const NETWORKS: [&str; 9] = [
    "network",
    "model",
    "model_name",
    "arch",
    "architecture",
    "config",
    "variant",
    "method",
    "algo",
];

const SEEDS: [&str; 5] = ["seed", "random_seed", "random_state", "run_seed", "rng"];

const EPOCHS: [&str; 1] = ["epoch"];

#[rustfmt::skip]
const STEPS: [&str; 20] = [
    "step", "global_step", "_step", "iteration", "trial_step", "trainer/global_step", "training_iteration",
    "total_timesteps", "time/total_timesteps", "timesteps_total", "num_env_steps", "env_steps", "env_step",
    "num_env_steps_sampled", "timesteps", "time/iterations", "it", "iter", "update", "episode",
];

const RUN_NAMES: [&str; 7] = ["name", "run", "run_name", "run_id", "trial", "trial_id", "id"];

const STATUSES: [&str; 3] = ["state", "status", "run_status"];

/// The last word of a measure's name.
#[rustfmt::skip]
const METRICS: [&str; 129] = [
    "loss", "losses", "accuracy", "acc", "acc1", "acc5", "top1", "top5", "top_1", "top_5", "error", "err", "f1",
    "f1_score", "precision", "recall", "specificity", "sensitivity", "auc", "auroc", "auprc", "roc_auc", "ap", "map",
    "map50", "iou", "miou", "dice", "bleu", "rouge", "rouge1", "rouge2", "rougel", "meteor", "wer", "cer", "perplexity",
    "ppl", "mse", "mae", "rmse", "msle", "mape", "smape", "r2", "r2_score", "nll", "elbo", "kl", "bpc", "bpd", "fid",
    "psnr", "ssim", "lpips", "reward", "rewards", "return", "returns", "score", "ep_rew_mean", "ep_len_mean",
    "success_rate", "win_rate", "seconds", "runtime", "duration", "elapsed", "samples_per_second", "steps_per_second",
    "matthews_correlation", "ece", "brier", "logloss", "log_loss", "ndcg", "top", "recall", "pass", "hits", "hit", "em",
    "exact_match", "win", "winrate", "errors", "cross_entropy", "crossentropy", "xent", "ce", "cost", "log_likelihood",
    "bits_per_byte", "bits_per_dim", "bpb", "misclassification", "failure_rate", "collision_rate", "fpr", "fnr", "tpr",
    "tnr", "positive_rate", "negative_rate", "eer", "per", "ter", "der", "mpjpe", "epe", "ade", "fde", "minade",
    "minfde", "crps", "mase", "kid", "latency", "regret", "mean_rank", "mrr", "mcc", "chrf", "cider", "bleurt", "rew",
    "throughput", "fps", "likelihood",
];

/// Words behind a metric's name that say how it is summed up.
const SUMMARIES: [&str; 12] = [
    "epoch", "step", "mean", "avg", "average", "macro", "micro", "weighted", "final", "last",
    "best", "score",
];

/// What settings are usually called. A number under such a name is never a measure that is guessed.
#[rustfmt::skip]
const SETTINGS: [&str; 42] = [
    "lr", "learning_rate", "init_lr", "base_lr", "weight_decay", "wd", "momentum", "dropout", "dropout_rate",
    "batch_size", "batch", "bs", "epochs", "num_epochs", "max_epochs", "max_steps", "width", "depth", "hidden",
    "hidden_size", "hidden_dim", "units", "layers", "n_layers", "num_layers", "heads", "n_heads", "num_heads", "gamma",
    "alpha", "beta", "beta1", "beta2", "eps", "epsilon", "l1", "l2", "label_smoothing", "warmup", "warmup_steps",
    "clip", "temperature",
];

/// What differs between runs without being a setting: names, places, times and machines.
#[rustfmt::skip]
const IGNORED: [&str; 73] = [
    "name", "run", "run_name", "run_id", "run_uuid", "id", "uuid", "trial", "trial_id", "trial_name", "experiment_id",
    "display_name", "version", "index", "unnamed_0", "path", "dir", "directory", "logdir", "log_dir", "logging_dir",
    "output_dir", "save_dir", "out_dir", "ckpt_dir", "checkpoint_dir", "default_root_dir", "root_dir", "artifact_uri",
    "resume_from_checkpoint", "time", "date", "datetime", "timestamp", "created", "created_at", "start_time",
    "end_time", "updated", "heartbeat", "wall_time", "walltime", "runtime", "host", "hostname", "host_name", "node",
    "machine", "user", "username", "user_id", "pid", "gpu", "gpu_id", "device", "device_id", "commit", "git_commit",
    "command", "notes", "job_id", "slurm_job_id", "sweep", "tags", "best_epoch", "best_step", "best_iteration",
    "best_iter", "duration", "elapsed", "num_workers", "dataloader_num_workers", "eta",
];

/// Words for a part of the data, which may also stand behind a metric's name.
#[rustfmt::skip]
const PARTS: [&str; 11] = [
    "train", "training", "val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev", "holdout",
];

/// What stands before the name of a metric.
#[rustfmt::skip]
const PREFIXES: [&str; 20] = [
    "train", "training", "val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev", "best", "last",
    "final", "mean", "avg", "average", "max", "min", "metrics", "summary",
];

/// A name as it is compared: lower case, `_` between words, also where `camelCase` begins a new one.
pub(crate) fn plain(name: &str) -> String {
    let letters: Vec<char> = name.trim().chars().collect();
    let mut plain = String::with_capacity(name.len() + 4);
    for (position, &letter) in letters.iter().enumerate() {
        let is_gap = "_-. :()[]@%↓↑".contains(letter);
        if (is_gap || begins_word(&letters, position)) && !plain.ends_with('_') {
            plain.push('_');
        }
        if !is_gap {
            plain.push(letter.to_ascii_lowercase());
        }
    }
    plain.truncate(plain.trim_end_matches('_').len());
    plain
}

/// Whether a letter begins a new word of a name such as `valLoss` or `MSELoss`. `mAP` and `IoU` are one.
fn begins_word(letters: &[char], position: usize) -> bool {
    let before = &letters[..position];
    let lower = before.iter().rev().take_while(|c| c.is_ascii_lowercase()).count();
    let after = letters[position..].iter().skip(1).take_while(|c| c.is_ascii_lowercase()).count();
    let is_capital_before =
        before.last().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    letters[position].is_ascii_uppercase() && (lower >= 2 || is_capital_before && after >= 3)
}

/// The words of a plain name.
pub(crate) fn words(plain: &str) -> impl Iterator<Item = &str> {
    plain.split(['_', '/', '|', ' ']).filter(|word| !word.is_empty())
}

/// The last part of a name with `/`, such as `lr` of `optimizer/lr`.
fn leaf(plain: &str) -> &str {
    plain.rsplit('/').next().unwrap_or(plain)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.contains(&plain(name).as_str())
}

pub(crate) fn network_rank(name: &str) -> Option<usize> {
    let name = plain(name);
    NETWORKS.iter().position(|&usual| usual == name)
}

pub(crate) fn is_seed(name: &str) -> bool {
    let name = plain(name);
    SEEDS.contains(&name.as_str())
        || SEEDS.contains(&leaf(&name))
        || ["_seed", "_random_state"].iter().any(|end| name.ends_with(end))
            && !name.contains("data_")
}

/// Whether a name is that of a seed, and be it one of the data alone.
pub(crate) fn is_any_seed(name: &str) -> bool {
    is_seed(name) || plain(name).ends_with("_seed")
}

pub(crate) fn seed_rank(name: &str) -> Option<usize> {
    let is_nested = is_seed(name).then_some(SEEDS.len());
    let name = plain(name);
    SEEDS.iter().position(|&usual| usual == name).or(is_nested)
}

pub(crate) fn is_epoch(name: &str) -> bool {
    is_one_of(name, &EPOCHS)
}

pub(crate) fn step_rank(name: &str) -> Option<usize> {
    let name = plain(name);
    STEPS.iter().position(|&usual| usual == name)
}

pub(crate) fn run_name_rank(name: &str) -> Option<usize> {
    let name = plain(name);
    RUN_NAMES.iter().position(|&usual| usual == name)
}

pub(crate) fn is_status(name: &str) -> bool {
    is_one_of(name, &STATUSES)
}

/// Whether a setting of this name says where, when or as what a run was run.
pub(crate) fn is_ignored(name: &str) -> bool {
    if step_rank(name).is_some() {
        return true;
    }
    let plain = plain(name);
    let name = plain.trim_start_matches('_');
    IGNORED.contains(&name)
        || IGNORED.contains(&leaf(name))
        || ["_dir", "_path", "_time", "_file", "_uri"].iter().any(|end| name.ends_with(end))
}

/// Whether a setting is usually called so.
pub(crate) fn is_setting(name: &str) -> bool {
    let name = plain(name);
    SETTINGS.contains(&name.as_str()) || SETTINGS.contains(&leaf(&name))
}

/// Whether a measure is usually called so, with or without `val_`, `test/` and the like.
pub(crate) fn is_measure(name: &str) -> bool {
    let is_share = name.trim_end_matches([')', ']', ' ']).ends_with('%');
    let name = plain(name);
    if METRICS.contains(&leaf(&name)) {
        return true;
    }
    let words: Vec<_> = words(&name).collect();
    let start = words.iter().take_while(|word| PREFIXES.contains(word)).count();
    let words = &words[start..];
    let mut end = words.len();
    loop {
        let all = words[..end].join("_");
        let last_two = words[end.saturating_sub(2)..end].join("_");
        if METRICS.contains(&all.as_str()) || METRICS.contains(&last_two.as_str()) {
            return true;
        }
        // `f1_macro`, and then `val_top1_acc` and `mean_squared_error` by their last word.
        match words[..end].last() {
            Some(word) if is_among(word, &METRICS) => return true,
            Some(word) if end > 1 && is_tail(word, is_share) => end -= 1,
            _ => return false,
        }
    }
}

/// Whether a word behind a metric's name says how or of what it is: `f1_macro`, `acc_val`, `recall@5`,
/// `mAP50(B)`, `latency_ms`.
fn is_tail(word: &str, is_share: bool) -> bool {
    const UNITS: [&str; 8] = ["ms", "s", "sec", "b", "m", "p", "k", "db"];
    SUMMARIES.contains(&word)
        || PARTS.contains(&word)
        || UNITS.contains(&word)
        || word.chars().all(|c| c.is_ascii_digit())
        || is_share && word == "rate"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_told_from_settings_by_their_names() {
        for name in [
            "loss",
            "val_loss",
            "Val/Accuracy",
            "test_acc",
            "eval/reward",
            "train_loss_epoch",
            "f1_macro",
            "val_top1_acc",
            "mean_squared_error",
            "eval_roc_auc",
            "best_val_acc",
            "rollout/ep_rew_mean",
            "eval_samples_per_second",
            "validation.error",
            "score",
            "val_f1-score",
            "valLoss",
            "testAccuracy",
            "crossEntropyLoss",
            "acc_val",
            "Val Acc (%)",
            "val acc %",
            "acc@1",
            "pass@1",
            "recall@5",
            "hits@10",
            "EM",
            "AP50",
            "metrics/mAP50(B)",
            "metrics/mAP50-95(B)",
            "win%",
            "regret@10",
            "fid50k",
            "latency_ms",
            "false_positive_rate",
        ] {
            assert!(is_measure(name), "{name}");
        }
        for name in [
            "lr",
            "test_size",
            "eval_steps",
            "loss_weight",
            "val_batch_size",
            "epoch",
            "seed",
            "time_limit",
            "accuracy_goal",
            "best_epoch",
            "maxEpochs",
            "l1",
            "lr1",
            "acc_steps_per_gpu_count",
            "train",
            "",
            "_",
        ] {
            assert!(!is_measure(name), "{name}");
        }
    }

    #[test]
    fn other_names() {
        assert!(is_seed("Random-State") && is_seed("trainer/seed") && is_seed("model_seed"));
        assert!(!is_seed("data_seed") && !is_seed("seeds"));
        assert_eq!(network_rank("Model Name"), Some(2));
        assert!(is_ignored("Output.Dir") && is_ignored("trainer/log_dir") && !is_ignored("lr"));
        for name in ["_timestamp", "_runtime", "_step", "best_epoch", "duration", "num_env_steps"] {
            assert!(is_ignored(name), "{name}");
        }
        assert!(is_any_seed("data.seed") && !is_any_seed("seeds"));
        assert!(is_setting("optimizer/lr"));
        for (name, expected) in [
            ("valLoss", "val_loss"),
            ("MSELoss", "mse_loss"),
            ("mAP50-95(B)", "map50_95_b"),
            ("mIoU", "miou"),
            ("_timestamp", "_timestamp"),
            ("a--b", "a_b"),
            ("Val Acc (%)", "val_acc"),
            ("ROC_AUC", "roc_auc"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }
}
