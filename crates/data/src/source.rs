//! The data sets that a study can name, and how each is loaded.

use std::path::{Path, PathBuf};

use crate::acquisition::{load_or_draw, locate_or_download, read_named};
use crate::assembly::{assemble, reassembled};
use crate::format::{FileStatus, check_options};
use crate::image_files::ImageFiles;
use crate::places::candidates;
use crate::published::{FASHION_MNIST, MNIST_FAMILY, published};
use crate::{DataError, Dataset, DownloadProgress, Places, ReadOptions, Remote, drawn};

/// A data set that a study can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A published data set, named as `fashion-mnist` or `cifar10`.
    Published(&'static Remote<'static>),
    /// `drawn`: made by the program.
    Drawn,
    /// Files of the user's own, named as `idx:DIR` or `csv:TRAIN,TEST`.
    Files(ImageFiles),
}

impl Source {
    /// `fashion-mnist`
    pub const FASHION_MNIST: Source = Source::Published(&MNIST_FAMILY[0]);
    /// `mnist`
    pub const MNIST: Source = Source::Published(&MNIST_FAMILY[1]);
    /// `kmnist`
    pub const KMNIST: Source = Source::Published(&MNIST_FAMILY[2]);

    /// Reads the data set. Downloads a published one first if it is not on disk.
    ///
    /// # Errors
    /// Files that can't be found, downloaded or read, or that are wrong.
    pub fn load(
        &self,
        options: &ReadOptions,
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        match self {
            Source::Published(remote) => {
                check_options(options, &[], remote.name)?;
                let files = locate_or_download(remote, &places.directories(), progress)?;
                read_named(remote, &files, options)
            }
            Source::Drawn => {
                check_options(options, &[], "drawn")?;
                reassembled(drawn::dataset(), options)
            }
            Source::Files(files) => assemble(files.names(), files.read(options)?, options),
        }
    }

    /// Like [`load`](Self::load), but never downloads anything.
    ///
    /// # Errors
    /// Files that can't be found or read, or that are wrong.
    pub fn load_from_disk(
        &self,
        options: &ReadOptions,
        places: &Places,
    ) -> Result<Dataset, DataError> {
        let Some(remote) = self.remote() else {
            return self.load(options, places, &mut |_| {});
        };
        let looked_in = candidates(&places.directories(), remote.directory, remote.torchvision);
        match remote.find(&looked_in) {
            Some(files) => read_named(remote, &files, options),
            None => Err(DataError::NotOnDisk { name: remote.name.to_owned(), looked_in }),
        }
    }

    /// The data set of a study that names none: Fashion-MNIST. If that is not on disk and can't be
    /// downloaded, it is `drawn`, with the reason in [`Dataset::stands_in_because`]. Damaged files
    /// are an error, not a reason to draw.
    ///
    /// # Errors
    /// Files that are on disk but can't be read or are wrong.
    pub fn load_default(
        options: &ReadOptions,
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        check_options(options, &[], FASHION_MNIST.name)?;
        load_or_draw(&FASHION_MNIST, options, &places.directories(), drawn::dataset, progress)
    }

