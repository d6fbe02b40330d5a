//! The marks of a plot, from which SVG and PNG are made.

use super::clip::{clip, clip_polygon};
use super::{Color, Raster};

/// A drawing made of marks. Lengths are in CSS pixels, and y points down.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The width of the drawing.
    pub width: f64,
    /// The height of the drawing.
    pub height: f64,
    /// The marks: later ones cover earlier ones.
    pub marks: Vec<Mark>,
}

/// One mark of a drawing.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A line through at least two points.
    Line {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// How it is drawn.
        stroke: Stroke,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// Its colour.
        color: Color,
        /// From 0, invisible, to 1.
        opacity: f64,
    },
    /// A filled circle.
    Dot {
        /// Its middle.
        at: (f64, f64),
        /// Its size.
        radius: f64,
        /// Its colour.
        color: Color,
        /// From 0, invisible, to 1.
        opacity: f64,
    },
    /// A white diamond with a border: a value of a reference curve.
    Diamond {
        /// Its middle.
        at: (f64, f64),
        /// Distance from the middle to a corner.
        radius: f64,
        /// Its border's colour.
        color: Color,
    },
    /// A filled rectangle.
    Rectangle {
        /// Its upper left corner.
        at: (f64, f64),
        /// Its width and height.
        size: (f64, f64),
        /// Its colour.
        color: Color,
        /// From 0, invisible, to 1.
        opacity: f64,
    },
    /// A small picture. Each of its pixels is drawn as a rectangle of one colour.
    Raster {
        /// Its upper left corner.
        at: (f64, f64),
        /// Its width and height.
        size: (f64, f64),
        /// Its pixels.
        raster: Raster,
    },
    /// A place that leads to an address. It is invisible, and only a page has it: files do not.
    Link {
        /// Its upper left corner.
        at: (f64, f64),
        /// Its width and height.
        size: (f64, f64),
        /// The address, which may be relative: `?network=2`.
        to: String,
        /// What screen readers read.
        label: String,
    },
    /// A line of text.
    Text {
        /// The anchor's place, on the baseline.
        at: (f64, f64),
        /// The part of the text that stands at `at`.
        anchor: Anchor,
        /// Font size.
        size: f64,
        /// Whether it is a title.
        bold: bool,
        /// Its colour.
        color: Color,
        /// The words.
        text: String,
    },
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Colour.
    pub color: Color,
    /// Thickness.
    pub width: f64,
    /// Pattern.
    pub dash: Dash,
    /// From 0, invisible, to 1.
    pub opacity: f64,
}

/// The pattern of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    Solid,
    /// Dashes of 5 pixels with gaps of 4.
    Dashed,
}

/// The part of a text that stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Stroke {
    /// An unbroken, opaque line.
    pub fn solid(color: Color, width: f64) -> Self {
        Stroke { color, width, dash: Dash::Solid, opacity: 1.0 }
    }
}

impl Scene {
    /// An empty drawing.
    pub fn new(width: f64, height: f64) -> Self {
        Scene { width, height, marks: Vec::new() }
    }

    /// Adds a line between two points.
    pub fn segment(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.marks.push(Mark::Line { points: vec![from, to], stroke });
    }

    /// Adds a line of text in the plots' usual size.
    pub fn label(&mut self, at: (f64, f64), anchor: Anchor, color: Color, text: impl Into<String>) {
        self.marks.push(Mark::Text {
            at,
            anchor,
            size: TEXT_SIZE,
            bold: false,
            color,
            text: text.into(),
        });
    }

    /// Adds a line of bold text in the usual size.
    pub fn bold(&mut self, at: (f64, f64), text: impl Into<String>) {
        let (anchor, color) = (Anchor::Start, Color::Text);
        self.marks.push(Mark::Text {
            at,
            anchor,
            size: TEXT_SIZE,
            bold: true,
            color,
            text: text.into(),
        });
    }

    /// Adds a title.
    pub fn title(&mut self, at: (f64, f64), text: impl Into<String>) {
        let (anchor, color) = (Anchor::Start, Color::Text);
        self.marks.push(Mark::Text {
            at,
            anchor,
            size: TITLE_SIZE,
            bold: true,
            color,
            text: text.into(),
        });
    }

