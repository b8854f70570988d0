//! Marks of the sessions that processes read.
//!
//! A server keeps its last answer until the same client asks for the next, or another client takes over the session
//! (wire.md 12.1). The process after one that was killed is the same client: its first Receive would discard the answer
//! that the killed one has not seen. By its mark it knows that it has to take over as another client.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The mark of a session that this process reads. It goes with it, unless something may have been lost.
#[derive(Debug)]
pub(crate) struct Reading {
    path: PathBuf,
    /// Locked while the process lives.
    _file: File,
    is_kept: AtomicBool,
}

impl Reading {
    /// Marks a session; `None` if another process has, or where files cannot be locked.
    pub(super) fn begin(path: PathBuf) -> Option<Reading> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).ok().filter(|file| file.try_lock().is_ok())?;
        Some(Reading { path, _file: file, is_kept: AtomicBool::new(false) })
    }

    /// Whether the process that read a session has ended before its end.
    pub(super) fn was_cut(path: &Path) -> bool {
        match File::open(path).map(|file| file.try_lock()) {
            Ok(Ok(())) => true,
            Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) | Err(_) => false,
        }
    }

    /// Leaves the mark behind: not all that the server has sent was read.
    pub(crate) fn keep(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.is_kept.load(Ordering::Relaxed) {
            // One that stays costs a request.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;
    use crate::tests::Home;

    #[test]
    fn a_mark_tells_a_reader_that_was_cut_from_one_that_reads_and_one_that_has_ended() {
        let home = Home::new();
        let path = home.store();
        assert!(!Reading::was_cut(&path));
        let reading = Reading::begin(path.clone()).unwrap();
        assert!(Reading::begin(path.clone()).is_none());
        assert!(!Reading::was_cut(&path));
        reading.keep();
        drop(reading);
        assert!(Reading::was_cut(&path));
        drop(Reading::begin(path.clone()));
        assert!(!Reading::was_cut(&path));
    }
}
