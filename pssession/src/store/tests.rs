use super::tables::{APPLICATION_ID, FORMAT, create};
use super::*;
use crate::access::{Access, Authentication, Pins, TrustAnchors, User};
use crate::record::{
    PSSession, ProtocolVersion, ResourceUri, RunspaceAvailability, RunspaceState, SessionId, ShellId,
};
use crate::session_option::{OutputBufferingMode, PSSessionOption};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

/// A directory of the test's own, gone with it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        Directory(std::env::temp_dir().join(format!("pssession-store-{}", Uuid::new_v4())))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn session(instance: u128, client: u128) -> StoredSession {
    StoredSession {
        session: PSSession {
            id: None,
            name: Some("ITTask".into()),
            instance_id: InstanceId(Uuid::from_u128(instance)),
            computer_name: "Server01".into(),
            connection_uri: "http://server01:5985/wsman".into(),
            configuration_name: "ITTasks".into(),
            state: RunspaceState::Disconnected,
            availability: RunspaceAvailability::None,
            idle_timeout: Some(Duration::from_millis(7_200_000)),
            output_buffering_mode: Some(OutputBufferingMode::Block),
            disconnected_on: Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            expires_on: Some(UNIX_EPOCH + Duration::from_secs(1_700_007_200)),
            last_seen: Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123)),
            command: None,
            application_private_data: serde_json::from_str(r#"{"PSVersionTable":{"PSEdition":"Desktop"}}"#)
                .unwrap(),
        },
        shell_id: ShellId("ABC".into()),
        resource_uri: ResourceUri::of_configuration("ITTasks"),
        session_id: SessionId(Uuid::from_u128(client)),
        protocol_version: None,
        max_idle_timeout: Some(Duration::from_millis(2_147_483_647)),
        is_compressed: Some(true),
        access: Access {
            authentication: Authentication::Negotiate,
            user: User::Named("alice".into()),
            session_option: PSSessionOption { skip_ca_check: true, ..PSSessionOption::default() },
            anchors: TrustAnchors {
                ca_file: Some("ca.pem".into()),
                pins: Pins::parse(&"BA".repeat(32)).unwrap(),
            },
        },
    }
}

impl Store {
    fn record(&mut self, stored: &StoredSession) -> Result<Updated, StoreError> {
        self.update(&stored.key(), Durability::PowerCut, policy::record(stored.clone()))
    }

    fn claim(&mut self, stored: &StoredSession) -> Result<Updated, StoreError> {
        self.update(&stored.key(), Durability::Kill, policy::claim(stored.clone()))
    }

    fn amend(&mut self, known: &StoredSession, found: &StoredSession) -> Result<Updated, StoreError> {
        let amend = policy::amend(known.clone(), found.clone());
        self.update(&known.key(), Durability::PowerCut, amend)
    }

    fn undo(&mut self, recorded: Updated) -> Result<Updated, StoreError> {
        let key = recorded.written().key();
        self.update(&key, Durability::PowerCut, policy::undo(recorded.before))
    }
}

impl Updated {
    fn written(&self) -> &StoredSession {
        self.after.as_ref().unwrap()
    }

    fn id(&self) -> SessionNumber {
        self.written().session.id.unwrap()
    }
}

fn ids(store: &mut Store) -> Vec<u32> {
    store.sessions().unwrap().iter().map(|stored| stored.session.id.unwrap().0).collect()
}

#[test]
fn a_session_is_read_back_as_it_was_recorded() {
    let directory = Directory::new();
    let written = session(1, 7);
    let recorded = Store::open(&directory.0).unwrap().record(&written).unwrap();
    assert_eq!((recorded.id(), recorded.before), (SessionNumber(1), None));
    let mut store = Store::open(&directory.0).unwrap();
    let read = store.by_key(&written.key()).unwrap().unwrap();
    let session = PSSession { id: Some(SessionNumber(1)), ..written.session.clone() };
    assert_eq!(read, StoredSession { session, ..written });
    assert_eq!(store.by_instance(InstanceId(Uuid::from_u128(2))).unwrap(), []);
}

