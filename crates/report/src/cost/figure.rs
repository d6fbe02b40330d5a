//! The figure of accuracy against cost: a panel for each cost that differs.

use fitroom_stats::Spread;

use super::label::{Area, Labels};
use super::table::measure;
use super::{Cost, CostedNetwork, Costs, Front};
use crate::figure::{Figure, WIDTH};
use crate::number::{counted_in_digits, listed_first, percent};
use crate::plot::{
    Anchor, Color, Frame, Horizontal, Mark, Scale, Scene, Stroke, core_range, cut, legend,
};
use crate::score_place::score_place;
use crate::summary::Summary;

/// Height of a panel.
const HEIGHT: f64 = 340.0;
/// Space above the panels, for the title and the legend.
const TOP: f64 = 54.0;
/// Space between two panels of a row.
const GAP: f64 = 28.0;
/// Names that are wider are cut.
const NAMES: f64 = 190.0;
/// Radius of a network's dot on a front, and of another's.
const RADIUS: f64 = 5.0;
const OTHER_RADIUS: f64 = 3.0;
/// Free space at either end of an axis of costs, as a share of it.
const MARGIN: f64 = 0.08;
/// Most names in the description for screen readers.
const MOST_NAMED: usize = 12;

const LINE: Stroke = Stroke { opacity: 0.75, ..solid(Color::Train, 1.5) };
const INTERVAL: Stroke = Stroke { opacity: 0.55, ..solid(Color::Train, 1.25) };
const OTHER_INTERVAL: Stroke = Stroke { opacity: 0.35, ..solid(Color::Muted, 1.0) };

const fn solid(color: Color, width: f64) -> Stroke {
    Stroke { color, width, dash: crate::plot::Dash::Solid, opacity: 1.0 }
}

/// Accuracy against each cost, on logarithmic axes and one axis of accuracy.
pub fn cost_figure(summary: &Summary, costs: &Costs) -> Figure {
    let panels = costs.fronts.len();
    let rows = panels.div_ceil(2) as f64;
    let mut scene = Scene::new(WIDTH, TOP + HEIGHT * rows);
    let subset = summary.results.judged_by();
    let place = score_place(&summary.results.networks, subset);
    let title = format!("{} accuracy, %, {place}, against cost", measure(subset));
    scene.title((0.0, 13.0), title);
    key(&mut scene, costs);
    let width = if panels == 1 { WIDTH } else { (WIDTH - GAP) / 2.0 };
    let accuracies = accuracy_range(costs);
    for (at, front) in costs.fronts.iter().enumerate() {
        let (column, row) = ((at % 2) as f64, (at / 2) as f64);
        let corner = (column * (width + GAP), TOP + row * HEIGHT);
        draw(&mut scene, summary, costs, front, accuracies, corner, width);
    }
    let on_front = |front: &Front| {
        let names: Vec<String> = front
            .members
            .iter()
            .map(|member| name(summary, &costs.networks[member.network]).to_owned())
            .collect();
        format!("{}: {}", front.cost.name(), listed_first(&names, MOST_NAMED))
    };
    let fronts: Vec<String> = costs.fronts.iter().map(on_front).collect();
    let best = costs.networks.iter().max_by(|a, b| a.accuracy.mean.total_cmp(&b.accuracy.mean));
    let best = best.map_or(String::new(), |best| {
        format!(" Highest is {}, {}.", name(summary, best), percent(best.accuracy.mean))
    });
    let label = format!(
        "{} accuracy against cost. On the front of {}.{best}",
        measure(subset),
        fronts.join("; of ")
    );
    Figure { slug: "overview-costs".into(), label, scene }
}

fn name<'s>(summary: &'s Summary, network: &CostedNetwork) -> &'s str {
    &summary.networks[network.index].facts.name
}

