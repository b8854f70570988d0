//! What holds of the store, whatever its file has become.

use super::{Durability, FILE, Store, StoreError, policy};
use crate::access::{Access, Authentication, TrustAnchors, User};
use crate::fuzzing::Choices;
use crate::record::{
    InstanceId, PSSession, ResourceUri, RunspaceAvailability, RunspaceState, SessionId, ShellId,
    StoredSession,
};
use crate::session_option::PSSessionOption;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use uuid::Uuid;

/// A store whose file was changed, cut or replaced is read, or refused with a reason; it is never the program that fails.
pub fn store(data: &[u8]) {
    static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();
    let directory = Directory::new();
    let file = directory.0.join(FILE);
    let whole = WHOLE.get_or_init(|| whole(&directory));
    let mut choices = Choices(data);
    fs::write(&file, changed(whole, &mut choices)).unwrap_or_else(|error| panic!("{error}"));
    let read = Store::open_for_reading(&directory.0, Duration::ZERO).and_then(|mut store| store.sessions());
    check(&read);
    let written = Store::open(&directory.0).and_then(|mut store| {
        let record = policy::record(session());
        store.update(&session().key(), Durability::Kill, record)?;
        store.object_ids(&session().key())?;
        store.sessions()
    });
    check(&written);
}

fn check(read: &Result<Vec<StoredSession>, StoreError>) {
    match read {
        Ok(sessions) => assert!(sessions.iter().all(|stored| stored.session.id.is_some())),
        Err(error) => {
            assert!(!matches!(error, StoreError::Directory { .. } | StoreError::NoDirectory), "{error}")
        }
    }
}

fn changed(whole: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    if choices.below(8) == 7 {
        return choices.0.to_vec();
    }
    let mut octets = whole.to_vec();
    while !choices.is_over() {
        let at = usize::from(u16::from_le_bytes([choices.octet(), choices.octet()])) % octets.len().max(1);
        match choices.below(4) {
            0 => octets.truncate(at),
            _ => {
                let piece = choices.below(9).min(octets.len() - at);
                octets[at..at + piece].iter_mut().for_each(|octet| *octet = choices.octet());
            }
        }
    }
    octets
}

/// The file of a store with two sessions.
fn whole(directory: &Directory) -> Vec<u8> {
    let failed = |error: StoreError| -> Vec<u8> { panic!("{error}") };
    let make = || {
        let mut store = Store::open(&directory.0)?;
        let mut other = session();
        other.session.instance_id = InstanceId(Uuid::from_u128(8));
        for stored in [session(), other] {
            store.update(&stored.key(), Durability::PowerCut, policy::record(stored))?;
        }
        store.settle()
    };
    make().map_or_else(failed, |()| fs::read(directory.0.join(FILE)).unwrap_or_default())
}

fn session() -> StoredSession {
    StoredSession {
        session: PSSession {
            id: None,
            name: Some("ITTask".into()),
            instance_id: InstanceId(Uuid::from_u128(7)),
            computer_name: "Server01".into(),
            connection_uri: "http://server01:5985/wsman".into(),
            configuration_name: "ITTasks".into(),
            state: RunspaceState::Disconnected,
            availability: RunspaceAvailability::None,
            idle_timeout: Some(Duration::from_secs(7200)),
            output_buffering_mode: None,
            disconnected_on: None,
            expires_on: None,
            last_seen: None,
            command: None,
            application_private_data: None,
        },
        shell_id: ShellId("ABC".into()),
        resource_uri: ResourceUri::of_configuration("ITTasks"),
        session_id: SessionId(Uuid::from_u128(9)),
        protocol_version: None,
        max_idle_timeout: None,
        is_compressed: None,
        access: Access {
            authentication: Authentication::Negotiate,
            user: User::Named("alice".into()),
            session_option: PSSessionOption::default(),
            anchors: TrustAnchors::default(),
        },
    }
}

/// A directory that is gone with it; in memory where there is such a place, for there are thousands.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let path = parent.join(format!("pssession-fuzz-{}", Uuid::new_v4()));
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{error}"));
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
