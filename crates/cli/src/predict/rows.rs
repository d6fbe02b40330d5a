//! Rows of predictions as a table, as CSV and as JSON lines.

use fitroom_session::data::NewPicture;
use fitroom_session::prediction::{Prediction, Predictor, SeedPrediction};
use fitroom_session::report::csv_table;
use fitroom_session::report::number::percent;
use serde::{Serialize, Serializer};

use crate::Failure;
use crate::message::plain;
use crate::output::{Rows as Table, print};
use crate::predict_arguments::PredictionFormat;

/// Classes that the table names, with their probabilities.
const SHOWN: usize = 3;

/// An image and what a network makes of it.
pub struct Predicted {
    /// The image's name.
    pub image: String,
    /// The image as the network sees it.
    pub picture: NewPicture,
    /// The probabilities.
    pub prediction: Prediction,
}

/// Prints predictions one after the other. A table is printed at the end, when its widths are known.
pub struct Rows {
    classes: Vec<String>,
    seeds: Vec<u64>,
    kind: Kind,
}

enum Kind {
    Table(Table),
    Csv,
    Jsonl,
}

/// What JSON lines and CSV say before the probabilities.
#[derive(Serialize)]
struct Line<'a> {
    image: &'a str,
    class: Option<&'a str>,
    /// The position of the class, from 0.
    label: Option<usize>,
    probability: Option<f32>,
    inverted: bool,
    cropped: bool,
}

impl Rows {
    /// Begins, with a header where there is one.
    pub fn new(format: PredictionFormat, predictor: &Predictor) -> Result<Self, Failure> {
        let (classes, seeds) =
            (predictor.classes().to_vec(), predictor.seeds().collect::<Vec<_>>());
        let kind = match format {
            PredictionFormat::Table => {
                let mut header = vec!["image".to_owned(), "class".to_owned(), "%".to_owned()];
                for place in 1..SHOWN.min(classes.len()) {
                    header.push(if place == 1 { "next" } else { "" }.to_owned());
                    header.push("%".to_owned());
                }
                if seeds.len() > 1 {
                    header.push("seeds agree".to_owned());
                }
                Kind::Table(Table::new(header))
            }
            PredictionFormat::Csv => Kind::Csv,
            PredictionFormat::Jsonl => Kind::Jsonl,
        };
        let rows = Rows { classes, seeds, kind };
        if let Kind::Csv = rows.kind {
            rows.print_csv_line(rows.csv_header())?;
        }
        Ok(rows)
    }

    /// Adds an image.
    pub fn add(&mut self, predicted: Predicted) -> Result<(), Failure> {
        match &mut self.kind {
            Kind::Table(table) => {
                table.add(cells(&predicted, &self.classes));
                Ok(())
            }
            Kind::Csv => self.print_csv_line(self.csv_cells(&predicted)),
            Kind::Jsonl => self.print_json_line(&predicted),
        }
    }

    /// Ends, and prints a table.
    pub fn finish(self) -> Result<(), Failure> {
        match self.kind {
            Kind::Table(table) => print(&table.text("")),
            Kind::Csv | Kind::Jsonl => Ok(()),
        }
    }

    fn line<'a>(&'a self, predicted: &'a Predicted) -> Line<'a> {
        let Predicted { image, picture, prediction } = predicted;
        let label = prediction.class();
        Line {
            image,
            class: label.map(|class| self.classes[class].as_str()),
            label,
            probability: label.map(|class| prediction.mean[class]),
            inverted: picture.inverted,
            cropped: picture.cropped,
        }
    }

    fn csv_header(&self) -> Vec<String> {
        let first =
            ["image", "class", "label", "probability", "inverted", "cropped"].map(str::to_owned);
        let class = |class: &String| format!("probability of {class}");
        let seed = |seed: &u64| format!("class of seed {seed}");
        let seeds = if self.seeds.len() > 1 { &self.seeds[..] } else { &[] };
        first
            .into_iter()
            .chain(self.classes.iter().map(class))
            .chain(seeds.iter().map(seed))
            .collect()
    }

