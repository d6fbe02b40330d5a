//! “Try it”: draw, drop, paste or choose an image, and see what each seed's model makes of it.

use fitroom_session::data::ModelImages;
use fitroom_session::report::view::DatasetPart;
use maud::html;

use super::{Context, Part, View, choice};
use crate::error::WebError;
use crate::prediction::of_image;
use crate::query::Query;

pub fn view(context: &Context) -> Result<View, WebError> {
    let index = context.network("network", 0)?;
    let slug = context.summary.networks[index].slug.as_str();
    let Some(dataset) = context.served.dataset() else {
        let head = html! { h1 { "Try it" } p.note role="note" { "The images of this study are not on disk any more, or have changed. So nobody knows how a new image is to be made like them." } };
        return Ok(View::new("Try it".to_owned(), vec![Part::Own("head", head)]));
    };
    let part = DatasetPart::ALL.into_iter().find(|part| context.query.is_set(part.name()));
    let image: Option<usize> =
        part.map(|part| context.query.parsed(part.name())).transpose()?.flatten();
    let prediction =
        part.zip(image).map(|(part, image)| of_image(context.served, slug, part, image));
    let prediction = match prediction.transpose() {
        Ok(prediction) => prediction,
        Err(error) => Some(html! { p.note role="note" { (error) } }),
    };
    let surroundings = ModelImages::of(dataset).surroundings;
    let is_dark = surroundings.is_some_and(|around| around.border < 127.5);
    let images = dataset.test.len();
    let next = image.map_or(0, |image| image.saturating_add(1) % images.max(1));
    let content = html! {
        h1 { "Try it" }
        p { "Draw, drop or paste an image, or take one from the test set. Every seed of the network says what it sees." }
        form.choose method="get" {
            (choice("network", "Network", &context.networks(), slug))
            label { "Test image" input type="number" name="test" min="0" max=(images.saturating_sub(1)) value=[image.filter(|_| part == Some(DatasetPart::Test)).map(|image| image.to_string())]; }
            button { "Show" }
            a href=(format!("?{}", Query::default().with("test", Some(&next.to_string())) + "&network=" + slug)) { "Next image" }
        }
        div.try data-drop {
            div.needs-script {
                canvas #drawing width="280" height="280" tabindex="0" role="img" data-dark=(is_dark)
                    aria-label="Drawing. With keys: arrows move the pen, the space bar lowers and lifts it." {}
                p.buttons {
                    button #clear type="button" { "Clear" }
                    label { span.unseen { "A picture" } input #file type="file" accept="image/png,image/jpeg"; }
                }
            }
            div #prediction aria-live="polite" { @if let Some(prediction) = prediction { (prediction) } }
        }
    };
    Ok(View::new(
        "Try it".to_owned(),
        vec![Part::Own("try", html! { div data-keep { (content) } })],
    ))
}
