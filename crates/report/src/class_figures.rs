//! The figures of classes: a confusion matrix, and a sheet of mistakes.

use crate::figure::{Figure, WIDTH};
use crate::inspection::{Confusion, Mistake};
use crate::plot::{Anchor, Color, Mark, Scene, text_width};
use crate::summary::NetworkSummary;

/// With more classes than this, a matrix has no room for their names.
pub const MOST_CLASSES: usize = 40;

/// Width of a matrix. Text stands beside it.
const MATRIX_WIDTH: f64 = 600.0;
/// Columns that are narrower than this have neither numbers nor names.
const NUMBER_WIDTH: f64 = 36.0;
/// Height above the matrix, for names in two lines and the legend.
const HEAD: f64 = 52.0;
/// From this share on, a mistake's cell has the darkest colour.
const FULL_SHARE: f64 = 0.25;
/// The highest opacity of a cell, so that its number stays legible on light and on dark pages.
const MOST_OPACITY: f64 = 0.55;

/// The confusion matrix: rows are classes, columns are predicted classes, and cells are percent of
/// the class. A cell with images leads to where `link` says for its class and predicted class. `None`
/// if there are too many classes.
pub fn confusion_figure(
    network: &NetworkSummary,
    classes: &[String],
    confusion: &Confusion,
    link: &dyn Fn(usize, usize) -> Option<String>,
) -> Option<Figure> {
    if classes.len() > MOST_CLASSES {
        return None;
    }
    let names: Vec<String> = classes.iter().map(|name| fitted(name, 110.0)).collect();
    let left = names.iter().map(|name| text_width(name)).fold(text_width("class"), f64::max) + 12.0;
    let width = ((MATRIX_WIDTH - left) / classes.len() as f64).min(72.0);
    let height = if width < NUMBER_WIDTH { 15.0 } else { 40.0 };
    let mut scene = Scene::new(MATRIX_WIDTH, HEAD + height * classes.len() as f64 + 2.0);
    let column = |class: usize| left + (class as f64 + 0.5) * width;
    scene.label(
        (left, 12.0),
        Anchor::Start,
        Color::Muted,
        match (width < NUMBER_WIDTH, confusion.seeds()) {
            (true, _) => "taken for, in the rows' order; darker: more",
            (false, 1) => "taken for, % of the class",
            (false, _) => "taken for, % of the class, mean over seeds",
        },
    );
    scene.label((left - 10.0, HEAD - 8.0), Anchor::End, Color::Muted, "class");
    for (class, name) in names.iter().enumerate() {
        let middle = HEAD + (class as f64 + 0.5) * height;
        scene.label((left - 10.0, middle + 4.0), Anchor::End, Color::Text, name.as_str());
        if width >= NUMBER_WIDTH {
            let [first, second] = two_lines(&classes[class], width - 4.0);
            let upper = if second.is_empty() { HEAD - 8.0 } else { HEAD - 22.0 };
            scene.label((column(class), upper), Anchor::Middle, Color::Text, first);
            scene.label((column(class), HEAD - 8.0), Anchor::Middle, Color::Text, second);
        }
        for taken_for in 0..classes.len() {
            let share = confusion.share(class, taken_for).map_or(0.0, |share| share.mean);
            let (color, opacity) = match class == taken_for {
                true => (Color::Train, MOST_OPACITY * share),
                false => (Color::Validation, MOST_OPACITY * (share / FULL_SHARE).min(1.0)),
            };
            let corner = (left + taken_for as f64 * width, HEAD + class as f64 * height);
            let size = (width - 1.0, height - 1.0);
            if opacity > 0.0 {
                scene.marks.push(Mark::Rectangle {
                    at: corner,
                    size,
                    color,
                    opacity: (opacity * 1e3).round() / 1e3,
                });
            }
            if width >= NUMBER_WIDTH && share >= 0.0005 {
                let color = if share < 0.01 { Color::Muted } else { Color::Text };
                let at = (corner.0 + width / 2.0, middle + 4.0);
                scene.label(at, Anchor::Middle, color, format!("{:.1}", 100.0 * share));
            }
            if share > 0.0
                && let Some(to) = link(class, taken_for)
            {
                let label =
                    format!("{}: {:.1}%", cell_words(classes, class, taken_for), 100.0 * share);
                scene.marks.push(Mark::Link { at: corner, size, to, label });
            }
        }
    }
    let label = format!(
        "Confusion matrix of {}: rows are classes, columns what they are taken for, in percent of the class.{}",
        network.facts.name,
        confusion.most_confused(1).first().map_or_else(String::new, |pair| format!(
            " Largest: {:.1}% of {} taken for {}.",
            100.0 * pair.share.mean,
            classes[pair.label],
            classes[pair.taken_for]
        ))
    );
    Some(Figure { slug: format!("{}_classes", network.slug), label, scene })
}

