//! The settings of runs, as TensorBoard's hparams plugin shows them: a table with a row for each run, and a
//! column for each setting and each metric.

use std::collections::BTreeMap;

use super::message::{
    Experiment, HparamInfo, HparamType, HparamsData, Kind, ListValue, MetricInfo, MetricName,
    SessionEndInfo, SessionStartInfo, SessionStatus, Value,
};

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum HparamValue {
    /// A number. One that is NaN or infinite becomes a text: TensorBoard's page can't show it.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
}

/// One setting over all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct HparamColumn {
    name: String,
    kind: HparamType,
    /// All values, if they are few. TensorBoard shows a box to tick for each.
    discrete: Vec<HparamValue>,
    differs: bool,
}

/// A scalar that is shown beside the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HparamMetric {
    /// The scalar's tag. Its last value is shown.
    pub tag: String,
    /// The column's heading.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
}

/// The columns of the table of all runs. Each run's file holds it, and TensorBoard takes one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HparamTable {
    /// The settings, in the order in which they are shown.
    pub settings: Vec<HparamColumn>,
    /// The metrics, in the order in which they are shown.
    pub metrics: Vec<HparamMetric>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// It was trained to its end.
    Success,
    /// It failed, for example because it diverged.
    Failure,
}

/// Of a text with more values than this, TensorBoard gets no list to tick.
const MOST_DISCRETE: usize = 20;

impl HparamColumn {
    /// The setting of this name that has these values in the runs. Where their types differ, all values of
    /// the setting are written as text.
    pub fn of<'a>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = &'a HparamValue>,
    ) -> Self {
        let mut kind = HparamType::Unset;
        let mut distinct: Vec<HparamValue> = Vec::new();
        let mut differs = false;
        for value in values {
            kind = match kind {
                HparamType::Unset => value.kind(),
                kind if kind == value.kind() => kind,
                HparamType::String | HparamType::Bool | HparamType::Float64 => HparamType::String,
            };
            differs |= distinct.first().is_some_and(|first| first != value);
            if distinct.len() <= MOST_DISCRETE && !distinct.contains(value) {
                distinct.push(value.clone());
            }
        }
        let is_ticked = match kind {
            HparamType::String | HparamType::Bool => distinct.len() <= MOST_DISCRETE,
            HparamType::Float64 | HparamType::Unset => false,
        };
        let discrete = if is_ticked { distinct } else { Vec::new() };
        HparamColumn { name: name.into(), kind, discrete, differs }
    }

    /// A value of this setting, in the setting's type.
    fn value(&self, value: &HparamValue) -> Value {
        let kind = match (self.kind, value) {
            (HparamType::Float64, HparamValue::Number(number)) => Kind::Number(*number),
            (HparamType::Bool, HparamValue::Bool(is_set)) => Kind::Bool(*is_set),
            (
                HparamType::Float64 | HparamType::Bool | HparamType::String | HparamType::Unset,
                value,
            ) => Kind::Text(value.text()),
        };
        Value { kind: Some(kind) }
    }

    fn info(&self) -> HparamInfo {
        let values = self.discrete.iter().map(|value| self.value(value)).collect();
        HparamInfo {
            name: self.name.clone(),
            kind: self.kind.into(),
            domain_discrete: (!self.discrete.is_empty()).then_some(ListValue { values }),
            differs: self.differs,
        }
    }
}

impl HparamValue {
    fn kind(&self) -> HparamType {
        match self {
            HparamValue::Number(number) if number.is_finite() => HparamType::Float64,
            HparamValue::Number(_) | HparamValue::Text(_) => HparamType::String,
            HparamValue::Bool(_) => HparamType::Bool,
        }
    }

    fn text(&self) -> String {
        match self {
            HparamValue::Number(number) => number.to_string(),
            HparamValue::Text(text) => text.clone(),
            HparamValue::Bool(is_set) => is_set.to_string(),
        }
    }
}

