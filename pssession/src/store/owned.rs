//! Files whose content is acted on: what they say may be a password, or where one goes.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// What a file may be besides a regular one at its own place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// A symbolic link to one, as secrets that a container is given often are.
    Followed,
    /// Nothing else.
    Refused,
}

/// Opens a file of this user for reading.
///
/// # Errors
/// It cannot be opened, or another user may have written it.
pub fn open_owned(path: &Path, links: Links) -> io::Result<File> {
    open_with(File::options().read(true), path, links)
}

/// Opens a file as ssh opens its own: a regular one of this user or root that no other user can write to. It never
/// blocks, whatever kind of file there is.
pub(super) fn open_with(options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<File> {
    let file = open(options, path, links)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(refused("it is a directory"));
    }
    if !metadata.is_file() {
        return Err(refused(NOT_REGULAR));
    }
    check_owner(&metadata).map(|()| file)
}

const NOT_REGULAR: &str = "it is not a regular file";

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, reason)
}

/// Opening a FIFO waits for its other end without this flag; a regular file is not affected.
#[cfg(unix)]
fn open(options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<File> {
    use rustix::fs::OFlags;
    use rustix::io::Errno;
    use std::os::unix::fs::OpenOptionsExt;
    let no_follow = if links == Links::Refused { OFlags::NOFOLLOW } else { OFlags::empty() };
    let flags = (OFlags::NONBLOCK | no_follow).bits().cast_signed();
    options.custom_flags(flags).open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => refused("it is a symbolic link"),
        // A socket, or a FIFO without a reader.
        Some(Errno::NXIO) => refused(NOT_REGULAR),
        _ => error,
    })
}

/// Checks that a file or directory belongs to this user or root, and that no other user can change it.
///
/// # Errors
/// It does not, or another user can.
#[cfg(unix)]
pub(super) fn check_owner(metadata: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if ![0, rustix::process::geteuid().as_raw()].contains(&metadata.uid()) {
        return Err(refused("it belongs to another user"));
    }
    match metadata.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(refused("other users can write to it (chmod go-w fixes that)")),
    }
}

#[cfg(not(unix))]
fn open(options: &mut OpenOptions, path: &Path, _: Links) -> io::Result<File> {
    options.open(path)
}

#[cfg(not(unix))]
pub(super) fn check_owner(_: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}
