//! Predictions for a picture that somebody drew, dropped or chose: what each seed's model makes of it.

use std::sync::{Arc, Mutex};

use fitroom_session::data::{Invert, ModelImages, read_picture};
use fitroom_session::prediction::{Prediction, Predictor};
use fitroom_session::report::number::{counted, percent, whole_percent};
use fitroom_session::report::view::{DatasetPart, picture_uri};
use fitroom_session::results::ResultsError;
use fitroom_session::study::StoredStudy;
use maud::{Markup, html};

use crate::error::WebError;
use crate::lock::locked;
use crate::models::KeptModels;
use crate::served::Served;

/// What the network of this slug makes of a picture's file.
///
/// # Errors
/// There is no such network, the network has no models yet, or the bytes are no picture.
pub fn of_picture(
    served: &Served,
    slug: &str,
    bytes: &[u8],
    invert: Invert,
) -> Result<Markup, WebError> {
    let dataset = served.dataset().ok_or_else(no_images)?;
    let images = ModelImages::of(dataset);
    let wrong = |error: fitroom_session::data::NewPictureError| WebError::Wrong(error.to_string());
    let picture = read_picture(bytes, &images, invert).map_err(wrong)?;
    let seen = picture_uri(dataset, &picture.pixels);
    let how = match (picture.inverted, picture.cropped) {
        (true, true) => {
            "Bright and dark were exchanged, and what lies on the background was cut out, as on training images."
        }
        (true, false) => "Bright and dark were exchanged, as on training images.",
        (false, true) => "What lies on the background was cut out, as on training images.",
        (false, false) => "",
    };
    panel(served, slug, &picture.pixels, &seen, how)
}

/// What the network of this slug makes of one of the study's own images.
///
/// # Errors
/// There is no such network or image, or the network has no models yet.
pub fn of_image(
    served: &Served,
    slug: &str,
    part: DatasetPart,
    image: usize,
) -> Result<Markup, WebError> {
    let dataset = served.dataset().ok_or_else(no_images)?;
    let images = part.images(dataset);
    let missing = || WebError::NotFound(format!("there are {}", counted(images.len(), "image")));
    let label = *images.labels.get(image).ok_or_else(missing)?;
    let len = dataset.height * dataset.width * dataset.channels;
    let pixels = &images.images[image * len..][..len];
    let seen = picture_uri(dataset, pixels);
    let words = format!("In truth it is {}.", dataset.classes[usize::from(label)]);
    panel(served, slug, pixels, &seen, &words)
}

fn no_images() -> WebError {
    WebError::NotFound(
        "the images of this study are not on disk any more, or have changed".to_owned(),
    )
}

fn panel(
    served: &Served,
    slug: &str,
    pixels: &[u8],
    seen: &str,
    words: &str,
) -> Result<Markup, WebError> {
    let loaded = served.load()?;
    let summary = loaded.summary();
    let network = summary.networks.iter().position(|network| network.slug == slug);
    let network =
        network.ok_or_else(|| WebError::NotFound("there is no such network here".to_owned()))?;
    let name = &summary.networks[network].facts.name;
    // Models are added only by runs that finish.
    let finished = summary.networks[network].finished().count() as u64;
    let predictor = served.predictor(network, name, finished)?;
    let prediction = locked(&predictor).predict(pixels)?;
    Ok(markup(&prediction, &summary.results.dataset.classes, seen, words))
}

impl Served {
    /// The models of a network. They are loaded once, and again after a change.
    fn predictor(
        &self,
        network: usize,
        name: &str,
        finished: u64,
    ) -> Result<Arc<Mutex<Predictor>>, WebError> {
        let mut kept = locked(&self.models);
        if let Some(kept) = &*kept
            && (kept.network, kept.finished) == (network, finished)
        {
            return Ok(Arc::clone(&kept.predictor));
        }
        let study = StoredStudy::open(self.path()).map_err(ResultsError::from)?;
        let predictor = Predictor::open(&study, name, self.dataset())?;
        let predictor = Arc::new(Mutex::new(predictor));
        *kept = Some(KeptModels { network, finished, predictor: Arc::clone(&predictor) });
        Ok(predictor)
    }
}

/// Most classes and most seeds in the table.
const MOST_CLASSES: usize = 10;
const MOST_SEEDS: usize = 10;

/// The most probable classes, with the probability of each seed's model.
fn markup(prediction: &Prediction, classes: &[String], seen: &str, words: &str) -> Markup {
    let highest = |probabilities: &[f32]| {
        let all = probabilities.iter().enumerate();
        all.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
    };
    if prediction.mean.iter().any(|mean| !mean.is_finite()) {
        return html! { p.note role="note" { "The outputs of at least one seed's model overflow, so there are no probabilities." } };
    }
    let best = highest(&prediction.mean);
    let agree = prediction.seeds.iter().filter(|seed| highest(&seed.probabilities) == best).count();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&a, &b| prediction.mean[b].total_cmp(&prediction.mean[a]));
    order.truncate(MOST_CLASSES);
    let shown_seeds = &prediction.seeds[..prediction.seeds.len().min(MOST_SEEDS)];
    html! {
        p { strong { (classes[best]) } ", " (whole_percent(prediction.mean[best].into())) " on average. "
            (agree) " of " (prediction.seeds.len()) (if prediction.seeds.len() == 1 { " seed says" } else { " seeds say" }) " so. " (words) }
        p { img.seen src=(seen) width="84" height="84" alt="The image as the network gets it"; }
        div.scroll tabindex="0" role="region" aria-label="Probabilities" {
            table.bars {
                caption { "Probability of each class. " @if classes.len() > order.len() { "The " (order.len()) " most probable of " (classes.len()) " classes." } }
                thead { tr {
                    th scope="col" { "class" } th scope="col" { "mean" } th scope="col" { span.unseen { "as a bar" } }
                    @for seed in shown_seeds { th scope="col" { "seed " (seed.seed) } }
                } }
                tbody {
                    @for &class in &order {
                        tr {
                            th scope="row" { (classes[class]) }
                            td { (percent(prediction.mean[class].into())) }
                            td { meter max="1" value=(format!("{:.4}", prediction.mean[class])) aria-label=(classes[class]) {} }
                            @for seed in shown_seeds { td { (whole_percent(seed.probabilities[class].into())) } }
                        }
                    }
                }
            }
        }
        @if prediction.seeds.len() > shown_seeds.len() { p { "Shown are " (shown_seeds.len()) " of " (prediction.seeds.len()) " seeds; the mean is over all." } }
    }
}
