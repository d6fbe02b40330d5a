//! Reads the training settings of a study file, which `[training]` and each network may have.

use fitroom_nn::optimizer::{Setting, SettingError, SettingValue};
use fitroom_nn::{Decay, InitialValues, Loss, Optimizer, Penalty, PenaltyScope, Schedule};

use crate::augmentation_file::read_augmentation;
use crate::keys::{Keys, NumberLimits, set};
use crate::limits::EPOCHS;
use crate::{StudyError, StudyProblem, Training};

const SCOPES: [&str; 2] = ["all", "weights"];
const MONITORS: [&str; 2] = ["accuracy", "loss"];
const NORMALISATIONS: [&str; 2] = ["0..1", "mean-std"];
const CHOICES: [&str; 2] = ["best", "last-quarter"];
/// The value of `patience` with which training never ends early. A network uses it to override
/// `[training]`.
pub(crate) const NO_PATIENCE: &str = "none";
/// The value of `train_images` and `fit_images` that leaves no image out.
pub(crate) const ALL: &str = "all";
/// Overrides `training` with the settings of a table. A setting that is a table itself, as
/// `penalty`, is replaced as a whole: keys that it leaves out get their defaults.
pub(crate) fn read_training(keys: &mut Keys, training: &mut Training) -> Result<(), StudyError> {
    set(&mut training.epochs, keys.whole("epochs", EPOCHS)?);
    set(
        &mut training.batch_size,
        keys.whole("batch_size", 1..=u32::MAX)?.map(|size| size as usize),
    );
    set(&mut training.loss, keys.word("loss", Loss::NAMES)?);
    if let Some(mut keys) = keys.table("penalty")? {
        training.penalty = Penalty::default();
        set(&mut training.penalty.l1, keys.real("l1", NumberLimits::NotNegative)?);
        set(&mut training.penalty.l2, keys.real("l2", NumberLimits::NotNegative)?);
        set(&mut training.penalty.on, keys.word::<PenaltyScope>("on", &SCOPES)?);
        keys.finish()?;
    }
    if let Some((name, settings)) = named(keys, "optimizer", Optimizer::NAMES)? {
        training.optimizer = read_optimizer(name, settings)?;
    }
    if let Some((name, settings)) = named(keys, "schedule", Decay::NAMES)? {
        training.schedule = match settings {
            Some(settings) => read_schedule(name, settings)?,
            None if name == "constant" => Schedule::default(),
            None => {
                let must = format!("a table: {{ name = \"{name}\", ... }}");
                return Err(keys.at("schedule", value_problem("schedule", "training", must, name)));
            }
        };
    }
    set(&mut training.monitor, keys.word("monitor", &MONITORS)?);
    training.patience = match keys.value("patience") {
        None => training.patience,
        Some(value) if value.get_ref().as_str() == Some(NO_PATIENCE) => None,
        Some(value) if value.get_ref().is_str() => {
            return Err(keys.wrong(
                "patience",
                value,
                format!("a whole number, 1 or above, or \"{NO_PATIENCE}\""),
            ));
        }
        Some(_) => keys.whole("patience", 1..=u32::MAX)?,
    };
    if let Some(augmentation) = read_augmentation(keys)? {
        training.augmentation = augmentation;
    }
    set(&mut training.normalise, keys.word("normalise", &NORMALISATIONS)?);
    set(&mut training.fit_images, read_some_or_all(keys, "fit_images")?);
    set(&mut training.choose, keys.word("choose", &CHOICES)?);
    set(&mut training.label_smoothing, keys.real("label_smoothing", NumberLimits::BelowOne)?);
    set(&mut training.initial_values, keys.word("initial_values", InitialValues::NAMES)?);
    Ok(())
}

/// A number of images, or `"all"`, which is `Some(None)`.
pub(crate) fn read_some_or_all(
    keys: &mut Keys,
    key: &'static str,
) -> Result<Option<Option<u32>>, StudyError> {
    match keys.value(key) {
        Some(value) if value.get_ref().as_str() == Some(ALL) => Ok(Some(None)),
        Some(value) if value.get_ref().is_str() => {
            Err(keys.wrong(key, value, format!("a whole number, 1 or above, or \"{ALL}\"")))
        }
        _ => Ok(keys.whole(key, 1..=u32::MAX)?.map(Some)),
    }
}

