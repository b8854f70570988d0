//! What the stories need: a listener, the program in a clean place, and everything it says.

pub mod known;
pub mod proxy;
pub mod terminal;

use jiff::Timestamp;
use pssession::store::{Store, StoredSession};
use pssession_listener::{Config, Listener, SessionSpec, SessionState};
use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// The password of the user that all stories are about, alice.
pub const PASSWORD: &str = "Password1!";

/// A listener, and a home for the program with nothing in it.
pub struct Place {
    pub listener: Listener,
    pub home: Home,
}

/// A directory of the test's own, gone with it.
pub struct Home(PathBuf);

impl Home {
    pub fn new() -> Home {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("pssession-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&path).unwrap();
        Home(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it, which others cannot write to whatever the umask is.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The program, with no environment but this home and a user's name and password.
    pub fn program<S: AsRef<str>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connect-pssession"));
        command.args(args.iter().map(AsRef::as_ref)).env_clear().stdin(Stdio::null());
        command.env("HOME", &self.0).env("PSSESSION_USER", "alice").env("PSSESSION_PASSWORD", PASSWORD);
        command
    }

    /// The program as one of its cmdlets.
    pub fn cmdlet(&self, cmdlet: &str, args: &[&str]) -> Command {
        self.program(&[&["--as", cmdlet], args].concat())
    }

    /// The program's store, where nothing says that it is elsewhere.
    pub fn store(&self) -> PathBuf {
        self.0.join(".local/state/connect-pssession")
    }

    /// What the store holds, by Id.
    pub fn stored(&self) -> Vec<StoredSession> {
        Store::open_for_reading(&self.store(), Store::PATIENCE).unwrap().sessions().unwrap()
    }

    /// When the server last said anything about the session with this Id, as records show it.
    pub fn last_seen(&self, id: u32) -> String {
        let is_meant = |stored: &StoredSession| stored.session.id.is_some_and(|number| number.0 == id);
        self.stored()
            .into_iter()
            .find(is_meant)
            .unwrap()
            .session
            .last_seen
            .map(Timestamp::try_from)
            .unwrap()
            .unwrap()
            .to_string()
    }

    /// A command with this text on its standard input.
    pub fn fed(&self, mut command: Command, text: &str) -> Command {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let input = self.write(&format!("input-{}", NEXT.fetch_add(1, Ordering::Relaxed)), text);
        command.stdin(std::fs::File::open(input).unwrap());
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How the program reaches the listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// HTTP, Negotiate, sealed.
    Ntlm,
    /// HTTPS, Basic.
    Basic,
}

impl Place {
    pub fn new() -> Place {
        Place::with(|_| {})
    }

    /// A listener that is not as usual.
    pub fn with(change: impl FnOnce(&mut Config)) -> Place {
        let mut config = Config::default();
        config.service.configurations.push("ITTasks".into());
        change(&mut config);
        Place { listener: Listener::start_blocking(config).unwrap(), home: Home::new() }
    }

    /// Leaves a session of alice's disconnected; gives its shell's id.
    pub fn session(&self, name: &str) -> String {
        self.add(SessionSpec { name: Some(name.into()), ..SessionSpec::default() })
    }

    /// Leaves a session of alice's in the hands of another client.
    pub fn busy_session(&self, name: &str) -> String {
        let state = SessionState::ConnectedElsewhere;
        self.add(SessionSpec { name: Some(name.into()), state, ..SessionSpec::default() })
    }

    pub fn add(&self, spec: SessionSpec) -> String {
        self.listener.add_session(spec).unwrap()
    }

    /// The parameters that lead to the listener.
    pub fn to(&self, way: Login) -> Vec<String> {
        let (port, rest) = match way {
            Login::Ntlm => (self.listener.http_address().port(), vec![]),
            Login::Basic => {
                let ca_file = self.home.write("ca.pem", self.listener.authority());
                let rest = ["-UseSSL", "-Authentication", "Basic", "--ca-file", &ca_file].map(str::to_owned);
                (self.listener.https_address().port(), rest.into())
            }
        };
        let to = ["-ComputerName".into(), "localhost".into(), "-Port".into(), port.to_string()];
        to.into_iter().chain(rest).collect()
    }

    /// Runs the program against the listener over HTTP.
    pub fn run(&self, args: &[&str]) -> Seen {
        self.run_over(Login::Ntlm, args)
    }

    pub fn run_over(&self, way: Login, args: &[&str]) -> Seen {
        Seen::of(&mut self.command(way, args))
    }

    /// Runs the program as a cmdlet with nothing that leads to the listener but what it knows itself.
    pub fn run_as(&self, cmdlet: &str, args: &[&str]) -> Seen {
        Seen::of(&mut self.home.cmdlet(cmdlet, args))
    }

    pub fn command(&self, way: Login, args: &[&str]) -> Command {
        let mut all = self.to(way);
        all.extend(args.iter().map(|arg| arg.to_string()));
        self.home.program(&all)
    }

    /// The last words of the actions that were asked for, in order.
    pub fn actions(&self) -> Vec<String> {
        let requests = self.listener.requests();
        let last = |action: &str| action.rsplit('/').next().unwrap_or_default().to_owned();
        requests.iter().map(|request| last(&request.summary.action)).collect()
    }

    /// How many requests of SOAP there were since this was asked last.
    pub fn new_requests(&self) -> usize {
        let requests = self.listener.requests().len();
        self.listener.clear_journal();
        requests
    }

    pub fn is_connected(&self, shell_id: &str) -> bool {
        self.listener.session(shell_id).is_some_and(|session| session.connected)
    }
}

/// All that a person saw of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Seen {
    pub fn of(command: &mut Command) -> Seen {
        Seen::from(command.output().unwrap())
    }

    /// Of a run that was started before.
    pub fn at_end_of(child: Child) -> Seen {
        Seen::from(child.wait_with_output().unwrap())
    }

    /// The table with these rows, and nothing on stderr.
    #[track_caller]
    pub fn is_table(&self, rows: &[&str]) {
        self.is(&table(rows), "", 0);
    }

    #[track_caller]
    pub fn is(&self, stdout: &str, stderr: &str, status: i32) {
        assert_eq!((self.stdout.as_str(), self.stderr.as_str(), self.status), (stdout, stderr, status));
    }
}

impl From<Output> for Seen {
    fn from(output: Output) -> Seen {
        let text = |octets| String::from_utf8(octets).unwrap();
        // No status is a signal's doing, which no story here ends with unless it says so.
        Seen {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code().unwrap_or(-1),
        }
    }
}

/// Tells stories a few at a time: most of a story is waiting.
pub fn in_parallel<C: Send>(cases: Vec<C>, story: impl Fn(C) + Sync) {
    let cases = Mutex::new(cases.into_iter());
    std::thread::scope(|scope| {
        let work = || {
            loop {
                let next = cases.lock().unwrap().next();
                let Some(case) = next else { return };
                story(case);
            }
        };
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// The help page's table with these rows.
pub fn table(rows: &[&str]) -> String {
    let mut table = String::from(
        "
 Id Name            ComputerName    State         ConfigurationName     Availability
 -- ----            ------------    -----         -----------------     ------------
",
    );
    for row in rows {
        table += row;
        table.push('\n');
    }
    table + "\n\n"
}

/// An error as it is shown; `id` without the class, `category` with target and reason.
pub fn error(message: &str, category: &str, id: &str, hint: Option<&str>) -> String {
    let (head, reason) = category.rsplit_once(", ").unwrap();
    let mut text = format!(
        "Connect-PSSession : {message}\n    + CategoryInfo          : {head} [Connect-PSSession], {reason}\n    \
         + FullyQualifiedErrorId : {id},Microsoft.PowerShell.Commands.ConnectPSSessionCommand\n"
    );
    if let Some(hint) = hint {
        text += &format!("    hint: {hint}\n");
    }
    text
}

/// As [`error`], of another cmdlet.
pub fn error_of(cmdlet: &str, message: &str, category: &str, id: &str, hint: Option<&str>) -> String {
    let class = format!("{}Command", cmdlet.replace('-', ""));
    let text = error(message, category, id, hint);
    text.replace("Connect-PSSession", cmdlet).replace("ConnectPSSessionCommand", &class)
}

/// What can be done about most errors of a command line.
pub const LIST_PARAMETERS: &str = "'connect-pssession -?' lists the parameters";

/// What can be done about one that new-pssessionoption would have written otherwise.
pub const WRITE_OPTION: &str =
    "new-pssessionoption writes such a value; 'new-pssessionoption -?' lists what it takes";

/// What can be done about a session that is not there.
pub const LIST_SESSIONS: &str = "get-pssession -ComputerName NAME lists the sessions on a server";

/// The error of a computer that has no address.
pub fn not_resolved(computer: &str) -> String {
    let message = "The WinRM client cannot process the request because the server name cannot be resolved.";
    let hint = format!(
        "check the spelling, or give the full name or the address; nslookup {} asks DNS for the name",
        computer.to_lowercase()
    );
    query_error(message, "ComputerNotFound,", Some(&hint)).replace("localhost", computer)
}

/// No session has the name.
pub fn no_such_name(name: &str) -> String {
    error(
        &format!("The command cannot find a PSSession that has the name \"{name}\"."),
        &format!("InvalidOperation: ({name}:String), RuntimeException"),
        "PSSessionNameMatchFail",
        Some(LIST_SESSIONS),
    )
}

/// No session has the InstanceId.
pub fn no_such_instance(instance_id: &str) -> String {
    error(
        &format!("The command cannot find a PSSession with an InstanceId value of \"{instance_id}\"."),
        &format!("InvalidOperation: ({instance_id}:Guid), RuntimeException"),
        "PSSessionIdMatchFail",
        Some(LIST_SESSIONS),
    )
}

/// A session that is known here under this Id has gone on its server.
pub fn no_longer_exists(name: &str, id: u32) -> String {
    error(
        &format!(
            "The connect operation failed for session {name} with the following error message: Cannot connect to \
             session {name}.  The session no longer exists on computer localhost."
        ),
        "InvalidOperation: (:), RuntimeException",
        "PSSessionConnectFailed",
        Some(&format!("remove-pssession -Id {id} forgets it")),
    )
}

/// The error of a session that is not available here.
pub fn not_available(name: &str) -> String {
    error(
        &format!(
            "Cannot connect PSSession \"{name}\", either because it is not in the Disconnected state, or it is not \
             available for connection."
        ),
        &format!("InvalidOperation: ([PSSession]{name}:PSSession), RuntimeException"),
        "PSSessionConnectFailed",
        Some(
            "another client is connected to it; when that client is gone it becomes available within minutes",
        ),
    )
}

/// The hint about a session that alice's other client holds, where the server was asked for its sessions.
pub const HELD_BY_ALICE: &str = "SERVER01\\alice holds it from 127.0.0.1, heard from just now; it can be taken once that client leaves, or a minute \
     after it falls silent";

/// As [`not_available`], of a session that the server has listed.
pub fn held(name: &str) -> String {
    let text = not_available(name);
    let hint = text.find("    hint").unwrap();
    format!("{}    hint: {HELD_BY_ALICE}\n", &text[..hint])
}

/// A session that was found to be gone, or closed, before.
pub fn not_disconnected(name: &str, id: u32) -> String {
    let text = not_available(name);
    let hint = text.find("    hint").unwrap();
    format!("{}    hint: remove-pssession -Id {id} forgets it\n", &text[..hint])
}

/// An error about one computer that could not be asked.
pub fn query_error(message: &str, id: &str, hint: Option<&str>) -> String {
    error(
        &format!("The remote session query failed for localhost with the following error message: {message}"),
        "InvalidOperation: (System.Manageme...nConnectionInfo:WSManConnectionInfo), RuntimeException",
        &format!("{id}RemotePSSessionQueryFailed"),
        hint,
    )
}

/// An error about one session that could not be connected to.
pub fn connect_error(session: &str, message: &str, id: &str, hint: Option<&str>) -> String {
    error(
        &format!(
            "The connect operation failed for session {session} with the following error message: Connecting to \
             remote server localhost failed with the following error message : {message} For more information, see \
             the about_Remote_Troubleshooting Help topic."
        ),
        "InvalidOperation: (:), RuntimeException",
        &format!("{id}PSSessionConnectFailed"),
        hint,
    )
}

/// What -Verbose shows of the login of a user without a realm.
pub fn logging_on(computer: &str) -> String {
    format!(
        "VERBOSE: Logging on to {computer} with NTLM in Negotiate, since Kerberos is not possible: the user name alice \
         does not name a realm.\n"
    )
}

/// The InstanceId of a shell as the program shows it.
pub fn instance(shell_id: &str) -> String {
    shell_id.to_lowercase()
}
