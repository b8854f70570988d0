//! Why the store cannot be used.

use super::tables::FORMAT;
use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum StoreError {
    #[error("there is no directory for the session store: set PSSESSION_STORE or HOME")]
    NoDirectory,
    #[error("the directory {} of the session store cannot be used: {source}", .directory.display())]
    Directory { directory: PathBuf, source: std::io::Error },
    #[error("{} is not a session store", .0.display())]
    Foreign(PathBuf),
    #[error("the session store {} was written by an older version of this program (format {found}, this one uses {FORMAT})", .file.display())]
    Older { file: PathBuf, found: i64 },
    #[error("the session store {} was written by a newer version of this program (format {found}, this one uses {FORMAT})", .file.display())]
    Newer { file: PathBuf, found: i64 },
    #[error("the session store {} is damaged: {reason}", .file.display())]
    Damaged { file: PathBuf, reason: String },
    #[error("the session store {} cannot be used: {source}", .file.display())]
    Unusable { file: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
}

impl StoreError {
    pub(super) fn of(file: &Path, source: rusqlite::Error) -> StoreError {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::Foreign(file),
            Some(ErrorCode::DatabaseCorrupt) | None => {
                StoreError::Damaged { file, reason: source.to_string() }
            }
            Some(_) => StoreError::Unusable { file, source: source.into() },
        }
    }
}
