//! Published data sets: copied, downloaded, or drawn in their place.

use std::fs;
use std::path::PathBuf;

use fitroom_files::SystemDisk;

use super::tests::{Place, Watched};
use super::*;
use crate::checksum::Checksum;
use crate::fixture::small_folder;
use crate::idx_folder::FILE_NAMES;
use crate::{FASHION_MNIST, ReadOptions, Remote, RemoteFile};

/// A published data set with the files of [`small_folder`], whose only mirror never answers: port 9
/// of loopback.
fn published(use_it: impl FnOnce(&Remote)) {
    let dir = small_folder();
    let sums = FILE_NAMES.map(|name| {
        Checksum::Sha256("").compute(&fs::read(dir.path().join(name)).unwrap()[..]).unwrap()
    });
    let file = |i: usize| RemoteFile {
        name: FILE_NAMES[i],
        bytes: None,
        checksum: Checksum::Sha256(&sums[i]),
        unpacked_sha256: Some(&sums[i]),
    };
    let files = [0, 1, 2, 3].map(file);
    use_it(&Remote { files: &files, mirrors: &["http://127.0.0.1:9/"], ..FASHION_MNIST });
}

#[test]
fn a_published_data_set_is_read_from_its_copy_under_its_own_name() {
    published(|remote| {
        let place = Place::new();
        let options = ReadOptions::default();
        let files = FILE_NAMES.map(|name| place.files.path().join(name));
        let read = |disk: &Watched| {
            let stage = Stage::open(disk, place.stage.path()).unwrap();
            read_published(remote, &files, &options, &stage)
        };
        for copies in [4, 0] {
            let disk = Watched::default();
            let dataset = read(&disk).unwrap();
            assert_eq!((dataset.name.as_str(), disk.copies()), ("fashion-mnist", copies));
            assert_eq!(dataset.origin, place.files.path().display().to_string());
        }
        // A copy with other bytes is found by its checksum.
        let copy = place.copies()[0].join(FILE_NAMES[2]);
        let bytes = fs::read(&copy).unwrap();
        fs::write(&copy, vec![1; bytes.len()]).unwrap();
        let message = read(&Watched::default()).unwrap_err().to_string();
        assert!(message.starts_with("the staged copy of fashion-mnist is damaged: "), "{message}");
        // Of a damaged original, the error names the original.
        fs::write(&files[1], "damaged").unwrap();
        let error = read(&Watched::default()).unwrap_err();
        assert!(matches!(error, DataError::Damaged { path, .. } if path == files[1]));
    });
}

#[test]
fn a_study_without_a_data_set_keeps_its_meaning() {
    published(|remote| {
        let (place, options) = (Place::new(), ReadOptions::default());
        let found = [place.files.path().to_owned()];
        let load = |directories: &[PathBuf]| {
            load_default(remote, &options, directories, place.stage.path(), &mut |_| {})
        };
        assert_eq!(load(&found).unwrap().name, "fashion-mnist");
        // Nowhere on disk, and no mirror answers.
        let dataset = load(&[]).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.stands_in_because.is_some()), ("drawn", true));
        // Where it was downloaded to, it is found the next time.
        let stage = Stage::open(&SystemDisk, place.stage.path()).unwrap();
        let error = download(remote, &options, &stage, &mut |_| {}).unwrap_err();
        assert!(matches!(error, DataError::Download(_)), "{error}");
        let downloaded = stage.directory.join(remote.directory);
        for name in FILE_NAMES {
            fs::copy(place.files.path().join(name), downloaded.join(name)).unwrap();
        }
        assert_eq!(load(&[]).unwrap().name, "fashion-mnist");
        assert_eq!(download(remote, &options, &stage, &mut |_| {}).unwrap().train.len(), 2);
        // A full disk has the hint of copies.
        fs::remove_dir_all(&downloaded).unwrap();
        fs::write(&downloaded, "a file in its place").unwrap();
        let message = download(remote, &options, &stage, &mut |_| {}).unwrap_err().to_string();
        assert!(message.contains("\nhint: name another directory with --stage"), "{message}");
        // Damaged files are an error, not a reason to draw.
        fs::write(place.files.path().join(FILE_NAMES[0]), "damaged").unwrap();
        assert!(matches!(load(&found), Err(DataError::Damaged { .. })));
    });
}