/// The title of a panel.
fn title(cost: Cost) -> &'static str {
    match cost {
        Cost::Parameters => "Parameters",
        Cost::MultiplyAdds => "Multiply-adds of an image's forward pass",
        Cost::TrainingSeconds => "Seconds of training, one run",
        Cost::InferenceMicroseconds => "Microseconds of inference for an image, one thread",
    }
}

/// The accuracies that all panels show, in percent: those of every front, and others unless they
/// would flatten these.
fn accuracy_range(costs: &Costs) -> (f64, f64) {
    let percent = |network: &CostedNetwork| 100.0 * network.accuracy.mean;
    let of_fronts = costs.fronts.iter().flat_map(|front| &front.members);
    let of_fronts = of_fronts.map(|member| &costs.networks[member.network]);
    let ends = |network: &CostedNetwork| {
        let half = 100.0 * network.accuracy.mean_interval().unwrap_or(0.0);
        [percent(network) - half, percent(network) + half]
    };
    let values = costs.networks.iter().map(percent).chain(of_fronts.clone().flat_map(ends));
    let (mut low, mut high) = core_range(values).unwrap_or((0.0, 100.0));
    let margin = 0.04 * (high - low);
    for mean in of_fronts.map(percent) {
        (low, high) = (low.min(mean - margin), high.max(mean + margin));
    }
    (low.max(0.0), high.min(100.0))
}

/// Draws one panel.
fn draw(
    scene: &mut Scene,
    summary: &Summary,
    costs: &Costs,
    front: &Front,
    accuracies: (f64, f64),
    corner: (f64, f64),
    width: f64,
) {
    let size = (width, HEIGHT - 10.0);
    let place = |ends| Scale::linear(accuracies, ends);
    let frame = Frame::with_axis(scene, title(front.cost), corner, size, place);
    let (low, high) = costs.range(front.cost).expect("a front has costs");
    let margin = (high / low).powf(MARGIN);
    let axis =
        Horizontal::Logarithmic { low: low / margin, high: high * margin, name: front.cost.name() };
    let x = frame.draw_horizontal(scene, axis);
    let y = frame.y;
    let position = |network: &CostedNetwork| {
        let cost = network.costs[front.cost as usize]?;
        let mean = 100.0 * network.accuracy.mean;
        y.shows(mean).then(|| (x.place(cost), y.place(mean)))
    };
    let (min, max) = frame.area();
    let mut labels =
        Labels::new(Area { left: min.0, top: min.1, right: max.0 + 4.0, bottom: max.1 });
    let members: Vec<_> = front
        .members
        .iter()
        .filter_map(|member| {
            let network = &costs.networks[member.network];
            Some((member, network, position(network)?))
        })
        .collect();
    let is_member = |at: usize| front.members.iter().any(|member| member.network == at);
    let others: Vec<_> = costs
        .networks
        .iter()
        .enumerate()
        .filter(|(at, _)| !is_member(*at))
        .filter_map(|(_, network)| Some((network, position(network)?)))
        .collect();

    // The line goes level to the next cost, and up there: nothing between two networks is for sale.
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for &(.., at) in &members {
        if let Some(&(_, before)) = corners.last() {
            corners.push((at.0, before));
        }
        corners.push(at);
    }
    if let Some(&(_, highest)) = corners.last() {
        corners.push((frame.last, highest));
    }
    for pair in corners.windows(2) {
        labels.avoid(Area::line(pair[0], pair[1]));
    }
    if corners.len() > 1 {
        scene.marks.push(Mark::Line { points: corners, stroke: LINE });
    }
    for &(network, at) in &others {
        interval(scene, &mut labels, y, at, &network.accuracy, OTHER_INTERVAL);
        scene.marks.push(Mark::Dot { at, radius: OTHER_RADIUS, color: Color::Muted, opacity: 0.8 });
        labels.take(Area::around(at, OTHER_RADIUS));
    }
    for &(member, network, at) in &members {
        interval(scene, &mut labels, y, at, &network.accuracy, INTERVAL);
        dot(scene, at, member.is_clear);
        labels.take(Area::around(at, RADIUS));
    }
    let named = members.iter().map(|&(_, network, at)| (network, at, Color::Text));
    let named = named.chain(others.iter().map(|&(network, at)| (network, at, Color::Muted)));
    let mut without_name = 0;
    for (network, at, color) in named {
        let words = cut(name(summary, network), NAMES);
        let Some(placed) = labels.place(at, &words) else {
            without_name += 1;
            continue;
        };
        if let Some(end) = placed.leader {
            scene.segment(at, end, Stroke { opacity: 0.5, ..solid(Color::Muted, 0.75) });
        }
        scene.label(placed.at, placed.anchor, color, words);
    }
    let hidden = costs.networks.iter().filter(|network| {
        network.costs[front.cost as usize].is_some() && position(network).is_none()
    });
    let notes = [(hidden.count(), "network", "below the axis"), (without_name, "name", "left out")];
    let notes = notes.into_iter().filter(|(count, ..)| *count > 0);
    let notes: Vec<String> = notes
        .map(|(count, noun, what)| format!("{} {what}", counted_in_digits(count, noun)))
        .collect();
    if !notes.is_empty() {
        frame.note(scene, notes.join(", "));
    }
}

