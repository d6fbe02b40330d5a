//! Draws T-shirts, pullovers, dresses, coats and shirts: one pattern with different measures.

use super::canvas::{Canvas, Point, curve, stroke};
use super::cloth::Cloth;
use super::random::Random;

/// Measures of a garment for the upper body, as shares of the image's side. Widths are measured
/// from the middle.
pub(super) struct Upper {
    cloth: Cloth,
    neck: f32,
    neck_depth: f32,
    shoulder: f32,
    /// How far the shoulders slope down.
    slope: f32,
    chest: f32,
    waist: f32,
    hem: f32,
    end: f32,
    sleeve: Sleeve,
    /// How much darker or brighter the line down the front is; 0: there is none.
    front: f32,
    /// How much darker or brighter the collar or lapels are; 0: there are none.
    collar: f32,
    /// Whether the front has buttons.
    buttons: bool,
    pockets: bool,
    /// Whether the chest has a print.
    print: bool,
    hood: bool,
}

struct Sleeve {
    length: f32,
    /// How far the sleeve goes outwards for each unit downwards.
    spread: f32,
    /// Width at the shoulder.
    thick: f32,
    /// Width at the hand.
    cuff: f32,
}

/// A sleeve that ends above the elbow, or no sleeve.
fn short_sleeve(random: &mut Random) -> Sleeve {
    Sleeve {
        length: random.normal(0.24, 0.07).max(0.0),
        spread: random.normal(0.75, 0.2).max(0.2),
        thick: random.normal(0.17, 0.02),
        cuff: random.normal(0.14, 0.02),
    }
}

/// A sleeve that hangs beside the body.
fn long_sleeve(random: &mut Random) -> Sleeve {
    Sleeve {
        length: random.normal(0.76, 0.09).clamp(0.3, 0.95),
        spread: random.normal(0.17, 0.06).max(0.02),
        thick: random.normal(0.15, 0.02),
        cuff: random.normal(0.085, 0.018).max(0.04),
    }
}

/// The measures that all upper garments begin with.
fn plain(random: &mut Random, patterned: f32, sleeve: Sleeve) -> Upper {
    let chest = random.normal(0.235, 0.025).max(0.15);
    Upper {
        cloth: Cloth::random(random, patterned),
        neck: random.normal(0.1, 0.018).max(0.05),
        neck_depth: random.normal(0.06, 0.025).max(0.0),
        shoulder: chest + random.normal(0.03, 0.015),
        slope: random.normal(0.07, 0.02).max(0.0),
        chest,
        waist: chest - random.normal(0.01, 0.018),
        hem: chest + random.normal(0.005, 0.02),
        end: random.normal(0.96, 0.03),
        sleeve,
        front: 0.0,
        collar: 0.0,
        buttons: false,
        pockets: false,
        print: false,
        hood: false,
    }
}

pub(super) fn tshirt(random: &mut Random) -> Upper {
    let sleeve = if random.chance(0.04) { long_sleeve(random) } else { short_sleeve(random) };
    let mut upper = plain(random, 0.3, sleeve);
    upper.print = random.chance(0.45);
    upper.neck_depth += random.within(0.0, 0.05);
    if random.chance(0.05) {
        upper.front = random.within(0.0, 0.3);
    }
    upper
}

pub(super) fn pullover(random: &mut Random) -> Upper {
    let sleeve = if random.chance(0.02) { short_sleeve(random) } else { long_sleeve(random) };
    let mut upper = plain(random, 0.3, sleeve);
    upper.print = random.chance(0.15);
    upper.hood = random.chance(0.15);
    if random.chance(0.07) {
        upper.front = random.within(0.0, 0.4);
    }
    if random.chance(0.12) {
        upper.collar = random.within(0.0, 0.4);
    }
    upper
}

pub(super) fn coat(random: &mut Random) -> Upper {
    let sleeve = long_sleeve(random);
    let mut upper = plain(random, 0.1, sleeve);
    upper.neck_depth += random.within(0.0, 0.1);
    upper.hem += random.normal(0.02, 0.015);
    upper.front = random.normal(0.42, 0.18).max(0.0);
    upper.collar = random.normal(0.28, 0.2).max(0.0);
    upper.buttons = random.chance(0.3);
    upper.pockets = random.chance(0.4);
    upper.hood = random.chance(0.15);
    upper
}

pub(super) fn shirt(random: &mut Random) -> Upper {
    let sleeve = if random.chance(0.38) { short_sleeve(random) } else { long_sleeve(random) };
    let mut upper = plain(random, 0.45, sleeve);
    upper.cloth.brightness = (upper.cloth.brightness + 0.08).min(0.98);
    upper.front = random.normal(0.32, 0.14).max(0.0);
    upper.collar = random.normal(0.33, 0.15).max(0.0);
    upper.buttons = random.chance(0.6);
    upper.pockets = random.chance(0.15);
    upper.print = random.chance(0.08);
    upper
}

