//! Mean accuracy over two swept values as a heat map: a darker cell is a higher accuracy, and each
//! cell shows its number.

use super::axis::Axis;
use crate::plot::{Anchor, Color, Mark, Scene, text_width};

/// A heat map over two axes.
pub struct HeatMap<'a> {
    /// The title, which names the measure.
    pub title: &'a str,
    /// The swept names: horizontal, then vertical.
    pub names: [&'a str; 2],
    /// The axes of their values.
    pub axes: [&'a Axis; 2],
    /// Horizontal value, vertical value, and mean accuracy in percent. Other cells stay empty.
    pub cells: Vec<([String; 2], f64)>,
}

const ROW: f64 = 34.0;
const HEAD: f64 = 44.0;
const FOOT: f64 = 44.0;
const WIDEST_CELL: f64 = 110.0;

/// Most values from top to bottom, if there are fewer from left to right, and most whose names all stand
/// below the map. A thousand rows would be a picture of half a gigabyte.
const MANY: usize = 60;

impl HeatMap<'_> {
    /// The map, turned over if it would be far too high.
    pub fn turned(self) -> Self {
        let [across, down] = self.axes;
        let (columns, rows) = (across.values().len(), down.values().len());
        if rows <= MANY || rows <= columns {
            return self;
        }
        let turn = |([across, down], accuracy): ([String; 2], f64)| ([down, across], accuracy);
        let [name_across, name_down] = self.names;
        HeatMap {
            names: [name_down, name_across],
            axes: [down, across],
            cells: self.cells.into_iter().map(turn).collect(),
            ..self
        }
    }

    /// Height of the drawing.
    pub fn height(&self) -> f64 {
        HEAD + ROW * self.axes[1].values().len() as f64 + FOOT
    }

    /// Draws the map with its upper left corner at `at`, up to `width` wide.
    pub fn draw(&self, scene: &mut Scene, at: (f64, f64), width: f64) {
        let (left, top) = at;
        scene.title((left, top + 13.0), self.title);
        let [across, down] = self.axes.map(Axis::values);
        let names =
            down.iter().map(|value| text_width(value)).fold(text_width(self.names[1]), f64::max);
        let first = left + names + 14.0;
        let cell = ((width - (first - left)) / across.len() as f64).min(WIDEST_CELL);
        let values =
            || self.cells.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        scene.label((first - 8.0, top + HEAD - 6.0), Anchor::End, Color::Muted, self.names[1]);
        for (row, value_down) in down.iter().enumerate() {
            let y = top + HEAD + ROW * row as f64;
            scene.label(
                (first - 8.0, y + ROW / 2.0 + 4.0),
                Anchor::End,
                Color::Muted,
                value_down.as_str(),
            );
            for (column, value_across) in across.iter().enumerate() {
                let x = first + cell * column as f64;
                let is_here =
                    |point: &[String; 2]| point[0] == *value_across && point[1] == *value_down;
                let Some((_, accuracy)) = self.cells.iter().find(|(point, _)| is_here(point))
                else {
                    continue;
                };
                if !accuracy.is_finite() {
                    continue;
                }
                // Cells have at most half of the colour's opacity, so that numbers stay legible.
                let share = if high > low { (accuracy - low) / (high - low) } else { 1.0 };
                let (at, size) = ((x + 1.0, y + 1.0), ((cell - 2.0).max(0.5), ROW - 2.0));
                scene.marks.push(Mark::Rectangle {
                    at,
                    size,
                    color: Color::Train,
                    opacity: 0.04 + 0.5 * share,
                });
                let (middle, number) =
                    ((x + cell / 2.0, y + ROW / 2.0 + 4.0), format!("{accuracy:.2}"));
                if text_width(&number) < cell {
                    scene.label(middle, Anchor::Middle, Color::Text, number);
                }
            }
        }
        let bottom = top + HEAD + ROW * down.len() as f64;
        let widest = across.iter().map(|value| text_width(value)).fold(1.0, f64::max);
        let every = match across.len() > MANY {
            true => ((widest + 8.0) / cell).ceil() as usize,
            false => 1,
        };
        for (column, value) in across.iter().enumerate().step_by(every) {
            let middle = first + cell * (column as f64 + 0.5);
            scene.label((middle, bottom + 16.0), Anchor::Middle, Color::Muted, value.as_str());
        }
        let middle = first + cell * across.len() as f64 / 2.0;
        scene.label((middle, bottom + 33.0), Anchor::Middle, Color::Muted, self.names[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_many_rows_is_turned_and_names_some_of_its_columns() {
        let values = |count: usize| Axis::new((0..count).map(|value| value.to_string()));
        let (two, some, many) = (values(2), values(60), values(600));
        let map = |axes| HeatMap {
            title: "",
            names: ["a", "b"],
            axes,
            cells: vec![(["1".to_owned(), "77".to_owned()], 50.0)],
        };
        let turned = map([&two, &many]).turned();
        assert_eq!((turned.names, turned.axes[1].values().len()), (["b", "a"], 2));
        assert_eq!(turned.cells[0].0, ["77", "1"]);
        let mut scene = Scene::new(1000.0, turned.height());
        turned.draw(&mut scene, (0.0, 0.0), 1000.0);
        let texts = scene.marks.iter().filter(|mark| matches!(mark, Mark::Text { .. })).count();
        assert!((20..60).contains(&texts), "{texts}");
        assert_eq!(map([&some, &two]).turned().names, ["a", "b"]);
        assert_eq!(map([&two, &some]).turned().names, ["a", "b"]);
    }

    #[test]
    fn each_cell_has_its_number_and_the_highest_is_the_darkest() {
        let axes = [Axis::new(["0.001", "0.01"]), Axis::new(["32", "64"])];
        let cell = |across: &str, down: &str, value| ([across.to_owned(), down.to_owned()], value);
        let cells =
            vec![cell("0.001", "32", 88.0), cell("0.01", "32", 89.0), cell("0.01", "64", 87.5)];
        let map =
            HeatMap { title: "Mean", names: ["rate", "width"], axes: [&axes[0], &axes[1]], cells };
        let mut scene = Scene::new(400.0, map.height());
        map.draw(&mut scene, (0.0, 0.0), 400.0);
        let shades: Vec<f64> = scene
            .marks
            .iter()
            .filter_map(|mark| {
                if let Mark::Rectangle { opacity, .. } = mark { Some(*opacity) } else { None }
            })
            .collect();
        assert_eq!(shades.len(), 3);
        assert!(shades[1] > shades[0] && shades[0] > shades[2]);
        let has = |wanted: &str| {
            scene.marks.iter().any(|mark| matches!(mark, Mark::Text { text, .. } if text == wanted))
        };
        assert!(["88.00", "89.00", "87.50", "rate", "width", "0.01", "64"].into_iter().all(has));
    }
}
