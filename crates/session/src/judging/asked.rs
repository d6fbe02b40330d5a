//! What was judged and how, as `judgement.json` holds it, so that a judgement can be made again.

use std::io::Read;
use std::path::{Path, PathBuf};

use fitroom_import::{At, Direction, TidyColumns};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{For, JudgeError, JudgeRequest, Margin, ScaleKind};

/// The value of `schema` in the JSON of a judgement.
pub const SCHEMA: &str = "fitroom-judgement";
/// The value of `version`. It grows if a field is removed or changes its meaning, and stays if one is
/// added.
pub const VERSION: u32 = 1;

/// Most bytes of a `judgement.json` that is opened again: 64 MiB.
const MOST_BYTES: u64 = 64 << 20;

/// The part of `judgement.json` that says what was asked. What else stands there is not read.
#[derive(Deserialize)]
struct AskedFile {
    schema: String,
    version: u32,
    #[serde(default)]
    sources: Option<Vec<PathBuf>>,
    #[serde(default)]
    request: Option<StoredRequest>,
}

/// A [`JudgeRequest`] as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRequest {
    network: Option<String>,
    seed: Option<String>,
    epoch: Option<String>,
    scores: Vec<String>,
    ignore: Vec<String>,
    measures: Vec<String>,
    at: String,
    directions: Vec<StoredChoice>,
    scales: Vec<StoredChoice>,
    margins: Vec<StoredChoice>,
    baseline: Option<String>,
    declared: bool,
    unpaired: bool,
}

/// Something that is said of one measure, or of all (`null`), in the words of the command line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredChoice {
    measure: Option<String>,
    value: String,
}

/// The paths of what was judged, as JSON: `null` if it was in memory, or a path is not UTF-8.
pub(super) fn sources_json(sources: Option<&[PathBuf]>) -> Value {
    let texts = sources.and_then(|paths| paths.iter().map(|path| path.to_str()).collect());
    texts.map_or(Value::Null, |texts: Vec<&str>| json!(texts))
}

/// The request as JSON.
pub(super) fn request_json(request: &JudgeRequest) -> Value {
    let TidyColumns { network, seed, epoch, mut scores } = request.columns.clone();
    // Measures are columns of scores in any case.
    scores.retain(|score| !request.measures.contains(score));
    json!(StoredRequest {
        network,
        seed,
        epoch,
        scores,
        ignore: request.ignore.clone(),
        measures: request.measures.clone(),
        at: match request.at {
            At::Best => "best",
            At::Last => "last",
        }
        .to_owned(),
        directions: choices(&request.directions, |direction| match direction {
            Direction::HigherIsBetter => "higher".to_owned(),
            Direction::LowerIsBetter => "lower".to_owned(),
        }),
        scales: choices(&request.scales, |scale| match scale {
            ScaleKind::Fraction => "fraction".to_owned(),
            ScaleKind::Percent => "percent".to_owned(),
            ScaleKind::Plain => "plain".to_owned(),
        }),
        margins: choices(&request.margins, |margin| match margin {
            Margin::Absolute(number) => number.to_string(),
            Margin::Percent(number) => format!("{number}%"),
        }),
        baseline: request.baseline.clone(),
        declared: request.is_declared,
        unpaired: request.is_unpaired,
    })
}

/// Reads what was judged, and how, from the `judgement.json` at `path`.
pub(super) fn read(path: &Path) -> Result<(Vec<PathBuf>, JudgeRequest), JudgeError> {
    let unread = |error| JudgeError::Unread { path: path.to_owned(), error };
    let wrong = |problem: String| JudgeError::NoJudgement { path: path.to_owned(), problem };
    let file = fitroom_files::regular_file::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(format!("it has more than {MOST_BYTES} bytes")));
    }
    let asked: AskedFile =
        serde_json::from_slice(&bytes).map_err(|error| wrong(shown_error(&error)))?;
    if asked.schema != SCHEMA || asked.version != VERSION {
        return Err(wrong(format!("it is not of the schema {SCHEMA}, version {VERSION}")));
    }
    let (Some(sources), Some(request)) = (asked.sources, asked.request) else {
        return Err(JudgeError::NoSources { path: path.to_owned() });
    };
    Ok((sources, request.checked().map_err(wrong)?))
}

/// The place and the kind of a mistake. The parser's own words may quote the file.
fn shown_error(error: &serde_json::Error) -> String {
    fitroom_import::shown(&error.to_string())
}

