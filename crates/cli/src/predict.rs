//! `fitroom predict`: what a trained network makes of new images.

mod rows;

use std::io::{self, Read};
use std::path::Path;
use std::thread::available_parallelism;

use fitroom_session::data::{NewImageSource, NewImages, NewPicture};
use fitroom_session::models::{FoundModels, find_models};
use fitroom_session::prediction::Predictor;
use fitroom_session::report::number::{counted_in_digits, listed_first};

use crate::Failure;
use crate::message::{complain, warn};
use crate::output::say;
use crate::predict_arguments::{InvertArgument, PredictArguments};
use rows::{Predicted, Rows};

/// Images that are read before they are predicted.
const AT_ONCE: usize = 2048;

/// Most bytes of standard input: as many as the largest IDX files have.
const MOST_INPUT_BYTES: u64 = 4 << 30;

/// What was done to the images, and how many could not be read.
#[derive(Default)]
struct Counts {
    inverted: usize,
    cropped: usize,
    unreadable: usize,
}

/// Prints the predicted class and its probability for each image.
pub fn predict(arguments: &PredictArguments) -> Result<(), Failure> {
    let found = find_models(&arguments.model.request(&arguments.places))?;
    warn_of_left_out(&found);
    let sources = arguments.images.iter().map(|path| source(path));
    let images = NewImages::list(sources.collect::<Result<_, _>>()?)?;
    for note in images.notes() {
        say(note);
    }
    let threads = threads(arguments.threads).min(images.len());
    let mut predictor = Predictor::of(found, images.len(), threads)?;
    let (mut rows, mut counts) = (Rows::new(arguments.format, &predictor)?, Counts::default());
    for first in (0..images.len()).step_by(AT_ONCE) {
        let range = first..images.len().min(first + AT_ONCE);
        let read = images.read(range.clone(), predictor.images(), arguments.invert.into());
        let (mut readable, mut pixels) = (Vec::new(), Vec::new());
        for (image, picture) in range.zip(read) {
            match picture {
                Ok(picture) => {
                    pixels.extend_from_slice(&picture.pixels);
                    counts.add(&picture);
                    readable.push((image, picture));
                }
                Err(error) => {
                    complain(&format!("{}: {error}", images.name(image)));
                    counts.unreadable += 1;
                }
            }
        }
        let predictions = predictor.predict_all(&pixels)?;
        for ((image, picture), prediction) in readable.into_iter().zip(predictions) {
            rows.add(Predicted { image: images.name(image), picture, prediction })?;
        }
    }
    rows.finish()?;
    counts.tell(images.len(), images.left_out(), arguments.invert);
    match counts.unreadable {
        0 => Ok(()),
        unreadable => Err(Failure::UnreadableImages { unreadable, images: images.len() }),
    }
}

/// The threads that are asked for, or one for each core.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from)
}

/// What a word of the command line names: standard input or a path.
fn source(path: &Path) -> Result<NewImageSource, Failure> {
    if path != Path::new("-") {
        return Ok(NewImageSource::Path(path.to_owned()));
    }
    let (name, mut bytes) = ("standard input".to_owned(), Vec::new());
    io::stdin().lock().take(MOST_INPUT_BYTES).read_to_end(&mut bytes).map_err(Failure::Input)?;
    Ok(NewImageSource::Bytes { name, bytes })
}

/// Names the seeds that do not predict.
fn warn_of_left_out(found: &FoundModels) {
    let left_out: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
    if !left_out.is_empty() {
        warn(&format!("left out: {}", listed_first(&left_out, 5)));
    }
}

impl Counts {
    fn add(&mut self, picture: &NewPicture) {
        self.inverted += usize::from(picture.inverted);
        self.cropped += usize::from(picture.cropped);
    }

    /// Says what was done, on standard error.
    fn tell(&self, images: usize, left_out: usize, invert: InvertArgument) {
        let of_all = |count| format!("{count} of {}", counted_in_digits(images, "image"));
        if self.inverted > 0 {
            let why = match invert {
                InvertArgument::Auto => {
                    ", whose border is bright where that of the training images is dark, or the reverse (--invert no leaves them)"
                }
                InvertArgument::Yes | InvertArgument::No => "",
            };
            say(&format!("inverted: {}{why}", of_all(self.inverted)));
        }
        if self.cropped > 0 {
            say(&format!("cut out of a plain background: {}", of_all(self.cropped)));
        }
        if left_out > 0 {
            say(&format!(
                "left out: {}, which are no pictures",
                counted_in_digits(left_out, "file")
            ));
        }
    }
}
