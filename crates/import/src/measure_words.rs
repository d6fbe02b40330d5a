//! What the words of a measure's name say of which of two values is better.

/// Words that name something of which less is better.
#[rustfmt::skip]
const LOWER: [&str; 79] = [
    "loss", "losses", "error", "errors", "err", "errs", "perplexity", "perp", "ppl", "mse", "mae", "rmse", "nrmse",
    "msle", "rmsle", "mape", "smape", "wape", "mase", "nll", "kl", "kld", "divergence", "bpc", "bpd", "bpb", "fid",
    "kid", "lpips", "wer", "cer", "per", "ter", "der", "eer", "ece", "mce", "brier", "logloss", "crossentropy", "xent",
    "ce", "huber", "hinge", "pinball", "crps", "cost", "costs", "regret", "misclassification", "misclassified",
    "mistakes", "violation", "violations", "collision", "collisions", "failure", "failures", "forgetting", "toxicity",
    "fpr", "fnr", "far", "frr", "mpjpe", "epe", "aepe", "ade", "fde", "minade", "minfde", "chamfer", "hausdorff",
    "discrepancy", "latency", "memory", "miss", "deviation", "residual",
];

/// Words of time, of which less is better, unless something is counted by it.
#[rustfmt::skip]
const TIMES: [&str; 14] = [
    "second", "seconds", "sec", "secs", "minute", "minutes", "hour", "hours", "time", "runtime", "walltime",
    "duration", "elapsed", "ms",
];

/// Words that name something of which more is better.
#[rustfmt::skip]
const HIGHER: [&str; 70] = [
    "accuracy", "acc", "f1", "fscore", "f1score", "fbeta", "auc", "auroc", "auprc", "roc", "aupr", "ap", "map", "iou",
    "miou", "dice", "jaccard", "precision", "recall", "specificity", "sensitivity", "bleu", "sacrebleu", "rouge",
    "rougel", "rougelsum", "meteor", "chrf", "cider", "spice", "bleurt", "bertscore", "psnr", "ssim", "reward",
    "rewards", "rew", "return", "returns", "score", "scores", "r2", "ndcg", "mrr", "mcc", "kappa", "success", "win",
    "wins", "winrate", "hit", "hits", "top", "pass", "em", "elo", "elbo", "likelihood", "throughput", "fps", "tpr",
    "tnr", "pck", "pq", "correlation", "pearson", "spearman", "kendall", "solved", "matthews",
];

/// Words one after another that say more than each alone.
#[rustfmt::skip]
const LOWER_PHRASES: [&[&str]; 12] = [
    &["neg", "log", "likelihood"], &["negative", "log", "likelihood"], &["cross", "entropy"], &["bits", "per"],
    &["bits", "dim"], &["nats", "per"], &["false", "positive"], &["false", "negative"], &["mean", "rank"],
    &["average", "rank"], &["median", "rank"], &["word", "perplexity"],
];

#[rustfmt::skip]
const HIGHER_PHRASES: [&[&str]; 4] = [
    &["exact", "match"], &["true", "positive"], &["true", "negative"], &["explained", "variance"],
];

/// Whether less is better, or more, as the words of a name say. `None` if they do not.
pub(crate) fn is_lower_better(words: &[&str]) -> Option<bool> {
    let has_phrase = |phrases: &[&[&str]]| {
        phrases.iter().any(|phrase| words.windows(phrase.len()).any(|some| some == *phrase))
    };
    if has_phrase(&LOWER_PHRASES) {
        return Some(true);
    }
    if has_phrase(&HIGHER_PHRASES) {
        return Some(false);
    }
    // `neg_mse` is turned round.
    let is_turned = words.iter().any(|word| ["neg", "negative"].contains(word));
    // At the end of a name, `per` is the phoneme error rate.
    let per = words.iter().position(|word| *word == "per").filter(|per| per + 1 < words.len());
    let (counted, by) = per.map_or((words, &[][..]), |per| (&words[..per], &words[per + 1..]));
    let is_of = |words: &[&str], list: &[&str]| words.iter().any(|word| is_among(word, list));
    let is_time = |words: &[&str]| is_of(words, &TIMES) || words.last() == Some(&"s");
    let is_lower = is_of(counted, &LOWER) || is_of(by, &LOWER) || is_time(counted) && !is_time(by);
    let is_higher = is_of(counted, &HIGHER) || is_of(by, &HIGHER) || is_time(by);
    match (is_lower, is_turned) {
        (true, false) => Some(true),
        (true, true) => Some(false),
        (false, false) if is_higher => Some(false),
        (false, _) => None,
    }
}

/// Whether a word, or its letters before a number, is in a list: `ap50`, `fid50k`.
pub(crate) fn is_among(word: &str, list: &[&str]) -> bool {
    list.contains(&word) || letters(word).is_some_and(|letters| list.contains(&letters))
}

/// The letters before the first digit of a word. `None` if there are fewer than two, or no digit.
pub(crate) fn letters(word: &str) -> Option<&str> {
    let digit = word.find(|c: char| c.is_ascii_digit())?;
    (digit >= 2).then(|| &word[..digit])
}
