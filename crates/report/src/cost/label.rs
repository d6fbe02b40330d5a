//! Places for names beside points, so that no name covers a point or another name.

use crate::plot::{Anchor, text_width};

/// A box: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The place of its anchor on the baseline.
    pub at: (f64, f64),
    /// The end of the name that is next to the point, so that a wider font grows away from it.
    pub anchor: Anchor,
    /// The end of a line to the point; `None` if the name stands right beside it.
    pub leader: Option<(f64, f64)>,
}

/// What is drawn in a panel already.
pub struct Labels {
    frame: Area,
    /// Points and names: no name may cover these.
    taken: Vec<Area>,
    /// Lines: a name covers these only if there is no better place.
    crossed: Vec<Area>,
}

/// Height of a name above and below its baseline.
const ASCENT: f64 = 10.0;
const DESCENT: f64 = 3.0;
/// Browsers draw names in fonts that are up to this many times as wide.
const OTHER_FONT: f64 = 1.13;
/// Distances from a point that are tried, in pixels.
const DISTANCES: [f64; 11] = [7.0, 11.0, 17.0, 25.0, 35.0, 47.0, 61.0, 77.0, 95.0, 115.0, 137.0];
/// A name at most so far from its point needs no line to it.
const NEAR: f64 = 11.0;
/// A crossed line is as bad as this many pixels more.
const CROSSING: f64 = 70.0;
/// Directions that are tried, as parts of the distance. A front rises to the right in steps, so the
/// upper left of a point is free.
const DIRECTIONS: [(f64, f64); 16] = [
    (-0.7, -0.7),
    (0.7, 0.7),
    (0.0, -1.0),
    (0.0, 1.0),
    (-1.0, 0.0),
    (1.0, 0.0),
    (0.7, -0.7),
    (-0.7, 0.7),
    (-0.9, -0.4),
    (0.9, 0.4),
    (-0.9, 0.4),
    (0.9, -0.4),
    (-0.4, -0.9),
    (0.4, 0.9),
    (0.4, -0.9),
    (-0.4, 0.9),
];

impl Area {
    /// The box around a point.
    pub fn around((x, y): (f64, f64), radius: f64) -> Self {
        Area { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }

    /// The box of a line between two points, which is level or upright.
    pub fn line(from: (f64, f64), to: (f64, f64)) -> Self {
        Area {
            left: from.0.min(to.0),
            top: from.1.min(to.1),
            right: from.0.max(to.0),
            bottom: from.1.max(to.1),
        }
    }

    fn overlaps(&self, other: &Area) -> bool {
        self.left < other.right + 1.0
            && other.left < self.right + 1.0
            && self.top < other.bottom + 1.0
            && other.top < self.bottom + 1.0
    }

    fn holds(&self, other: &Area) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

impl Labels {
    /// An empty panel.
    pub fn new(frame: Area) -> Self {
        Labels { frame, taken: Vec::new(), crossed: Vec::new() }
    }

    /// Nothing may cover this box.
    pub fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// This box should not be covered.
    pub fn avoid(&mut self, area: Area) {
        self.crossed.push(area);
    }

    /// Finds a place for a name beside a point and takes it. `None` if there is none near it.
    pub fn place(&mut self, point: (f64, f64), name: &str) -> Option<Placed> {
        let width = OTHER_FONT * text_width(name);
        let mut best: Option<(f64, Area, f64, f64)> = None;
        for distance in DISTANCES {
            for direction in DIRECTIONS {
                let area = beside(point, direction, distance, width);
                let is_free = self.frame.holds(&area)
                    && !self.taken.iter().any(|taken| taken.overlaps(&area));
                let crossings = self.crossed.iter().filter(|line| line.overlaps(&area)).count();
                let badness = distance + CROSSING * crossings as f64;
                if is_free && best.is_none_or(|(least, ..)| badness < least) {
                    best = Some((badness, area, distance, direction.0));
                }
            }
        }
        let (_, area, distance, across) = best?;
        self.take(area);
        let nearest = (point.0.clamp(area.left, area.right), point.1.clamp(area.top, area.bottom));
        let leader = (distance > NEAR).then_some(nearest);
        let (x, anchor) = match across {
            ..0.0 => (area.right, Anchor::End),
            0.0 => ((area.left + area.right) / 2.0, Anchor::Middle),
            _ => (area.left, Anchor::Start),
        };
        Some(Placed { at: (x, area.top + ASCENT), anchor, leader })
    }
}

/// The box of a name of this width, in a direction from a point.
fn beside((x, y): (f64, f64), (across, down): (f64, f64), distance: f64, width: f64) -> Area {
    let (x, y) = (x + across * distance, y + down * distance);
    let left = match across {
        ..0.0 => x - width,
        0.0 => x - width / 2.0,
        _ => x,
    };
    let height = ASCENT + DESCENT;
    let top = match down {
        ..0.0 => y - height,
        0.0 => y - height / 2.0,
        _ => y,
    };
    Area { left, top, right: left + width, bottom: top + height }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Area = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 };

    fn area(name: &str, placed: Placed) -> Area {
        let (x, baseline) = placed.at;
        let (top, bottom, width) = (baseline - ASCENT, baseline + DESCENT, text_width(name));
        let left = match placed.anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        Area { left, top, right: left + width, bottom }
    }

    #[test]
    fn names_of_crowded_points_cover_nothing() {
        let points: Vec<(f64, f64)> =
            (0..14).map(|at| (180.0 + 6.0 * f64::from(at), 150.0 - 3.0 * f64::from(at))).collect();
        let mut labels = Labels::new(FRAME);
        points.iter().for_each(|&point| labels.take(Area::around(point, 4.0)));
        let name = "network 12";
        let placed: Vec<Area> = points
            .iter()
            .filter_map(|&point| Some(area(name, labels.place(point, name)?)))
            .collect();
        assert!(placed.len() >= 10, "{}", placed.len());
        for (index, one) in placed.iter().enumerate() {
            assert!(FRAME.holds(one), "{one:?}");
            assert!(!points.iter().any(|&point| Area::around(point, 4.0).overlaps(one)));
            assert!(!placed[index + 1..].iter().any(|other| other.overlaps(one)), "{one:?}");
        }
    }

    #[test]
    fn a_name_stays_off_lines_and_inside_the_frame() {
        let mut labels = Labels::new(FRAME);
        labels.avoid(Area::line((100.0, 100.0), (300.0, 100.0)));
        labels.avoid(Area::line((100.0, 100.0), (100.0, 300.0)));
        let placed = labels.place((100.0, 100.0), "a name").unwrap();
        assert!(placed.at.0 < 100.0 && placed.at.1 < 100.0 && placed.leader.is_none());
        let placed = Labels::new(FRAME).place((1.0, 1.0), "a name").unwrap();
        assert!(FRAME.holds(&area("a name", placed)));
        assert_eq!(Labels::new(FRAME).place((200.0, 100.0), &"wide ".repeat(40)), None);
    }
}