#[test]
fn a_record_belongs_to_its_host_and_user() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    let ours = session(1, 7);
    let with = |uri: &str, user: User, client| {
        let mut other = session(1, client);
        other.session.connection_uri = uri.into();
        other.access.user = user;
        other
    };
    let (uri, alice) = (ours.session.connection_uri.as_str(), User::Named("alice".into()));
    store.record(&ours).unwrap();
    // Another host or user has a record of its own, and a SessionId of its own.
    let others = [
        with("http://server02:5985/wsman", alice.clone(), 8),
        with(uri, User::Named("bob".into()), 9),
        with(uri, User::Current, 10),
    ];
    for (other, id) in others.iter().zip(2..) {
        let recorded = store.claim(other).unwrap();
        assert_eq!((recorded.id().0, &recorded.before), (id, &None));
        assert_eq!(recorded.written().session_id, other.session_id);
    }
    assert_eq!(store.by_instance(ours.session.instance_id).unwrap().len(), 4);
    assert_eq!(store.by_key(&ours.key()).unwrap().unwrap().session_id, ours.session_id);
    // Other ports and protocols of a host lead to the same service, and names have no letter case.
    let same = store.claim(&with("https://SERVER01:5986/wsman", User::Named("ALICE".into()), 11)).unwrap();
    assert_eq!((same.id().0, same.written().session_id), (1, ours.session_id));
    // What is done to one leaves the others.
    store.update(&others[0].key(), Durability::PowerCut, policy::forget).unwrap();
    assert_eq!(ids(&mut store), [1, 3, 4]);
}

#[test]
fn a_known_session_keeps_its_id_and_what_is_not_known_again() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    store.record(&session(1, 7)).unwrap();
    let mut again = session(1, 8);
    again.session.state = RunspaceState::Opened;
    again.session.name = None;
    again.session.idle_timeout = None;
    again.session.last_seen = None;
    again.protocol_version = Some(ProtocolVersion::V2_3);
    let recorded = store.record(&again).unwrap();
    assert_eq!(recorded.id(), SessionNumber(1));
    assert_eq!(recorded.before.as_ref().unwrap().session_id, session(1, 7).session_id);
    let read = store.by_key(&again.key()).unwrap().unwrap();
    assert_eq!(read.session.name.as_deref(), Some("ITTask"));
    assert_eq!(read.session.idle_timeout, Some(Duration::from_millis(7_200_000)));
    assert_eq!(read.session.last_seen, session(1, 7).session.last_seen);
    assert_eq!((read.session.state, read.protocol_version), (RunspaceState::Opened, again.protocol_version));
    assert_eq!(store.record(&session(2, 7)).unwrap().id(), SessionNumber(2));
}

#[test]
fn an_id_is_never_given_twice() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    for instance in 1..=3 {
        let recorded = store.record(&session(instance, 7)).unwrap();
        assert_eq!(recorded.id().0 as u128, instance);
        store.undo(recorded).unwrap();
    }
    assert_eq!(ids(&mut store), [0_u32; 0]);
    drop(store);
    assert_eq!(Store::open(&directory.0).unwrap().record(&session(4, 7)).unwrap().id(), SessionNumber(4));
}

#[test]
fn undoing_restores_what_was_there_unless_another_process_was_faster() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    store.record(&session(1, 7)).unwrap();
    let recorded = store.record(&session(1, 8)).unwrap();
    store.undo(recorded).unwrap();
    let client = |store: &mut Store| store.sessions().unwrap()[0].session_id.0.as_u128();
    assert_eq!(client(&mut store), 7);
    let recorded = store.record(&session(1, 8)).unwrap();
    Store::open(&directory.0).unwrap().record(&session(1, 9)).unwrap();
    store.undo(recorded).unwrap();
    assert_eq!(client(&mut store), 9);
}

#[test]
fn a_session_is_connected_as_the_client_it_is_recorded_under() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    let first = store.claim(&session(1, 7)).unwrap();
    assert_eq!((first.id(), &first.before), (SessionNumber(1), &None));
    assert_eq!(first.written().session_id, session(1, 7).session_id);
    let mut other = Store::open(&directory.0).unwrap();
    let second = other.claim(&session(1, 8)).unwrap();
    assert_eq!((second.id(), second.written().session_id), (SessionNumber(1), session(1, 7).session_id));
    // A client that the server lets have the session records itself all the same.
    store.record(&session(1, 8)).unwrap();
    assert_eq!(store.sessions().unwrap()[0].session_id, session(1, 8).session_id);
}

