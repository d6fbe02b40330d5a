//! The look of cloth: plain, or with hoops, stripes or checks.

use super::canvas::Paint;
use super::random::Random;

/// The look of cloth: a brightness, with a pattern or without.
#[derive(Clone, Copy)]
pub(super) struct Cloth {
    pub brightness: f32,
    pattern: Pattern,
    contrast: f32,
    /// Pixels after which the pattern repeats.
    period: f32,
    /// Pixels by which the pattern is shifted.
    phase: f32,
}

#[derive(Clone, Copy)]
enum Pattern {
    Plain,
    Hoops,
    Stripes,
    Checks,
}

impl Cloth {
    /// Random cloth. `patterned` is the probability of a pattern.
    pub(super) fn random(random: &mut Random, patterned: f32) -> Self {
        let pattern = match (random.chance(patterned), random.below(4)) {
            (false, _) => Pattern::Plain,
            (true, 0 | 1) => Pattern::Hoops,
            (true, 2) => Pattern::Stripes,
            (true, _) => Pattern::Checks,
        };
        Cloth {
            brightness: random.within(0.22, 0.95),
            pattern,
            contrast: random.within(0.15, 0.7),
            period: random.within(2.5, 7.0),
            phase: random.within(0.0, 7.0),
        }
    }

    pub(super) fn of(brightness: f32) -> Self {
        Cloth { brightness, pattern: Pattern::Plain, contrast: 0.0, period: 1.0, phase: 0.0 }
    }

    /// A triangle wave: from 0 to 1 and back in each period.
    fn wave(&self, along: f32) -> f32 {
        let place = (along + self.phase) / self.period;
        let place = place - place.floor();
        if place < 0.5 { 2.0 * place } else { 2.0 - 2.0 * place }
    }
}

impl Paint for Cloth {
    fn at(&self, x: f32, y: f32) -> f32 {
        let dark = match self.pattern {
            Pattern::Plain => 0.0,
            Pattern::Hoops => self.wave(y),
            Pattern::Stripes => self.wave(x),
            Pattern::Checks => (self.wave(x) + self.wave(y)) / 2.0,
        };
        self.brightness * (1.0 - self.contrast * dark)
    }
}