impl StoredRequest {
    fn checked(self) -> Result<JudgeRequest, String> {
        let StoredRequest { network, seed, epoch, scores, ignore, measures, baseline, .. } = self;
        Ok(JudgeRequest {
            columns: TidyColumns { network, seed, epoch, scores },
            ignore,
            measures,
            at: match self.at.as_str() {
                "best" => At::Best,
                "last" => At::Last,
                _ => return Err("`at` is neither best nor last".to_owned()),
            },
            directions: parsed(self.directions, |text| match text {
                "higher" => Ok(Direction::HigherIsBetter),
                "lower" => Ok(Direction::LowerIsBetter),
                _ => Err("a direction is neither higher nor lower".to_owned()),
            })?,
            scales: parsed(self.scales, |text| {
                text.parse().map_err(|_| "a scale is not fraction, percent or plain".to_owned())
            })?,
            margins: parsed(self.margins, |text| {
                text.parse().map_err(|_| "a margin is neither a number nor a percentage".to_owned())
            })?,
            baseline,
            is_declared: self.declared,
            is_unpaired: self.unpaired,
        })
    }
}

fn choices<T>(all: &[(For, T)], text: impl Fn(&T) -> String) -> Vec<StoredChoice> {
    let choice = |(measure, value): &(For, T)| StoredChoice {
        measure: match measure {
            For::All => None,
            For::Measure(name) => Some(name.clone()),
        },
        value: text(value),
    };
    all.iter().map(choice).collect()
}

fn parsed<T>(
    choices: Vec<StoredChoice>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<(For, T)>, String> {
    let choice = |choice: StoredChoice| {
        let measure = choice.measure.map_or(For::All, For::Measure);
        Ok((measure, parse(&choice.value)?))
    };
    choices.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{JUDGEMENT_FILE, Judgement, judge_paths, judge_runs};
    use super::*;

    fn table(dir: &Path) -> PathBuf {
        let mut table = String::from("model,seed,val_acc\n");
        for seed in 1..=8 {
            let luck = f64::from(seed * 5 % 8) / 1000.0;
            table += &format!("plain,{seed},{}\nwide,{seed},{}\n", 0.87 + luck, 0.89 + 1.1 * luck);
        }
        let path = dir.join("runs.csv");
        std::fs::write(&path, table).unwrap();
        path
    }

    fn request() -> JudgeRequest {
        let of = || For::Measure("val_acc".to_owned());
        JudgeRequest {
            columns: TidyColumns { network: Some("model".to_owned()), ..TidyColumns::default() },
            measures: vec!["val_acc".to_owned()],
            at: At::Best,
            directions: vec![(For::All, Direction::HigherIsBetter)],
            scales: vec![(of(), ScaleKind::Fraction)],
            margins: vec![(of(), Margin::Percent(0.1 + 0.2))],
            baseline: Some("plain".to_owned()),
            is_declared: true,
            ..JudgeRequest::default()
        }
    }

    #[test]
    fn what_was_written_is_judged_again_to_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let (path, out) = (table(dir.path()), dir.path().join("out"));
        let judgement = judge_paths(std::slice::from_ref(&path), &request()).unwrap();
        judgement.write(&out).unwrap();
        let (sources, again) = read(&out.join(JUDGEMENT_FILE)).unwrap();
        assert_eq!((sources, again), (vec![path.canonicalize().unwrap()], request()));
        let reopened = Judgement::reopen(&out).unwrap();
        assert_eq!(reopened.to_json(), judgement.to_json());

        std::fs::remove_file(&path).unwrap();
        let error = Judgement::reopen(&out).unwrap_err();
        assert!(matches!(error, JudgeError::SourceGone { .. }), "{error}");
    }

    #[test]
    fn a_judgement_of_runs_in_memory_or_of_an_earlier_version_has_no_sources() {
        let dir = tempfile::tempdir().unwrap();
        let columns = TidyColumns::default();
        let imported = fitroom_import::read(&table(dir.path()), &columns).unwrap();
        let out = dir.path().join("out");
        judge_runs(imported, &JudgeRequest::default()).unwrap().write(&out).unwrap();
        let error = Judgement::reopen(&out).unwrap_err();
        assert!(matches!(error, JudgeError::NoSources { .. }), "{error}");
        let old = r#"{"schema": "fitroom-judgement", "version": 1, "notes": []}"#;
        std::fs::write(out.join(JUDGEMENT_FILE), old).unwrap();
        let error = Judgement::reopen(&out).unwrap_err();
        assert!(matches!(error, JudgeError::NoSources { .. }), "{error}");
    }

    #[test]
    fn files_that_are_no_judgement_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(JUDGEMENT_FILE);
        let refused = || Judgement::reopen(dir.path()).unwrap_err();
        assert!(matches!(refused(), JudgeError::Unread { .. }));
        for text in [
            "",
            "[]",
            r#"{"schema": "other", "version": 1}"#,
            r#"{"schema": "fitroom-judgement", "version": 2}"#,
            r#"{"schema": "fitroom-judgement", "version": 1, "sources": "all"}"#,
            r#"{"schema": "fitroom-judgement", "version": 1, "sources": ["x"], "request": {}}"#,
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(refused(), JudgeError::NoJudgement { .. }), "{text}");
        }
        std::fs::write(&path, "[".repeat(1 << 20)).unwrap();
        assert!(matches!(refused(), JudgeError::NoJudgement { .. }));
        std::fs::File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert!(refused().to_string().contains("more than"), "{}", refused());
    }
}