#[test]
fn undoing_does_not_forget_a_session_that_another_process_has_claimed_since() {
    let directory = Directory::new();
    let (mut one, mut other) = (Store::open(&directory.0).unwrap(), Store::open(&directory.0).unwrap());
    let first = one.claim(&session(1, 7)).unwrap();
    let second = other.claim(&session(1, 8)).unwrap();
    one.undo(first).unwrap();
    assert_eq!(ids(&mut one), [1]);
    other.undo(second).unwrap();
    assert_eq!(one.sessions().unwrap()[0].session_id, session(1, 7).session_id);
}

#[test]
fn what_was_claimed_is_there_for_all_before_and_after_it_is_settled() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    let number = |store: &Store, name| {
        store.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap()
    };
    // SQLite counts the changes of a file in its header (its file format, 1.3.7).
    let changes = || {
        let octets = fs::read(directory.0.join(FILE)).unwrap();
        u32::from_be_bytes(octets[24..28].try_into().unwrap())
    };
    let (off, normal) = (0, 1);
    store.claim(&session(1, 7)).unwrap();
    assert_eq!(number(&store, "synchronous"), off);
    let mut other = Store::open_for_reading(&directory.0, Store::PATIENCE).unwrap();
    assert_eq!(ids(&mut other), [1]);

    // A program of a later version has been at it meanwhile.
    store.connection.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    let claimed = changes();
    store.settle().unwrap();
    assert_eq!((number(&store, "synchronous"), changes()), (normal, claimed + 1));
    assert_eq!(ids(&mut other), [1]);
    assert_eq!(number(&store, "user_version"), FORMAT + 1);
    assert_eq!(number(&store, "application_id"), APPLICATION_ID);
    store.settle().unwrap();
    assert_eq!(changes(), claimed + 1, "what is settled is not settled again");

    store.claim(&session(2, 7)).unwrap();
    store.settle().unwrap();
    assert_eq!((ids(&mut other), changes()), (vec![1, 2], claimed + 3));
    let journal = store.connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(journal.unwrap(), "delete");
}

#[test]
fn a_claim_that_a_power_cut_tore_is_found_or_does_no_harm() {
    const PAGE: usize = 4096;
    let directory = Directory::new();
    let file = directory.0.join(FILE);
    let claim = |instance| {
        Store::open(&directory.0).unwrap().claim(&session(instance, 7)).unwrap();
        fs::read(&file).unwrap()
    };
    let (before, after) = (claim(1), claim(2));
    assert_eq!(before.len(), after.len());
    let changed: Vec<_> =
        (0..before.len()).step_by(PAGE).filter(|at| before[*at..][..PAGE] != after[*at..][..PAGE]).collect();
    let mut found = 0;
    for arrived in 0..1_usize << changed.len() {
        let mut torn = before.clone();
        for (_, at) in changed.iter().enumerate().filter(|(index, _)| arrived & (1 << index) != 0) {
            torn[*at..][..PAGE].copy_from_slice(&after[*at..][..PAGE]);
        }
        fs::write(&file, torn).unwrap();
        match Store::open(&directory.0) {
            Err(StoreError::Damaged { .. }) => found += 1,
            Err(other) => panic!("{other}"),
            Ok(mut store) => {
                for instance in [1, 2].map(|instance| InstanceId(Uuid::from_u128(instance))) {
                    let listed = store.sessions().unwrap().iter().any(|s| s.session.instance_id == instance);
                    assert_eq!(!store.by_instance(instance).unwrap().is_empty(), listed);
                }
                let new = store.record(&session(3, 7)).unwrap().id();
                assert_eq!(ids(&mut store).iter().filter(|id| **id == new.0).count(), 1);
            }
        }
    }
    assert!(found > 0, "{changed:?}");
}

#[test]
fn what_was_found_is_not_recorded_over_what_has_changed_since() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    store.record(&session(1, 7)).unwrap();
    let known = store.sessions().unwrap().remove(0);
    let mut broken = known.clone();
    broken.session.state = RunspaceState::Broken;
    let mut opened = known.clone();
    opened.session.state = RunspaceState::Opened;
    let state = |store: &mut Store| store.sessions().unwrap()[0].session.state;
    store.record(&opened).unwrap();
    store.amend(&known, &broken).unwrap();
    assert_eq!(state(&mut store), RunspaceState::Opened);
    store.amend(&opened, &known).unwrap();
    store.amend(&known, &broken).unwrap();
    assert_eq!(state(&mut store), RunspaceState::Broken);
    store.update(&known.key(), Durability::PowerCut, policy::forget).unwrap();
    store.amend(&broken, &known).unwrap();
    assert_eq!(ids(&mut store), [0_u32; 0]);
}

