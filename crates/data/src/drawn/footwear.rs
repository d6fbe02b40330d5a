//! Draws sandals, sneakers and ankle boots from the side, with the toes to the left.

use super::canvas::{Canvas, Point, curve, stroke};
use super::cloth::Cloth;
use super::random::Random;

/// Measures of a shoe, as shares of the image's side.
struct Shoe {
    cloth: Cloth,
    /// y of the ground.
    ground: f32,
    /// Thickness of the sole.
    sole: f32,
    /// By how much the sole is thicker under the heel.
    heel: f32,
    /// Height of the opening over the ground.
    height: f32,
    /// x at which the opening begins.
    opening: f32,
    /// Height of the toes over the ground.
    toe: f32,
}

fn shoe(random: &mut Random, height: f32, heel: f32) -> Shoe {
    Shoe {
        cloth: Cloth::random(random, 0.08),
        ground: 0.52 + height / 2.0 + random.normal(0.0, 0.02),
        sole: random.normal(0.06, 0.015).max(0.025),
        heel,
        height,
        opening: random.normal(0.04, 0.06),
        toe: random.normal(0.16, 0.025).max(0.1),
    }
}

const TIP: f32 = -0.47;
const BACK: f32 = 0.46;

impl Shoe {
    /// y of the sole's upper edge at `x`.
    fn sole_top(&self, x: f32) -> f32 {
        let rise = ((x + 0.1) / 0.35).clamp(0.0, 1.0);
        self.ground - self.sole - self.heel * rise
    }

    fn draw_sole(&self, canvas: &mut Canvas, brightness: f32, heel_from: f32) {
        let mut sole: Vec<Point> = vec![
            (TIP, self.sole_top(TIP)),
            (-0.1, self.sole_top(-0.1)),
            (0.25, self.sole_top(0.25)),
        ];
        sole.extend([(BACK, self.sole_top(BACK)), (BACK - 0.01, self.ground)]);
        if self.heel > 0.05 {
            // The arch: there is a gap under it, in front of the heel.
            sole.extend([
                (heel_from, self.ground),
                (heel_from - 0.03, self.sole_top(heel_from - 0.03) + self.sole),
            ]);
            sole.push((-0.05, self.ground));
        }
        sole.push((TIP + 0.05, self.ground));
        canvas.fill(&sole, brightness);
    }

    fn outline(&self) -> Vec<Point> {
        let top = self.ground - self.height;
        let mut outline = vec![(TIP, self.sole_top(TIP))];
        outline.extend(curve(
            (TIP, self.sole_top(TIP) - 0.03),
            (TIP + 0.02, self.ground - self.toe),
            (TIP + 0.17, self.ground - self.toe),
        ));
        outline.extend(curve(
            (TIP + 0.2, self.ground - self.toe - 0.01),
            (self.opening - 0.08, self.ground - self.toe - 0.05),
            (self.opening, top),
        ));
        outline.push(((self.opening + BACK) / 2.0, top + 0.02));
        outline.extend([
            (BACK - 0.03, top + 0.005),
            (BACK, self.sole_top(BACK) - 0.08),
            (BACK - 0.01, self.sole_top(BACK)),
        ]);
        outline.extend([(0.25, self.sole_top(0.25)), (-0.1, self.sole_top(-0.1))]);
        outline
    }
}

pub(super) fn sneaker(canvas: &mut Canvas, random: &mut Random) {
    let height = random.normal(0.38, 0.055).clamp(0.27, 0.62);
    let heel = random.normal(0.01, 0.012).max(0.0);
    let shoe = shoe(random, height, heel);
    canvas.fill(&shoe.outline(), shoe.cloth);
    let sole =
        if random.chance(0.6) { random.within(0.6, 1.0) } else { shoe.cloth.brightness * 0.7 };
    shoe.draw_sole(canvas, sole, 0.2);
    let laces = random.below(4);
    for lace in 0..laces {
        let x = -0.16 + 0.07 * lace as f32;
        let y = shoe.ground - shoe.toe - 0.03 - 0.035 * lace as f32;
        canvas.shade(&stroke((x, y), (x + 0.05, y + 0.05), 0.02), random.within(0.5, 1.5));
    }
    if random.chance(0.5) {
        // The brand's mark on the side.
        let (x, factor) = (random.within(-0.1, 0.2), random.within(0.4, 1.6));
        let middle = shoe.ground - shoe.sole - 0.09;
        canvas.shade(
            &stroke((x, middle + 0.06), (x + random.within(0.02, 0.2), middle - 0.06), 0.04),
            factor,
        );
    }
    if random.chance(0.08) {
        vent(canvas, random, &shoe);
    }
}

pub(super) fn ankle_boot(canvas: &mut Canvas, random: &mut Random) {
    let height = random.normal(0.68, 0.11).clamp(0.4, 0.95);
    let heel = random.normal(0.07, 0.05).max(0.0);
    let shoe = shoe(random, height, heel);
    canvas.fill(&shoe.outline(), shoe.cloth);
    shoe.draw_sole(
        canvas,
        shoe.cloth.brightness * random.within(0.5, 1.2),
        random.within(0.18, 0.34),
    );
    let top = shoe.ground - shoe.height;
    if random.chance(0.4) {
        canvas.shade(
            &stroke((shoe.opening, top + 0.03), (BACK - 0.03, top + 0.03), 0.05),
            random.within(0.6, 1.3),
        );
    }
    if random.chance(0.4) {
        canvas.shade(
            &stroke((0.2, top + 0.04), (0.18, shoe.ground - 0.15), 0.03),
            random.within(0.5, 0.9),
        );
    }
}

pub(super) fn sandal(canvas: &mut Canvas, random: &mut Random) {
    let height = random.normal(0.4, 0.09).clamp(0.22, 0.75);
    let heel = random.normal(0.08, 0.07).max(0.0);
    let shoe = shoe(random, height.max(heel + 0.2), heel);
    canvas.fill(&shoe.outline(), shoe.cloth);
    for _ in 0..3 + random.below(3) {
        vent(canvas, random, &shoe);
    }
    if random.chance(0.75) {
        // Most sandals are open at the toes.
        let reach = TIP + random.within(0.08, 0.22);
        let toes = [
            (TIP - 0.03, shoe.sole_top(TIP)),
            (TIP - 0.03, 0.0),
            (reach, 0.0),
            (reach + 0.03, shoe.sole_top(reach)),
        ];
        canvas.cut(&toes);
    }
    shoe.draw_sole(
        canvas,
        shoe.cloth.brightness * random.within(0.7, 1.3),
        random.within(0.18, 0.34),
    );
}

/// An opening between straps.
fn vent(canvas: &mut Canvas, random: &mut Random, shoe: &Shoe) {
    let x = random.within(-0.35, 0.38);
    let (wide, lean) = (random.within(0.06, 0.16), random.within(-0.15, 0.15));
    let bottom = shoe.sole_top(x) - random.within(0.0, 0.05);
    let top = bottom - random.within(0.08, 0.35);
    canvas.cut(&[(x, bottom), (x + wide, bottom), (x + wide + lean, top), (x + lean, top)]);
}