    /// Makes sure that the data set is on disk and right, and returns its directory. `None` for
    /// `drawn`, which has none, and for `csv:`, whose files may lie in two directories.
    ///
    /// # Errors
    /// Like [`load`](Self::load).
    pub fn fetch(
        &self,
        options: &ReadOptions,
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Option<PathBuf>, DataError> {
        match self {
            Source::Published(remote) => {
                let files = locate_or_download(remote, &places.directories(), progress)?;
                remote.read(&files, options)?;
                Ok(files[0].parent().map(Path::to_owned))
            }
            Source::Drawn => Ok(None),
            Source::Files(files) => {
                self.load(options, places, progress)?;
                Ok(files.directory().map(Path::to_owned))
            }
        }
    }

    /// Checks each file of the data set by itself, without downloading anything. `drawn` has no
    /// files.
    ///
    /// # Errors
    /// If files are missing.
    pub fn verify(
        &self,
        options: &ReadOptions,
        places: &Places,
    ) -> Result<Vec<FileStatus>, DataError> {
        match self {
            Source::Published(remote) => {
                let looked_in =
                    candidates(&places.directories(), remote.directory, remote.torchvision);
                let Some(files) = remote.find(&looked_in) else {
                    return Err(DataError::NotOnDisk { name: remote.name.to_owned(), looked_in });
                };
                let check = |(index, path): (usize, PathBuf)| {
                    let problem = remote.verify(index, &path).err();
                    FileStatus { path, problem }
                };
                Ok(files.into_iter().enumerate().map(check).collect())
            }
            Source::Drawn => Ok(Vec::new()),
            Source::Files(files) => files.verify(options),
        }
    }

    /// All published data sets that a study can name.
    pub fn published() -> impl Iterator<Item = Source> {
        published().map(Source::Published)
    }

    /// The mirrors and checksums of a published data set; `None` for others.
    pub(crate) fn remote(&self) -> Option<&'static Remote<'static>> {
        match self {
            Source::Published(remote) => Some(remote),
            Source::Drawn | Source::Files(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::CsvFiles;
    use crate::fixture::{idx, small_folder};
    use crate::idx_directory::IdxDirectory;
    use crate::idx_folder::FILE_NAMES;
    use crate::{KMNIST, MNIST};

    fn idx_source(directory: &Path) -> Source {
        Source::Files(ImageFiles::Idx(IdxDirectory(directory.to_owned())))
    }

    fn load(source: &Source) -> Result<Dataset, DataError> {
        source.load(&ReadOptions::default(), &Places::default(), &mut |_| {})
    }

    #[test]
    fn a_directory_of_idx_files_is_a_data_set() {
        let dir = small_folder();
        let source = idx_source(dir.path());
        let dataset = load(&source).unwrap();
        assert_eq!(dataset.name, source.to_string());
        assert_eq!(dataset.classes, ["0", "1"]);
        assert_eq!((dataset.train.labels, dataset.test.images.to_vec()), (vec![1, 0], vec![5, 6]));
        assert!(
            source
                .verify(&ReadOptions::default(), &Places::default())
                .unwrap()
                .iter()
                .all(|file| file.problem.is_none())
        );

        std::fs::write(dir.path().join(FILE_NAMES[3]), idx(0x801, &[2], &[1])).unwrap();
        let status = source.verify(&ReadOptions::default(), &Places::default()).unwrap();
        assert_eq!(
            status.iter().map(|file| file.problem.is_some()).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        assert!(matches!(load(&source), Err(DataError::WrongFile { .. })));
        std::fs::remove_file(dir.path().join(FILE_NAMES[3])).unwrap();
        assert!(matches!(
            source.verify(&ReadOptions::default(), &Places::default()),
            Err(DataError::MissingFiles { .. })
        ));
    }

    #[test]
    fn nothing_is_downloaded_to_load_from_disk() {
        let empty = tempfile::tempdir().unwrap();
        let places = Places { data_dir: Some(empty.path().to_owned()) };
        match Source::KMNIST.load_from_disk(&ReadOptions::default(), &places) {
            Err(DataError::NotOnDisk { name, looked_in }) => {
                assert_eq!(name, "kmnist");
                assert!(looked_in.contains(&empty.path().to_owned()));
            }
            other => panic!("{other:?}"),
        }
        let dir = small_folder();
        let source = idx_source(dir.path());
        assert_eq!(
            source.load_from_disk(&ReadOptions::default(), &places).unwrap(),
            load(&source).unwrap()
        );
    }

    #[test]
    fn drawn_garments_are_read_like_files() {
        let drawn = drawn::draw(40, 20, 1);
        let mut options = ReadOptions::default();
        assert_eq!(reassembled(drawn.clone(), &options).unwrap(), drawn);
        options.resize = Some("14x10".parse().unwrap());
        let scaled = reassembled(drawn.clone(), &options).unwrap();
        assert_eq!((scaled.height, scaled.width, scaled.test.images.len()), (14, 10, 20 * 140));
        assert_eq!(scaled.train.labels, drawn.train.labels);
        options.resize = Some("65535x65535".parse().unwrap());
        assert!(matches!(reassembled(drawn, &options), Err(DataError::ScaledTooLarge { .. })));
    }

    #[test]
    fn two_csv_files_are_a_data_set() {
        let dir = tempfile::tempdir().unwrap();
        let [train, test] = ["train.csv", "test.csv"].map(|name| dir.path().join(name));
        std::fs::write(&train, "label,p\nshoe,7\nhat,80\n").unwrap();
        std::fs::write(&test, "hat,9\n").unwrap();
        let files = CsvFiles { train: train.clone(), test: Some(test.clone()) };
        let source = Source::Files(ImageFiles::Csv(files));
        let dataset = load(&source).unwrap();
        assert_eq!(dataset.classes, ["hat", "shoe"]);
        assert_eq!((dataset.height, dataset.train.images.to_vec()), (1, vec![7, 80]));
        assert_eq!((dataset.train.labels, dataset.test.labels), (vec![1, 0], vec![0]));
        assert_eq!(dataset.origin, format!("{} and {}", train.display(), test.display()));
        std::fs::write(&train, "label,p\nshoe,1\nhat,8\n").unwrap();
        let origin = load(&source).unwrap().origin;
        assert!(origin.ends_with(" (pixels from 0 to 16, multiplied by 255/16)"), "{origin}");
        // A class may occur in the test images alone.
        std::fs::write(&test, "hat,9\nglove,9\n").unwrap();
        assert_eq!(load(&source).unwrap().classes, ["glove", "hat", "shoe"]);
    }

    #[test]
    fn usual_csv_files_keep_their_fingerprint() {
        let dir = tempfile::tempdir().unwrap();
        let [train, test] = ["train.csv", "test.csv"].map(|name| dir.path().join(name));
        std::fs::write(&train, "label,pixel1,pixel2,pixel3,pixel4\n1,7,0,255,3\n0,8,1,2,3\n")
            .unwrap();
        std::fs::write(&test, "label,pixel1,pixel2,pixel3,pixel4\n1,9,9,9,9\n").unwrap();
        let files = CsvFiles { train: train.clone(), test: Some(test.clone()) };
        let dataset = load(&Source::Files(ImageFiles::Csv(files))).unwrap();
        assert_eq!(dataset.classes, ["0", "1"]);
        // Studies that were trained before other kinds of CSV were read go on.
        let before = "6d2bc650d2e11a7c8a2b742251cb16d12b5532ef02f1c816c4c40f5995e37916";
        assert_eq!(dataset.fingerprint, before);
    }

    /// Whether the real Fashion-MNIST is there to test with. If not, says that the test is skipped,
    /// or panics if `FITROOM_REQUIRE_DATA=1` is set.
    fn has_real_images() -> bool {
        if std::env::var_os("FITROOM_DATA").is_some() {
            return true;
        }
        let is_required =
            std::env::var_os("FITROOM_REQUIRE_DATA").is_some_and(|value| value == "1");
        assert!(!is_required, "the real images are missing (set FITROOM_DATA)");
        eprintln!("skipped: needs the real images (set FITROOM_DATA)");
        false
    }

    #[test]
    fn the_real_files_are_recognised() {
        if !has_real_images() {
            return;
        }
        let dataset = load(&Source::FASHION_MNIST).unwrap();
        assert_eq!(dataset.train.class_counts(10), [6000; 10]);
        assert_eq!(dataset.test.class_counts(10), [1000; 10]);
        assert_eq!(dataset.classes[9], "Ankle boot");
        let files =
            Source::FASHION_MNIST.verify(&ReadOptions::default(), &Places::default()).unwrap();
        assert!(files.iter().all(|file| file.problem.is_none()));
        let as_mnist = MNIST.read_verified(3, &files[3].path).unwrap_err().to_string();
        assert!(as_mnist.contains("it is fashion-mnist's file of that name"), "{as_mnist}");
        let directory = files[3].path.parent().unwrap().to_owned();
        assert!(FASHION_MNIST.find(std::slice::from_ref(&directory)).is_some());
        assert_eq!(
            MNIST.find(&[directory]),
            None,
            "the names are MNIST's, but the contents are not"
        );
        // The same file unpacked.
        let dir = tempfile::tempdir().unwrap();
        let unpacked = dir.path().join(FILE_NAMES[3]);
        let labels = idx(0x801, &[10_000], &dataset.test.labels);
        std::fs::write(&unpacked, labels).unwrap();
        FASHION_MNIST.read_verified(3, &unpacked).unwrap();
        assert!(matches!(
            KMNIST.read_verified(2, &unpacked),
            Err(DataError::Damaged { needed: None, .. })
        ));
    }
}