pub(super) fn dress(random: &mut Random) -> Upper {
    let sleeve = match random.below(10) {
        0..5 => Sleeve { length: random.within(0.0, 0.06), ..short_sleeve(random) },
        5..8 => short_sleeve(random),
        _ => long_sleeve(random),
    };
    let mut upper = plain(random, 0.2, sleeve);
    upper.chest = random.normal(0.15, 0.025).max(0.08);
    upper.shoulder = upper.chest + random.normal(0.005, 0.015);
    upper.waist = upper.chest - random.normal(0.025, 0.02);
    upper.hem = upper.chest + random.normal(0.06, 0.05).max(-0.03);
    upper.neck = (upper.chest * random.within(0.4, 0.75)).max(0.04);
    upper.neck_depth += random.within(0.0, 0.06);
    upper.sleeve.thick *= 0.75;
    upper.sleeve.cuff *= 0.8;
    upper.end = random.normal(0.99, 0.02);
    if random.chance(0.1) {
        upper.front = random.within(0.0, 0.4);
    }
    upper
}

impl Upper {
    pub(super) fn draw(&self, canvas: &mut Canvas, random: &mut Random) {
        let top = 0.03;
        let armpit = top + self.slope + self.sleeve.thick;
        for side in [-1.0, 1.0] {
            self.draw_sleeve(canvas, side, top, armpit);
        }
        self.draw_body(canvas, top, armpit);
        if self.hood {
            let hood: Vec<Point> =
                curve((-self.neck - 0.04, top + 0.1), (0.0, -0.12), (self.neck + 0.04, top + 0.1))
                    .collect();
            canvas.blend(&hood, 0.9, self.cloth.brightness * 0.7);
        }
        self.draw_details(canvas, random, top, armpit);
    }

    fn draw_sleeve(&self, canvas: &mut Canvas, side: f32, top: f32, armpit: f32) {
        let Sleeve { length, spread, thick, cuff } = self.sleeve;
        if length < 0.03 {
            return;
        }
        // The unit vector along the sleeve.
        let scale = 1.0 / (1.0 + spread * spread).sqrt();
        let (out, down) = (spread * scale, scale);
        let start = (self.shoulder, top + self.slope);
        let hand = (start.0 + out * length, start.1 + down * length);
        let sleeve: [Point; 5] = [
            (self.neck, top),
            start,
            hand,
            (hand.0 - down * cuff, hand.1 + out * cuff),
            (self.chest - thick * 0.15, armpit),
        ];
        let sleeve = sleeve.map(|(x, y)| (side * x, y));
        canvas.fill(&sleeve, self.cloth);
        // The shadow between arm and body.
        if length > 0.3 {
            canvas.shade(
                &stroke((side * self.chest, armpit), (side * self.waist, armpit + 0.35), 0.025),
                0.7,
            );
        }
    }

    fn draw_body(&self, canvas: &mut Canvas, top: f32, armpit: f32) {
        let waist_height = armpit + (self.end - armpit) * 0.4;
        let side = [
            (self.shoulder, top + self.slope),
            (self.chest, armpit),
            (self.waist, waist_height),
            (self.hem, self.end),
        ];
        let mut body: Vec<Point> =
            curve((-self.neck, top), (0.0, top + 2.0 * self.neck_depth), (self.neck, top))
                .collect();
        body.extend(side);
        body.extend(side.iter().rev().map(|&(x, y)| (-x, y)));
        canvas.fill(&body, self.cloth);
    }

    fn draw_details(&self, canvas: &mut Canvas, random: &mut Random, top: f32, armpit: f32) {
        let throat = top + self.neck_depth;
        let sign = if random.chance(0.75) { -1.0 } else { 0.8 };
        if self.collar > 0.03 {
            for side in [-1.0, 1.0] {
                let lapel = [
                    (side * self.neck, top),
                    (side * (self.neck + 0.05), top + 0.05),
                    (side * 0.03, throat + random.within(0.08, 0.16)),
                    (0.0, throat),
                ];
                canvas.shade(&lapel, 1.0 + sign * self.collar);
            }
        }
        if self.front > 0.03 {
            let x = random.normal(0.0, 0.012);
            canvas.shade(
                &stroke((x, throat), (x, self.end), random.within(0.015, 0.04)),
                1.0 + sign * self.front,
            );
        }
        if self.buttons {
            let contrast = random.within(0.3, 1.5);
            let buttons = 4 + random.below(4);
            for button in 0..buttons {
                let y =
                    throat + (self.end - throat) * (button as f32 + 0.7) / (buttons as f32 + 0.4);
                canvas.shade(&stroke((-0.012, y), (0.02, y), 0.03), contrast);
            }
        }
        if self.pockets {
            let y =
                if random.chance(0.5) { armpit + 0.08 } else { armpit + (self.end - armpit) * 0.6 };
            let factor = random.within(0.6, 0.95);
            for side in [-1.0, 1.0] {
                canvas.shade(&stroke((side * 0.07, y), (side * 0.16, y + 0.02), 0.035), factor);
            }
        }
        if self.print {
            let (x, y) = (random.normal(0.0, 0.03), armpit + random.within(0.02, 0.25));
            let (wide, high) = (random.within(0.05, 0.17), random.within(0.03, 0.15));
            let print = [
                (x - wide, y),
                (x, y - high * 0.6),
                (x + wide, y),
                (x + wide * 0.6, y + high),
                (x - wide * 0.6, y + high),
            ];
            canvas.blend(&print, random.within(0.3, 1.0), Cloth::of(random.within(0.05, 1.0)));
        }
    }
}
