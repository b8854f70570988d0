//! Sessions that are created on computers.

use super::candidate::Candidate;
use super::query::Query;
use super::target::Target;
use crate::cmdlet::connection::DEFAULT_CONFIGURATION;
use crate::cmdlet::option;
use crate::cmdlet::wildcard::is_same_name;
use crate::engine::{self, Computer, Driver, LiveSession, NotAcquired};
use crate::error::{ErrorRecord, Hint};
use crate::event::Awaited;
use crate::record::{InstanceId, StoredSession};
use crate::wsman::ResourceUri;
use crate::wsman::enumerate::{Enumerate, ShellFilter, ShellState};
use uuid::Uuid;

impl Query<'_> {
    /// New-PSSession on one computer. With `or_connect`, a session of the name that is there is as good as a new one.
    pub(super) async fn create(&self, target: &Target, name: Option<&str>, or_connect: bool) {
        if !self.run.goes_on().await {
            return;
        }
        let Some(computer) = self.computer(target).await else { return };
        if let Some(name) = name.filter(|_| or_connect)
            && self.connect_to_named(&computer, target, name).await
        {
            return;
        }
        if let Some((_, stored)) = self.open(&computer, target, name).await {
            self.run.session(stored.session);
        }
    }

    /// Connects to a session by its name, one that is free before others; `false` if there is none.
    async fn connect_to_named(&self, computer: &Computer, target: &Target, name: &str) -> bool {
        let mut found = match self.ask_for_sessions(computer, target).await {
            Ok(found) => found,
            Err(failure) => {
                self.run.error(self.run.cmdlet.query_failed(&target.shown, &failure));
                return true;
            }
        };
        found.retain(|candidate| candidate.name.as_deref().is_some_and(|own| is_same_name(own, name)));
        found.sort_by_key(|candidate| candidate.state == Some(ShellState::Connected));
        let Some(candidate) = found.first() else { return false };
        self.connect_or_report(computer, target, candidate).await;
        true
    }

    /// Goes on in a session that is opened for it on one computer, and is closed afterwards, unless it is left.
    pub(super) async fn open_and_go_on(&self, target: &Target, name: Option<&str>) {
        if !self.run.goes_on().await {
            return;
        }
        let Some(computer) = self.computer(target).await else { return self.run.not_reached(&target.shown) };
        let Some((driver, stored)) = self.open(&computer, target, name).await else {
            return self.run.not_reached(&target.shown);
        };
        let live = LiveSession::spawn(driver, self.run.repository.clone(), stored);
        if Box::pin(self.run.go_on(&live)).await {
            return;
        }
        let shown = live.session().shown();
        let _waiting = self.run.waiting(&target.shown, Awaited::Removal(shown.clone()));
        if let Err(failure) = live.remove().await {
            self.run.error(self.run.cmdlet.delete_failed(&shown, &failure));
        }
    }

    /// Creates a session on a computer; `None` if there is none, and why is reported.
    async fn open(
        &self,
        computer: &Computer,
        target: &Target,
        name: Option<&str>,
    ) -> Option<(Driver, StoredSession)> {
        let waiting = self.run.waiting(&target.shown, Awaited::Creation);
        let opened = self.create_on(computer, target, name).await;
        drop(waiting);
        self.run.report_redirections(computer);
        match opened {
            Ok(opened) => return Some(opened),
            Err(NotAcquired::Store(error)) => self.run.store_failed(&error),
            Err(NotAcquired::Withdrawn) => {}
            Err(NotAcquired::Failed { failure, may_be_left: Some(id), .. }) => {
                let error = self.run.cmdlet.open_failed(&target.shown, self.configuration_name(), &failure);
                self.run.error(ErrorRecord { hint: Some(Hint::MayBeLeft(id)), ..error });
            }
            Err(
                NotAcquired::Failed { failure, .. }
                | NotAcquired::Gone(failure)
                | NotAcquired::HeldByOther(Some(failure)),
            ) => {
                let mut error =
                    self.run.cmdlet.open_failed(&target.shown, self.configuration_name(), &failure);
                if failure.is_quota() {
                    error.hint = self.count_sessions(computer, target).await.or(error.hint);
                }
                self.run.error(error);
            }
            // Nobody holds what does not exist yet.
            Err(NotAcquired::HeldByOther(None)) => {}
        }
        None
    }

    /// What the user has on a computer one of whose limits is reached; `None` where it does not say.
    async fn count_sessions(&self, computer: &Computer, target: &Target) -> Option<Hint> {
        let shells = computer.enumerate(computer.client(), Enumerate::shells(ShellFilter::All)).await.ok()?;
        let user = self.access.user.name().map(account);
        let mut sessions: Vec<_> = shells.items.into_iter().filter_map(Candidate::of_shell).collect();
        // An administrator sees the sessions of all users.
        sessions.retain(|session| match (&session.owner, &user) {
            (Some(owner), Some(user)) => account(owner).eq_ignore_ascii_case(user),
            _ => true,
        });
        let oldest = sessions.iter().filter_map(|session| session.age).max();
        Some(Hint::Quota { computer: target.shown.clone(), sessions: sessions.len(), oldest })
    }

    async fn create_on(
        &self,
        computer: &Computer,
        target: &Target,
        name: Option<&str>,
    ) -> Result<(Driver, StoredSession), NotAcquired> {
        let resource_uri = ResourceUri::of_configuration(self.configuration_name());
        let new = Candidate::of_instance(InstanceId(Uuid::new_v4()), &resource_uri);
        let mut stored = new.stored(&target.shown, &computer.url(), computer.client(), &self.access);
        stored.session.name = name.map(str::to_owned);
        let options =
            option::session_options(&self.access.session_option, self.run.settings.policy.reconnect_for);
        let host = self.run.settings.host.clone();
        engine::open(&self.run.repository, computer, stored, options, host).await
    }

    fn configuration_name(&self) -> &str {
        let configuration = self.configuration.as_ref();
        configuration.and_then(ResourceUri::configuration).unwrap_or(DEFAULT_CONFIGURATION)
    }
}

/// The name of a user without that of the domain or computer.
fn account(user: &str) -> &str {
    let user = user.rsplit('\\').next().unwrap_or(user);
    user.split('@').next().unwrap_or(user)
}
