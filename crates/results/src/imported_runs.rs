//! Makes results from runs that other tools logged.

use fitroom_import::{
    Curve, Grouping, ImportedRun, MeasureName, RunStatus as LoggedStatus, ScoreOf,
};

use crate::{
    EpochRecord, JudgedMeasure, MeasuredValues, NetworkFacts, Origin, Outcome, Pairing, Results,
    Run, RunStatus, Scores, ScoresAt, SeedPlan, Setting,
};

/// Runs of other tools, their groups, and how they are to be judged.
#[derive(Debug)]
pub struct ImportedResults<'a> {
    /// A short name for all of them.
    pub name: String,
    /// The runs.
    pub runs: &'a [ImportedRun],
    /// Which of them differ in nothing but the seed: each group is a network.
    pub grouping: &'a Grouping,
    /// The measures, and how each run's score is taken.
    pub measures: Vec<(ScoreOf, JudgedMeasure)>,
    /// The group that all others are compared with; `None` compares nothing.
    pub baseline: Option<usize>,
    /// How the number of seeds was decided.
    pub seed_plan: SeedPlan,
    /// Which runs belong together.
    pub pairing: Pairing,
    /// What a reader should know, as sentences without a full stop.
    pub notes: Vec<String>,
}

impl From<ImportedResults<'_>> for Results {
    /// Each group becomes a network. A run that crashed or had not ended has no score. Paired runs
    /// without a seed are left out; unpaired ones are numbered.
    fn from(imported: ImportedResults) -> Self {
        let ImportedResults { name, runs, grouping, measures, baseline, .. } = imported;
        let baseline_name = baseline.map(|group| grouping.groups[group].name.clone());
        let network = |(index, group): (usize, &fitroom_import::Group)| {
            let settings = group.settings.iter().map(|(key, value)| Setting {
                key: key.clone(),
                value: value.to_string(),
                fields: Vec::new(),
            });
            // The network's name is no setting in which networks differ.
            let is_name = |setting: &Setting| grouping.network.as_ref() == Some(&setting.key);
            NetworkFacts {
                baseline: baseline_name.clone().filter(|_| baseline != Some(index)),
                settings: settings.filter(|setting| !is_name(setting)).collect(),
                ..NetworkFacts::new(group.name.clone())
            }
        };
        let mut results = Results {
            origin: Origin::Imported,
            networks: grouping.groups.iter().enumerate().map(network).collect(),
            seed_plan: imported.seed_plan,
            pairing: imported.pairing,
            notes: imported.notes,
            ..Results::new(name)
        };
        for (index, group) in grouping.groups.iter().enumerate() {
            let mut of_network: Vec<Run> = Vec::with_capacity(group.runs.len());
            for (position, &at) in group.runs.iter().enumerate() {
                let logged = &runs[at];
                let seed = match (imported.pairing, logged.seed) {
                    (Pairing::BySeed, None) => continue,
                    (Pairing::BySeed, Some(seed)) => seed,
                    (Pairing::Unpaired, seed) => seed.unwrap_or(position as u64 + 1),
                };
                of_network.push(run(logged, index, seed, &measures));
            }
            of_network.sort_by_key(|run| run.seed);
            results.runs.append(&mut of_network);
        }
        let mut seeds: Vec<u64> = results.runs.iter().map(|run| run.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        results.seeds = seeds.len() as u32;
        results.measures = measures.into_iter().map(|(_, measure)| measure).collect();
        results
    }
}

fn run(
    logged: &ImportedRun,
    network: usize,
    seed: u64,
    measures: &[(ScoreOf, JudgedMeasure)],
) -> Run {
    let has_ended = match logged.status {
        LoggedStatus::Unknown | LoggedStatus::Finished => true,
        LoggedStatus::Crashed | LoggedStatus::Unfinished => false,
    };
    let measured = measures.iter().map(|(score, _)| MeasuredValues {
        score: logged.score(score).value().filter(|value| has_ended && value.is_finite()),
        curve: curve(&logged.curve, &score.measure),
    });
    let measured: Vec<MeasuredValues> = measured.collect();
    let epochs = epochs(&logged.curve);
    let is_finished = measured.iter().any(|values| values.score.is_some());
    let outcome = is_finished.then(|| outcome(&logged.curve, &epochs));
    Run {
        id: logged.name.clone(),
        status: if is_finished { RunStatus::Finished } else { RunStatus::Pending },
        epochs,
        outcome,
        measured,
        ..Run::new(network, seed)
    }
}

