//! Data sets as studies name them, and how each is found.

use std::path::{Path, PathBuf};

use crate::dataset::{Names, Part, assemble};
use crate::download::Timeouts;
use crate::folder::Folder;
use crate::places::{candidates, download_directory};
use crate::remote::{FASHION_MNIST, KMNIST, MNIST};
use crate::{DataError, Dataset, DownloadProgress, Places, Remote, csv, drawn, idx};

/// A data set as a study names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `fashion-mnist`
    FashionMnist,
    /// `mnist`
    Mnist,
    /// `kmnist`
    Kmnist,
    /// `drawn`: made by the program.
    Drawn,
    /// `idx:DIR`: a directory with the four IDX files, gzipped or not.
    Idx(PathBuf),
    /// `csv:TRAIN,TEST`: label first, then a byte a pixel.
    Csv {
        /// Training images.
        train: PathBuf,
        /// Test images.
        test: PathBuf,
    },
}

/// A file of a data set, and what is wrong with it.
#[derive(Debug)]
pub struct FileStatus {
    /// The file.
    pub path: PathBuf,
    /// `None` if it is what it should be.
    pub problem: Option<DataError>,
}

impl Source {
    /// Reads the data set, downloading it first where it has to be and can be.
    ///
    /// # Errors
    /// What could not be found, downloaded or read, and what was wrong with it.
    pub fn load(
        &self,
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        let names = |origin: String| Names {
            name: self.to_string(),
            title: self.to_string(),
            classes: None,
            origin,
        };
        match (self, self.remote()) {
            (_, Some(remote)) => {
                let folder = locate_or_download(remote, &places.directories(), progress)?;
                read_named(remote, &folder)
            }
            (Source::Idx(directory), _) => {
                let (train, test) = Folder::find(directory)?.read()?;
                assemble(names(directory.display().to_string()), train, test)
            }
            (Source::Csv { train, test }, _) => {
                let read = |path: &Path| -> Result<Part, DataError> {
                    let (images, labels) = csv::read(path)?;
                    Ok(Part {
                        images,
                        labels,
                        images_path: path.to_owned(),
                        labels_path: path.to_owned(),
                    })
                };
                let origin = format!("{} and {}", train.display(), test.display());
                assemble(names(origin), read(train)?, read(test)?)
            }
            _ => Ok(drawn::dataset()),
        }
    }

    /// Reads the data set as [`load`](Self::load) does, but does not download it.
    ///
    /// # Errors
    /// What could not be found or read, and what was wrong with it.
    pub fn load_from_disk(&self, places: &Places) -> Result<Dataset, DataError> {
        let Some(remote) = self.remote() else { return self.load(places, &mut |_| {}) };
        let looked_in = candidates(&places.directories(), remote.name, remote.torchvision);
        match remote.find(&looked_in) {
            Some(folder) => read_named(remote, &folder),
            None => Err(DataError::NotOnDisk { name: remote.name.to_owned(), looked_in }),
        }
    }