impl HparamTable {
    pub(super) fn experiment(&self) -> HparamsData {
        let metric = |metric: &HparamMetric| MetricInfo {
            name: Some(MetricName { tag: metric.tag.clone() }),
            display_name: metric.name.clone(),
            description: metric.description.clone(),
        };
        HparamsData::Experiment(Experiment {
            hparam_infos: self.settings.iter().map(HparamColumn::info).collect(),
            metric_infos: self.metrics.iter().map(metric).collect(),
        })
    }

    /// The settings of one run. What has no column is left out, since TensorBoard would not show it.
    pub(super) fn start(
        &self,
        settings: &BTreeMap<String, HparamValue>,
        start_time_secs: f64,
    ) -> HparamsData {
        let columns = self.settings.iter();
        let entry = |column: &HparamColumn| {
            Some((column.name.clone(), column.value(settings.get(&column.name)?)))
        };
        let hparams = columns.filter_map(entry).collect();
        HparamsData::SessionStartInfo(SessionStartInfo { hparams, start_time_secs })
    }
}

impl SessionEnd {
    pub(super) fn end(self, end_time_secs: f64) -> HparamsData {
        let status = match self {
            SessionEnd::Success => SessionStatus::Success,
            SessionEnd::Failure => SessionStatus::Failure,
        };
        HparamsData::SessionEndInfo(SessionEndInfo { status: status.into(), end_time_secs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> HparamValue {
        HparamValue::Number(number)
    }

    fn text(text: &str) -> HparamValue {
        HparamValue::Text(text.to_owned())
    }

    fn column(values: &[HparamValue]) -> HparamColumn {
        HparamColumn::of("a", values)
    }

    #[test]
    fn a_column_has_the_type_of_its_values() {
        let cases = [
            (vec![number(1.0), number(2.0)], HparamType::Float64, true, 0),
            (vec![number(1.0), number(1.0)], HparamType::Float64, false, 0),
            (vec![text("b"), text("c"), text("b")], HparamType::String, true, 2),
            (vec![HparamValue::Bool(true)], HparamType::Bool, false, 1),
            (vec![number(3.0), text("none")], HparamType::String, true, 2),
            (vec![number(3.0), number(f64::INFINITY)], HparamType::String, true, 2),
            (vec![], HparamType::Unset, false, 0),
        ];
        for (values, kind, differs, discrete) in cases {
            let column = column(&values);
            assert_eq!((column.kind, column.differs), (kind, differs), "{values:?}");
            assert_eq!(column.discrete.len(), discrete, "{values:?}");
        }
    }

    #[test]
    fn many_texts_have_no_list_and_still_differ() {
        let texts: Vec<HparamValue> = (0..100).map(|n| text(&format!("network {n}"))).collect();
        let column = column(&texts);
        assert!(column.discrete.is_empty() && column.differs);
        assert_eq!(column.info().domain_discrete, None);
    }

    #[test]
    fn values_are_written_in_the_type_of_their_column() {
        let mixed = column(&[number(3.0), text("none"), number(f64::NAN)]);
        let kind = |value: &HparamValue| mixed.value(value).kind;
        assert_eq!(kind(&number(3.0)), Some(Kind::Text("3".into())));
        assert_eq!(kind(&number(f64::NAN)), Some(Kind::Text("NaN".into())));
        let numbers = column(&[number(0.001)]);
        assert_eq!(numbers.value(&number(0.001)).kind, Some(Kind::Number(0.001)));
        assert_eq!(numbers.value(&HparamValue::Bool(true)).kind, Some(Kind::Text("true".into())));
    }

    #[test]
    fn a_setting_that_a_run_lacks_is_left_out() {
        let settings = vec![column(&[number(1.0)]), HparamColumn::of("b", &[text("x")])];
        let table = HparamTable { settings, metrics: Vec::new() };
        let run = BTreeMap::from([("b".into(), text("x")), ("unknown".into(), text("y"))]);
        let HparamsData::SessionStartInfo(start) = table.start(&run, 7.0) else { panic!() };
        assert_eq!(start.hparams.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(start.start_time_secs, 7.0);
    }
}