    /// A number that is not known is empty.
    fn csv_cells(&self, predicted: &Predicted) -> Vec<String> {
        let Line { image, class, label, probability, inverted, cropped } = self.line(predicted);
        let name = |class: Option<usize>| {
            class.map_or("", |class| self.classes[class].as_str()).to_owned()
        };
        let first = [
            image.to_owned(),
            class.unwrap_or_default().to_owned(),
            label.map_or(String::new(), |label| label.to_string()),
            probability.map_or(String::new(), csv_table::short_number),
            inverted.to_string(),
            cropped.to_string(),
        ];
        let Prediction { seeds, mean } = &predicted.prediction;
        let of_seeds = if seeds.len() > 1 { &seeds[..] } else { &[] };
        first
            .into_iter()
            .chain(mean.iter().map(|&x| csv_table::short_number(x)))
            .chain(of_seeds.iter().map(|seed| name(seed.class())))
            .collect()
    }

    fn print_csv_line(&self, cells: Vec<String>) -> Result<(), Failure> {
        let columns = cells.iter().map(String::as_str);
        let line = csv_table::table(columns, std::iter::empty()).expect("a header is no row");
        print(&String::from_utf8_lossy(&line))
    }

    fn print_json_line<'a>(&'a self, predicted: &'a Predicted) -> Result<(), Failure> {
        let by_class = |probabilities| ByClass { classes: &self.classes, probabilities };
        let Prediction { seeds, mean } = &predicted.prediction;
        let json = JsonLine {
            line: self.line(predicted),
            probabilities: by_class(mean),
            seeds: (seeds.len() > 1).then(|| {
                let of_seed = |seed: &'a SeedPrediction| JsonSeed {
                    seed: seed.seed,
                    probabilities: ByClass {
                        classes: &self.classes,
                        probabilities: &seed.probabilities,
                    },
                };
                seeds.iter().map(of_seed).collect()
            }),
        };
        let json = serde_json::to_string(&json).expect("text and numbers become JSON");
        print(&format!("{json}\n"))
    }
}

/// A line of JSON lines. It is written as it is, since a [`serde_json::Value`] would hold 0.9 of 32 bits
/// as 0.8999999761581421.
#[derive(Serialize)]
struct JsonLine<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    probabilities: ByClass<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seeds: Option<Vec<JsonSeed<'a>>>,
}

#[derive(Serialize)]
struct JsonSeed<'a> {
    seed: u64,
    probabilities: ByClass<'a>,
}

/// An object with a number for each class. What is no number is null.
struct ByClass<'a> {
    classes: &'a [String],
    probabilities: &'a [f32],
}

impl Serialize for ByClass<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.classes.iter().zip(self.probabilities))
    }
}

/// The cells of an image in the table.
fn cells(predicted: &Predicted, classes: &[String]) -> Vec<String> {
    let Predicted { image, prediction, .. } = predicted;
    let shown = SHOWN.min(classes.len());
    let mut cells = vec![plain(image)];
    match prediction.class() {
        Some(class) => {
            let mut order: Vec<usize> = (0..classes.len()).collect();
            order.sort_by(|&a, &b| prediction.mean[b].total_cmp(&prediction.mean[a]));
            for &class in &order[..shown] {
                cells.push(classes[class].clone());
                cells.push(percent(prediction.mean[class].into()));
            }
            if prediction.seeds.len() > 1 {
                let agree = prediction.seeds.iter().filter(|seed| seed.class() == Some(class));
                cells.push(format!("{} of {}", agree.count(), prediction.seeds.len()));
            }
        }
        None => {
            cells.push("the outputs overflow".to_owned());
            let columns = 1 + 2 * shown + usize::from(prediction.seeds.len() > 1);
            cells.resize(columns, String::new());
        }
    }
    cells
}