/// A cell of a confusion matrix: `Shirt taken for Coat`, or `Shirt classified correctly`.
pub fn cell_words(classes: &[String], class: usize, taken_for: usize) -> String {
    match class == taken_for {
        true => format!("{} classified correctly", classes[class]),
        false => format!("{} taken for {}", classes[class], classes[taken_for]),
    }
}

/// Mistakes side by side. Below each are its class, the predicted class and the confidence. `None`
/// if the images are not available.
pub fn mistakes_figure(
    network: &NetworkSummary,
    classes: &[String],
    mistakes: &[Mistake],
) -> Option<Figure> {
    const IN_A_ROW: usize = 10;
    const CELL: f64 = WIDTH / IN_A_ROW as f64;
    const PICTURE: f64 = 84.0;
    const CAPTION: f64 = 64.0;
    let rows = mistakes.len().div_ceil(IN_A_ROW);
    let mut scene = Scene::new(WIDTH, rows as f64 * (PICTURE + CAPTION) - 12.0);
    let mut said = Vec::new();
    for (index, mistake) in mistakes.iter().enumerate() {
        let picture = mistake.picture.clone()?;
        let (row, column) = ((index / IN_A_ROW) as f64, (index % IN_A_ROW) as f64);
        let (x, y) = (column * CELL, row * (PICTURE + CAPTION));
        let longest = picture.width().max(picture.height()) as f64;
        let size = (
            PICTURE * picture.width() as f64 / longest,
            PICTURE * picture.height() as f64 / longest,
        );
        scene.marks.push(Mark::Raster { at: (x, y), size, raster: picture });
        let confidence = match 100.0 * mistake.confidence {
            percent if percent < 99.95 => format!("{percent:.1}%"),
            _ => "100%".to_owned(),
        };
        let seeds =
            if mistake.seeds > 1 { format!(", {} seeds", mistake.seeds) } else { String::new() };
        let lines = [
            (Color::Text, classes[mistake.label].clone()),
            (Color::Validation, format!("as {}", classes[mistake.taken_for])),
            (Color::Muted, confidence + &seeds),
        ];
        for ((color, words), line) in lines.into_iter().zip(1..) {
            let at = (x, y + PICTURE + 15.0 * f64::from(line));
            let text = fitted(&words, CELL - 12.0);
            scene.marks.push(Mark::Text {
                at,
                anchor: Anchor::Start,
                size: 11.5,
                bold: false,
                color,
                text,
            });
        }
        said.push(cell_words(classes, mistake.label, mistake.taken_for));
    }
    let label = format!(
        "Test images that {} gets wrong with the highest confidence: {}.",
        network.facts.name,
        said.join(", ")
    );
    Some(Figure { slug: format!("{}_mistakes", network.slug), label, scene })
}

/// A name, shortened if it is too wide.
fn fitted(name: &str, width: f64) -> String {
    if text_width(name) <= width {
        return name.to_owned();
    }
    let mut cut: String = name.to_owned();
    while !cut.is_empty() && text_width(&cut) + text_width("…") > width {
        cut.pop();
    }
    cut + "…"
}

