//! Two plots of all networks: validation accuracy over epochs, and test accuracy.

use fitroom_results::{Metric, Subset};
use fitroom_stats::Spread;

use crate::figure::{Figure, WIDTH};
use crate::number::{percent, spread_percent};
use crate::plot::{
    Anchor, Axes, Color, Curve, Horizontal, Mark, Panel, Scale, Scene, Stroke, core_range,
    text_width,
};
use crate::score_place::score_place;
use crate::summary::{NetworkSummary, Summary};

/// Validation accuracy of all networks over epochs. Each line has its network's name at its end.
pub fn validation_overview(summary: &Summary) -> Figure {
    let networks: Vec<&NetworkSummary> = summary.shown().map(|(_, network)| network).collect();
    let curve = |network: &&NetworkSummary| {
        let points = network.mean_curve(Metric::Accuracy, Subset::Validation).into_iter();
        points.map(|(epoch, accuracy)| (epoch, 100.0 * accuracy)).collect::<Vec<_>>()
    };
    let curves: Vec<_> = networks.iter().map(curve).collect();
    let names = widest_name(networks.iter().copied());
    let height = (LABEL_HEIGHT * networks.len() as f64 + 70.0).max(360.0);
    let mut scene = Scene::new(WIDTH, height);
    let panel = Panel {
        title: "Validation accuracy, %, mean over finished runs",
        axis: Horizontal::Epochs(networks.iter().map(|it| it.epochs()).max().unwrap_or(1)),
        bounds: (0.0, 100.0),
        bands: Vec::new(),
        curves: (curves.iter().enumerate())
            .map(|(index, points)| Curve {
                points: points.clone(),
                stroke: Stroke::solid(Color::Series(index), 2.0),
            })
            .collect(),
    };
    let axes = panel.draw(&mut scene, 0.0, 0.0, WIDTH - names - 54.0, height);
    if let Some(axes) = axes {
        let names: Vec<&str> = networks.iter().map(|it| it.facts.name.as_str()).collect();
        name_ends(&mut scene, axes, &names, &curves);
    }
    Figure {
        slug: "overview-validation".into(),
        label: format!("Validation accuracy of {} networks over epochs.", networks.len()),
        scene,
    }
}

/// Height of a name at the end of a line.
pub const LABEL_HEIGHT: f64 = 17.0;

/// Writes each curve's name at its end.
pub fn name_ends(scene: &mut Scene, axes: Axes, names: &[&str], curves: &[Vec<(f64, f64)>]) {
    let (top, bottom) = (axes.y.end, axes.y.start);
    let ends = curves.iter().enumerate().filter_map(|(index, points)| {
        let &(epoch, value) = points.iter().rfind(|(_, value)| value.is_finite())?;
        Some((index, axes.x.place(epoch), axes.y.place(value).clamp(top, bottom)))
    });
    let mut ends: Vec<_> = ends.collect();
    ends.sort_by(|a, b| a.2.total_cmp(&b.2));
    let places =
        spread_out(&ends.iter().map(|end| end.2).collect::<Vec<_>>(), LABEL_HEIGHT, top, bottom);
    for (&(index, x, y), place) in ends.iter().zip(places) {
        let edge = axes.x.end;
        let color = Color::Series(index);
        let leader = Stroke { opacity: 0.6, ..Stroke::solid(color, 1.0) };
        let corners = vec![(x, y), (edge + 6.0, y), (edge + 24.0, place), (edge + 32.0, place)];
        scene.marks.push(Mark::Line { points: corners, stroke: leader });
        scene.marks.push(Mark::Dot { at: (x, y), radius: 3.0, color, opacity: 1.0 });
        scene.label((edge + 37.0, place + 4.0), Anchor::Start, Color::Text, names[index]);
    }
}

/// Moves ascending coordinates apart until each is `room` from the next. They stay between `top`
/// and `bottom` if that is possible.
fn spread_out(places: &[f64], room: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut places = places.to_vec();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + room);
    }
    let mut limit = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - room;
    }
    // If there are too many, they begin at `top` and continue below `bottom`.
    if let Some(&first) = places.first()
        && first < top
    {
        for (index, place) in places.iter_mut().enumerate() {
            *place = place.max(top + index as f64 * room);
        }
    }
    places
}

