//! The figure of all comparisons: a row for each, with interval, seeds and verdict.

use fitroom_results::{Direction, JudgedMeasure};
use fitroom_stats::{Effect, Verdict};

use crate::comparison::Comparison;
use crate::figure::{Figure, WIDTH};
use crate::measure_words::{amount, counted_runs, difference, interval, points};
use crate::measure_words::{shown_difference, shown_interval};
use crate::number::counted_seeds;
use crate::plot::{Anchor, Color, Mark, Scale, Scene, Stroke, core_range, cut, text_width};

/// Height of a comparison.
const ROW: f64 = 40.0;
/// Top of the first row: above are title and key.
const TOP: f64 = 54.0;
/// Width of the verdicts' column.
const VERDICTS: f64 = 164.0;
/// Names that are wider are cut.
const NAMES: f64 = 360.0;
/// Half the height of the ends of an interval.
const WHISKER: f64 = 4.0;

/// Mean differences with their intervals on one axis; each seed is a dot, the margin a band; the
/// verdicts stand on the right. All comparisons are in one measure. `None` where no comparison has an
/// interval yet.
pub fn comparison_figure(comparisons: &[&Comparison], slug: &str) -> Option<Figure> {
    let rows: Vec<(&Comparison, &Effect)> =
        comparisons.iter().map(|comparison| (*comparison, &comparison.judged)).collect();
    let measure = &comparisons.first()?.measure;
    let margin = measure.margin.unwrap_or(0.0);
    if rows.iter().all(|(_, effect)| effect.interval.is_none()) {
        return None;
    }
    let range = difference_range(measure, rows.iter().map(|(_, effect)| *effect));
    let names = rows.iter().map(|(comparison, effect)| {
        text_width(&comparison.network).max(text_width(&against(comparison, effect)))
    });
    let ends = (names.fold(0.0, f64::max).min(NAMES) + 26.0, WIDTH - VERDICTS - 20.0);
    let x = Scale::linear(range, ends);

    let bottom = TOP + ROW * rows.len() as f64;
    let mut scene = Scene::new(WIDTH, bottom + 26.0);
    scene.title(
        (0.0, 13.0),
        format!(
            "Difference from the baseline in {}{}{}",
            measure.name,
            points(measure),
            match measure.direction {
                Direction::HigherIsBetter => "",
                Direction::LowerIsBetter => " (lower is better)",
            }
        ),
    );
    key(&mut scene, measure, &rows);
    let (left, right) = shown_interval(measure, (-margin, margin));
    band(&mut scene, (x.place(left), x.place(right)), (TOP, bottom));
    for (value, tick) in x.ticks(10) {
        let at = x.place(value);
        let color = if value == 0.0 { Color::Muted } else { Color::Grid };
        scene.segment((at, TOP), (at, bottom), Stroke::solid(color, 1.0));
        scene.label((at, bottom + 17.0), Anchor::Middle, Color::Muted, signed(value, &tick));
    }
    for (index, (comparison, effect)) in rows.iter().enumerate() {
        row(&mut scene, x, TOP + index as f64 * ROW, comparison, effect);
    }
    Some(Figure { slug: slug.to_owned(), label: label(measure, &rows), scene })
}

/// The differences that an axis shows: every interval whole, zero and the margin. Seeds are shown if
/// they do not flatten the rest.
pub fn difference_range<'a>(
    measure: &JudgedMeasure,
    effects: impl Iterator<Item = &'a Effect> + Clone,
) -> (f64, f64) {
    let shown = |directed: f64| shown_difference(measure, directed);
    let margin = measure.margin.unwrap_or(0.0);
    let ends = effects.clone().filter_map(|effect| effect.interval);
    let ends = ends.flat_map(|(low, high)| [low, high]);
    let seeds = effects.flat_map(|effect| effect.pairs.iter().map(|pair| shown(pair.difference())));
    let needed = ends.chain([-1.5 * margin, 1.5 * margin, 0.0]).map(shown);
    let (low, high) = needed
        .chain(core_range(seeds).into_iter().flat_map(|(low, high)| [low, high]))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    // Where nothing differs at all, the axis still needs a width.
    let least = if high > low { 0.0 } else { 0.1 };
    let room = 0.02 * (high - low).max(least);
    (low - room, high + room)
}

