use fitroom_results::Results;
use fitroom_stats::DEFAULT_MARGIN;

use super::*;
use crate::document::{Block, Document};
use crate::fixture::{Fixture, Plan};
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::plot::{Anchor, Mark, text_width};

/// Three networks, each larger than the one before. The last is much better than the others.
fn plans() -> [Plan; 3] {
    [
        Plan::new("small").layers("dense 8, relu").microseconds(2.0),
        Plan::new("middle").layers("dense 64, relu").shifted(0.0002).microseconds(5.5),
        Plan::new("large").layers("dense 512, relu").shifted(0.05).microseconds(31.0),
    ]
}

fn results(seeds: u32) -> Results {
    plans().into_iter().fold(Fixture::new(seeds), Fixture::with).results()
}

fn with_costs<T>(results: &Results, check: impl FnOnce(&Summary, &Costs) -> T) -> T {
    let summary = Summary::new(results, DEFAULT_MARGIN);
    let costs = Costs::of(&summary).expect("networks cost differently");
    check(&summary, &costs)
}

/// The section in both forms.
fn pages(results: &Results) -> [String; 2] {
    let summary = Summary::new(results, DEFAULT_MARGIN);
    let document = Document {
        title: String::new(),
        subtitle: None,
        warning: None,
        facts: Vec::new(),
        sections: cost_section(&summary).into_iter().collect(),
    };
    [to_html(&document), to_markdown(&document)]
}

/// The members of a cost's front, with whether each is clear.
fn front(results: &Results, cost: Cost) -> Vec<(String, bool)> {
    with_costs(results, |summary, costs| {
        let front = costs.fronts.iter().find(|front| front.cost == cost).unwrap();
        let name = |network: usize| &summary.networks[costs.networks[network].index].facts.name;
        let member = |member: &Member| (name(member.network).clone(), member.is_clear);
        front.members.iter().map(member).collect()
    })
}

#[test]
fn a_front_has_the_cheapest_and_whatever_is_more_accurate() {
    let names = |results: &Results| -> Vec<String> {
        front(results, Cost::Parameters).into_iter().map(|(name, _)| name).collect()
    };
    let mut results = results(8);
    assert_eq!(names(&results), ["small", "middle", "large"]);
    // The middle one is now the worst, and nobody would pay for it.
    for run in results.runs.iter_mut().filter(|run| run.network == 1) {
        run.outcome.as_mut().unwrap().best.val.accuracy -= 0.1;
    }
    assert_eq!(names(&results), ["small", "large"]);
    let page = &pages(&results)[1];
    let row = page.lines().find(|line| line.contains("[middle]")).unwrap();
    assert!(row.ends_with("| – |"), "{row}");
}

#[test]
fn a_network_that_differs_by_chance_is_not_clearly_better() {
    let of = |seeds| front(&results(seeds), Cost::MultiplyAdds);
    let is_clear = |seeds| of(seeds).into_iter().map(|(_, clear)| clear).collect::<Vec<_>>();
    assert_eq!(is_clear(8), [true, false, true]);
    assert_eq!(is_clear(3), [true, false, false], "three seeds give no verdict");
    let [html, markdown] = pages(&results(8));
    for page in [&html, &markdown] {
        assert!(page.contains("adjusted for all 3 pairs of networks"), "{page}");
        assert!(page.contains("not clearly: parameters, multiply-adds, inference time"), "{page}");
    }
    assert!(html.contains("not shown to be better than every cheaper one"));
    let [html, markdown] = pages(&results(3));
    assert!(html.contains("So few seeds show no difference") && markdown.contains("So few seeds"));
}

#[test]
fn verdicts_count_every_pair_that_could_have_been_compared() {
    // p of eight seeds that all agree is 2/2⁸ = 0.008: enough for 3 pairs, and not for 10. The t test
    // decides then, so both are clear; a difference of the size of chance is clear in neither.
    let results = results(8);
    let verdict = |all| verdicts_of_pairs(&results, &[(2, 0), (1, 0)], all, DEFAULT_MARGIN);
    assert_eq!(verdict(2)[0], Some(Verdict::Better));
    assert_ne!(verdict(2)[1], Some(Verdict::Better));
    assert_ne!(verdict(1_000_000)[1], Some(Verdict::Better));
    let mut sequential = results.clone();
    sequential.seed_plan = fitroom_results::SeedPlan::UntilClear;
    let found = verdicts_of_pairs(&sequential, &[(2, 0), (1, 0)], 3, DEFAULT_MARGIN);
    assert_eq!(found[0], Some(Verdict::Better));
    assert_ne!(found[1], Some(Verdict::Better));
}

