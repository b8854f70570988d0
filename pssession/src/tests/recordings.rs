//! What real servers and clients sent, read and written by this program.
//!
//! The recordings are not part of the project. `PSSESSION_SHARED` names the directory that has them; without it these
//! tests look at nothing and say so.

mod pipelines;
mod responses;

use std::path::{Path, PathBuf};

/// The directory of the recordings.
fn shared() -> Option<PathBuf> {
    let directory = std::env::var_os("PSSESSION_SHARED").map(PathBuf::from);
    if directory.is_none() {
        println!("PSSESSION_SHARED is not set: the recordings are left out");
    }
    directory
}

/// The files of a directory with this extension, by name.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the recordings have this directory");
    let paths = entries.map(|entry| entry.expect("the directory can be read").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no .{extension}", directory.display());
    files
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the recording can be read")
}