#[test]
fn sessions_that_may_have_a_name_are_found_in_any_letter_case() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    for (instance, name) in [(1, "ITTask"), (2, "ittask"), (3, "ITTasks"), (4, "B\u{fc}cher")] {
        let mut stored = session(instance, 7);
        stored.session.name = Some(name.into());
        store.record(&stored).unwrap();
    }
    let found = store.perhaps_named("IttasK").unwrap();
    let found: Vec<_> = found.iter().map(|stored| stored.session.id.unwrap().0).collect();
    assert_eq!(found, [1, 2, 4]);
}

#[test]
fn a_new_store_has_no_sessions_until_one_is_recorded() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    assert_eq!(store.sessions().unwrap(), []);
    Store::open(&directory.0).unwrap().record(&session(1, 7)).unwrap();
    assert_eq!(ids(&mut store), [1]);
    assert_eq!(store.record(&session(2, 7)).unwrap().id(), SessionNumber(2));
}

#[test]
fn many_writers_lose_nothing() {
    let directory = Directory::new();
    std::thread::scope(|scope| {
        for writer in 0..8_u128 {
            let directory = &directory.0;
            scope.spawn(move || {
                let mut store = Store::open(directory).unwrap();
                for instance in 0..10 {
                    store.record(&session(writer * 100 + instance, writer)).unwrap();
                }
            });
        }
    });
    assert_eq!(ids(&mut Store::open(&directory.0).unwrap()), (1..=80).collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn no_other_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    Store::open(&directory.0).unwrap().record(&session(1, 7)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory.0), 0o700);
    for file in fs::read_dir(&directory.0).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let directory = Directory::new();
    fs::create_dir(&directory.0).unwrap();
    let file = directory.0.join(FILE);
    fs::write(&file, "Dear diary, today I connected to many sessions and it was good".repeat(20)).unwrap();
    assert!(matches!(Store::open(&directory.0), Err(StoreError::Foreign(found)) if found == file));
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE diary (entry TEXT)").unwrap();
    assert!(matches!(Store::open(&directory.0), Err(StoreError::Foreign(found)) if found == file));
}

#[test]
fn a_store_of_another_format_is_left_alone() {
    let directory = Directory::new();
    fs::create_dir(&directory.0).unwrap();
    for (format, version) in [(FORMAT - 1, "older"), (99, "newer")] {
        let store = Connection::open(directory.0.join(FILE)).unwrap();
        create(&store).unwrap();
        store.pragma_update(None, "user_version", format).unwrap();
        let expected = format!("{version} version of this program (format {format}, this one uses {FORMAT})");
        let reading = Store::open_for_reading(&directory.0, Store::PATIENCE);
        for opened in [Store::open(&directory.0), reading] {
            match opened {
                Err(error @ (StoreError::Older { .. } | StoreError::Newer { .. })) => {
                    assert!(error.to_string().contains(&expected), "{error}");
                }
                _ => panic!("opened"),
            }
        }
    }
}

#[test]
fn a_damaged_store_is_not_taken_for_a_missing_one() {
    let directory = Directory::new();
    let mut store = Store::open(&directory.0).unwrap();
    for instance in 0..50 {
        store.record(&session(instance, 7)).unwrap();
    }
    drop(store);
    let file = directory.0.join(FILE);
    let mut octets = fs::read(&file).unwrap();
    octets[4096..].fill(0xA5);
    fs::write(&file, octets).unwrap();
    let damaged =
        Store::open(&directory.0).and_then(|mut store| store.sessions().map(|sessions| sessions.len()));
    assert!(matches!(damaged, Err(StoreError::Damaged { .. })), "{damaged:?}");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = Directory::new();
    fs::write(&directory.0, "").unwrap();
    let inside = directory.0.join("store");
    match Store::open(&inside) {
        Err(StoreError::Directory { directory, .. }) => assert_eq!(directory, inside),
        _ => panic!("opened"),
    }
    fs::remove_file(&directory.0).unwrap();
}

