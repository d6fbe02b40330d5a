//! Downloads the files of a published data set. It asks one mirror after another, resumes broken
//! downloads, and gives a file its name only after its checksum was found to be right.
//!
//! The bytes so far are kept in `NAME.part`. One process downloads at a time, and others wait for
//! the lock on `.lock`. After a kill at any time, the next process continues the download.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fitroom_files::{LockFile, SystemDisk, regular_file};
use ureq::Agent;
use ureq::http::{Response, StatusCode, header};

use crate::mirror::{DownloadError, MirrorFailure, MirrorProblem};
use crate::{DataError, Remote, RemoteFile};

/// How far a download has come.
#[derive(Clone, Debug)]
pub struct DownloadProgress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Bytes that are there already.
    pub bytes_done: u64,
    /// Bytes of the whole file, if they are known.
    pub bytes_total: Option<u64>,
}

/// Most requests to one mirror for one file. Each asks for the bytes that are still missing.
const ATTEMPTS: usize = 20;

/// How long a mirror may take before the next one is asked.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Time to look up the mirror's address, and the same time again to connect.
    pub connect: Duration,
    /// Time to send anything more.
    pub stall: Duration,
    /// Time to send 64 KiB more. A mirror that sends a byte per second never stalls, but would take
    /// a year.
    pub pace: Duration,
}

/// Bytes that a mirror must send within [`Timeouts::pace`].
const PACE_BYTES: u64 = 1 << 16;

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(8),
            stall: Duration::from_secs(20),
            pace: Duration::from_secs(60),
        }
    }
}

