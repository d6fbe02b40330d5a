//! Writes events.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, SystemTime};

use prost::Message;

use super::hparams::{HparamTable, HparamValue, SessionEnd};
use super::message::{
    Content, DataType, Dimension, Event, HparamsData, HparamsPluginData, Image, PluginData,
    SessionLog, SessionLogStatus, Summary, SummaryMetadata, SummaryValue, Tensor, TensorShape,
    What,
};
use super::png_image::PngImage;
use super::record::record;

/// When something was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time on the clock.
    pub time: SystemTime,
    /// The step, such as an epoch.
    pub step: u32,
}

/// Writes events to a file. Each event is one call of [`Write::write_all`], so that a reader who follows
/// the file finds whole events; `TensorBoard` waits for the rest of one that is not whole.
#[derive(Debug)]
pub struct EventWriter<W> {
    out: W,
}

/// The version of the format, which all writers write.
const VERSION: &str = "brain.Event:2";

/// The tag of a session's end.
const SESSION_END: &str = "_hparams_/session_end_info";

/// More bytes than the event of a session's end has.
const LONGEST_END: u64 = 256;

/// Whether the last event of a file is a session's end.
///
/// # Errors
/// Those of the file.
pub fn ends_session(mut file: impl Read + Seek) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_END)))?;
    let mut end = Vec::new();
    file.take(LONGEST_END).read_to_end(&mut end)?;
    Ok(end.windows(SESSION_END.len()).any(|bytes| bytes == SESSION_END.as_bytes()))
}

impl<W: Write> EventWriter<W> {
    /// Begins a file: writes the version, and that the run begins anew. TensorBoard then forgets what it
    /// read before from other files of the same directory.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(out: W, time: SystemTime) -> io::Result<Self> {
        let mut writer = EventWriter { out };
        let start = Moment { time, step: 0 };
        writer.write(start, What::FileVersion(VERSION.to_owned()))?;
        let status = SessionLogStatus::Start.into();
        writer.write(start, What::SessionLog(SessionLog { status }))?;
        Ok(writer)
    }

    /// Goes on with a file that was begun before. `out` writes to its end.
    pub fn append_to(out: W) -> Self {
        EventWriter { out }
    }

    /// Writes scalars, each with its tag, as numbers of 32 bits. TensorBoard groups tags by what stands
    /// before the first `/`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn scalars<'a>(
        &mut self,
        at: Moment,
        scalars: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> io::Result<()> {
        let value = |(tag, number): (&str, f64)| SummaryValue {
            tag: tag.to_owned(),
            metadata: None,
            content: Some(Content::SimpleValue(number as f32)),
        };
        let value: Vec<SummaryValue> = scalars.into_iter().map(value).collect();
        match value.is_empty() {
            true => Ok(()),
            false => self.write(at, What::Summary(Summary { value })),
        }
    }

    /// Writes an image.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn image(&mut self, at: Moment, tag: &str, image: PngImage) -> io::Result<()> {
        let PngImage { file, width, height, channels } = image;
        let image = Image { height, width, colorspace: channels, encoded_image_string: file };
        let content = Some(Content::Image(image));
        let value = SummaryValue { tag: tag.to_owned(), metadata: None, content };
        self.write(at, What::Summary(Summary { value: vec![value] }))
    }

    /// Writes the run's settings, and the columns of the table that they stand in.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn begin_session(
        &mut self,
        time: SystemTime,
        table: &HparamTable,
        settings: &BTreeMap<String, HparamValue>,
    ) -> io::Result<()> {
        self.hparams(time, "_hparams_/experiment", table.experiment())?;
        let start = table.start(settings, unix_seconds(time));
        self.hparams(time, "_hparams_/session_start_info", start)
    }

    /// Writes how the run ended.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end_session(&mut self, time: SystemTime, end: SessionEnd) -> io::Result<()> {
        self.hparams(time, SESSION_END, end.end(unix_seconds(time)))
    }

    /// The hparams plugin reads the metadata of a tag. The tensor is there because a value must have
    /// one.
    fn hparams(&mut self, time: SystemTime, tag: &str, data: HparamsData) -> io::Result<()> {
        let content = HparamsPluginData { data: Some(data) }.encode_to_vec();
        let plugin_data = PluginData { plugin_name: "hparams".to_owned(), content };
        let tensor_shape = Some(TensorShape { dim: vec![Dimension { size: 0 }] });
        let nothing = Tensor { dtype: DataType::Float.into(), tensor_shape };
        let value = SummaryValue {
            tag: tag.to_owned(),
            metadata: Some(SummaryMetadata { plugin_data: Some(plugin_data) }),
            content: Some(Content::Tensor(nothing)),
        };
        self.write(Moment { time, step: 0 }, What::Summary(Summary { value: vec![value] }))
    }

    fn write(&mut self, at: Moment, what: What) -> io::Result<()> {
        let Moment { time, step } = at;
        let event =
            Event { wall_time: unix_seconds(time), step: i64::from(step), what: Some(what) };
        self.out.write_all(&record(&event.encode_to_vec()))
    }
}