/// A process that is killed while it writes leaves a store with whole records in it.
#[cfg(unix)]
#[test]
fn a_kill_leaves_whole_records() {
    const CHILD: &str = "PSSESSION_STORE_TEST_CHILD";
    if let Some(directory) = std::env::var_os(CHILD) {
        let mut store = Store::open(Path::new(&directory)).unwrap();
        for instance in 0.. {
            store.record(&session(instance, 7)).unwrap();
        }
    }
    let directory = Directory::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::a_kill_leaves_whole_records"])
        .env(CHILD, &directory.0)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let count =
        || Store::open(&directory.0).and_then(|mut store| store.sessions()).map_or(0, |found| found.len());
    while count() < 20 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut store = Store::open(&directory.0).unwrap();
    let ids = ids(&mut store);
    assert_eq!(ids, (1..=ids.len() as u32).collect::<Vec<_>>());
    let healthy: String = store.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(healthy, "ok");
}

#[test]
fn no_object_id_is_handed_out_twice() {
    let directory = Directory::new();
    let known = session(1, 7);
    let key = &known.key();
    let take = |store: &mut Store| {
        let ids = store.object_ids(key).unwrap().unwrap();
        (ids.start.get(), ids.end.get())
    };
    let mut store = Store::open(&directory.0).unwrap();
    assert_eq!(store.object_ids(key).unwrap(), None);
    store.record(&known).unwrap();
    assert_eq!(take(&mut store), (1, 1 + BLOCK));
    assert!(!store.is_settled);
    // However the session is recorded meanwhile.
    store.claim(&session(1, 8)).unwrap();
    let mut other = Store::open(&directory.0).unwrap();
    assert_eq!(take(&mut other), (1 + BLOCK, 1 + 2 * BLOCK));
    assert_eq!(take(&mut store), (1 + 2 * BLOCK, 1 + 3 * BLOCK));
}

#[test]
fn what_was_delivered_is_known_until_its_command_or_session_is_over() {
    let directory = Directory::new();
    let known = session(1, 7);
    let key = &known.key();
    let (one, other) = (CommandId("A".into()), CommandId("B".into()));
    let object = |number| ObjectId::new(number).unwrap();
    let mut store = Store::open(&directory.0).unwrap();
    store.record(&known).unwrap();
    assert_eq!(store.delivered(key, &one).unwrap(), None);
    // A server gives its last answer to the next client once more.
    for (last, mark) in [(5, 5), (3, 5), (256, 256), (u64::MAX, u64::MAX)] {
        store.deliver(key, &one, object(last)).unwrap();
        let seen = Store::open(&directory.0).unwrap().delivered(key, &one).unwrap();
        assert_eq!(seen, Some(object(mark)));
    }
    store.deliver(key, &other, object(7)).unwrap();
    store.finish(key, &one).unwrap();
    assert_eq!(store.delivered(key, &one).unwrap(), None);
    assert_eq!(store.delivered(key, &other).unwrap(), Some(object(7)));
    store.update(key, Durability::PowerCut, policy::forget).unwrap();
    assert_eq!(store.delivered(key, &other).unwrap(), None);
}

/// Output may be delivered for hours, and the sessions must not be lost for a mark.
#[test]
fn a_mark_that_a_power_cut_tore_does_no_harm() {
    const PAGE: usize = 4096;
    let directory = Directory::new();
    let file = directory.0.join(FILE);
    let known = session(1, 7);
    let (key, command) = (&known.key(), CommandId("A".into()));
    let mut store = Store::open(&directory.0).unwrap();
    store.record(&known).unwrap();
    let mut deliver = |last| {
        store.deliver(key, &command, ObjectId::new(last).unwrap()).unwrap();
        fs::read(&file).unwrap()
    };
    let (before, after) = (deliver(1), deliver(u64::MAX));
    assert_eq!(before.len(), after.len());
    let changed: Vec<_> =
        (0..before.len()).step_by(PAGE).filter(|at| before[*at..][..PAGE] != after[*at..][..PAGE]).collect();
    for arrived in 0..1_usize << changed.len() {
        let mut torn = before.clone();
        for (_, at) in changed.iter().enumerate().filter(|(index, _)| arrived & (1 << index) != 0) {
            torn[*at..][..PAGE].copy_from_slice(&after[*at..][..PAGE]);
        }
        fs::write(&file, torn).unwrap();
        let mut store = Store::open(&directory.0).unwrap();
        assert_eq!(ids(&mut store), [1]);
        let mark = store.delivered(key, &command).unwrap().unwrap().get();
        assert!([1, u64::MAX].contains(&mark), "{mark}");
    }
}
