//! The data set `drawn`, for machines without network access: 60,000 + 10,000 garments of 28×28
//! pixels in Fashion-MNIST's ten classes, drawn by the program from a fixed seed.
//!
//! The bytes are the same on every machine and for any number of threads. Each image has a random
//! stream of its own, and all arithmetic rounds alike everywhere: sums, products, quotients and
//! square roots of `f32`, but no sines or exponentials.
//!
//! The classes overlap as in Fashion-MNIST. Upper garments share one pattern with different
//! measures, and the details that tell them apart (buttons, a collar, long sleeves) are faint or
//! missing in some images. The same holds for shoes.

mod canvas;
mod cloth;
mod footwear;
mod garment;
mod random;
mod upper;

use std::num::NonZero;
use std::thread;

use crate::remote::GARMENTS;
use fitroom_memory::Bytes;

use crate::{Dataset, LabelledImages};
use canvas::{Canvas, SIDE};
use random::Random;

const TRAIN_IMAGES: usize = 60_000;
const TEST_IMAGES: usize = 10_000;
const PIXELS: usize = SIDE * SIDE;

/// Draws the whole data set on all cores.
pub(crate) fn dataset() -> Dataset {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    draw(TRAIN_IMAGES, TEST_IMAGES, threads)
}

/// Draws the first images of the data set. An image depends neither on how many are drawn nor on
/// `threads`.
pub(crate) fn draw(train_images: usize, test_images: usize, threads: usize) -> Dataset {
    Dataset {
        name: "drawn".to_owned(),
        title: "drawn garments (built in)".to_owned(),
        classes: GARMENTS.map(str::to_owned).to_vec(),
        channels: 1,
        height: SIDE,
        width: SIDE,
        train: part(0, train_images, threads),
        test: part(TRAIN_IMAGES, test_images, threads),
        fingerprint: String::new(),
        origin: "drawn by this program".to_owned(),
        stands_in_because: None,
        findings: Vec::new(),
    }
    .with_fingerprint()
}

/// `count` images, beginning with number `first` of the whole data set.
fn part(first: usize, count: usize, threads: usize) -> LabelledImages {
    let mut images = Bytes::zeros(count * PIXELS);
    let labels: Vec<u8> = (first..first + count).map(label).collect();
    let share = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        for (chunk, pixels) in images.chunks_mut(share * PIXELS).enumerate() {
            let labels = &labels;
            scope.spawn(move || {
                for (i, image) in pixels.chunks_exact_mut(PIXELS).enumerate() {
                    let at = chunk * share + i;
                    draw_image(first + at, labels[at], image);
                }
            });
        }
    });
    LabelledImages { images, labels }
}

/// The class of an image. Each ten successive images have all ten classes in a random order, so
/// that all classes have equally many images.
fn label(number: usize) -> u8 {
    let mut random = Random::new(random::Purpose::Label, (number / 10) as u64);
    let mut order: [u8; 10] = std::array::from_fn(|class| class as u8);
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last as u32 + 1) as usize);
    }
    order[number % 10]
}

fn draw_image(number: usize, label: u8, image: &mut [u8]) {
    let mut random = Random::new(random::Purpose::Image, number as u64);
    let mut canvas = Canvas::new(&mut random);
    garment::draw(label, &mut canvas, &mut random);
    canvas.finish(&mut random, image);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_the_same_everywhere() {
        let drawn = draw(200, 100, 2);
        assert_eq!(
            drawn.fingerprint,
            "c37febbd7bf309cacf50589435c424f1e36a79e4530886dfcf670d1641ada995"
        );
        assert_eq!(draw(200, 100, 1), drawn);
        assert_eq!(draw(200, 100, 7), drawn);
        let more = draw(230, 100, 3);
        assert_eq!(more.train.images[..drawn.train.images.len()], *drawn.train.images);
        assert_eq!(more.test, drawn.test);
    }

    #[test]
    fn all_classes_have_equally_many_images() {
        let drawn = draw(1000, 500, 2);
        assert_eq!(drawn.train.class_counts(10), [100; 10]);
        assert_eq!(drawn.test.class_counts(10), [50; 10]);
        assert_ne!(drawn.train.labels[..10], drawn.train.labels[10..20]);
    }

    #[test]
    fn images_are_garments_on_black_and_no_two_are_the_same() {
        let drawn = draw(2000, 10, 2);
        let mut images: Vec<&[u8]> = drawn.train.images.chunks_exact(PIXELS).collect();
        for image in &images {
            let lit = image.iter().filter(|&&pixel| pixel > 0).count();
            assert!((50..PIXELS * 9 / 10).contains(&lit), "{lit} pixels are lit");
        }
        images.sort_unstable();
        images.dedup();
        assert_eq!(images.len(), 2000);
    }

    /// Tests the accuracy of the nearest class mean. It would be near 1 if the classes were clearly
    /// separate, and near 0.1 if they were alike. On Fashion-MNIST it is 0.68.
    #[test]
    fn some_classes_overlap_and_some_do_not() {
        let drawn = draw(6000, 2000, 2);
        let mut means = vec![[0.0f32; PIXELS]; 10];
        for (image, &label) in drawn.train.images.chunks_exact(PIXELS).zip(&drawn.train.labels) {
            for (mean, &pixel) in means[usize::from(label)].iter_mut().zip(image) {
                *mean += f32::from(pixel) / 600.0;
            }
        }
        let mut recall = [0.0; 10];
        for (image, &label) in drawn.test.images.chunks_exact(PIXELS).zip(&drawn.test.labels) {
            let distance = |mean: &[f32; PIXELS]| -> f32 {
                mean.iter()
                    .zip(image)
                    .map(|(m, &pixel)| (m - f32::from(pixel)) * (m - f32::from(pixel)))
                    .sum()
            };
            let nearest = (0..10)
                .min_by(|&a, &b| distance(&means[a]).total_cmp(&distance(&means[b])))
                .unwrap();
            if nearest == usize::from(label) {
                recall[nearest] += 1.0 / 200.0;
            }
        }
        let accuracy = recall.iter().sum::<f32>() / 10.0;
        assert!((0.55..0.8).contains(&accuracy), "{accuracy}, by class {recall:?}");
        let shirt = recall[6];
        assert!(shirt < 0.5 && recall[8] > 0.7, "shirts are the hardest, bags easy: {recall:?}");
    }
}
