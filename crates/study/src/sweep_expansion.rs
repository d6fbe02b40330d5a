//! Expands sweeps: one `[[network]]` of a study file may stand for several networks, one per
//! combination of values.
//!
//! ```toml
//! name      = "dropout {p}, {width} wide"
//! layers    = "dense {width}, relu, dropout {p}"
//! optimizer = { name = "adam", learning_rate = "{rate}" }
//! sweep     = { p = [0.1, 0.2], width = [64, 128], rate = [0.001, 0.01] }
//! sample    = 5    # this many of the eight combinations, drawn at random; default: all
//! ```
//!
//! `{p}` may stand in any text of the network's table. A text that consists of `{p}` alone becomes
//! the value itself, so that numbers can be swept.

use std::ops::Range;

use fitroom_data::epoch_order;
use fitroom_nearest::nearest;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::keys::Keys;
use crate::limits::{Room, table_size, value_size};
use crate::plain_text::{is_plain, quoted};
use crate::{StudyError, StudyProblem, SweepPoint};

/// Most networks that one sweep may stand for.
const MOST_NETWORKS: usize = 1000;
/// Most characters of a sweep's name. More than a network's, since `{name}` may be longer than the
/// value that replaces it.
const LONGEST_NAME: usize = 200;
/// Seed of the random sample. It is not a seed of the study, since the sample is the same for all
/// of these.
const SAMPLE_SEED: u64 = 0;
const SWEEP: &str = "sweep";
const SAMPLE: &str = "sample";

/// The `[[network]]` table for one combination of values.
pub(crate) struct Point<'a> {
    pub table: DeTable<'a>,
    pub swept: Option<SweepPoint>,
}

/// A swept name and its values.
struct Variable<'a> {
    name: &'a str,
    values: &'a [Spanned<DeValue<'a>>],
}

/// The networks that `table` stands for; without a sweep, `table` itself. Fails if there is no
/// `room` for them.
pub(crate) fn expand<'a>(
    keys: &mut Keys<'a>,
    table: &'a DeTable<'a>,
    room: &mut Room,
) -> Result<Vec<Point<'a>>, StudyError> {
    let sample = keys.whole(SAMPLE, 1..=u32::MAX)?.map(|count| count as usize);
    let Some(variables) = variables(keys)? else {
        if sample.is_some() {
            return Err(keys.wrong_value(SAMPLE, "left out where there is no `sweep` to draw from"));
        }
        return Ok(vec![Point { table: table.clone(), swept: None }]);
    };
    let name = keys.string("name")?;
    let name = keys.required("name", name)?;
    if !is_plain(name) || name.chars().count() > LONGEST_NAME {
        return Err(
            keys.wrong_value("name", format!("at most {LONGEST_NAME} characters on one line"))
        );
    }
    if let Some(variable) =
        variables.iter().find(|variable| !name.contains(&placeholder(variable.name)))
    {
        let must = format!(
            "text with `{}` in it, so that each network of the sweep has its own",
            placeholder(variable.name)
        );
        return Err(keys.wrong_value("name", must));
    }
    let count = variables
        .iter()
        .map(|variable| variable.values.len())
        .try_fold(1_usize, |product, len| product.checked_mul(len));
    let count = count.unwrap_or(usize::MAX);
    // A sample is drawn from the list of all combinations, which must fit into memory.
    let most = if sample.is_some() { 1000 * MOST_NETWORKS } else { MOST_NETWORKS };
    if count > most {
        return Err(keys.wrong_value(SWEEP, format!("lists of at most {most} combinations")));
    }
    if sample.is_some_and(|sample| sample > MOST_NETWORKS) {
        return Err(keys.wrong_value(SAMPLE, format!("at most {MOST_NETWORKS}")));
    }
    let mut places: Vec<u32> = (0..count as u32).collect();
    if let Some(sample) = sample.filter(|&sample| sample < count) {
        places = epoch_order(&places, SAMPLE_SEED, 0);
        places.truncate(sample);
        places.sort_unstable();
    }
    let mut unused: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
    let size = table_size(table)
        - value_size(table.get(SWEEP).map_or(&DeValue::Boolean(false), Spanned::get_ref));
    let points = places.into_iter().map(|place| {
        let chosen = choose(&variables, place as usize);
        room.take(size).map_err(|problem| keys.at(SWEEP, problem))?;
        let mut table = table.clone();
        table.remove(SWEEP);
        table.remove(SAMPLE);
        for (key, value) in table.iter_mut() {
            let is_name = key.get_ref() == "name";
            let mut put_in = |name: &str, value: &DeValue| {
                if !is_name {
                    unused.retain(|unused| *unused != name);
                }
                room.take(value_size(value))
            };
            put(keys, key.get_ref(), value, &chosen, &mut put_in)?;
        }
        chosen
            .iter()
            .try_for_each(|(_, value)| room.take(value_size(value.get_ref())))
            .map_err(|p| keys.at(SWEEP, p))?;
        let at = chosen
            .iter()
            .map(|(name, value)| ((*name).to_owned(), text(value.get_ref())))
            .collect();
        Ok(Point { table, swept: Some(SweepPoint { of: name.to_owned(), at }) })
    });
    let points = points.collect::<Result<Vec<_>, StudyError>>()?;
    match unused.first() {
        Some(unused) => {
            let must = format!(
                "names that the network's settings have: `{}` stands in none of them",
                placeholder(unused)
            );
            Err(keys.wrong_value(SWEEP, must))
        }
        None => Ok(points),
    }
}

