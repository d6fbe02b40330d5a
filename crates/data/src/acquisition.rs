//! Gets a published data set from disk or from a mirror, or draws garments in its place.

use std::path::PathBuf;

use crate::assembly::{assemble, reassembled};
use crate::download::Timeouts;
use crate::places::{candidates, download_directory};
use crate::{DataError, Dataset, DownloadProgress, ReadOptions, Remote};

/// The files of a data set, from the first of `directories` that has them.
pub(crate) fn locate(remote: &Remote, directories: &[PathBuf]) -> Option<Vec<PathBuf>> {
    remote.find(&candidates(directories, remote.directory, remote.torchvision))
}

fn download(
    remote: &Remote,
    directories: &[PathBuf],
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Vec<PathBuf>, DataError> {
    let directory = download_directory(directories, remote.directory)?;
    remote.download(&directory, &Timeouts::default(), progress)?;
    let looked_in = vec![directory];
    let found = remote.find(&looked_in);
    found.ok_or_else(|| DataError::NotOnDisk { name: remote.name.to_owned(), looked_in })
}

/// The files of a data set, from the first of `directories` that has them. If none has, they are
/// downloaded.
pub(crate) fn locate_or_download(
    remote: &Remote,
    directories: &[PathBuf],
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Vec<PathBuf>, DataError> {
    locate(remote, directories).map_or_else(|| download(remote, directories, progress), Ok)
}

/// Reads a published data set from its files.
pub(crate) fn read_named(
    remote: &Remote,
    files: &[PathBuf],
    options: &ReadOptions,
) -> Result<Dataset, DataError> {
    assemble(remote.names(files), remote.read(files, options)?, options)
}

/// Reads or downloads a data set. If it is not on disk and can't be downloaded, returns the result
/// of `draw`, with the reason.
pub(crate) fn load_or_draw(
    remote: &Remote,
    options: &ReadOptions,
    directories: &[PathBuf],
    draw: fn() -> Dataset,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    if let Some(files) = locate(remote, directories) {
        return read_named(remote, &files, options);
    }
    match download(remote, directories, progress) {
        Ok(files) => read_named(remote, &files, options),
        Err(error) => {
            // The first mirror's reason is enough for a title. `fitroom data fetch` lists all.
            let reason = if let DataError::Download(error) = &error {
                error.failures.first().map(|failure| failure.problem.to_string())
            } else {
                error.to_string().lines().next().map(str::to_owned)
            };
            let because = format!(
                "{} is not on disk and could not be downloaded ({})",
                remote.title,
                reason.as_deref().unwrap_or("it has no mirror")
            );
            let drawn = Dataset { stands_in_because: Some(because), ..draw() };
            reassembled(drawn, options)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::small_folder;
    use crate::idx_folder::FILE_NAMES;
    use crate::{FASHION_MNIST, drawn};

    /// A data set whose only mirror never answers: port 9 of loopback.
    const OFFLINE: Remote = Remote { mirrors: &["http://127.0.0.1:9/"], ..FASHION_MNIST };

    #[test]
    fn drawn_stands_in_only_for_a_data_set_that_cannot_be_loaded() {
        let draw_few = || drawn::draw(20, 10, 1);
        let empty = tempfile::tempdir().unwrap();
        let dataset = load_or_draw(
            &OFFLINE,
            &ReadOptions::default(),
            &[empty.path().to_owned()],
            draw_few,
            &mut |_| {},
        )
        .unwrap();
        assert_eq!((dataset.name.as_str(), dataset.train.len()), ("drawn", 20));
        let because = dataset.stands_in_because.unwrap();
        assert!(
            because.starts_with("Fashion-MNIST is not on disk and could not be downloaded ("),
            "{because}"
        );
        assert!(
            load_or_draw(&OFFLINE, &ReadOptions::default(), &[], draw_few, &mut |_| {})
                .unwrap()
                .stands_in_because
                .is_some()
        );
        // A study that names the data set gets it or an error.
        let error =
            locate_or_download(&OFFLINE, &[empty.path().to_owned()], &mut |_| {}).unwrap_err();
        assert!(matches!(error, DataError::Download(_)), "{error}");
        assert_eq!(draw_few().stands_in_because, None);
    }

    #[test]
    fn damaged_files_are_an_error_not_a_reason_to_draw() {
        let dir = small_folder();
        let must_not = || panic!("drew instead");
        let error = load_or_draw(
            &OFFLINE,
            &ReadOptions::default(),
            &[dir.path().to_owned()],
            must_not,
            &mut |_| {},
        )
        .unwrap_err();
        let first = dir.path().join(FILE_NAMES[0]);
        assert!(
            matches!(&error, DataError::Damaged { path, belongs_to: None, .. } if *path == first),
            "{error}"
        );
    }
}
