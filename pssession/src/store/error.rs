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
    #[error("the file {} is not a session store", .0.display())]
    Foreign(PathBuf),
    #[error("the session store {} was written by an older version of this program (format {found}, this one uses {FORMAT})", .file.display())]
    Older { file: PathBuf, found: i64 },
    #[error("the session store {} was written by a newer version of this program (format {found}, this one uses {FORMAT})", .file.display())]
    Newer { file: PathBuf, found: i64 },
    #[error("the session store {} is damaged", .file.display())]
    Damaged { file: PathBuf },
    #[error("the session store {} cannot be used: {reason}", .file.display())]
    Unusable { file: PathBuf, reason: String },
}

impl StoreError {
    pub(super) fn of(file: &Path, source: &rusqlite::Error) -> StoreError {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::Foreign(file),
            Some(ErrorCode::DatabaseCorrupt) | None => StoreError::Damaged { file },
            Some(code) => StoreError::Unusable { file, reason: reason(code).to_owned() },
        }
    }
}

/// What SQLite's code means for a person.
fn reason(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another process keeps it locked",
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => "access to it is denied",
        ErrorCode::ReadOnly => "it cannot be written to",
        ErrorCode::CannotOpen => "it cannot be opened",
        ErrorCode::DiskFull => "there is no space left for it",
        ErrorCode::SystemIoFailure => "it cannot be read or written",
        _ => "it does not take what is to be recorded",
    }
}
