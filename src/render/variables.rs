//! Files that stand in for the variables of -ErrorVariable and its like: records as lines of JSON.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where records go besides being shown.
#[derive(Debug, Default)]
pub struct Variables {
    pub error: Option<VariableFile>,
    pub warning: Option<VariableFile>,
    #[expect(
        dead_code,
        reason = "the file is made, as PowerShell makes the variable; no cmdlet has information yet"
    )]
    pub information: Option<VariableFile>,
    pub out: Option<VariableFile>,
}

/// One such file.
#[derive(Debug)]
pub struct VariableFile {
    path: PathBuf,
    file: File,
}

impl VariableFile {
    /// Creates the file, or empties it unless records are to be appended.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(path: &Path, append: bool) -> io::Result<VariableFile> {
        // Always at the end, so that two parameters can name one file.
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        if !append && file.metadata()?.is_file() {
            file.set_len(0)?;
        }
        Ok(VariableFile { path: path.to_owned(), file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn line(&mut self, line: String) -> io::Result<()> {
        self.file.write_all((line + "\n").as_bytes())
    }
}