/// Test accuracy of each network. Each seed is a dot, mean ± sd is a bar, and the reference curve's
/// value is a diamond.
pub fn test_overview(summary: &Summary) -> Figure {
    const ROW: f64 = 30.0;
    const TOP: f64 = 58.0;
    let networks: Vec<&NetworkSummary> = summary.shown().map(|(_, network)| network).collect();
    let bottom = TOP + ROW * networks.len() as f64;
    let mut scene = Scene::new(WIDTH, bottom + 26.0);
    let at = score_place(&summary.results.networks, Subset::Test);
    scene.title((0.0, 13.0), format!("Test accuracy, %, {at}"));
    let rows: Vec<_> = networks
        .iter()
        .map(|&network| (network, test_accuracies(network), reference(network)))
        .collect();
    if let Some((low, high)) = core_range(
        rows.iter().flat_map(|(_, tests, reference)| tests.iter().chain(reference).copied()),
    ) {
        let ends = (widest_name(networks.iter().copied()) + 22.0, WIDTH - 110.0);
        let x = Scale::linear((low, high.min(100.0)), ends);
        for (value, tick) in x.ticks(9) {
            let at = x.place(value);
            scene.segment((at, TOP - 6.0), (at, bottom), Stroke::solid(Color::Grid, 1.0));
            scene.label((at, bottom + 17.0), Anchor::Middle, Color::Muted, tick);
        }
        for (index, (_, tests, reference)) in rows.iter().enumerate() {
            dots(&mut scene, x, TOP + (index as f64 + 0.5) * ROW, tests, *reference);
        }
        key(
            &mut scene,
            rows.iter().any(|row| row.1.len() > 1),
            rows.iter().any(|row| row.2.is_some()),
        );
    }
    for (index, (network, tests, _)) in rows.iter().enumerate() {
        let y = TOP + (index as f64 + 0.5) * ROW + 4.0;
        let result = Spread::of(tests.iter().map(|test| test / 100.0));
        let result = result.map_or("no run finished".into(), |spread| spread_percent(&spread));
        scene.label((0.0, y), Anchor::Start, Color::Text, network.facts.name.as_str());
        scene.label((WIDTH, y), Anchor::End, Color::Text, result);
    }
    let best = networks.iter().filter_map(|network| {
        let test = network.score(Metric::Accuracy, Subset::Test).best?;
        Some((test.mean, network.facts.name.as_str()))
    });
    let label = match best.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((mean, name)) => {
            format!(
                "Test accuracy by network, a dot for each seed; highest is {name}, {}.",
                percent(mean)
            )
        }
        None => "Test accuracy by network: no run is finished yet.".into(),
    };
    Figure { slug: "overview-test".into(), label, scene }
}

/// Test accuracy of each seed in percent.
fn test_accuracies(network: &NetworkSummary) -> Vec<f64> {
    network.finished().map(|(_, outcome)| 100.0 * outcome.best.test.accuracy).collect()
}

/// The reference curve's value for test accuracy, in percent.
fn reference(network: &NetworkSummary) -> Option<f64> {
    network.score(Metric::Accuracy, Subset::Test).reference_gap.map(|gap| 100.0 * gap.reference)
}

/// The width of the longest name.
pub fn widest_name<'n, 'r: 'n>(networks: impl IntoIterator<Item = &'n NetworkSummary<'r>>) -> f64 {
    networks.into_iter().map(|network| text_width(&network.facts.name)).fold(0.0, f64::max)
}

