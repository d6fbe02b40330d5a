//! `comparisons.csv`.

use super::{Contrast, Effect, SeedsNeeded};
use crate::score::Subset;
use crate::tables::{number, table};

/// Columns of `comparisons.csv`, with what each holds.
pub const COMPARISON_COLUMNS: [(&str, &str); 13] = [
    ("network", "its name in the study"),
    ("baseline", "the network that it is compared with (vs)"),
    ("metric", "the column of summary.csv that is compared: best_val_accuracy or best_test_accuracy"),
    ("seeds", "seeds that both networks finished: the pairs"),
    ("mean_difference", "mean over the pairs of the network's accuracy − the baseline's"),
    ("ci_low", "lower end of the mean difference's 95% t interval"),
    ("ci_high", "its upper end"),
    (
        "p",
        "two-sided: exact sign-flip test from 6 seeds on, paired t test for 5 and where so few seeds have no sign-flip p \
         that could pass Holm (2/2^seeds ≥ 0.05/comparisons)",
    ),
    ("p_holm", "p after Holm over the study's comparisons in this metric"),
    ("correlation", "Pearson's, of the pairs"),
    (
        "verdict",
        "better or worse (p_holm < 0.05), equivalent (the interval lies within the margin), undecided; exploratory for 2 \
         to 4 seeds",
    ),
    (
        "seeds_needed",
        "where undecided or exploratory: seeds for a power of 80%, `>1000` for more than that; see “Comparisons”",
    ),
    (
        "differs_in",
        "settings in which the two networks differ, joined by `; `: more than one, and none of them is tested",
    ),
];

/// `comparisons.csv`: a row for each comparison and metric.
///
/// # Errors
/// None that writing to memory can meet.
pub fn comparisons_csv(contrasts: &[Contrast]) -> Result<Vec<u8>, csv::Error> {
    let rows =
        contrasts.iter().flat_map(|contrast| contrast.effects().map(|(subset, effect)| row(contrast, subset, effect)));
    table(COMPARISON_COLUMNS.map(|(name, _)| name), rows)
}

fn row(contrast: &Contrast, subset: Subset, effect: &Effect) -> Vec<String> {
    let cell = |value: Option<f64>| number(value.unwrap_or(f64::NAN));
    let settings: Vec<&str> = contrast.settings.iter().map(|setting| setting.key).collect();
    vec![
        contrast.network.clone(),
        contrast.baseline.clone(),
        if subset == Subset::Test { "best_test_accuracy" } else { "best_val_accuracy" }.to_owned(),
        effect.pairs.len().to_string(),
        cell(effect.difference.map(|difference| difference.mean)),
        cell(effect.interval.map(|(low, _)| low)),
        cell(effect.interval.map(|(_, high)| high)),
        cell(effect.p),
        cell(effect.p_holm),
        cell(effect.correlation),
        effect.verdict.map_or(String::new(), |verdict| verdict.name().to_owned()),
        match effect.seeds_needed() {
            None => String::new(),
            Some((SeedsNeeded::About(seeds), _)) => seeds.to_string(),
            Some((SeedsNeeded::TooMany, _)) => ">1000".to_owned(),
        },
        settings.join("; "),
    ]
}