/// A name in one line, or in two if it is too wide and can be broken: `T-shirt/` and `top`.
fn two_lines(name: &str, width: f64) -> [String; 2] {
    let breaks = name
        .char_indices()
        .filter(|(_, letter)| matches!(letter, ' ' | '/' | '-'))
        .map(|(at, _)| at + 1);
    let halves = breaks.map(|at| name.split_at(at)).min_by(|a, b| {
        let widest = |halves: &(&str, &str)| text_width(halves.0).max(text_width(halves.1));
        widest(a).total_cmp(&widest(b))
    });
    match halves {
        Some((first, second)) if text_width(name) > width => {
            [fitted(first.trim_end(), width), fitted(second, width)]
        }
        _ => [fitted(name, width), String::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::plot::{Raster, embedded};
    use crate::summary::Summary;
    use fitroom_results::Prediction;
    use fitroom_stats::DEFAULT_MARGIN;

    fn with_network<T>(body: impl FnOnce(&NetworkSummary, &[String]) -> T) -> T {
        let results = Fixture::new(1).with(Plan::new("a")).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        body(&summary.networks[0], &results.dataset.classes)
    }

    fn labels(scene: &Scene) -> Vec<(String, (f64, f64))> {
        let label = |mark: &Mark| {
            if let Mark::Text { text, at, .. } = mark { Some((text.clone(), *at)) } else { None }
        };
        scene.marks.iter().filter_map(label).collect()
    }

    fn prediction(label: u8, predicted: u8) -> Prediction {
        Prediction { label, predicted, confidence: 0.8, label_probability: 0.1 }
    }

    #[test]
    fn the_matrix_has_its_numbers_where_they_belong() {
        with_network(|network, classes| {
            let mut confusion = Confusion::new(10);
            // Of 8 shirts (6), 2 are taken for coats (4).
            confusion.add(1, &[4, 4, 6, 6, 6, 6, 6, 6].map(|predicted| prediction(6, predicted)));
            let figure = confusion_figure(network, classes, &confusion, &|_, _| None).unwrap();
            assert_eq!(figure.slug, "a_classes");
            assert!(
                figure.label.ends_with("Largest: 25.0% of Shirt taken for Coat."),
                "{}",
                figure.label
            );
            let labels = labels(&figure.scene);
            let rounded = |(x, y): (f64, f64)| (x.round(), y.round());
            let at = |text: &str| {
                let places =
                    labels.iter().filter(|(label, _)| label == text).map(|(_, at)| rounded(*at));
                places.collect::<Vec<_>>()
            };
            let (coat, shirt) = (at("Coat"), at("Shirt"));
            assert_eq!(
                (at("25.0"), at("75.0")),
                (vec![(coat[1].0, shirt[0].1)], vec![(shirt[1].0, shirt[0].1)])
            );
            let svg = embedded(&figure.scene, "");
            assert_eq!(svg.matches("<rect class=\"f-val\"").count(), 1);
            assert!(svg.contains("<rect class=\"f-train\"") && svg.contains("opacity=\"0.413\""));
        });
    }

    #[test]
    fn names_stay_inside_their_columns() {
        for (name, width, lines) in [
            ("T-shirt/top", 47.0, ["T-shirt/", "top"]),
            ("Ankle boot", 47.0, ["Ankle", "boot"]),
            ("Bag", 47.0, ["Bag", ""]),
            ("Donaudampfschiff", 47.0, ["Dona…", ""]),
        ] {
            assert_eq!(two_lines(name, width), lines);
        }
        with_network(|network, _| {
            let classes: Vec<String> =
                (0..26).map(|class| format!("letter number {class}")).collect();
            let mut confusion = Confusion::new(26);
            confusion.add(1, &[prediction(3, 25)]);
            let figure = confusion_figure(network, &classes, &confusion, &|_, _| None).unwrap();
            assert_eq!(labels(&figure.scene).len(), 26 + 2, "no room for numbers");
            let classes = vec!["x".to_owned(); MOST_CLASSES + 1];
            assert!(
                confusion_figure(network, &classes, &Confusion::new(MOST_CLASSES + 1), &|_, _| {
                    None
                })
                .is_none()
            );
        });
    }

    #[test]
    fn the_sheet_shows_each_mistake_above_its_words() {
        with_network(|network, classes| {
            let mistake = |image: usize| Mistake {
                image,
                label: 6,
                taken_for: 4,
                confidence: 0.987,
                seeds: image + 1,
                picture: Some(Raster::new(2, vec![[image as u8; 3]; 4])),
            };
            let mistakes: Vec<Mistake> = (0..12).map(mistake).collect();
            let figure = mistakes_figure(network, classes, &mistakes).unwrap();
            let rasters = figure
                .scene
                .marks
                .iter()
                .filter(|mark| matches!(mark, Mark::Raster { .. }))
                .count();
            assert_eq!(rasters, 12);
            let labels = labels(&figure.scene);
            assert!(
                labels[..3].iter().map(|(text, _)| text.as_str()).eq(["Shirt", "as Coat", "98.7%"])
            );
            assert_eq!(labels[5].0, "98.7%, 2 seeds");
            assert!(
                labels[33].1.1 > labels[0].1.1
                    && labels.iter().all(|(_, at)| at.1 < figure.scene.height)
            );
            let without = vec![Mistake { picture: None, ..mistake(0) }];
            assert!(mistakes_figure(network, classes, &without).is_none());
        });
    }
}