/// Reads `key = "name"` or `key = { name = "name", ... }`. Returns the name, which must be among
/// `known`, and the table if there is one.
fn named<'a>(
    keys: &mut Keys<'a>,
    key: &'static str,
    known: &[&'static str],
) -> Result<Option<(&'static str, Option<Keys<'a>>)>, StudyError> {
    let find = |name: &str| known.iter().copied().find(|known| *known == name);
    match keys.value(key) {
        Some(value) if value.get_ref().is_str() => {
            let word = value.get_ref().as_str().unwrap_or_default();
            let name = find(word).ok_or_else(|| keys.unknown_word(key, word, known))?;
            Ok(Some((name, None)))
        }
        Some(_) => {
            let Some(mut table) = keys.table(key)? else { return Ok(None) };
            let word = table.string("name")?;
            let word = table.required("name", word)?;
            let name = find(word).ok_or_else(|| table.unknown_word("name", word, known))?;
            Ok(Some((name, Some(table))))
        }
        None => Ok(None),
    }
}

fn read_optimizer(name: &'static str, settings: Option<Keys>) -> Result<Optimizer, StudyError> {
    let mut optimizer = Optimizer::named(name).unwrap_or_default();
    let Some(mut keys) = settings else { return Ok(optimizer) };
    for Setting { key, value } in optimizer.settings_mut() {
        match value {
            SettingValue::Number(number, limits) => set(number, keys.real(key, limits.into())?),
            SettingValue::Flag(flag) => set(flag, keys.flag(key)?),
        }
    }
    if let Err(SettingError { key, must, got }) = optimizer.check() {
        return Err(keys.at(key, value_problem(key, "the optimizer", must.to_owned(), &got)));
    }
    keys.finish()?;
    Ok(optimizer)
}

fn read_schedule(name: &str, mut keys: Keys) -> Result<Schedule, StudyError> {
    let warmup_epochs = keys.real("warmup_epochs", NumberLimits::NotNegative)?.unwrap_or_default();
    let warmup_steps = keys.whole("warmup_steps", 0..=u32::MAX)?.unwrap_or_default();
    if warmup_steps != 0 && warmup_epochs != 0.0 {
        return Err(keys.wrong_value("warmup_steps", "left out where there are `warmup_epochs`"));
    }
    let decay = match name {
        "step" => {
            let every_epochs = keys.whole("every_epochs", 1..=u32::MAX)?;
            let factor = keys.real("factor", NumberLimits::Positive)?;
            Decay::Step {
                every_epochs: keys.required("every_epochs", every_epochs)?,
                factor: keys.required("factor", factor)?,
            }
        }
        "exponential" => {
            let gamma = keys.real("gamma", NumberLimits::Positive)?;
            Decay::Exponential { gamma: keys.required("gamma", gamma)? }
        }
        "cosine" => Decay::Cosine {
            minimum: keys.real("minimum", NumberLimits::NotNegative)?.unwrap_or_default(),
        },
        "cosine-restarts" => {
            let first_epochs = keys.whole("first_epochs", 1..=u32::MAX)?;
            Decay::CosineRestarts {
                multiplier: keys.whole("multiplier", 1..=u32::MAX)?.unwrap_or(1),
                minimum: keys.real("minimum", NumberLimits::NotNegative)?.unwrap_or_default(),
                first_epochs: keys.required("first_epochs", first_epochs)?,
            }
        }
        "onecycle" => {
            for (key, warms_up) in
                [("warmup_epochs", warmup_epochs != 0.0), ("warmup_steps", warmup_steps != 0)]
            {
                if warms_up {
                    let must = "left out of `onecycle`, which begins with a rise of its own";
                    return Err(keys.wrong_value(key, must));
                }
            }
            Decay::OneCycle {
                pct_start: keys.real("pct_start", NumberLimits::BelowOne)?.unwrap_or(0.3),
                div_factor: keys.real("div_factor", NumberLimits::Positive)?.unwrap_or(25.0),
                final_div_factor: keys
                    .real("final_div_factor", NumberLimits::Positive)?
                    .unwrap_or(1e4),
            }
        }
        "plateau" => Decay::Plateau {
            factor: keys.real("factor", NumberLimits::BelowOne)?.unwrap_or(0.1),
            patience: keys.whole("patience", 0..=u32::MAX)?.unwrap_or(10),
            threshold: keys.real("threshold", NumberLimits::NotNegative)?.unwrap_or(1e-4),
            minimum: keys.real("minimum", NumberLimits::NotNegative)?.unwrap_or_default(),
        },
        "constant" => Decay::Constant,
        _ => return Err(keys.unknown_word("name", name, Decay::NAMES)),
    };
    keys.finish()?;
    Ok(Schedule { warmup_epochs, warmup_steps, decay })
}

pub(crate) fn value_problem(
    key: &'static str,
    table: &str,
    must: String,
    got: &str,
) -> StudyProblem {
    StudyProblem::Value { key, table: table.to_owned(), must, got: format!("{got:?}") }
}