/// Epoch, or step, or the row's number, and value.
fn curve(curve: &Curve, measure: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = (1_u32..)
        .zip(curve.values(measure))
        .map(|(number, (row, value))| {
            let step = row.step.map(|step| step as f64);
            (row.epoch.or(step).unwrap_or(f64::from(number)), value)
        })
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// The losses and accuracies of each epoch, for the readings of curves. Nothing if the run has no rows
/// that are epochs one after another.
fn epochs(curve: &Curve) -> Vec<EpochRecord> {
    let fields = Fields::of(curve);
    let rows = curve.rows();
    let place = |row: usize| rows[row].epoch.or(rows[row].step.map(|step| step as f64));
    let measured = |row: &usize| fields.all().any(|measure| curve.value(*row, measure).is_some());
    let with_values: Vec<usize> = (0..rows.len()).filter(measured).collect();
    let is_next = |pair: &[usize]| {
        place(pair[0]).zip(place(pair[1])).is_some_and(|(one, next)| next == one + 1.0)
    };
    if with_values.len() < 2 || !with_values.windows(2).all(is_next) {
        return Vec::new();
    }
    let accuracies = fields
        .accuracies()
        .flat_map(|measure| with_values.iter().filter_map(move |&row| curve.value(row, measure)));
    let unit = if accuracies.into_iter().any(|accuracy| accuracy > 1.0) { 100.0 } else { 1.0 };
    let record = |(number, row): (u32, usize)| {
        let value = |measure: Option<usize>| {
            measure.and_then(|measure| curve.value(row, measure)).unwrap_or(f64::NAN)
        };
        EpochRecord {
            train_loss: value(fields.train_loss),
            train_accuracy: value(fields.train_accuracy) / unit,
            val_loss: value(fields.val_loss),
            val_accuracy: value(fields.val_accuracy) / unit,
            ..EpochRecord::new(number)
        }
    };
    (1..).zip(with_values).map(record).collect()
}

/// The scores at the best epoch by validation accuracy, and at the last.
fn outcome(curve: &Curve, epochs: &[EpochRecord]) -> Outcome {
    let scores_at = |record: Option<&EpochRecord>| match record {
        None => ScoresAt::new(1),
        Some(record) => ScoresAt {
            val: Scores { loss: record.val_loss, accuracy: record.val_accuracy },
            ..ScoresAt::new(record.epoch)
        },
    };
    let known = epochs.iter().filter(|record| record.val_accuracy.is_finite());
    let best = known.rev().max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy));
    let seconds = curve.measures().iter().find(|name| &***name == "seconds");
    let seconds = seconds.map(|name| curve.values(name).map(|(_, value)| value).sum());
    Outcome {
        best: scores_at(best.or(epochs.last())),
        last: scores_at(epochs.last()),
        seconds: seconds.unwrap_or(f64::NAN),
        inference: None,
    }
}

/// Which measures are the losses and accuracies that curves are read by.
struct Fields {
    train_loss: Option<usize>,
    train_accuracy: Option<usize>,
    val_loss: Option<usize>,
    val_accuracy: Option<usize>,
}

impl Fields {
    fn of(curve: &Curve) -> Self {
        let names: Vec<String> =
            curve.measures().iter().map(|name| MeasureName::read(name).canonical).collect();
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        Fields {
            // Keras calls them `loss` and `accuracy`.
            train_loss: find("train_loss").or_else(|| find("loss")),
            train_accuracy: find("train_accuracy").or_else(|| find("accuracy")),
            val_loss: find("val_loss"),
            val_accuracy: find("val_accuracy"),
        }
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        [self.train_loss, self.val_loss].into_iter().flatten().chain(self.accuracies())
    }

    fn accuracies(&self) -> impl Iterator<Item = usize> + use<> {
        [self.train_accuracy, self.val_accuracy].into_iter().flatten()
    }
}
