//! The rules by which curves are read, and their definitions for people.

use fitroom_stats::DEFAULT_MARGIN;

use super::noise::Comparison;

/// The smallest rise of a validation loss that counts: a smaller one is hard to see in a figure.
pub const LEAST_RISE: f64 = 0.05;

/// Fluctuation counts if its variance is more than twice the largest that sampling explains: more
/// than half of it then comes from training.
pub const FLUCTUATION_RATIO: f64 = std::f64::consts::SQRT_2;

/// A fluctuation is estimated from bends, and the fewer they are, the further off is the estimate:
/// without any fluctuation but that of sampling, 5 of 100 estimates exceed sampling by more than
/// 1 + this / √bends times. (Simulated with numpy: 2.4 to 2.65 for 8 to 180 bends.)
pub const RATIO_BY_CHANCE: f64 = 2.7;

/// Noise of a single run is this many times as large if it drifts slowly, as it does where an epoch's
/// noise has a correlation of 0.3 with that of the epoch before: the mean of five epochs then varies
/// 1.3 times as much, and bends say 0.8 times as much.
pub const DRIFT_ALLOWANCE: f64 = 1.6;

/// Fluctuation is severe if it is three times as large as sampling error: nearly all of it comes
/// from training, and a single epoch's score means little.
pub const SEVERE_RATIO: f64 = 3.0;

/// A rule. It makes at most one observation on a network's curves. The more important rules come
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The loss became NaN or infinite.
    Divergence,
    /// No image is held out.
    NoValidation,
    /// Seeds fall into two groups.
    Groups,
    /// Validation accuracy falls while training accuracy rises.
    Overfitting,
    /// Validation loss rises while validation accuracy holds.
    OverConfidence,
    /// Training accuracy is below another network's validation accuracy.
    Underfitting,
    /// Validation accuracy rises at the end.
    StillImproving,
    /// Validation accuracy has stopped rising.
    Plateau,
    /// Training as trained looks worse than validation.
    AsTrained,
    /// Training accuracy minus validation accuracy.
    Gap,
    /// The epoch with the best validation score.
    BestEpoch,
    /// Validation accuracy jumps.
    Instability,
}

impl Rule {
    /// All rules, in order.
    pub const ALL: [Rule; 12] = [
        Rule::Divergence,
        Rule::NoValidation,
        Rule::Groups,
        Rule::Overfitting,
        Rule::OverConfidence,
        Rule::Underfitting,
        Rule::StillImproving,
        Rule::Plateau,
        Rule::AsTrained,
        Rule::Gap,
        Rule::BestEpoch,
        Rule::Instability,
    ];

    /// The rule's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Divergence => "Divergence",
            Rule::NoValidation => "No validation",
            Rule::Groups => "Seeds in two groups",
            Rule::Overfitting => "Overfitting",
            Rule::OverConfidence => "Over-confidence",
            Rule::Underfitting => "Underfitting",
            Rule::StillImproving => "Still improving",
            Rule::Plateau => "No improvement after epoch N",
            Rule::AsTrained => "Training looks worse than validation",
            Rule::Gap => "Gap",
            Rule::BestEpoch => "Best epoch",
            Rule::Instability => "Fluctuation and instability",
        }
    }

    /// The condition under which the rule finds something, and what that means.
    pub fn definition(self) -> String {
        let one_way = Comparison::OneWay.standard_errors();
        let chosen = Comparison::Chosen.standard_errors();
        let either_way = Comparison::EitherWay.standard_errors();
        let margin = format!("{} points", 100.0 * DEFAULT_MARGIN);
        match self {
            Rule::Divergence => "the loss of a run became NaN or infinite. No mean includes such a run.".into(),
            Rule::NoValidation => {
                "no images are held out, so the curves don't tell how the network does on images that it has not seen."
                    .into()
            }
            Rule::Groups => format!(
                "with four seeds or more: the largest gap between neighbours among the last validation accuracies is \
                 wider than {margin}, and wider, in standard deviations within its two sides, than in 1 of 100 samples \
                 from one normal distribution (at five seeds 13.4)."
            ),
            Rule::Overfitting => format!(
                "validation accuracy at the end lies below its best quarter by more than noise and {margin}, while \
                 training accuracy has risen. The best of all quarters is high by luck, so noise is {chosen:.1} standard \
                 errors here. Where validation loss rises as for over-confidence, it is {one_way} standard errors, and the \
                 fall is that from the quarter with the lowest loss. With one run, noise is {DRIFT_ALLOWANCE} times as \
                 large, because slow drift looks alike. A gap alone is not called overfitting: it costs nothing as long as validation \
                 accuracy holds."
            ),
            Rule::OverConfidence => format!(
                "validation loss at the end lies above its lowest quarter by more than noise ({chosen:.1} standard \
                 errors) and {}%, while validation accuracy \
                 at the end is not below that of the epoch with the lowest loss by more than noise and {margin}. A rise \
                 is measured above the lowest value that the loss can take: 0 for cross-entropy, log(1 + 9/e) = 1.461 for \
                 cross-entropy-of-softmax with ten classes.",
                100.0 * LEAST_RISE
            ),
            Rule::Underfitting => format!(
                "at the end, the network gets fewer of its training images right than the study's best network on the \
                 same loss gets of validation images, by more than noise ({chosen:.1} standard errors) and {margin}, \
                 and by more than its own gap. Or it does no better than guessing."
            ),
            Rule::StillImproving => {
                "validation accuracy in the last quarter lies above that in the quarter before by more than noise, and \
                 does so in most runs."
                    .into()
            }
            Rule::Plateau => format!(
                "validation accuracy does not rise at the end, and the quarter of the training that begins at epoch N is \
                 the first one that no later quarter exceeds by more than noise ({chosen:.1} standard errors). With few runs \
                 noise is large, and N is early. This rule and the one before do not apply to runs that patience ended at \
                 different epochs."
            ),
            Rule::AsTrained => {
                "training accuracy as trained lies below validation by more than noise, and in inference mode it does \
                 not. As trained, it is measured with dropout on, on images that are changed or mixed, and with weights that \
                 change during the epoch."
                    .into()
            }
            Rule::Gap => format!(
                "training accuracy (in inference mode; for reference curves, as trained) minus validation \
                 accuracy. It grows or shrinks if the last quarter differs from the second by more than noise \
                 ({either_way} standard errors)."
            ),
            Rule::BestEpoch => {
                "for each run, the epoch with the highest validation accuracy, or with the lowest validation loss where \
                 the study monitors it. The best of many epochs is partly luck; test images show what choosing it gains."
                    .into()
            }
            Rule::Instability => format!(
                "validation accuracy scatters around its run's trend by more than {FLUCTUATION_RATIO:.1} times what \
                 sampling explains, so that more than half of the variance comes from training; with few epochs and runs by more \
                 (1 + {RATIO_BY_CHANCE} / √b, for b triples of epochs in a row). It is called instability \
                 from {SEVERE_RATIO:.0} times on."
            ),
        }
    }
}
