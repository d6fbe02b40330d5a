//! Draws a garment of any class. Trousers and bags are drawn here, upper garments and shoes in
//! files of their own.

use super::canvas::{Canvas, Point, stroke};
use super::cloth::Cloth;
use super::footwear;
use super::random::Random;
use super::upper;

/// Draws a garment of a class, with Fashion-MNIST's class numbers.
pub(super) fn draw(class: u8, canvas: &mut Canvas, random: &mut Random) {
    match class {
        0 => upper::tshirt(random).draw(canvas, random),
        1 => trouser(canvas, random),
        2 => upper::pullover(random).draw(canvas, random),
        3 => upper::dress(random).draw(canvas, random),
        4 => upper::coat(random).draw(canvas, random),
        5 => footwear::sandal(canvas, random),
        6 => upper::shirt(random).draw(canvas, random),
        7 => footwear::sneaker(canvas, random),
        8 => bag(canvas, random),
        9 => footwear::ankle_boot(canvas, random),
        other => unreachable!("there are ten classes, but this is {other}"),
    }
}

fn trouser(canvas: &mut Canvas, random: &mut Random) {
    let cloth = Cloth::random(random, 0.12);
    let waist = random.normal(0.15, 0.02).max(0.09);
    let hip = waist + random.normal(0.035, 0.015).max(0.0);
    let crotch = random.normal(0.33, 0.06);
    let (foot, knee) = (random.normal(0.085, 0.02).max(0.04), random.normal(0.1, 0.015).max(0.06));
    // Distance of each leg from the middle, at the feet. Below 0, the legs overlap.
    let gap = random.normal(0.05, 0.035).max(-0.01);
    let end = random.normal(0.98, 0.04).min(1.05);
    for side in [-1.0, 1.0] {
        let leg: [Point; 8] = [
            (0.0, 0.02),
            (side * waist, 0.02),
            (side * hip, 0.18),
            (side * (gap * 0.7 + 2.0 * knee), 0.6),
            (side * (gap + 2.0 * foot), end),
            (side * gap, end),
            (side * gap * 0.7, 0.6),
            (0.0, crotch),
        ];
        canvas.fill(&leg, cloth);
    }
    if random.chance(0.6) {
        canvas.shade(&stroke((-waist, 0.05), (waist, 0.05), 0.03), random.within(0.5, 1.1));
    }
    if random.chance(0.4) {
        canvas.shade(&stroke((0.0, 0.06), (0.0, crotch), 0.02), random.within(0.5, 0.9));
    }
}

fn bag(canvas: &mut Canvas, random: &mut Random) {
    let cloth = Cloth::random(random, 0.2);
    let (top, bottom) = (random.normal(0.38, 0.1).clamp(0.12, 0.6), random.normal(0.9, 0.05));
    let wide = random.normal(0.4, 0.07).clamp(0.2, 0.48);
    let narrow = wide * random.normal(0.9, 0.09).clamp(0.6, 1.1);
    if random.chance(0.8) {
        handle(canvas, random, top, narrow);
    }
    let round = random.within(0.0, 0.1);
    let body: [Point; 8] = [
        (-narrow + round, top),
        (narrow - round, top),
        (narrow, top + round),
        (wide, bottom - round),
        (wide - round, bottom),
        (-wide + round, bottom),
        (-wide, bottom - round),
        (-narrow, top + round),
    ];
    canvas.fill(&body, cloth);
    if random.chance(0.5) {
        let flap = top + (bottom - top) * random.within(0.2, 0.6);
        let factor = random.within(0.6, 1.3);
        canvas.shade(
            &[(-narrow, top), (narrow, top), (wide * 0.9, flap), (-wide * 0.9, flap)],
            factor,
        );
        canvas
            .shade(&stroke((-wide * 0.9, flap), (wide * 0.9, flap), 0.02), random.within(0.4, 0.9));
    }
    if random.chance(0.4) {
        let (x, y) = (random.normal(0.0, 0.03), top + (bottom - top) * random.within(0.3, 0.6));
        canvas.fill(&stroke((x - 0.04, y), (x + 0.04, y), 0.05), random.within(0.1, 1.0));
    }
}

/// A strap over the bag.
fn handle(canvas: &mut Canvas, random: &mut Random, top: f32, wide: f32) {
    let (reach, thick) = (wide * random.within(0.35, 0.95), random.within(0.03, 0.07));
    let peak = (top - random.within(0.12, 0.5)).max(0.0);
    let brightness = random.within(0.25, 0.9);
    let corner = reach * random.within(0.4, 0.9);
    let points = [
        (-reach, top + 0.03),
        (-corner, peak + 0.03),
        (0.0, peak),
        (corner, peak + 0.03),
        (reach, top + 0.03),
    ];
    for pair in points.windows(2) {
        canvas.fill(&stroke(pair[0], pair[1], thick), brightness);
    }
}
