//! A score and the reference curve's value for it.

use fitroom_stats::Spread;

/// One of our scores and the reference curve's value, at the last epoch that both have.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceGap {
    /// The epoch, from 1.
    pub epoch: u32,
    /// The reference curve's value.
    pub reference: f64,
    /// Our value over the finished runs.
    pub ours: Spread,
    /// How far apart the two may be by chance and by the curve's own error. The reference curve is
    /// treated as one more run ([`Spread::one_run_more`]), and its error is added. `None` with one
    /// seed.
    pub allowed: Option<f64>,
}

impl ReferenceGap {
    /// Our mean minus the reference curve's value.
    pub fn difference(&self) -> f64 {
        self.ours.mean - self.reference
    }

    /// Whether the difference is larger than chance and the curve's own error explain. With one
    /// seed this can't be told, so it is false.
    pub fn is_apart(&self) -> bool {
        self.allowed.is_some_and(|allowed| self.difference().abs() > allowed)
    }
}
