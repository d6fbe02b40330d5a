//! Scores, logits and predictions agree with each other, and scoring changes nothing.

use fitroom_nn::{Architecture, Loss, Network, Optimizer, Recipe, Score, Shape};

use crate::small_network::{
    BATCH, CLASSES, IMAGES, INPUT, LAYERS, batch, data, network, network_of, train,
};

#[test]
fn the_loss_as_trained_of_a_network_without_dropout_or_batchnorm_is_its_score() {
    let data = data();
    let mut network = network_of("dense 10, relu", Optimizer::default(), 1);
    let score = network.score(&data.pixels, &data.labels, &batch(0));
    assert_eq!(network.train_batch(&data.pixels, &data.labels, &batch(0), 0.01), score);
    assert_ne!(network.score(&data.pixels, &data.labels, &batch(0)), score);
}

#[test]
fn scores_and_logits_do_not_depend_on_how_images_are_batched() {
    let data = data();
    let mut network = network(1);
    train(&mut network, 0..10);
    let all: Vec<u32> = (0..IMAGES as u32).rev().collect();
    let whole = network.score(&data.pixels, &data.labels, &all);
    let mut sum = Score::default();
    for part in all.chunks(BATCH) {
        sum += network.score(&data.pixels, &data.labels, part);
    }
    assert_eq!((whole.images, whole.correct), (IMAGES as u64, sum.correct));
    assert!((whole.loss_sum - sum.loss_sum).abs() < 1e-6 * sum.loss_sum);
    let logits = network.logits(&data.pixels, &all);
    assert_eq!(logits.len(), IMAGES * CLASSES);
    let largest = logits.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let (mut loss, mut correct) = (0.0, 0);
    for (&image, together) in all.iter().zip(logits.chunks(CLASSES)) {
        let alone = network.logits(&data.pixels, &[image]);
        assert!(
            alone.iter().zip(together).all(|(a, b)| (a - b).abs() <= 1e-5 * largest),
            "image {image}"
        );
        // The score must follow from the logits.
        let label = usize::from(data.labels[image as usize]);
        let sum: f64 = together.iter().map(|&z| f64::from(z).exp()).sum();
        loss += sum.ln() - f64::from(together[label]);
        correct += u64::from(together.iter().all(|z| *z <= together[label]));
    }
    assert_eq!(correct, whole.correct);
    assert!((loss - whole.loss_sum).abs() < 1e-5 * loss, "{loss} {}", whole.loss_sum);
}

/// The cross-entropy of an image is −log of its label's probability. Probabilities are softmax of
/// the logits once, also with a loss that takes softmax twice.
#[test]
fn predictions_are_what_scores_count() {
    let data = data();
    let all: Vec<u32> = (0..IMAGES as u32).rev().collect();
    let tensors = {
        let mut network = network(1);
        train(&mut network, 0..10);
        network.tensors()
    };
    for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
        let [channels, height, width] = INPUT;
        let architecture =
            Architecture::parse(Shape::Image { channels, height, width }, LAYERS, CLASSES).unwrap();
        let mut network =
            Network::new(&architecture, &Recipe { loss, ..Recipe::default() }, BATCH, 9);
        network.load_tensors(&tensors).unwrap();
        let (mut classes, mut probabilities) = (vec![99; IMAGES], vec![f32::NAN; IMAGES * CLASSES]);
        network.predict(&data.pixels, &data.labels, &all, &mut classes, &mut probabilities);
        let (mut correct, mut once, mut twice) = (0, 0.0, 0.0);
        for ((&image, &class), p) in all.iter().zip(&classes).zip(probabilities.chunks(CLASSES)) {
            let label = data.labels[image as usize];
            correct += u64::from(class == label);
            assert!(
                p.iter().all(|other| *other <= p[usize::from(class)]),
                "image {image}: {p:?} and {class}"
            );
            assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6, "image {image}: {p:?}");
            let p = p.iter().map(|&p| f64::from(p)).collect::<Vec<_>>();
            let label = usize::from(label);
            once -= p[label].ln();
            twice += p.iter().map(|p| p.exp()).sum::<f64>().ln() - p[label];
        }
        let score = network.score(&data.pixels, &data.labels, &all);
        let expected = if loss == Loss::CrossEntropy { once } else { twice };
        assert_eq!(correct, score.correct);
        assert!(
            (expected - score.loss_sum).abs() < 1e-5 * expected,
            "{loss:?}: {expected} {}",
            score.loss_sum
        );
        assert!((once - twice).abs() > 1.0, "the losses can be told apart: {once} {twice}");
    }
}

#[test]
#[should_panic(expected = "have a place for each prediction")]
fn predictions_refuse_slices_of_another_length() {
    network(1).predict(&data().pixels, &data().labels, &[0, 1], &mut [0; 2], &mut [0.0; CLASSES]);
}

#[test]
fn scoring_changes_nothing() {
    let data = data();
    let (mut scored, mut plain) = (network(1), network(1));
    for step in 0..4 {
        let of = |network: &mut Network| {
            network.train_batch(&data.pixels, &data.labels, &batch(step), 0.01)
        };
        assert_eq!(of(&mut scored), of(&mut plain));
        scored.score(&data.pixels, &data.labels, &(0..IMAGES as u32).collect::<Vec<_>>());
        scored.logits(&data.pixels, &[4]);
        scored.predict(&data.pixels, &data.labels, &[4], &mut [0], &mut [0.0; CLASSES]);
    }
    assert_eq!(scored.tensors(), plain.tensors());
    assert_eq!(scored.steps(), 4);
}
