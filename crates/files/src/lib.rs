//! Files that survive a kill and a power cut, in directories that may come from anybody.
//!
//! [`replace`] writes the new content to a new file beside the old one (`NAME.Xy12ab.partial`), waits
//! until it is on the disk, renames it, and waits until the directory with the new name is on the
//! disk too. So a kill or a power cut at any time leaves the old or the new content.
//! [`regular_file::open`] follows no link. [`LockFile`] lets one process write at a time.
//!
//! ```
//! let dir = std::env::temp_dir().join(format!("fitroom-files-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let path = dir.join("scores.csv");
//!
//! fitroom_files::replace(&path, b"epoch,accuracy\n1,0.81\n")?;
//! fitroom_files::replace(&path, b"epoch,accuracy\n1,0.81\n2,0.85\n")?;
//!
//! assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 3);
//! assert_eq!(std::fs::read_dir(&dir)?.count(), 1, "nothing else is left");
//! std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod disk;
mod local_locks;
mod lock;
mod private_directory;
pub mod regular_file;
mod replacement;
mod tree;

pub use disk::{Disk, SystemDisk};
pub use local_locks::local_locks;
pub use lock::{LockError, LockFile, Sharing, lock_directory, looks_like_owner};
pub use private_directory::private_directory;
pub use replacement::{
    create_directories, leftover_of, put_in_place, remove_leftovers, replace, replace_on,
    replace_one_of_many,
};
pub use tree::sync_tree;
