//! One event: the scalars in it, and the settings that the hparams plugin stores.
//!
//! The messages are those of TensorBoard's `event.proto`, `summary.proto`, `tensor.proto` and
//! `plugins/hparams/plugin_data.proto`.

use super::protobuf::{Fields, Value};
use crate::{RunStatus, Setting};

/// What an event says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Event {
    pub step: u64,
    pub scalars: Vec<(String, f64)>,
    /// Tags of values that are no scalars, such as images.
    pub others: Vec<String>,
    pub settings: Vec<(String, Setting)>,
    pub has_settings: bool,
    pub status: RunStatus,
    /// Some field could not be read.
    pub is_damaged: bool,
}

/// One value of a summary.
#[derive(Default)]
struct Summary<'a> {
    tag: String,
    scalar: Option<f64>,
    plugin: String,
    content: &'a [u8],
}

impl Event {
    pub fn read(message: &[u8]) -> Self {
        let mut event = Event::default();
        let mut fields = Fields::new(message);
        for (number, value) in &mut fields {
            match number {
                2 => event.step = value.varint().unwrap_or(0),
                5 => event.read_summaries(value.bytes()),
                _ => {}
            }
        }
        event.is_damaged |= fields.is_damaged();
        event
    }

    fn read_summaries(&mut self, message: &[u8]) {
        let mut fields = Fields::new(message);
        for (number, value) in &mut fields {
            if number == 1 {
                self.read_summary(value.bytes());
            }
        }
        self.is_damaged |= fields.is_damaged();
    }

    fn read_summary(&mut self, message: &[u8]) {
        let mut summary = Summary::default();
        let mut fields = Fields::new(message);
        for (number, value) in &mut fields {
            match number {
                1 => summary.tag = value.text(),
                2 => summary.scalar = value.number(),
                8 => summary.scalar = scalar_of_tensor(value.bytes()),
                9 => {
                    // SummaryMetadata.plugin_data
                    let plugin = Fields::new(value.bytes()).filter(|(number, _)| *number == 1);
                    for (number, value) in plugin.flat_map(|(_, v)| Fields::new(v.bytes())) {
                        match number {
                            1 => summary.plugin = value.text(),
                            2 => summary.content = value.bytes(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        self.is_damaged |= fields.is_damaged();
        if summary.plugin == "hparams" {
            self.read_hparams(summary.content);
        } else if let Some(scalar) = summary.scalar {
            self.scalars.push((summary.tag, scalar));
        } else {
            self.others.push(summary.tag);
        }
    }

    /// HParamsPluginData: 3 is the session's start, 4 its end.
    fn read_hparams(&mut self, message: &[u8]) {
        for (number, value) in Fields::new(message) {
            match number {
                3 => {
                    self.has_settings = true;
                    let entries = Fields::new(value.bytes()).filter(|(number, _)| *number == 1);
                    self.settings.extend(entries.filter_map(|(_, value)| setting(value.bytes())));
                }
                4 => {
                    let status = Fields::new(value.bytes()).find(|(number, _)| *number == 1);
                    self.status = match status.and_then(|(_, value)| value.varint()) {
                        Some(1) => RunStatus::Finished,
                        Some(2) => RunStatus::Crashed,
                        Some(3) => RunStatus::Unfinished,
                        _ => RunStatus::Unknown,
                    };
                }
                _ => {}
            }
        }
    }
}

/// An entry of the map of settings: name and `google.protobuf.Value`.
fn setting(message: &[u8]) -> Option<(String, Setting)> {
    let (mut name, mut setting) = (None, Setting::none());
    for (number, value) in Fields::new(message) {
        match number {
            1 => name = Some(value.text()),
            2 => {
                for (number, value) in Fields::new(value.bytes()) {
                    setting = match number {
                        2 => Setting::Number(value.number()?),
                        // SummaryWriter stores numbers as numbers, so text is meant to be text.
                        3 => Setting::text(&value.text()),
                        4 => Setting::Bool(value.varint()? != 0),
                        _ => setting,
                    };
                }
            }
            _ => {}
        }
    }
    name.map(|name| (name, setting))
}

/// The number in a tensor of one number. `None` if it is another tensor.
fn scalar_of_tensor(message: &[u8]) -> Option<f64> {
    let (mut kind, mut elements, mut content) = (0, 1_u64, &[][..]);
    let mut numbers = Vec::new();
    for (number, value) in Fields::new(message) {
        match number {
            1 => kind = value.varint()?,
            2 => {
                let dimensions = Fields::new(value.bytes()).filter(|(number, _)| *number == 2);
                for (_, dimension) in dimensions {
                    let size = Fields::new(dimension.bytes()).find(|(number, _)| *number == 1);
                    let size = size.and_then(|(_, size)| size.varint()).unwrap_or(0);
                    elements = elements.saturating_mul(size);
                }
            }
            4 => content = value.bytes(),
            // float_val, double_val, int_val, int64_val: packed or one by one.
            5 | 6 | 7 | 10 if numbers.len() < 2 => numbers.push((number, value)),
            _ => {}
        }
    }
    if elements != 1 {
        return None;
    }
    let signed = |number: u64| number as i64 as f64;
    let bytes = match numbers.first() {
        // One by one: the first number is the only one.
        Some((5 | 6, value @ (Value::Fixed32(_) | Value::Fixed64(_)))) => return value.number(),
        Some((7 | 10, Value::Varint(number))) => return Some(signed(*number)),
        Some((7 | 10, Value::Bytes(packed))) => {
            let packed = [&b"\x08"[..], packed].concat();
            return Fields::new(&packed).next().and_then(|(_, value)| value.varint()).map(signed);
        }
        Some((_, value)) => value.bytes(),
        None => content,
    };
    match kind {
        1 => Some(f32::from_le_bytes(bytes.try_into().ok()?).into()),
        2 => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
        3 => Some(i32::from_le_bytes(bytes.try_into().ok()?).into()),
        9 => Some(i64::from_le_bytes(bytes.try_into().ok()?) as f64),
        _ => None,
    }
}
