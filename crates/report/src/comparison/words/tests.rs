//! Sentences on comparisons of made-up results.

use super::*;
use crate::fixture::{Fixture, Plan};
use fitroom_results::{SeedPlan, Subset};
use fitroom_stats::DEFAULT_MARGIN;

fn comparisons(fixture: Fixture) -> Vec<Comparison> {
    Comparison::of_results(&fixture.results(), DEFAULT_MARGIN)
}

/// Sentences on the first measure of each comparison.
fn sentences(fixture: Fixture) -> Vec<String> {
    let comparisons = comparisons(fixture);
    let sentence = |comparison: &Comparison| comparison.sentence(comparisons.len()).text();
    comparisons.iter().map(sentence).collect()
}

fn against(seeds: u32, network: Plan) -> Fixture {
    Fixture::new(seeds).with(Plan::new("plain")).with(network.vs("plain"))
}

fn sentence(seeds: u32, shift: f64) -> String {
    sentences(against(seeds, Plan::new("other").shifted(shift))).remove(0)
}

#[test]
fn a_verdict_comes_first_and_its_numbers_behind() {
    let better = sentence(10, 0.02);
    assert!(better.starts_with("other is better than plain: +2."), "{better}");
    assert!(
        better.contains(" points of validation accuracy (95% interval +1.")
            && better.ends_with(", 10 seeds, p = 0.002)."),
        "{better}"
    );
    assert!(sentence(10, -0.02).starts_with("other is worse than plain: −"));
    let small = sentence(20, 0.002);
    assert!(
        small.starts_with("other is better than plain, by less than 0.5 points: +0."),
        "{small}"
    );
    let equal = sentence(20, 0.0);
    assert!(equal.starts_with("other and plain are equivalent, to within 0.5 points:"), "{equal}");
}

#[test]
fn few_seeds_have_no_verdict() {
    let exploratory = sentence(3, 0.02);
    assert!(exploratory.starts_with("other against plain, exploratory: +"), "{exploratory}");
    assert!(
        exploratory.contains("on average over 3 seeds (standard deviation 0."),
        "{exploratory}"
    );
    assert!(exploratory.ends_with("; a verdict needs about 7 seeds."), "{exploratory}");
    let one = sentence(1, 0.02);
    assert!(
        one.starts_with("other against plain: one seed, so nothing can be concluded (+"),
        "{one}"
    );
    let none = sentences(against(1, Plan::new("other").pending(1, 2))).remove(0);
    assert_eq!(none, "other against plain: no seed is finished in both.");
}

#[test]
fn p_is_said_to_be_adjusted_where_there_are_several_comparisons() {
    let two = sentences(
        against(10, Plan::new("a").shifted(0.02)).with(Plan::new("b").vs("plain").shifted(0.001)),
    );
    assert!(two[0].ends_with(", 10 seeds, p = 0.004 after Holm)."), "{}", two[0]);
}

#[test]
fn an_open_question_says_what_would_answer_it() {
    let mut results = against(10, Plan::new("other")).results();
    for run in results.runs.iter_mut().filter(|run| run.network == 1) {
        let sign = if run.seed % 2 == 0 { 1.0 } else { -0.7 };
        run.outcome.as_mut().unwrap().best.val.accuracy += 0.02 * sign;
    }
    let comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
    let words = comparison.sentence(1).text();
    assert!(words.starts_with("other against plain is undecided: +0."), "{words}");
    assert!(
        words.contains(" To find a difference of 0.5 points takes about ")
            && words.ends_with(" seeds."),
        "{words}"
    );
}

#[test]
fn a_real_difference_whose_interval_contains_zero_is_explained() {
    let mut results = against(10, Plan::new("other").shifted(0.01)).results();
    results.runs[10].outcome.as_mut().unwrap().best.val.accuracy += 0.1;
    let comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
    let words = comparison.sentence(1).text();
    assert!(
        words.starts_with("other is better than plain: +") && words.contains("interval −"),
        "{words}"
    );
    let reason = " The interval contains zero because seeds differ in how much, but 10 of 10 seeds agree on the sign. \
                  Seed 1 (+11.";
    assert!(words.contains(reason) && words.ends_with(") lies far from the others."), "{words}");
    assert!(!sentence(10, 0.02).contains("contains zero"));
}

#[test]
fn without_validation_test_accuracy_decides() {
    let fixture = Fixture::new(6).without_validation().with(Plan::new("plain"));
    let comparison = comparisons(fixture.with(Plan::new("other").vs("plain"))).remove(0);
    assert!(comparison.test.is_none() && comparison.judged_on == Some(Subset::Test));
}

fn sequential(seeds: u32, network: Plan) -> Comparison {
    let mut results = against(seeds, network).results();
    results.seed_plan = SeedPlan::UntilClear;
    Comparison::of_results(&results, DEFAULT_MARGIN).remove(0)
}

fn said(comparison: &Comparison) -> String {
    comparison.sentence(1).text()
}

#[test]
fn an_open_sequential_comparison_says_what_it_waits_for() {
    let words = said(&sequential(6, Plan::new("other").shifted(0.003)));
    assert!(words.starts_with("other against plain is undecided: +0."), "{words}");
    assert!(words.contains(" If it goes on like this, it is clear after about "), "{words}");
    let few = said(&sequential(3, Plan::new("other").shifted(0.003)));
    assert!(
        few.starts_with("other against plain, exploratory: ")
            && few.contains("a verdict needs about "),
        "{few}"
    );
}

#[test]
fn a_decided_network_misses_no_seed_that_came_after_its_verdict() {
    let mut results = against(8, Plan::new("other").shifted(0.02)).results();
    results.seed_plan = SeedPlan::UntilClear;
    results.runs.retain(|run| run.network == 0 || run.seed <= 5);
    let comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
    assert_eq!((comparison.seeds, comparison.missing_words()), (5, None));
}

/// Open comparisons advance together. `more` has nine seeds and waits for `fewer`, which has six.
#[test]
fn a_comparison_that_is_held_back_by_another_says_so() {
    let study = Fixture::new(9).with(Plan::new("plain"));
    let study = study.with(Plan::new("more").vs("plain").shifted(0.003));
    let mut results = study.with(Plan::new("fewer").vs("plain").shifted(0.0031)).results();
    results.seed_plan = SeedPlan::UntilClear;
    results.runs.retain(|run| run.network < 2 || run.seed <= 6);
    let comparisons = Comparison::of_results(&results, DEFAULT_MARGIN);
    assert_eq!((comparisons[0].judged.pairs.len(), comparisons[0].held_back), (6, 3));
    let words = comparisons[0].missing_words().unwrap();
    assert!(
        words.starts_with("3 more seeds are finished and do not count yet: another"),
        "{words}"
    );
    assert_eq!(comparisons[1].held_back, 0);
}

#[test]
fn equivalent_says_what_it_may_have_missed() {
    let words = said(&sequential(12, Plan::new("other")));
    assert!(words.starts_with("other and plain are equivalent, to within 0.5 points:"), "{words}");
    assert!(
        words.contains("(90% interval ")
            && words.contains(
                " A failure that strikes up to 26% of seeds may not have shown in 10 seeds."
            ),
        "{words}"
    );
}

#[test]
fn how_often_a_seed_wins_is_said_with_its_interval() {
    let comparison = sequential(6, Plan::new("other").shifted(0.02));
    let words = superiority_words(&comparison).unwrap();
    let start = "a seed of other beats a seed of plain with a probability of 100% (95% interval ";
    assert!(words.starts_with(start) && words.ends_with(" standard deviations"), "{words}");
}
