//! Draws a small set of colour images, in the form of CIFAR-10's binary version, to try colour
//! without a download: 10 classes of 32×32 pixels in which colour and shape both matter.
//!
//! ```text
//! cargo run --release -p fitroom-data --example write_colour -- DIR [TRAIN_IMAGES TEST_IMAGES]
//! fitroom data show cifar:DIR
//! ```

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SIDE: usize = 32;
const CLASSES: [&str; 10] =
    ["apple", "lime", "sunset", "sea", "brick", "hedge", "zebra", "ladybird", "flag", "flower"];

type Pixel = [f32; 3];

const RED: Pixel = [0.80, 0.14, 0.12];
const GREEN: Pixel = [0.25, 0.62, 0.18];
const YELLOW: Pixel = [0.93, 0.80, 0.20];
const ORANGE: Pixel = [0.93, 0.50, 0.16];
const BLUE: Pixel = [0.16, 0.38, 0.72];
const SKY: Pixel = [0.55, 0.74, 0.92];
const BLACK: Pixel = [0.08, 0.08, 0.09];
const WHITE: Pixel = [0.92, 0.92, 0.90];
const GREY: Pixel = [0.62, 0.60, 0.57];

struct Random(ChaCha8Rng);

impl Random {
    fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.0.next_u32() as usize % things.len()]
    }
}

/// The colour of each point of an image of a class; both coordinates are from −1 to 1.
fn scene(class: usize, random: &mut Random) -> Box<dyn Fn(f32, f32) -> Pixel> {
    let background = random.one_of(&[SKY, GREY, GREEN, WHITE, YELLOW]);
    let (cx, cy) = (random.within(-0.3, 0.3), random.within(-0.3, 0.3));
    let size = random.within(0.4, 0.75);
    let inside = move |x: f32, y: f32, radius: f32| (x - cx).hypot(y - cy) < radius;
    let height = random.within(-0.4, 0.4);
    let period = random.within(0.25, 0.45);
    let offset = random.within(0.0, 1.0);
    let stripe = move |at: f32, period: f32| ((at + 4.0) / period + offset).fract() < 0.5;
    match class {
        0 => Box::new(move |x, y| {
            let stem = (x - cx).abs() < 0.07 && y < cy - 0.8 * size && y > cy - 1.35 * size;
            if stem {
                GREEN
            } else if inside(x, y, size) {
                RED
            } else {
                background
            }
        }),
        1 => Box::new(move |x, y| {
            let rim = inside(x, y, size) && !inside(x, y, 0.8 * size);
            if rim {
                GREEN
            } else if inside(x, y, size) {
                [0.72, 0.85, 0.45]
            } else {
                background
            }
        }),
        2 => Box::new(move |x, y| {
            let sun = (x - cx).hypot(y - height) < 0.35 && y < height;
            if sun {
                YELLOW
            } else if y > height {
                BLUE
            } else {
                mix(ORANGE, RED, (y + 1.0) / 2.0)
            }
        }),
        3 => Box::new(move |x, y| {
            let foam = y > height && stripe(y + 0.15 * (6.0 * x).sin(), period);
            if foam {
                SKY
            } else if y > height {
                BLUE
            } else {
                mix(SKY, WHITE, (y + 1.0) / 2.0)
            }
        }),
        4 => Box::new(move |x, y| {
            let row = ((y + 4.0) / period).floor();
            let mortar = ((y + 4.0) / period).fract() < 0.15
                || ((x + 4.0 + 0.5 * period * row) / (2.0 * period)).fract() < 0.1;
            if mortar { GREY } else { [0.66, 0.28, 0.20] }
        }),
        5 => Box::new(move |x, y| {
            let leaf = (9.0 * x / size).sin() + (11.0 * y / size + 6.0 * offset).cos();
            if y < height - 0.5 { SKY } else { mix(GREEN, [0.10, 0.32, 0.10], 0.5 + 0.25 * leaf) }
        }),
        6 => Box::new(move |x, y| {
            if stripe(x + 0.4 * y + 0.1 * (5.0 * y).sin(), period) { BLACK } else { WHITE }
        }),
        7 => Box::new(move |x, y| {
            let dot = [(-0.4, -0.3), (0.4, -0.3), (-0.4, 0.35), (0.4, 0.35)]
                .iter()
                .any(|&(dx, dy)| (x - cx - dx * size).hypot(y - cy - dy * size) < 0.2 * size);
            let back = (x - cx).abs() < 0.05;
            match inside(x, y, size) {
                true if dot || back => BLACK,
                true => RED,
                false => background,
            }
        }),
        8 => {
            let colors =
                random.one_of(&[[BLUE, WHITE, RED], [GREEN, WHITE, RED], [BLACK, RED, YELLOW]]);
            let upright = random.within(0.0, 1.0) < 0.5;
            Box::new(move |x, y| {
                let (along, across) = if upright { (x - cx, y - cy) } else { (y - cy, x - cx) };
                let band = ((along / (0.8 * size) + 1.0) * 1.5).floor();
                match along.abs() < 0.8 * size && across.abs() < size {
                    true => colors[(band as usize).min(2)],
                    false => SKY,
                }
            })
        }
        _ => {
            let petals = random.one_of(&[[0.85, 0.35, 0.70], WHITE, ORANGE, [0.50, 0.30, 0.75]]);
            Box::new(move |x, y| {
                let (dx, dy) = (x - cx, y - cy);
                let edge = size * (0.72 + 0.28 * (5.0 * dy.atan2(dx) + 6.0 * offset).cos());
                match (inside(x, y, 0.25 * size), dx.hypot(dy) < edge) {
                    (true, _) => YELLOW,
                    (false, true) => petals,
                    (false, false) => GREEN,
                }
            })
        }
    }
}

