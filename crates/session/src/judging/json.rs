//! A judgement as JSON, for other programs. docs/judge.md documents the schema.

use fitroom_report::Comparison;
use fitroom_results::{Direction, JudgedMeasure, NetworkFacts, Scale, SeedPlan};
use fitroom_stats::{Effect, SeedsNeeded, Spread, Test, Verdict};
use serde_json::{Value, json};

use super::Judgement;
use super::asked::{self, SCHEMA, VERSION};

impl Judgement {
    /// The judgement as JSON. Scores and differences are in each measure's own unit; a number that does
    /// not exist is null.
    pub fn to_json(&self) -> Value {
        let results = &self.results;
        let measures = self.measures();
        let families = Comparison::families(&self.comparisons);
        let comparisons = families.iter().flat_map(|family| {
            family.iter().map(|comparison| comparison_json(comparison, family.len()))
        });
        json!({
            "schema": SCHEMA,
            "version": VERSION,
            "program": concat!("fitroom ", env!("CARGO_PKG_VERSION")),
            "name": results.name,
            "seeds": if results.seed_plan == SeedPlan::Declared { "declared" } else { "not declared" },
            "measures": measures.iter().map(measure_json).collect::<Vec<_>>(),
            "networks": results.networks.iter().enumerate()
                .map(|(index, network)| self.network_json(index, network, &measures))
                .collect::<Vec<_>>(),
            "comparisons": comparisons.collect::<Vec<_>>(),
            "notes": results.notes,
            "sources": asked::sources_json(self.sources.as_deref()),
            "request": self.request.as_ref().map(asked::request_json),
        })
    }

    /// The JSON as text of several lines.
    pub fn json_text(&self) -> String {
        format!("{:#}\n", self.to_json())
    }

    fn network_json(
        &self,
        index: usize,
        network: &NetworkFacts,
        measures: &[JudgedMeasure],
    ) -> Value {
        let first = self.results.runs.partition_point(|run| run.network < index);
        let runs = self.results.runs[first..].iter().take_while(|run| run.network == index);
        let runs: Vec<_> = runs.collect();
        let scores = measures.iter().enumerate().map(|(position, measure)| {
            let scores: Vec<f64> =
                runs.iter().filter_map(|run| self.score(run, position)).collect();
            let spread = Spread::of(scores.iter().copied());
            json!({
                "measure": measure.name,
                "count": scores.len(),
                "mean": spread.map(|spread| spread.mean),
                "sd": spread.and_then(|spread| spread.sd),
            })
        });
        let settings = network.settings.iter().map(|it| (it.key.clone(), json!(it.value)));
        json!({
            "name": network.name,
            "baseline": network.baseline,
            "settings": settings.collect::<serde_json::Map<_, _>>(),
            "runs": runs.len(),
            "scores": scores.collect::<Vec<_>>(),
        })
    }
}

fn measure_json(measure: &JudgedMeasure) -> Value {
    json!({
        "name": measure.name,
        "direction": match measure.direction {
            Direction::HigherIsBetter => "higher",
            Direction::LowerIsBetter => "lower",
        },
        "scale": match measure.scale {
            Scale::Fraction => "fraction",
            Scale::Percent => "percent",
            Scale::Plain { .. } => "plain",
        },
        "margin": measure.margin,
        "score": measure.place,
    })
}

fn comparison_json(comparison: &Comparison, comparisons: usize) -> Value {
    let Comparison { measure, judged, .. } = comparison;
    let interval = judged.interval.map(|(low, high)| {
        let ends = [low, high].map(|end| measure.directed(end));
        json!({
            "low": ends[0].min(ends[1]),
            "high": ends[0].max(ends[1]),
            "percent": judged.confidence_percent(),
        })
    });
    let superiority = comparison.superiority().map(|found| {
        json!({ "probability": found.probability, "low": found.interval.0, "high": found.interval.1 })
    });
    json!({
        "network": comparison.network,
        "baseline": comparison.baseline,
        "measure": measure.name,
        "verdict": judged.verdict.map(Verdict::name),
        "mean_difference": judged.difference.map(|found| measure.directed(found.mean)),
        "sd_of_differences": judged.difference.and_then(|found| found.sd),
        "interval": interval,
        "pairs": if judged.samples.is_some() { Value::Null } else { json!(judged.pairs.len()) },
        "runs": runs_json(judged),
        "test": judged.test.map(Test::name),
        "p": judged.p,
        "p_holm": judged.p_holm,
        "not_worse": judged.is_not_worse(),
        "superiority": superiority,
        "effect_size": comparison.effect_size().map(|size| measure.directed(size)),
        "seeds_needed": match judged.seeds_needed() {
            Some((SeedsNeeded::About(seeds), _)) => json!(seeds),
            Some((SeedsNeeded::TooMany, _)) => json!("more than 1000"),
            None => Value::Null,
        },
        "differs_in": comparison.settings.iter().map(|it| &it.key).collect::<Vec<_>>(),
        "is_confounded": comparison.is_confounded(),
        "sentence": comparison.conclusion(comparisons).text(),
    })
}

/// How many runs each side has, of an unpaired comparison.
fn runs_json(effect: &Effect) -> Value {
    match &effect.samples {
        Some(samples) => {
            json!({ "network": samples.candidate.len(), "baseline": samples.baseline.len() })
        }
        None => Value::Null,
    }
}
