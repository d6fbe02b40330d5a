//! Augmentation changes the images of every training step anew. Scoring sees images as they are, or
//! the mean over fixed views.

use fitroom_nn::{Architecture, Augmentation, Network, Recipe, Score, Shape};

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
fn training_sees_changed_images_and_scoring_does_not() {
    let (plain, score) = losses(Augmentation::default());
    assert_eq!(plain[0], plain[1]);
    assert!((plain[0] - score.loss()).abs() < 1e-6);
    for augmentation in [
        Augmentation { shift: 2, ..Augmentation::default() },
        Augmentation { flip: true, ..Augmentation::default() },
        Augmentation { cutout: 4, ..Augmentation::default() },
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
