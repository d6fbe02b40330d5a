//! Label smoothing: against PyTorch's `CrossEntropyLoss(label_smoothing)`, and that only training sees
//! it.

use fitroom_nn::{Architecture, Network, Recipe, Shape};

use crate::fixture::{Disagreements, compare, read};
use crate::small_network::{BATCH, CLASSES, INPUT, LAYERS, data, train};

#[test]
fn twenty_steps_with_smoothed_labels_agree_with_pytorch() {
    let mut found = Disagreements::default();
    let fixtures = read(include_str!("../pytorch/smoothing.json"));
    assert_eq!(fixtures.len(), 6);
    for fixture in fixtures {
        assert!(fixture.case.label_smoothing > 0.0 && fixture.case.learning_rates.len() == 20);
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

#[test]
fn scores_count_the_labels_as_they_are() {
    let [channels, height, width] = INPUT;
    let shape = Shape::Image { channels, height, width };
    let architecture = Architecture::parse(shape, LAYERS, CLASSES).unwrap();
    let network = |label_smoothing| {
        let recipe = Recipe { label_smoothing, ..Recipe::default() };
        Network::new(&architecture, &recipe, BATCH, 3)
    };
    let (mut smoothed, mut plain) = (network(0.4), network(0.0));
    let (data, all) = (data(), [0, 1, 2, 3, 4]);
    let mut scores =
        [&mut smoothed, &mut plain].map(|network| network.score(&data.pixels, &data.labels, &all));
    assert_eq!(scores[0], scores[1]);
    // The same first step, of which only the loss and the gradient differ.
    scores = [&mut smoothed, &mut plain].map(|network| train(network, 0..1)[0]);
    assert_eq!(scores[0].correct, scores[1].correct);
    assert_ne!(scores[0].loss_sum, scores[1].loss_sum);
    assert_ne!(smoothed.tensors(), plain.tensors());
}
