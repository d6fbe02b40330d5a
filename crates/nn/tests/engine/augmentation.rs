//! Augmentation: training sees changed images, new ones in every step; scoring sees them as they are.

use fitroom_nn::{Architecture, Augmentation, Network, Recipe, Score, Shape};

use crate::generator;

const SIDE: usize = 8;
const IMAGES: u32 = 40;

/// The loss of two steps that change nothing (the learning rate is 0), and the score.
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
        assert!(changed[0] != plain[0] && changed[0] != changed[1], "{augmentation:?}: {changed:?}, {plain:?}");
        assert_eq!(changed_score, score);
    }
}
