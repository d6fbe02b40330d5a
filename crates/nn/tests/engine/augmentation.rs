//! Augmentation changes the images of every training step anew. Scoring sees images as they are, or
//! the mean over fixed views.

use fitroom_nn::{Architecture, Augmentation, ChannelNorm, Network, Recipe, Score, Shape};

use crate::fixture::{Disagreements, compare, read};
use crate::generator;

const SIDE: usize = 8;
const IMAGES: u32 = 40;

/// The losses of two steps with learning rate 0, which change nothing, and the score.
fn losses(augmentation: Augmentation) -> ([f64; 2], Score) {
    let data = generator::images(IMAGES as usize, [1, SIDE, SIDE], 4, false);
    let input = Shape::Image { channels: 1, height: SIDE, width: SIDE };
    let architecture = Architecture::parse(input, "dense 8, relu", 4).unwrap();
    let recipe = Recipe { augmentation, ..Recipe::default() };
    let mut network = Network::new(&architecture, &recipe, IMAGES as usize, 1);
    let all: Vec<u32> = (0..IMAGES).collect();
    let mut step = || network.train_batch(&data.pixels, &data.labels, &all, 0.0).loss();
    ([step(), step()], network.score(&data.pixels, &data.labels, &all))
}

#[test]
fn twenty_steps_on_mixed_and_turned_images_agree_with_pytorch() {
    let mut found = Disagreements::default();
    let fixtures = read(include_str!("../pytorch/augmentation.json"));
    assert_eq!(fixtures.len(), 10);
    for fixture in fixtures {
        let case = &fixture.case;
        assert!(case.augmentation != Augmentation::default() && case.learning_rates.len() == 20);
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

#[test]
fn training_sees_changed_images_and_scoring_does_not() {
    let (plain, score) = losses(Augmentation::default());
    assert_eq!(plain[0], plain[1]);
    assert!((plain[0] - score.loss()).abs() < 1e-6);
    for augmentation in [
        Augmentation { shift: 2, ..Augmentation::default() },
        Augmentation { flip: true, ..Augmentation::default() },
        Augmentation { cutout: 4, ..Augmentation::default() },
        Augmentation { rotate: 20.0, ..Augmentation::default() },
        Augmentation { mixup: 1.0, ..Augmentation::default() },
        Augmentation { cutmix: 1.0, ..Augmentation::default() },
    ] {
        let (changed, changed_score) = losses(augmentation);
        assert!(
            changed[0] != plain[0] && changed[0] != changed[1],
            "{augmentation:?}: {changed:?}, {plain:?}"
        );
        assert_eq!(changed_score, score);
    }
}

#[test]
fn test_time_augmentation_scores_the_mean_of_the_views() {
    let data = generator::images(IMAGES as usize, [1, SIDE, SIDE], 4, false);
    let input = Shape::Image { channels: 1, height: SIDE, width: SIDE };
    let architecture =
        Architecture::parse(input, "conv 4 3x3, batchnorm, relu, flatten", 4).unwrap();
    let with = |augmentation| {
        let recipe = Recipe { augmentation, ..Recipe::default() };
        Network::new(&architecture, &recipe, 8, 1)
    };
    // The views by hand: each image moved and mirrored, with zeros at the border.
    let seen = |row_move: usize, column_move: usize, mirrored: bool| -> Vec<u8> {
        let pixel = |image: &[u8], row: usize, column: usize| {
            // Moves count from 0: one pixel up or left.
            let (row, column) =
                ((row + 1).checked_sub(row_move), (column + 1).checked_sub(column_move));
            let (Some(row), Some(column)) =
                (row.filter(|&r| r < SIDE), column.filter(|&c| c < SIDE))
            else {
                return 0;
            };
            image[row * SIDE + if mirrored { SIDE - 1 - column } else { column }]
        };
        let places = || (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column)));
        let images = data.pixels.chunks(SIDE * SIDE);
        images
            .flat_map(|image| places().map(move |(row, column)| pixel(image, row, column)))
            .collect()
    };
    let all: Vec<u32> = (0..IMAGES).collect();
    let mut plain = with(Augmentation::default());
    let mut mean = vec![0.0; IMAGES as usize * 4];
    for (row, column) in [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)] {
        for mirrored in [false, true] {
            let logits = plain.logits(&seen(row, column, mirrored), &all);
            mean.iter_mut().zip(logits).for_each(|(mean, logit)| *mean += logit / 10.0);
        }
    }
    let mut averaged =
        with(Augmentation { shift: 3, flip: true, test_time: true, ..Augmentation::default() });
    for threads in [1, 3] {
        averaged.set_threads(threads);
        let logits = averaged.logits(&data.pixels, &all);
        assert!(logits.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-5), "{threads} threads");
        let (mut classes, mut probabilities) = (vec![0; all.len()], vec![0.0; all.len() * 4]);
        averaged.predict(&data.pixels, &data.labels, &all, &mut classes, &mut probabilities);
        let right = classes.iter().zip(&data.labels).filter(|(a, b)| a == b).count();
        assert_eq!(averaged.score(&data.pixels, &data.labels, &all).correct, right as u64);
    }
    assert_ne!(
        averaged.score(&data.pixels, &data.labels, &all),
        plain.score(&data.pixels, &data.labels, &all)
    );
}

/// Images are mixed after all other changes and after normalisation, as torchvision does, and every
/// batch size works, also the one that leaves nothing to mix with.
#[test]
fn every_batch_can_be_mixed() {
    let data = generator::images(IMAGES as usize, [2, 5, 7], 4, false);
    let input = Shape::Image { channels: 2, height: 5, width: 7 };
    let architecture = Architecture::parse(input, "dense 8, relu", 4).unwrap();
    let steps = |augmentation, indices: &[u32]| {
        let recipe = Recipe { augmentation, label_smoothing: 0.1, ..Recipe::default() };
        let mut network = Network::new(&architecture, &recipe, IMAGES as usize, 1);
        network.normalise(&[ChannelNorm { mean: 0.25, std: 0.5 }; 2]);
        let step = |_| network.train_batch(&data.pixels, &data.labels, indices, 0.0).loss();
        (0..6).map(step).collect::<Vec<_>>()
    };
    let plain = Augmentation::default();
    for augmentation in [
        Augmentation { mixup: 0.8, ..plain },
        Augmentation { cutmix: 0.8, ..plain },
        Augmentation { mixup: 0.8, cutmix: 0.8, ..plain },
    ] {
        let close = |a: &f64, b: &f64| (a - b).abs() < 1e-6;
        // A single image, and the same image many times, are mixed with themselves.
        for indices in [&[3][..], &[3; 7]] {
            let (mixed, plain) = (steps(augmentation, indices), steps(plain, indices));
            assert!(mixed.iter().zip(&plain).all(|(a, b)| close(a, b)), "{mixed:?} {plain:?}");
        }
        for indices in [&[3, 4][..], &(0..IMAGES).collect::<Vec<_>>()] {
            let (mixed, plain) = (steps(augmentation, indices), steps(plain, indices));
            assert!(mixed.iter().all(|loss| loss.is_finite()));
            assert!(mixed.iter().zip(&plain).any(|(a, b)| !close(a, b)), "{augmentation:?}");
        }
    }
}
