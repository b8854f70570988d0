//! Sessions that the program's store knows.

use super::{Home, Login, Place, Seen, table};
use pssession::store::StoredSession;

/// The row of a session that was just connected to.
pub fn row(id: u32, name: &str) -> String {
    format!("{id:>3} {name:<15} localhost       Opened        Microsoft.PowerShell     Available")
}

/// The table of these.
pub fn rows(rows: &[(u32, &str)]) -> String {
    let rows: Vec<String> = rows.iter().map(|(id, name)| row(*id, name)).collect();
    table(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Place {
    /// Leaves sessions that this home has connected to, numbered from 1; gives the ids of their shells. What it took
    /// is forgotten.
    pub fn connected(&self, names: &[&str]) -> Vec<String> {
        let shell_ids = names.iter().map(|name| self.session(name)).collect();
        let seen = self.run(&["-Name", &names.join(","), "-ThrottleLimit", "1"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        self.listener.clear_journal();
        shell_ids
    }

    /// As [`Place::connected`], and then the server let go of them by itself, and the store knows.
    pub fn left(&self, names: &[&str]) -> Vec<String> {
        let shell_ids = self.connected(names);
        self.let_go(&shell_ids);
        shell_ids
    }

    /// Lets the server let go of sessions by itself, and looks, so that the store knows.
    pub fn let_go(&self, shell_ids: &[String]) {
        for shell_id in shell_ids {
            assert!(self.listener.with_service(|service, now| service.force_disconnect(now, shell_id)));
        }
        let seen = Seen::of(&mut self.home.program(&self.as_get()));
        assert_eq!(seen.status, 0, "{seen:?}");
        self.listener.clear_journal();
    }

    /// The arguments that ask the listener for its sessions.
    pub fn as_get(&self) -> Vec<String> {
        ["--as", "get-pssession"].map(str::to_owned).into_iter().chain(self.to(Login::Ntlm)).collect()
    }

    /// Runs the program as Connect-PSSession for what it knows.
    pub fn known(&self, args: &[&str]) -> Seen {
        Seen::of(&mut self.home.program(args))
    }

    /// As [`Place::known`], with a text on standard input.
    pub fn piped(&self, args: &[&str], text: &str) -> Seen {
        Seen::of(&mut self.home.fed(self.home.program(args), text))
    }

    /// The server lets go of a session without a word to the store, and another client takes it.
    pub fn lost_to(&self, other: &Home, shell_id: &str, name: &str) {
        assert!(self.listener.with_service(|service, now| service.force_disconnect(now, shell_id)));
        self.taken_by(other, name);
    }

    /// Another client of the same user takes the sessions, from a home of its own.
    pub fn taken_by(&self, other: &Home, names: &str) {
        let mut args = self.to(Login::Ntlm);
        args.extend(["-Name".to_owned(), names.to_owned()]);
        assert_eq!(Seen::of(&mut other.program(&args)).status, 0);
        self.listener.clear_journal();
    }

    /// Id, State and Availability of what the store holds.
    pub fn states(&self) -> Vec<(u32, &'static str, &'static str)> {
        let shown = |stored: StoredSession| {
            let session = stored.session;
            (session.id.unwrap().0, session.state.name(), session.availability.name())
        };
        self.home.stored().into_iter().map(shown).collect()
    }
}