/// `vs two hidden layers, 10 seeds`
fn against(comparison: &Comparison, effect: &Effect) -> String {
    let (pairs, seeds) = (effect.pairs.len(), comparison.seeds);
    let seeds = if effect.samples.is_some() {
        counted_runs(effect)
    } else if pairs == seeds {
        counted_seeds(seeds)
    } else {
        format!("{pairs} of {}", counted_seeds(seeds))
    };
    format!("vs {}, {seeds}", comparison.baseline)
}

/// The text of a tick with its sign.
pub fn signed(value: f64, tick: &str) -> String {
    if value > 0.0 { format!("+{tick}") } else { tick.replace('-', "−") }
}

/// The colour of a verdict.
pub fn color(effect: &Effect) -> Color {
    match effect.verdict {
        Some(Verdict::Better) => Color::Better,
        Some(Verdict::Worse) => Color::Worse,
        Some(Verdict::Equivalent | Verdict::Undecided | Verdict::Exploratory) | None => {
            Color::Muted
        }
    }
}

fn row(scene: &mut Scene, x: Scale, top: f64, comparison: &Comparison, effect: &Effect) {
    let (upper, lower) = (top + 16.0, top + 32.0);
    scene.segment(
        (0.0, top + ROW),
        (WIDTH, top + ROW),
        Stroke { opacity: 0.6, ..Stroke::solid(Color::Grid, 1.0) },
    );
    scene.label((0.0, upper), Anchor::Start, Color::Text, cut(&comparison.network, NAMES));
    scene.label(
        (0.0, lower),
        Anchor::Start,
        Color::Muted,
        cut(&against(comparison, effect), NAMES),
    );
    let column = WIDTH - VERDICTS;
    let verdict = effect.verdict.map_or("no verdict", Verdict::name);
    let mark = if comparison.is_confounded() { " *" } else { "" };
    scene.bold((column, upper), format!("{verdict}{mark}"));
    let color = color(effect);
    for pair in &effect.pairs {
        let difference = shown_difference(&comparison.measure, pair.difference());
        if (x.low..=x.high).contains(&difference) {
            let at = (x.place(difference), top + 28.0);
            scene.marks.push(Mark::Dot { at, radius: 3.0, color, opacity: 0.5 });
        }
    }
    if let (Some(found), Some(ends)) = (effect.difference, effect.interval) {
        let measure = &comparison.measure;
        mean_bar(scene, x, top + 13.0, measure, effect);
        let numbers = format!("{} ({})", difference(measure, found.mean), interval(measure, ends));
        scene.label((column, lower), Anchor::Start, Color::Text, numbers);
    }
}

/// The mean difference with its interval, at height `y`; nothing without an interval.
pub fn mean_bar(scene: &mut Scene, x: Scale, y: f64, measure: &JudgedMeasure, effect: &Effect) {
    let (Some(found), Some(ends)) = (effect.difference, effect.interval) else { return };
    let color = color(effect);
    let (low, high) = shown_interval(measure, ends);
    let [low_at, mean_at, high_at] =
        [low, shown_difference(measure, found.mean), high].map(|value| x.place(value));
    scene.segment((low_at, y), (high_at, y), Stroke::solid(color, 3.0));
    for end in [low_at, high_at] {
        scene.segment((end, y - WHISKER), (end, y + WHISKER), Stroke::solid(color, 1.5));
    }
    scene.marks.push(Mark::Dot { at: (mean_at, y), radius: 5.5, color, opacity: 1.0 });
}

/// A line as wide as the band is high.
pub fn band(scene: &mut Scene, (left, right): (f64, f64), (top, bottom): (f64, f64)) {
    let middle = (top + bottom) / 2.0;
    let stroke = Stroke { opacity: 0.65, ..Stroke::solid(Color::Grid, bottom - top) };
    scene.segment((left, middle), (right, middle), stroke);
}