    /// Fashion-MNIST, or `drawn` with [`Dataset::stands_in_because`] where it is neither on disk
    /// nor to be downloaded: for studies that name no data set. Files that are there but damaged
    /// are an error, not a reason to draw.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_default(
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        load_or_draw(&FASHION_MNIST, &places.directories(), drawn::dataset, progress)
    }

    /// Makes sure that the data set is on disk and right, and returns its directory: `None` for
    /// `drawn`, which has none, and for `csv:`, whose files may lie apart.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn fetch(
        &self,
        places: &Places,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Option<PathBuf>, DataError> {
        if let Some(remote) = self.remote() {
            let folder = locate_or_download(remote, &places.directories(), progress)?;
            remote.read(&folder)?;
            return Ok(folder.files[0].parent().map(Path::to_owned));
        }
        self.load(places, progress)?;
        Ok(match self {
            Source::Idx(directory) => Some(directory.clone()),
            _ => None,
        })
    }

    /// Checks each file of the data set by itself, without downloading anything: none for `drawn`.
    ///
    /// # Errors
    /// If there are no such files.
    pub fn verify(&self, places: &Places) -> Result<Vec<FileStatus>, DataError> {
        if let Some(remote) = self.remote() {
            let looked_in = candidates(&places.directories(), remote.name, remote.torchvision);
            let Some(folder) = remote.find(&looked_in) else {
                return Err(DataError::NotOnDisk { name: remote.name.to_owned(), looked_in });
            };
            let check = |(index, path): (usize, PathBuf)| {
                let problem = remote.read_verified(index, &path).err();
                FileStatus { path, problem }
            };
            return Ok(folder.files.into_iter().enumerate().map(check).collect());
        }
        match self {
            Source::Idx(directory) => {
                let check = |(index, path): (usize, PathBuf)| {
                    let is_images = index % 2 == 0;
                    let problem = if is_images {
                        idx::read_images(&path).err()
                    } else {
                        idx::read_labels(&path).err()
                    };
                    FileStatus { path, problem }
                };
                Ok(Folder::find(directory)?.files.into_iter().enumerate().map(check).collect())
            }
            Source::Csv { train, test } => {
                let check = |path: &PathBuf| FileStatus {
                    path: path.clone(),
                    problem: csv::read(path).err(),
                };
                Ok(vec![check(train), check(test)])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Where a data set that is published is to be had.
    pub(crate) fn remote(&self) -> Option<&'static Remote<'static>> {
        match self {
            Source::FashionMnist => Some(&FASHION_MNIST),
            Source::Mnist => Some(&MNIST),
            Source::Kmnist => Some(&KMNIST),
            Source::Drawn | Source::Idx(_) | Source::Csv { .. } => None,
        }
    }
}

fn locate(remote: &Remote, directories: &[PathBuf]) -> Option<Folder> {
    remote.find(&candidates(directories, remote.name, remote.torchvision))
}

fn download(
    remote: &Remote,
    directories: &[PathBuf],
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Folder, DataError> {
    let directory = download_directory(directories, remote.name)?;
    remote.download(&directory, &Timeouts::default(), progress)?;
    Folder::find(&directory)
}

fn locate_or_download(
    remote: &Remote,
    directories: &[PathBuf],
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Folder, DataError> {
    locate(remote, directories).map_or_else(|| download(remote, directories, progress), Ok)
}

fn read_named(remote: &Remote, folder: &Folder) -> Result<Dataset, DataError> {
    let (train, test) = remote.read(folder)?;
    assemble(remote.names(folder), train, test)
}

fn load_or_draw(
    remote: &Remote,
    directories: &[PathBuf],
    draw: fn() -> Dataset,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    if let Some(folder) = locate(remote, directories) {
        return read_named(remote, &folder);
    }
    match download(remote, directories, progress) {
        Ok(folder) => read_named(remote, &folder),
        Err(error) => {
            let reason = match &error {
                // One mirror's reason is enough for a title; `fitroom data fetch` lists all.
                DataError::Download(error) => {
                    error.failures.first().map(|failure| failure.problem.to_string())
                }
                other => other.to_string().lines().next().map(str::to_owned),
            };
            let because = format!(
                "{} is not on disk and could not be downloaded ({})",
                remote.title,
                reason.as_deref().unwrap_or("it has no mirror")
            );
            Ok(Dataset { stands_in_because: Some(because), ..draw() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::FILE_NAMES;

    /// A data set whose mirror nobody answers at: port 9 of loopback.
    const OFFLINE: Remote = Remote { mirrors: &["http://127.0.0.1:9/"], ..FASHION_MNIST };

    fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let words = [&[magic], sizes].concat();
        [words.iter().flat_map(|word| word.to_be_bytes()).collect(), values.to_vec()].concat()
    }

    /// A directory with four small files: two training images of 1x2 and one test image.
    fn small_folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            idx(0x803, &[2, 1, 2], &[1, 2, 3, 4]),
            idx(0x801, &[2], &[1, 0]),
            idx(0x803, &[1, 1, 2], &[5, 6]),
            idx(0x801, &[1], &[1]),
        ];
        for (name, bytes) in FILE_NAMES.iter().zip(files) {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        dir
    }

    fn load(source: &Source) -> Result<Dataset, DataError> {
        source.load(&Places::default(), &mut |_| {})
    }

    #[test]
    fn a_directory_of_idx_files_is_a_data_set() {
        let dir = small_folder();
        let source = Source::Idx(dir.path().to_owned());
        let dataset = load(&source).unwrap();
        assert_eq!(dataset.name, source.to_string());
        assert_eq!(dataset.classes, ["0", "1"]);
        assert_eq!((dataset.train.labels, dataset.test.images.to_vec()), (vec![1, 0], vec![5, 6]));
        assert!(
            source.verify(&Places::default()).unwrap().iter().all(|file| file.problem.is_none())
        );

        std::fs::write(dir.path().join(FILE_NAMES[3]), idx(0x801, &[2], &[1])).unwrap();
        let status = source.verify(&Places::default()).unwrap();
        assert_eq!(
            status.iter().map(|file| file.problem.is_some()).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        assert!(matches!(load(&source), Err(DataError::Idx { .. })));
        std::fs::remove_file(dir.path().join(FILE_NAMES[3])).unwrap();
        assert!(matches!(source.verify(&Places::default()), Err(DataError::MissingFiles { .. })));
    }

    #[test]
    fn nothing_is_downloaded_to_load_from_disk() {
        let empty = tempfile::tempdir().unwrap();
        let places = Places { data_dir: Some(empty.path().to_owned()) };
        match Source::Kmnist.load_from_disk(&places) {
            Err(DataError::NotOnDisk { name, looked_in }) => {
                assert_eq!(name, "kmnist");
                assert!(looked_in.contains(&empty.path().to_owned()));
            }
            other => panic!("{other:?}"),
        }
        let dir = small_folder();
        let source = Source::Idx(dir.path().to_owned());
        assert_eq!(source.load_from_disk(&places).unwrap(), load(&source).unwrap());
    }

    #[test]
    fn two_csv_files_are_a_data_set() {
        let dir = tempfile::tempdir().unwrap();
        let [train, test] = ["train.csv", "test.csv"].map(|name| dir.path().join(name));
        std::fs::write(&train, "label,p\n1,7\n0,8\n").unwrap();
        std::fs::write(&test, "1,9\n").unwrap();
        let source = Source::Csv { train, test: test.clone() };
        let dataset = load(&source).unwrap();
        assert_eq!(
            (dataset.classes.len(), dataset.height, dataset.train.images.to_vec()),
            (2, 1, vec![7, 8])
        );
        std::fs::write(&test, "1,9\n4,9\n").unwrap();
        assert!(matches!(
            load(&source),
            Err(DataError::LabelOutOfRange { index: 1, label: 4, .. })
        ));
    }

    #[test]
    fn drawn_stands_in_only_for_what_cannot_be_had() {
        let draw_few = || drawn::draw(20, 10, 1);
        let empty = tempfile::tempdir().unwrap();
        let dataset =
            load_or_draw(&OFFLINE, &[empty.path().to_owned()], draw_few, &mut |_| {}).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.train.len()), ("drawn", 20));
        let because = dataset.stands_in_because.unwrap();
        assert!(
            because.starts_with("Fashion-MNIST is not on disk and could not be downloaded ("),
            "{because}"
        );
        assert!(
            load_or_draw(&OFFLINE, &[], draw_few, &mut |_| {}).unwrap().stands_in_because.is_some()
        );
        // Who names the data set gets it or an error.
        let error =
            locate_or_download(&OFFLINE, &[empty.path().to_owned()], &mut |_| {}).unwrap_err();
        assert!(matches!(error, DataError::Download(_)), "{error}");
        assert_eq!(draw_few().stands_in_because, None);
    }

    #[test]
    fn damaged_files_are_an_error_not_a_reason_to_draw() {
        let dir = small_folder();
        let must_not = || panic!("drew instead");
        match load_or_draw(&OFFLINE, &[dir.path().to_owned()], must_not, &mut |_| {}).unwrap_err() {
            DataError::Damaged { path, belongs_to: None, .. } => {
                assert_eq!(path, dir.path().join(FILE_NAMES[0]))
            }
            other => panic!("{other}"),
        }
    }

    /// Whether the real Fashion-MNIST can be tested with. Without it a test says that it is skipped,
    /// or fails where `FITROOM_REQUIRE_DATA=1` is set.
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
        let dataset = load(&Source::FashionMnist).unwrap();
        assert_eq!(dataset.train.class_counts(10), [6000; 10]);
        assert_eq!(dataset.test.class_counts(10), [1000; 10]);
        assert_eq!(dataset.classes[9], "Ankle boot");
        let files = Source::FashionMnist.verify(&Places::default()).unwrap();
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
        // The same, unpacked.
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
