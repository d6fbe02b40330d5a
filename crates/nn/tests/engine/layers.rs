//! Every layer, loss and penalty, forward and backward, agrees with PyTorch in float64 to 1e-5 of
//! the largest value. (PyTorch's own float32 is up to 2e-6 away.)

use crate::fixture::{Disagreements, compare, read};

#[test]
fn layers_losses_and_penalties_agree_with_pytorch() {
    let mut found = Disagreements::default();
    for fixture in read(include_str!("../pytorch/layers.json")) {
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

/// The layers that were added after the first file was written. Their networks are also trained for
/// twenty steps.
#[test]
fn later_layers_and_their_training_agree_with_pytorch() {
    let mut found = Disagreements::default();
    for fixture in read(include_str!("../pytorch/later_layers.json")) {
        compare(&fixture, &mut found);
    }
    found.assert_none();
}