/// The key of the marks.
fn key(scene: &mut Scene, measure: &JudgedMeasure, rows: &[(&Comparison, &Effect)]) {
    const Y: f64 = 36.0;
    let mut x = 0.0;
    let mut entry = |scene: &mut Scene, words: &str| {
        let start = x;
        scene.label((start + 30.0, Y), Anchor::Start, Color::Text, words);
        x += 30.0 + text_width(words) + 22.0;
        start + 12.0
    };
    let at = entry(scene, "mean and its 95% interval");
    scene.segment((at - 12.0, Y - 4.0), (at + 12.0, Y - 4.0), Stroke::solid(Color::Text, 3.0));
    scene.marks.push(Mark::Dot {
        at: (at, Y - 4.0),
        radius: 5.0,
        color: Color::Text,
        opacity: 1.0,
    });
    if rows.iter().any(|(_, effect)| !effect.pairs.is_empty()) {
        let at = entry(scene, "a seed");
        scene.marks.push(Mark::Dot {
            at: (at, Y - 4.0),
            radius: 3.0,
            color: Color::Text,
            opacity: 0.5,
        });
    }
    if let Some(margin) = measure.margin.filter(|&margin| margin > 0.0) {
        let at = entry(scene, &format!("within {}: equivalent", amount(measure, margin)));
        band(scene, (at - 12.0, at + 12.0), (Y - 11.0, Y + 3.0));
    }
    if rows.iter().any(|(comparison, _)| comparison.is_confounded()) {
        let at = entry(scene, "more than one thing differs");
        scene.label((at + 8.0, Y), Anchor::Middle, Color::Text, "*");
    }
}

fn label(measure: &JudgedMeasure, rows: &[(&Comparison, &Effect)]) -> String {
    let row = |(comparison, effect): &(&Comparison, &Effect)| {
        let mean = effect
            .difference
            .map_or(String::new(), |found| format!(" {}", difference(measure, found.mean)));
        let verdict = effect.verdict.map_or("no verdict", Verdict::name);
        format!("{} against {}:{mean}, {verdict}", comparison.network, comparison.baseline)
    };
    format!(
        "Differences from the baseline in {}{}. {}.",
        measure.name,
        points(measure),
        rows.iter().map(row).collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::summary::Summary;
    use fitroom_stats::DEFAULT_MARGIN;

    fn figure(seeds: u32) -> Option<Figure> {
        let results = Fixture::new(seeds)
            .with(Plan::new("a"))
            .with(Plan::new("b").vs("a").shifted(0.02))
            .with(Plan::new("c").vs("a").penalty(0.001, 0.0).softmax_twice().pending(2, 3))
            .results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        comparison_figure(&summary.families()[0], "overview-differences")
    }

    #[test]
    fn each_comparison_has_its_mean_its_seeds_and_its_verdict() {
        let figure = figure(8).unwrap();
        let dots = |radius: f64| {
            let is = |mark: &&Mark| matches!(mark, Mark::Dot { radius: r, .. } if *r == radius);
            figure.scene.marks.iter().filter(is).count()
        };
        assert_eq!((dots(3.0), dots(5.5)), (8 + 7 + 1, 2));
        let says = |words: &str| {
            figure
                .scene
                .marks
                .iter()
                .any(|mark| matches!(mark, Mark::Text { text, .. } if text.contains(words)))
        };
        for words in [
            "better",
            " *",
            "vs a, 8 seeds",
            "vs a, 7 of 8 seeds",
            "more than one thing",
            "0.5 points",
        ] {
            assert!(says(words), "{words}");
        }
        assert!(figure.label.contains("b against a: +2."), "{}", figure.label);
    }

    #[test]
    fn a_long_name_leaves_room_for_the_plot() {
        let name = "a name that goes on ".repeat(20);
        assert!(
            text_width(&cut(&name, NAMES)) <= NAMES
                && cut(&name, NAMES).ends_with('…')
                && cut("short", NAMES) == "short"
        );
    }

    #[test]
    fn one_seed_has_no_figure() {
        assert!(figure(1).is_none() && figure(3).is_some());
    }
}
