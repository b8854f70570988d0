//! The rooms together, against a listener of this project's own.

mod bounds;
mod errors;
mod live;
mod pair;
mod recordings;
mod threads;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// The password of the user that all stories are about, alice.
const PASSWORD: &str = "Password1!";

/// A directory of the test's own, gone with it.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new() -> Home {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pssession-lib-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("the temporary directory takes another");
        Home(path)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// A file in it.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("the directory takes a file");
        path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