#[test]
fn one_network_and_equal_costs_have_no_section() {
    let none = |results: &Results| Costs::of(&Summary::new(results, DEFAULT_MARGIN)).is_none();
    assert!(none(&Fixture::new(3).with(Plan::new("a")).results()));
    // The same layers; made-up times differ by chance alone.
    assert!(none(&Fixture::new(3).with(Plan::new("a")).with(Plan::new("b")).results()));
    let begun = plans().map(|plan| plan.pending(1, 3));
    assert!(none(&begun.into_iter().fold(Fixture::new(1), Fixture::with).results()));
    assert!(none(&crate::fixture::measured(&["acc"], &[("a", vec![]), ("b", vec![])])));
    assert_eq!(pages(&Fixture::new(3).with(Plan::new("a")).results())[1].trim(), "#");
}

#[test]
fn what_is_not_known_is_said_and_not_guessed() {
    let page = |results: &Results| pages(results)[1].clone();
    let mut results = results(3);
    assert!(
        page(&results).contains("Training time is the same for all networks, within a quarter.")
    );
    assert!(page(&results).contains("2.00 |") && page(&results).contains("31.0 |"));
    results.runs[3..6].iter_mut().for_each(|run| run.outcome.as_mut().unwrap().inference = None);
    assert!(page(&results).contains("Inference time is not known of middle."));
    assert!(front(&results, Cost::InferenceMicroseconds).iter().all(|(name, _)| name != "middle"));
    for run in &mut results.runs {
        let outcome = run.outcome.as_mut().unwrap();
        (outcome.inference, outcome.seconds) = (None, f64::NAN);
    }
    let page = page(&results);
    assert!(page.contains("Inference time is not known: an earlier version measured none."));
    assert!(page.contains("Training time is not known"), "{page}");
    with_costs(&results, |_, costs| assert_eq!(costs.fronts.len(), 2));
}

#[test]
fn a_network_that_diverged_is_on_no_front() {
    let [small, middle, large] = plans();
    let plans = [small, middle, large.diverged(2, 3)];
    let results = plans.into_iter().fold(Fixture::new(3), Fixture::with).results();
    let names: Vec<_> = front(&results, Cost::Parameters).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["small", "middle"]);
    assert!(pages(&results)[0].contains("A run diverged of large"));
}

#[test]
fn the_file_of_costs_has_a_row_for_each_network() {
    let results = results(3);
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let csv = String::from_utf8(costs_csv(&summary).unwrap().unwrap()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with("inference_microseconds,front_of,clearly_front_of"));
    assert_eq!(lines.len(), 4);
    assert!(lines[1].starts_with("small,3,validation,0."), "{}", lines[1]);
    let all = "parameters multiply_adds inference_microseconds";
    assert!(lines[1].ends_with(&format!(",{all},{all}")), "{}", lines[1]);
    assert!(lines[3].ends_with(&format!(",{all},")), "{}", lines[3]);
}

#[test]
fn no_text_of_the_figure_covers_another() {
    let mut fixture = Fixture::new(3);
    for size in 0..24_u32 {
        let layers = ["dense 8", "dense 9", "dense 10", "dense 64", "dense 512", "dense 600"];
        let name = format!("network number {size} of a long name");
        fixture = fixture.with(
            Plan::new(&name)
                .layers(layers[size as usize % 6])
                .shifted(0.002 * f64::from(size % 7))
                .microseconds(2.0 + f64::from(size)),
        );
    }
    let results = fixture.results();
    let figure = with_costs(&results, figure::cost_figure);
    let boxes: Vec<(f64, f64, f64, String)> = figure
        .scene
        .marks
        .iter()
        .filter_map(|mark| {
            let Mark::Text { at, anchor, text, size, .. } = mark else { return None };
            let width = text_width(text) * size / 12.0;
            let shift = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => width / 2.0,
                Anchor::End => width,
            };
            Some((at.0 - shift, at.0 - shift + width, at.1, text.clone()))
        })
        .collect();
    assert!(boxes.iter().any(|it| it.3.starts_with("network number")));
    for (index, a) in boxes.iter().enumerate() {
        assert!(a.0 >= -0.5 && a.1 <= figure.scene.width + 0.5, "{a:?}");
        for b in &boxes[index + 1..] {
            assert!(a.1 < b.0 || b.1 < a.0 || (a.2 - b.2).abs() > 11.0, "{a:?} {b:?}");
        }
    }
    assert!(matches!(
        cost_section(&Summary::new(&results, DEFAULT_MARGIN)).unwrap().blocks[1],
        Block::Figure(_)
    ));
}