impl Remote<'_> {
    /// Downloads the files that `directory` does not hold yet.
    ///
    /// `progress` is called at the start of each file and after each piece. It may end the process:
    /// the bytes so far are kept.
    ///
    /// # Errors
    /// If no mirror delivered a file, what each of them answered. Or `directory` can't be written.
    pub fn download(
        &self,
        directory: &Path,
        timeouts: &Timeouts,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<(), DataError> {
        fs::create_dir_all(directory).map_err(DataError::io("create", directory))?;
        let lock_path = directory.join(".lock");
        let _lock = LockFile::wait(&SystemDisk, &lock_path)
            .map_err(|error| DataError::io("lock", &lock_path)(error.into()))?;
        let config = Agent::config_builder()
            .user_agent(concat!("fitroom/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_recv_response(Some(timeouts.stall))
            .timeout_per_read(Some(timeouts.stall))
            .build();
        let agent = Agent::new_with_config(config);
        for file in self.files {
            // Another process may have downloaded it while this one waited for the lock.
            if !directory.join(file.name).exists() {
                self.download_file(file, directory, &agent, timeouts.pace, progress)?;
            }
        }
        Ok(())
    }

    fn download_file(
        &self,
        file: &RemoteFile,
        directory: &Path,
        agent: &Agent,
        pace: Duration,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<(), DataError> {
        let mut part = PartialFile::open(directory, file, self.limit(), pace)?;
        let mut failures = Vec::new();
        for mirror in self.mirrors {
            let url = Remote::address(mirror, file);
            for attempt in 1.. {
                let before = part.bytes()?;
                let problem = match part.fetch(agent, &url, progress)? {
                    None => return part.keep(directory),
                    Some(problem) => problem,
                };
                let goes_on = match problem {
                    // The same mirror is asked for the rest as long as each attempt brings bytes.
                    MirrorProblem::BrokeOff { found, .. } => found > before,
                    // The bytes from before may have been the wrong ones. They are deleted now.
                    MirrorProblem::WrongBytes { .. } => before > 0,
                    MirrorProblem::Unreachable(_)
                    | MirrorProblem::Status(_)
                    | MirrorProblem::WebPage
                    | MirrorProblem::WrongSize { .. }
                    | MirrorProblem::TooSlow { .. } => false,
                };
                if !goes_on || attempt == ATTEMPTS {
                    failures.push(MirrorFailure { url, problem });
                    break;
                }
            }
        }
        if part.bytes()? == 0 {
            part.remove()?;
        }
        Err(DownloadError { file: file.name.to_owned(), directory: directory.to_owned(), failures }
            .into())
    }
}

/// A file that is being downloaded.
struct PartialFile<'a> {
    file: &'a RemoteFile<'a>,
    path: PathBuf,
    handle: File,
    /// The most bytes that it may have.
    limit: u64,
    pace: Duration,
}

impl<'a> PartialFile<'a> {
    fn open(
        directory: &Path,
        file: &'a RemoteFile<'a>,
        limit: u64,
        pace: Duration,
    ) -> Result<Self, DataError> {
        let path = directory.join(format!("{}.part", file.name));
        let mut options = OpenOptions::new();
        let handle = regular_file::open_with(options.read(true).write(true).create(true), &path);
        Ok(PartialFile {
            file,
            handle: handle.map_err(DataError::io("create", &path))?,
            path,
            limit,
            pace,
        })
    }

    fn bytes(&self) -> Result<u64, DataError> {
        Ok(self.handle.metadata().map_err(DataError::io("read", &self.path))?.len())
    }

    fn clear(&mut self) -> Result<(), DataError> {
        self.handle.set_len(0).map_err(DataError::io("write", &self.path))
    }

    fn remove(self) -> Result<(), DataError> {
        drop(self.handle);
        fs::remove_file(&self.path).map_err(DataError::io("remove", &self.path))
    }

    /// Asks `url` for the missing bytes. Returns `None` if the file is then complete and right.
    fn fetch(
        &mut self,
        agent: &Agent,
        url: &str,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Option<MirrorProblem>, DataError> {
        // This program never writes more bytes than the file has, so these are wrong.
        if self.bytes()? > self.file.bytes.unwrap_or(self.limit) {
            self.clear()?;
        }
        let needed = self.file.checksum.digits();
        let is_whole = match self.file.bytes {
            Some(bytes) => self.bytes()? == bytes,
            None => self.bytes()? > 0 && self.checksum()? == needed,
        };
        if !is_whole && let Some(problem) = self.request(agent, url, progress)? {
            return Ok(Some(problem));
        }
        let found = self.checksum()?;
        if found == needed {
            return Ok(None);
        }
        self.clear()?;
        let (kind, needed) = (self.file.checksum.kind(), needed.to_owned());
        Ok(Some(MirrorProblem::WrongBytes { kind, found, needed }))
    }

    fn request(
        &mut self,
        agent: &Agent,
        url: &str,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Option<MirrorProblem>, DataError> {
        let mut done = self.bytes()?;
        let name = self.file.name;
        let mut report = |bytes_done, bytes_total| {
            progress(DownloadProgress { file: name, bytes_done, bytes_total });
        };
        report(done, self.file.bytes);
        let mut request = agent.get(url);
        if done > 0 {
            request = request.header(header::RANGE, format!("bytes={done}-"));
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(Some(MirrorProblem::Unreachable(error))),
        };
        // The answer's whole head is checked before any of the bytes so far are overwritten.
        let start = match (response.status(), range_start(&response)) {
            (StatusCode::OK, _) => 0,
            (StatusCode::PARTIAL_CONTENT, Some(start)) if start <= done => start,
            (status, _) => {
                // Without a known size, the bytes so far may be more than the file has.
                if status == StatusCode::RANGE_NOT_SATISFIABLE {
                    self.clear()?;
                }
                return Ok(Some(MirrorProblem::Status(status)));
            }
        };
        if header_text(&response, header::CONTENT_TYPE).is_some_and(is_html) {
            return Ok(Some(MirrorProblem::WebPage));
        }
        let length = header_text(&response, header::CONTENT_LENGTH)
            .and_then(|length| length.parse::<u64>().ok());
        let announced = length.map(|length| start.saturating_add(length));
        let size = self.file.bytes.or(announced);
        let needed = size.unwrap_or(self.limit);
        if let Some(found) = announced.filter(|&found| found != needed || found > self.limit) {
            return Ok(Some(MirrorProblem::WrongSize { found, needed: needed.min(self.limit) }));
        }

        let write_error = || DataError::io("write", &self.path);
        self.handle.set_len(start).map_err(write_error())?;
        self.handle.seek(SeekFrom::Start(start)).map_err(write_error())?;
        done = start;
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let (mut since, mut then) = (Instant::now(), done);
        while done < needed {
            let room = buffer.len().min(usize::try_from(needed - done).unwrap_or(usize::MAX));
            match body.read(&mut buffer[..room]) {
                // A file of unknown size ends here. Its checksum says whether it is whole.
                Ok(0) if size.is_none() => break,
                Ok(0) => {
                    return Ok(Some(broke_off(
                        done,
                        needed,
                        "the connection was closed".to_owned(),
                    )));
                }
                Err(error) => return Ok(Some(broke_off(done, needed, error.to_string()))),
                Ok(n) => {
                    self.handle.write_all(&buffer[..n]).map_err(write_error())?;
                    done += n as u64;
                    report(done, size);
                    if done - then >= PACE_BYTES {
                        (since, then) = (Instant::now(), done);
                    } else if done < needed && since.elapsed() > self.pace {
                        return Ok(Some(MirrorProblem::TooSlow {
                            found: done,
                            needed,
                            pace: self.pace,
                        }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The checksum of the bytes so far.
    fn checksum(&mut self) -> Result<String, DataError> {
        let computed =
            self.handle.rewind().and_then(|()| self.file.checksum.compute(&mut self.handle));
        computed.map_err(DataError::io("read", &self.path))
    }

    /// Gives the file its name, after its content is on the disk.
    fn keep(self, directory: &Path) -> Result<(), DataError> {
        let kept = directory.join(self.file.name);
        fitroom_files::put_in_place(&SystemDisk, self.handle, &self.path, &kept)
            .map_err(DataError::io("create", &kept))
    }
}

fn broke_off(found: u64, needed: u64, reason: String) -> MirrorProblem {
    MirrorProblem::BrokeOff { found, needed, reason }
}

/// The first byte of a partial answer.
fn range_start<T>(response: &Response<T>) -> Option<u64> {
    let range = header_text(response, header::CONTENT_RANGE)?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// Whether this content type is that of a web page, in upper or lower case.
fn is_html(kind: &str) -> bool {
    kind.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
}

fn header_text<T>(response: &Response<T>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}