/// One row of a plot of scores: a dot for each seed, and a bar for mean ± standard deviation.
pub fn dots(scene: &mut Scene, x: Scale, y: f64, tests: &[f64], reference: Option<f64>) {
    let inside = |value: f64| (x.low..=x.high).contains(&value);
    if let Some(reference) = reference.filter(|&value| inside(value)) {
        scene.marks.push(Mark::Diamond {
            at: (x.place(reference), y),
            radius: 6.0,
            color: Color::Validation,
        });
    }
    if let Some(Spread { mean, sd: Some(sd), .. }) = Spread::of(tests.iter().copied())
        && inside(mean)
    {
        let (from, to) = (x.place((mean - sd).max(x.low)), x.place((mean + sd).min(x.high)));
        scene.segment((from, y), (to, y), Stroke::solid(Color::Train, 2.0));
        scene.segment(
            (x.place(mean), y - 8.0),
            (x.place(mean), y + 8.0),
            Stroke::solid(Color::Train, 2.5),
        );
    }
    for &test in tests.iter().filter(|&&value| inside(value)) {
        scene.marks.push(Mark::Dot {
            at: (x.place(test), y),
            radius: 4.0,
            color: Color::Train,
            opacity: 0.65,
        });
    }
}

/// The legend of a plot of scores.
pub fn key(scene: &mut Scene, has_spread: bool, has_reference: bool) {
    const Y: f64 = 36.0;
    let mut x = 0.0;
    let mut entry = |scene: &mut Scene, words: &str| {
        scene.label((x + 28.0, Y), Anchor::Start, Color::Text, words);
        let middle = x + 11.0;
        x += 28.0 + text_width(words) + 22.0;
        (middle, Y - 4.0)
    };
    let at = entry(scene, "a seed");
    scene.marks.push(Mark::Dot { at, radius: 4.0, color: Color::Train, opacity: 0.65 });
    if has_spread {
        let (x, y) = entry(scene, "mean ± standard deviation");
        scene.segment((x - 10.0, y), (x + 10.0, y), Stroke::solid(Color::Train, 2.0));
        scene.segment((x, y - 8.0), (x, y + 8.0), Stroke::solid(Color::Train, 2.5));
    }
    if has_reference {
        let at = entry(scene, "reference curve on test images");
        scene.marks.push(Mark::Diamond { at, radius: 6.0, color: Color::Validation });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::DEFAULT_MARGIN;

    fn count(figure: &Figure, wanted: fn(&Mark) -> bool) -> usize {
        figure.scene.marks.iter().filter(|mark| wanted(mark)).count()
    }

    #[test]
    fn each_seed_is_a_dot_and_reference_values_are_diamonds() {
        let results = Fixture::new(3)
            .with(Plan::new("a").reference(1))
            .with(Plan::new("b").diverged(2, 5))
            .results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let figure = test_overview(&summary);
        assert_eq!(count(&figure, |mark| matches!(mark, Mark::Dot { .. })), 3 + 2 + 1);
        assert_eq!(count(&figure, |mark| matches!(mark, Mark::Diamond { .. })), 1 + 1);
        let lines = validation_overview(&summary);
        assert_eq!(count(&lines, |mark| matches!(mark, Mark::Dot { .. })), 2);
        assert!(count(&lines, |mark| matches!(mark, Mark::Text { text, .. } if text == "b")) == 1);
    }

    #[test]
    fn a_study_without_results_says_so() {
        let results = Fixture::new(1).with(Plan::new("a").pending(1, 0)).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        assert!(test_overview(&summary).label.contains("no run is finished"));
        let said =
            |mark: &Mark| matches!(mark, Mark::Text { text, .. } if text == "nothing to show yet");
        assert_eq!(count(&validation_overview(&summary), said), 1);
    }

    #[test]
    fn names_are_moved_apart_and_stay_inside() {
        assert_eq!(spread_out(&[10.0, 50.0], 17.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread_out(&[10.0, 12.0, 13.0], 10.0, 0.0, 100.0), [10.0, 20.0, 30.0]);
        assert_eq!(spread_out(&[95.0, 98.0, 99.0], 10.0, 0.0, 100.0), [80.0, 90.0, 100.0]);
        assert_eq!(spread_out(&[5.0, 5.0, 5.0], 10.0, 0.0, 15.0), [0.0, 10.0, 20.0]);
    }
}
