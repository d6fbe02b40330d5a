//! Rows of pictures of a study's images.

use fitroom_session::report::view::DatasetPart;
use maud::{Markup, html};

use super::{Context, ViewKind};

/// A picture with the words below it.
pub struct Picture {
    /// The part of the data set.
    pub part: DatasetPart,
    /// The position of the image in it, from 0.
    pub image: usize,
    /// The words below.
    pub words: String,
}

/// Pictures in rows. Each leads to “Try it”, where every seed says what it makes of the image.
pub fn pictures(context: &Context, network: Option<&str>, pictures: &[Picture]) -> Markup {
    let has_images = context.served.dataset().is_some();
    html! {
        ul.pictures {
            @for Picture { part, image, words } in pictures {
                li {
                    a href=(try_address(context, network, *part, *image)) {
                        @if has_images {
                            img src=(format!("/{}/images/{}/{image}.png", context.served.slug, part.name())) alt="" loading="lazy" width="84" height="84";
                        }
                        span { (part_words(*part)) " image " (image) } br; (words)
                    }
                }
            }
        }
        @if !has_images { p { "The images themselves are not on disk any more, or have changed." } }
    }
}

fn part_words(part: DatasetPart) -> &'static str {
    match part {
        DatasetPart::Train => "training",
        DatasetPart::Test => "test",
    }
}

fn try_address(
    context: &Context,
    network: Option<&str>,
    part: DatasetPart,
    image: usize,
) -> String {
    let image = image.to_string();
    let mut pairs = vec![(part.name(), image.as_str())];
    pairs.extend(network.map(|network| ("network", network)));
    context.address(ViewKind::TryIt, &pairs)
}
