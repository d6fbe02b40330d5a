//! The built-in studies, and how a study is found by its name.

use std::path::Path;

use fitroom_nearest::nearest;

use crate::plain_text::quoted;
use crate::reference_files::CurvePlace;
use crate::report_curves::REPORT_CURVES;
use crate::{Study, StudyError, limits};

/// The name and the file of each built-in study.
const STUDIES: [(&str, &str); 18] = [
    ("report", include_str!("../studies/report.toml")),
    ("controlled", include_str!("../studies/controlled.toml")),
    ("dropout", include_str!("../studies/dropout.toml")),
    ("penalties", include_str!("../studies/penalties.toml")),
    ("convolution", include_str!("../studies/convolution.toml")),
    ("hyperparameters", include_str!("../studies/hyperparameters.toml")),
    ("more-epochs", include_str!("../studies/more-epochs.toml")),
    ("skip", include_str!("../studies/skip.toml")),
    ("norms", include_str!("../studies/norms.toml")),
    ("activations", include_str!("../studies/activations.toml")),
    ("initial-values", include_str!("../studies/initial-values.toml")),
    ("optimizers", include_str!("../studies/optimizers.toml")),
    ("regularisers", include_str!("../studies/regularisers.toml")),
    ("cheap", include_str!("../studies/cheap.toml")),
    ("best", include_str!("../studies/best.toml")),
    ("reproduction", include_str!("../studies/reproduction.toml")),
    ("published-penalties", include_str!("../studies/published-penalties.toml")),
    ("published-convolution", include_str!("../studies/published-convolution.toml")),
];

impl Study {
    /// The names of the built-in studies.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        STUDIES.iter().map(|(name, _)| *name)
    }

    /// The file of the built-in study of this name.
    fn built_in_text(name: &str) -> Option<&'static str> {
        STUDIES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// The built-in study of this name or, if there is none, the study in the file at this path.
    ///
    /// # Errors
    /// There is neither, or the file can't be read, or it is not a valid study.
    pub fn find(name_or_path: &str) -> Result<Self, StudyError> {
        if let Some(text) = Self::built_in_text(name_or_path) {
            let curves = CurvePlace::Memory(&[REPORT_CURVES]);
            return Self::parse_with(text, &format!("{name_or_path}.toml"), curves);
        }
        let path = Path::new(name_or_path);
        if !path.exists() {
            return Err(StudyError::Unknown {
                name: name_or_path.to_owned(),
                nearest: nearest(name_or_path, Self::built_in_names()).map(str::to_owned),
                built_in: quoted(Self::built_in_names()),
            });
        }
        let text = limits::read_text(path)
            .map_err(|source| StudyError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, name_or_path)
    }
}
