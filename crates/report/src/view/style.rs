//! The colours of figures as CSS rules.

use crate::plot::{Color, level_stylesheet, stylesheet};

/// CSS rules that colour figures on a light page: `l-` classes lines, and `f-` classes fills.
pub fn light_rules() -> String {
    stylesheet(Color::light) + &level_stylesheet(Color::light)
}

/// CSS rules that colour figures on a dark page.
pub fn dark_rules() -> String {
    stylesheet(Color::dark) + &level_stylesheet(Color::dark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pages_have_the_same_classes_in_other_colours() {
        let classes = |rules: String| {
            let rules =
                rules.split('}').filter_map(|rule| Some(rule.split_once('{')?.0.to_owned()));
            rules.collect::<Vec<_>>()
        };
        assert_eq!(classes(light_rules()), classes(dark_rules()));
        assert!(light_rules().contains(".l-n7{") && light_rules().contains(".f-level6{"));
        assert_ne!(light_rules(), dark_rules());
    }
}