/// Reads a network's place in its sweep from a file in which all networks are written out.
pub(crate) fn read_point(keys: &mut Keys) -> Result<Option<SweepPoint>, StudyError> {
    let Some(mut point) = keys.table("swept")? else { return Ok(None) };
    let of = point.string("of")?;
    let of = point.required("of", of)?.to_owned();
    if !is_plain(&of) || of.chars().count() > LONGEST_NAME {
        return Err(
            point.wrong_value("of", format!("at most {LONGEST_NAME} characters on one line"))
        );
    }
    let at = point.value("at");
    let at = point.required("at", at)?;
    let is_text = |(name, value): (&Spanned<DeString>, &Spanned<DeValue>)| {
        is_variable(name.get_ref()) && value.get_ref().as_str().is_some_and(is_plain)
    };
    let entries = at.get_ref().as_table().filter(|table| table.iter().all(is_text));
    let entries =
        entries.ok_or_else(|| point.wrong("at", at, "a table of strings, each on one line"))?;
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(_, value)| value.span().start);
    let at = entries
        .iter()
        .map(|(name, value)| (name.get_ref().to_string(), text(value.get_ref())))
        .collect();
    point.finish()?;
    Ok(Some(SweepPoint { of, at }))
}

/// The names that are swept over, with their values; `None` if there is no sweep.
fn variables<'a>(keys: &mut Keys<'a>) -> Result<Option<Vec<Variable<'a>>>, StudyError> {
    let Some(value) = keys.value(SWEEP) else { return Ok(None) };
    const MUST: &str = "a table of lists, { p = [0.1, 0.2], ... }: names of letters, digits and `_`, lists of numbers, texts, true or false";
    let wrong = || keys.wrong(SWEEP, value, MUST);
    let table = value.get_ref().as_table().filter(|table| !table.is_empty()).ok_or_else(wrong)?;
    let mut variables = Vec::new();
    for (name, values) in table {
        let values =
            values.get_ref().as_array().filter(|values| !values.is_empty()).ok_or_else(wrong)?;
        let is_value = |value: &Spanned<DeValue>| {
            let value = value.get_ref();
            value.is_str() || value.is_integer() || value.is_float() || value.is_bool()
        };
        if !is_variable(name.get_ref()) || !values.iter().all(is_value) {
            return Err(wrong());
        }
        variables.push(Variable { name: name.get_ref(), values });
    }
    // In the order of the file: the parser sorts a table's keys by name.
    variables.sort_by_key(|variable| variable.values[0].span().start);
    Ok(Some(variables))
}

/// Whether this may be the name of swept values.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The combination number `place`. The last name's value changes fastest.
fn choose<'a>(
    variables: &[Variable<'a>],
    mut place: usize,
) -> Vec<(&'a str, &'a Spanned<DeValue<'a>>)> {
    let mut chosen: Vec<_> = variables
        .iter()
        .rev()
        .map(|Variable { name, values }| {
            let value = &values[place % values.len()];
            place /= values.len();
            (*name, value)
        })
        .collect();
    chosen.reverse();
    chosen
}

/// Called for each replacement, with the swept name and the value that replaces it.
type PutIn<'f> = dyn FnMut(&str, &DeValue) -> Result<(), StudyProblem> + 'f;

/// Replaces each `{name}` in `value`, the value of `key`, by the chosen value.
fn put<'a>(
    keys: &Keys,
    key: &str,
    value: &mut Spanned<DeValue<'a>>,
    chosen: &[(&str, &'a Spanned<DeValue<'a>>)],
    put_in: &mut PutIn,
) -> Result<(), StudyError> {
    let is_placeholder =
        |text: &str| chosen.iter().find(|(name, _)| text == placeholder(name)).copied();
    match value.get_mut() {
        DeValue::String(text) => match is_placeholder(text) {
            // The value keeps its place in the list of the sweep, for messages.
            Some((name, whole)) => {
                put_in(name, whole.get_ref()).map_err(|problem| keys.at(SWEEP, problem))?;
                *value = whole.clone();
            }
            None => {
                let filled = fill(text, chosen, put_in).map_err(|problem| keys.at(key, problem))?;
                *text = DeString::Owned(filled);
            }
        },
        DeValue::Array(values) => {
            for value in values.iter_mut() {
                put(keys, key, value, chosen, put_in)?;
            }
        }
        DeValue::Table(table) => {
            for (_, value) in table.iter_mut() {
                put(keys, key, value, chosen, put_in)?;
            }
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
    Ok(())
}

/// `text` with each `{name}` replaced. An unknown name is an error.
fn fill(
    text: &str,
    chosen: &[(&str, &Spanned<DeValue>)],
    put_in: &mut PutIn,
) -> Result<String, StudyProblem> {
    let unknown = |name: &str| {
        let known = || chosen.iter().map(|(name, _)| *name);
        StudyProblem::UnknownPlaceholder {
            nearest: nearest(name, known()).map(str::to_owned),
            known: quoted(known()),
            name: name.to_owned(),
        }
    };
    let (mut out, mut rest) = (String::new(), text);
    while let Some(Range { start, end }) = braces(rest) {
        let name = &rest[start + 1..end - 1];
        let (name, value) =
            chosen.iter().find(|(known, _)| *known == name).ok_or_else(|| unknown(name))?;
        put_in(name, value.get_ref())?;
        out += &rest[..start];
        out += &self::text(value.get_ref());
        rest = &rest[end..];
    }
    Ok(out + rest)
}

/// The first `{...}`.
fn braces(text: &str) -> Option<Range<usize>> {
    let start = text.find('{')?;
    Some(start..start + text[start..].find('}')? + 1)
}

fn placeholder(name: &str) -> String {
    format!("{{{name}}}")
}

/// A value as it was written, without quotes.
fn text(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().to_owned(), |number| number.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            unreachable!("only texts, numbers, true and false are swept over")
        }
    }
}

#[cfg(test)]
mod tests;