    /// Adds the part of a curve inside the box from `min` to `max`. The curve breaks at points that
    /// are not finite. A point without neighbours becomes a dot.
    pub fn curve(
        &mut self,
        points: &[(f64, f64)],
        min: (f64, f64),
        max: (f64, f64),
        stroke: Stroke,
    ) {
        for piece in points.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
            if let [(x, y)] = *piece
                && (min.0..=max.0).contains(&x)
                && (min.1..=max.1).contains(&y)
            {
                let radius = 1.25 * stroke.width + 0.5;
                self.marks.push(Mark::Dot {
                    at: (x, y),
                    radius,
                    color: stroke.color,
                    opacity: stroke.opacity,
                });
            }
            let mut line: Vec<(f64, f64)> = Vec::new();
            for pair in piece.windows(2) {
                let Some((from, to)) = clip(pair[0], pair[1], min, max) else { continue };
                if line.last() != Some(&from) {
                    self.finish_line(&mut line, stroke);
                    line.push(from);
                }
                line.push(to);
            }
            self.finish_line(&mut line, stroke);
        }
    }

    /// Adds the part of a filled polygon inside the box from `min` to `max`.
    pub fn area(
        &mut self,
        points: &[(f64, f64)],
        min: (f64, f64),
        max: (f64, f64),
        (color, opacity): (Color, f64),
    ) {
        let points = clip_polygon(points, min, max);
        if points.len() > 2 {
            self.marks.push(Mark::Area { points, color, opacity });
        }
    }

    /// Whether a mark has the colour of a level.
    pub fn has_levels(&self) -> bool {
        self.marks.iter().any(|mark| match mark {
            Mark::Line { stroke: Stroke { color, .. }, .. }
            | Mark::Area { color, .. }
            | Mark::Dot { color, .. }
            | Mark::Diamond { color, .. }
            | Mark::Rectangle { color, .. }
            | Mark::Text { color, .. } => matches!(color, Color::Level(_)),
            Mark::Raster { .. } | Mark::Link { .. } => false,
        })
    }

    fn finish_line(&mut self, line: &mut Vec<(f64, f64)>, stroke: Stroke) {
        let points = std::mem::take(line);
        if points.len() > 1 {
            self.marks.push(Mark::Line { points, stroke });
        }
    }
}

/// White margin around a drawing that is a file. A drawing on a page has none.
pub const FILE_MARGIN: f64 = 16.0;

/// Size of text in plots.
pub const TEXT_SIZE: f64 = 12.0;

/// Size of titles in plots.
const TITLE_SIZE: f64 = 13.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(points: &[(f64, f64)]) -> Vec<String> {
        let mut scene = Scene::new(10.0, 10.0);
        scene.curve(points, (0.0, 0.0), (10.0, 10.0), Stroke::solid(Color::Text, 1.0));
        scene
            .marks
            .iter()
            .map(|mark| {
                if let Mark::Line { points, .. } = mark {
                    return format!("{points:?}");
                }
                let Mark::Dot { at, .. } = mark else { panic!("{mark:?}") };
                format!("dot {at:?}")
            })
            .collect()
    }

    #[test]
    fn curves_are_cut_at_the_box_and_broken_at_gaps() {
        let nan = f64::NAN;
        assert_eq!(
            pieces(&[(0.0, 1.0), (5.0, 2.0), (10.0, 3.0)]),
            ["[(0.0, 1.0), (5.0, 2.0), (10.0, 3.0)]"]
        );
        assert_eq!(pieces(&[(0.0, -10.0), (5.0, 10.0)]), ["[(2.5, 0.0), (5.0, 10.0)]"]);
        assert_eq!(
            pieces(&[(0.0, 5.0), (4.0, 15.0), (8.0, 5.0)]),
            ["[(0.0, 5.0), (2.0, 10.0)]", "[(6.0, 10.0), (8.0, 5.0)]"]
        );
        assert_eq!(
            pieces(&[(1.0, 1.0), (2.0, nan), (3.0, 1.0), (4.0, 1.0)]),
            ["dot (1.0, 1.0)", "[(3.0, 1.0), (4.0, 1.0)]"]
        );
        assert_eq!(pieces(&[(1.0, 20.0), (2.0, 20.0)]), [""; 0]);
        assert_eq!(pieces(&[(1.0, 20.0)]), [""; 0]);
    }

    #[test]
    fn areas_are_cut_at_the_box() {
        let cut = |points: &[(f64, f64)]| {
            let mut scene = Scene::new(10.0, 10.0);
            scene.area(points, (0.0, 0.0), (10.0, 10.0), (Color::Text, 0.5));
            scene.marks.into_iter().next().map(|mark| {
                let Mark::Area { points, .. } = mark else { panic!("{mark:?}") };
                points
            })
        };
        let inside = [(1.0, 1.0), (9.0, 1.0), (9.0, 9.0)];
        assert_eq!(cut(&inside).unwrap(), inside);
        let right = cut(&[(5.0, 2.0), (15.0, 2.0), (15.0, 4.0), (5.0, 4.0)]).unwrap();
        assert_eq!(right, [(5.0, 2.0), (10.0, 2.0), (10.0, 4.0), (5.0, 4.0)]);
        assert_eq!(cut(&[(11.0, 1.0), (12.0, 1.0), (12.0, 2.0)]), None);
    }
}