/// Draws the interval of a mean, as far as the axis goes.
fn interval(
    scene: &mut Scene,
    labels: &mut Labels,
    y: Scale,
    (x, _): (f64, f64),
    accuracy: &Spread,
    stroke: Stroke,
) {
    let Some(half) = accuracy.mean_interval() else { return };
    let end = |value: f64| y.place((100.0 * value).clamp(y.low, y.high));
    let (from, to) = ((x, end(accuracy.mean - half)), (x, end(accuracy.mean + half)));
    scene.segment(from, to, stroke);
    labels.avoid(Area::line(from, to));
}

/// A network on the front: a full dot, or a ring if it is not clearly better than cheaper ones.
fn dot(scene: &mut Scene, at: (f64, f64), is_clear: bool) {
    scene.marks.push(Mark::Dot { at, radius: RADIUS, color: Color::Train, opacity: 1.0 });
    if !is_clear {
        let radius = RADIUS - 2.0;
        scene.marks.push(Mark::Dot { at, radius, color: Color::Paper, opacity: 1.0 });
    }
}

/// The legend, in one row under the title.
fn key(scene: &mut Scene, costs: &Costs) {
    const Y: f64 = 36.0;
    let x = legend(scene, (0.0, Y), &[(LINE, "front: highest mean accuracy for a cost")]);
    let members = || costs.fronts.iter().flat_map(|front| &front.members);
    let on_front = |is_clear: bool| members().any(|member| member.is_clear == is_clear);
    let is_off = (0..costs.networks.len()).any(|at| {
        costs.fronts.iter().any(|front| !front.members.iter().any(|member| member.network == at))
    });
    let entries = [
        (on_front(true), "the cheapest, or better than every cheaper one"),
        (on_front(false), "not shown to be better than every cheaper one"),
        (is_off, "not on the front"),
    ];
    let mut x = x;
    for (index, (_, words)) in
        entries.into_iter().enumerate().filter(|(_, (is_there, _))| *is_there)
    {
        let at = (x + 6.0, Y - 4.0);
        match index {
            0 => dot(scene, at, true),
            1 => dot(scene, at, false),
            _ => scene.marks.push(Mark::Dot {
                at,
                radius: OTHER_RADIUS,
                color: Color::Muted,
                opacity: 0.8,
            }),
        }
        x = legend_words(scene, (x + 18.0, Y), words);
    }
}

/// Writes words of a legend. Returns where the next entry begins.
fn legend_words(scene: &mut Scene, at: (f64, f64), words: &str) -> f64 {
    scene.label(at, Anchor::Start, Color::Text, words);
    at.0 + crate::plot::text_width(words) + 30.0
}