/// Seconds since 1970. A time before that is 0.
fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::super::{HparamColumn, HparamMetric};
    use super::*;
    use crate::tensorboard::message::{Kind, SessionStatus};

    fn at(step: u32) -> Moment {
        Moment { time: SystemTime::UNIX_EPOCH + Duration::from_millis(1500), step }
    }

    /// The events of a file.
    fn events(mut file: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some((length, rest)) = file.split_first_chunk::<8>() {
            let length = u64::from_le_bytes(*length) as usize;
            let (whole, after) = file.split_at(length + 16);
            assert_eq!(whole, record(&rest[4..][..length]), "its checksums are right");
            events.push(Event::decode(&rest[4..][..length]).unwrap());
            file = after;
        }
        events
    }

    fn written(write: impl FnOnce(&mut EventWriter<&mut Vec<u8>>)) -> Vec<Event> {
        let mut file = Vec::new();
        write(&mut EventWriter::append_to(&mut file));
        events(&file)
    }

    fn values(event: &Event) -> &[SummaryValue] {
        match &event.what {
            Some(What::Summary(summary)) => &summary.value,
            Some(What::FileVersion(_) | What::SessionLog(_)) | None => panic!("{event:?}"),
        }
    }

    #[test]
    fn a_file_begins_with_its_version_and_a_new_start() {
        let mut file = Vec::new();
        EventWriter::begin(&mut file, at(0).time).unwrap();
        let start = SessionLog { status: SessionLogStatus::Start.into() };
        let what = [What::FileVersion("brain.Event:2".into()), What::SessionLog(start)];
        let expected = what.map(|what| Event { wall_time: 1.5, step: 0, what: Some(what) });
        assert_eq!(events(&file), expected);
    }

    #[test]
    fn scalars_have_32_bits_and_may_be_anything() {
        let numbers = [0.1, 1.0 / 3.0, f64::NAN, f64::INFINITY, 1e300, -0.0, 5e-324];
        let events = written(|writer| {
            writer.scalars(at(7), numbers.map(|number| ("a/b \"größe\"\n", number))).unwrap();
        });
        assert_eq!((events.len(), events[0].step, events[0].wall_time), (1, 7, 1.5));
        let read: Vec<u32> = values(&events[0])
            .iter()
            .map(|value| match value.content {
                Some(Content::SimpleValue(number)) => number.to_bits(),
                Some(Content::Image(_) | Content::Tensor(_)) | None => panic!("{value:?}"),
            })
            .collect();
        let expected = numbers.map(|number| (number as f32).to_bits());
        assert_eq!(read, expected);
        assert!(values(&events[0]).iter().all(|value| value.tag == "a/b \"größe\"\n"));
    }

    #[test]
    fn no_scalars_are_no_event() {
        assert_eq!(written(|writer| writer.scalars(at(1), []).unwrap()), []);
    }

    #[test]
    fn a_whole_file_is_told_from_one_without_an_end() {
        let ends = |file: &[u8]| ends_session(io::Cursor::new(file)).unwrap();
        let mut file = Vec::new();
        let mut writer = EventWriter::begin(&mut file, at(0).time).unwrap();
        writer.scalars(at(1), [("a", 0.0)]).unwrap();
        let without_end = file.clone();
        EventWriter::append_to(&mut file).end_session(at(1).time, SessionEnd::Success).unwrap();
        assert!((file.len() - without_end.len()) as u64 <= LONGEST_END);
        assert!(ends(&file) && !ends(&without_end) && !ends(b""));
        let mut goes_on = file.clone();
        let image = |at: u8| {
            [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x05\0\0\0\x03\x08\x02", &[at; 999][..]].concat()
        };
        let image = PngImage::try_from(image(7)).unwrap();
        EventWriter::append_to(&mut goes_on).image(at(2), "a", image).unwrap();
        assert!(!ends(&goes_on));
    }

    #[test]
    fn an_image_has_its_size_and_its_bytes() {
        let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x05\0\0\0\x03\x08\x02";
        let image = PngImage::try_from(header.to_vec()).unwrap();
        let events = written(|writer| writer.image(at(3), "filters", image).unwrap());
        let Some(Content::Image(image)) = &values(&events[0])[0].content else { panic!() };
        assert_eq!((image.width, image.height, image.colorspace), (5, 3, 3));
        assert_eq!(image.encoded_image_string, header);
    }

    #[test]
    fn a_session_has_its_settings_and_its_end() {
        let layers = HparamValue::Text("dense 4, relu".to_owned());
        let metric = HparamMetric {
            tag: "test/accuracy".into(),
            name: "test accuracy".into(),
            description: String::new(),
        };
        let table = HparamTable {
            settings: vec![HparamColumn::of("layers", [&layers])],
            metrics: vec![metric],
        };
        let settings = BTreeMap::from([("layers".to_owned(), layers)]);
        let events = written(|writer| {
            writer.begin_session(at(0).time, &table, &settings).unwrap();
            writer.end_session(at(0).time, SessionEnd::Failure).unwrap();
        });
        let data: Vec<HparamsData> = events
            .iter()
            .map(|event| {
                let metadata = values(event)[0].metadata.as_ref().unwrap();
                let plugin = metadata.plugin_data.as_ref().unwrap();
                assert_eq!(plugin.plugin_name, "hparams");
                HparamsPluginData::decode(&plugin.content[..]).unwrap().data.unwrap()
            })
            .collect();
        let tags: Vec<&str> = events.iter().map(|event| &*values(event)[0].tag).collect();
        let names = ["experiment", "session_start_info", "session_end_info"];
        assert_eq!(tags, names.map(|name| format!("_hparams_/{name}")));
        let HparamsData::Experiment(experiment) = &data[0] else { panic!() };
        assert_eq!(experiment.hparam_infos[0].name, "layers");
        assert_eq!(experiment.metric_infos[0].name.as_ref().unwrap().tag, "test/accuracy");
        let HparamsData::SessionStartInfo(start) = &data[1] else { panic!() };
        assert_eq!(start.hparams["layers"].kind, Some(Kind::Text("dense 4, relu".into())));
        let HparamsData::SessionEndInfo(end) = &data[2] else { panic!() };
        assert_eq!((end.status(), end.end_time_secs), (SessionStatus::Failure, 1.5));
    }
}