fn mix(a: Pixel, b: Pixel, share: f32) -> Pixel {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|channel| a[channel] * (1.0 - share) + b[channel] * share)
}

/// A record of CIFAR-10: the label, then all red values, all green ones and all blue ones.
fn record(class: usize, random: &mut Random) -> Vec<u8> {
    let scene = scene(class, random);
    let light = random.within(0.55, 1.15);
    let tint: [f32; 3] = std::array::from_fn(|_| random.within(-0.10, 0.10));
    let angle = random.within(-0.35, 0.35);
    let noise = random.within(0.03, 0.16);
    let mut record = vec![0; 1 + 3 * SIDE * SIDE];
    record[0] = class as u8;
    for row in 0..SIDE {
        for column in 0..SIDE {
            // The mean of four points, so that edges are smooth.
            let mut pixel = [0.0; 3];
            for (dy, dx) in [(0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)] {
                let at = |place: usize, d: f32| (place as f32 + d) / (SIDE as f32 / 2.0) - 1.0;
                let (x, y) = (at(column, dx), at(row, dy));
                let turned =
                    scene(x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos());
                pixel = std::array::from_fn(|channel| pixel[channel] + turned[channel] / 4.0);
            }
            let grain = random.within(-noise, noise);
            for channel in 0..3 {
                let value = (pixel[channel] + tint[channel]) * light
                    + grain
                    + random.within(-noise, noise) / 2.0;
                record[1 + (channel * SIDE + row) * SIDE + column] =
                    (value * 255.0).clamp(0.0, 255.0) as u8;
            }
        }
    }
    record
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("name a directory")?);
    let mut count = |default: usize| -> Result<usize, Box<dyn Error>> {
        Ok(arguments.next().map_or(Ok(default), |word| word.to_string_lossy().parse())?)
    };
    let (train, test) = (count(10_000)?, count(2_000)?);
    fs::create_dir_all(&directory)?;
    let mut random = Random(ChaCha8Rng::seed_from_u64(22));
    let mut batch = |images: usize| -> Vec<u8> {
        (0..images)
            .flat_map(|_| {
                let class = random.0.next_u32() as usize % CLASSES.len();
                record(class, &mut random)
            })
            .collect()
    };
    for number in 1..=5 {
        let file = directory.join(format!("data_batch_{number}.bin"));
        fs::write(file, batch(train / 5))?;
    }
    fs::write(directory.join("test_batch.bin"), batch(test))?;
    fs::write(directory.join("batches.meta.txt"), CLASSES.join("\n") + "\n")?;
    Ok(())
}
