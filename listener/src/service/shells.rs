//! Operations on shells: Create, Get, Delete, and the three that detach a client and attach it again.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Service;
use crate::journal::Caller;
use crate::powershell::PowerShell;
use crate::psrp::{PoolError, RunspacePool};
use crate::shell::{Attachment, BufferMode, Engine, Identity, SessionId, Shell};
use crate::soap::{Connect, CreateShell, Fault, FaultKind, Header, guid, names};
use crate::xml::write;

/// The longest name of a shell, in characters.
const MAX_NAME: usize = 255;

/// Who may do something to a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    OwnerOnly,
    OwnerOrAdministrator,
}

impl Service {
    /// The shell that a request selects, whichever client holds it.
    pub(super) fn find(
        &mut self,
        caller: &Caller,
        header: &Header,
        access: Access,
    ) -> Result<&mut Shell, Fault> {
        let id = header
            .shell_id
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::InsufficientSelectors, "the request selects no ShellId"))?;
        let unknown = |why: String| Fault::new(FaultKind::UnknownShell, why);
        // The case of the selector matters, even though it is a GUID.
        let shell = self.shells.iter_mut().find(|shell| shell.identity.id == *id);
        let shell = shell.ok_or_else(|| unknown(format!("there is no shell {id}")))?;
        let identity = &shell.identity;
        if !header.resource_uri.eq_ignore_ascii_case(&identity.resource_uri) {
            return Err(unknown(format!("shell {id} is one of {}", identity.resource_uri)));
        }
        check_access(caller, identity, access)?;
        Ok(shell)
    }

    /// The shell that a request selects and its client holds. Only such a request keeps the shell connected.
    pub(super) fn find_held(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
    ) -> Result<&mut Shell, Fault> {
        let shell = self.find(caller, header, Access::OwnerOnly)?;
        match &shell.attachment {
            Attachment::Disconnected { .. } => {
                Err(Fault::new(FaultKind::ShellDisconnected, "the shell is disconnected"))
            }
            Attachment::Connected { session } => {
                check_session(session, header)?;
                shell.last_request = now;
                Ok(shell)
            }
        }
    }

    pub(super) fn create(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        create: CreateShell,
    ) -> Result<String, Fault> {
        let has_language = self.check_configuration(&header.resource_uri)?;
        check_options(header)?;
        if create.name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
            return Err(Fault::new(FaultKind::ShellNameTooLong, "the name of the shell is too long"));
        }
        let idle_timeout = create.idle_timeout.unwrap_or(self.settings.idle_timeout);
        self.check_idle_timeout(idle_timeout)?;
        let owned = self.shells.iter().filter(|shell| shell.identity.owner == caller.user).count();
        if owned >= self.settings.max_shells_per_user {
            return Err(Fault::new(FaultKind::TooManyShells, format!("{} has {owned} shells", caller.user)));
        }
        // A shell that its client cannot name is one that it cannot come back to (MS-WSMV).
        let supports_disconnect = header.session_id.is_some() && create.shell_id.is_some();
        let identity = Identity {
            id: self.new_shell_id(create.shell_id)?,
            name: create.name,
            resource_uri: header.resource_uri.clone(),
            owner: caller.user.clone(),
            process_id: self.next_process_id(),
            locale: header.locale.clone(),
            data_locale: header.data_locale.clone(),
            profile_loaded: !header.options.iter().any(|option| option.name == "WINRS_NOPROFILE"),
            supports_disconnect,
        };
        let attachment = Attachment::Connected { session: header.session_id.clone() };
        let buffer_mode = create.buffer_mode.unwrap_or(self.settings.buffer_mode);
        let mut pool = RunspacePool::new(&self.settings.machine);
        pool.runspace.has_language = has_language;
        let engine = self.new_engine(false).map_err(|error| {
            Fault::new(FaultKind::ManagedException, format!("PowerShell does not start: {error}"))
        })?;
        let mut shell = Shell::new(identity, attachment, pool, engine, idle_timeout, buffer_mode, now);
        if let Some(creation_xml) = &create.creation_xml {
            shell.receive(creation_xml, now).map_err(|error| match error {
                PoolError::ProtocolVersion(_) => {
                    Fault::new(FaultKind::ProtocolVersionMismatch, error.to_string())
                }
                _ => Fault::new(FaultKind::ManagedException, format!("creationXml: {error}")),
            })?;
        }
        let body = write(|xml| {
            xml.element("x:ResourceCreated", &[], |xml| {
                xml.leaf("a:Address", &header.to);
                xml.element("a:ReferenceParameters", &[], |xml| {
                    xml.leaf("w:ResourceURI", &shell.identity.resource_uri);
                    xml.element("w:SelectorSet", &[], |xml| {
                        xml.element("w:Selector", &[("Name", "ShellId")], |xml| xml.text(&shell.identity.id));
                    });
                });
            });
            shell.write(xml, now, &self.settings.machine, self.settings.max_idle_timeout, false);
        });
        self.shells.push(shell);
        Ok(body)
    }

    /// What runs the pipelines of a new shell. `opens_unseen`: a client that is no more has opened it.
    pub(super) fn new_engine(&self, opens_unseen: bool) -> std::io::Result<Engine> {
        let Some(command) = &self.settings.powershell else { return Ok(Engine::Embedded) };
        let process = PowerShell::start(command, self.changed.clone())?;
        Ok(Engine::powershell(process, opens_unseen))
    }

    pub(super) fn get(&mut self, now: Instant, caller: &Caller, header: &Header) -> Result<String, Fault> {
        if header.resource_uri == names::CONFIG {
            return self.get_configuration(caller);
        }
        let (machine, max_idle_timeout) = (self.settings.machine.clone(), self.settings.max_idle_timeout);
        let selected =
            header.shell_id.as_ref().and_then(|id| self.shells.iter().find(|s| s.identity.id == *id));
        // One shell of any kind may be got from the resource of all.
        let shell = match selected {
            Some(shell) if header.resource_uri == names::SHELLS => {
                check_access(caller, &shell.identity, Access::OwnerOrAdministrator)?;
                shell
            }
            _ => self.find(caller, header, Access::OwnerOrAdministrator)?,
        };
        Ok(write(|xml| shell.write(xml, now, &machine, max_idle_timeout, true)))
    }

    /// The service's own settings are for administrators.
    fn get_configuration(&self, caller: &Caller) -> Result<String, Fault> {
        if !caller.administrator {
            let why = format!("{} is no administrator and may not read the configuration", caller.user);
            return Err(Fault::new(FaultKind::AccessDenied, why));
        }
        Ok(write(|xml| {
            xml.element("cfg:Config", &[("xmlns:cfg", names::CONFIG)], |xml| {
                xml.leaf("cfg:MaxEnvelopeSizekb", &(self.settings.max_envelope_size / 1024).to_string());
                xml.leaf("cfg:MaxTimeoutms", &self.settings.max_operation_timeout.as_millis().to_string());
                xml.leaf("cfg:MaxBatchItems", &self.settings.page_size.to_string());
            });
        }))
    }

    /// The owner may delete a shell that another of the owner's clients holds, as Remove-WSManInstance does.
    pub(super) fn delete(&mut self, caller: &Caller, header: &Header) -> Result<String, Fault> {
        let id = self.find(caller, header, Access::OwnerOrAdministrator)?.identity.id.clone();
        self.shells.retain(|shell| shell.identity.id != id);
        Ok(String::new())
    }

    pub(super) fn connect(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        connect: Connect,
    ) -> Result<String, Fault> {
        match connect {
            Connect::Shell { buffer_mode, connect_xml } => {
                self.connect_shell(now, caller, header, buffer_mode, connect_xml)
            }
            // After a Connect of the shell as after a Reconnect; a command that is connected already stays so, since
            // Windows has not been seen to refuse it.
            Connect::Command { command_id } => {
                self.attach_command(now, caller, header, &command_id)?;
                Ok(write(|xml| xml.empty("rsp:ConnectResponse", &[])))
            }
        }
    }

    /// What the service checks, then what PowerShell's plug-in does.
    fn connect_shell(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        buffer_mode: Option<BufferMode>,
        connect_xml: Option<Vec<u8>>,
    ) -> Result<String, Fault> {
        let shell = self.find(caller, header, Access::OwnerOnly)?;
        require_session(header)?;
        if let Attachment::Connected { session } = &shell.attachment {
            // For the same client MS-WSMV asks for an InternalError too, without a number.
            let kind = match *session == header.session_id {
                true => FaultKind::ReconnectNotValid,
                false => FaultKind::ConnectedToDifferentClient,
            };
            return Err(Fault::new(kind, format!("the shell is connected to {session:?}")));
        }
        let connect_xml =
            connect_xml.ok_or_else(|| Fault::new(FaultKind::NoNegotiationData, "there is no connectXml"))?;
        let response = shell.connect(&connect_xml).map_err(|error| {
            let kind = match error {
                PoolError::Wire(_) | PoolError::Unexpected { .. } | PoolError::TrailingOctets => {
                    FaultKind::NoNegotiationData
                }
                _ => FaultKind::ConnectOperationFailed,
            };
            Fault::new(kind, format!("connectXml: {error}"))
        })?;
        shell.attachment = Attachment::Connected { session: header.session_id.clone() };
        shell.last_request = now;
        shell.buffer_mode = buffer_mode.unwrap_or(shell.buffer_mode);
        Ok(write(|xml| {
            xml.element("rsp:ConnectResponse", &[], |xml| {
                xml.leaf("rsp:InputStreams", "stdin pr");
                xml.leaf("rsp:OutputStreams", "stdout");
                xml.element("connectResponseXml", &[("xmlns", names::POWERSHELL)], |xml| {
                    xml.text(&super::commands::base64(&response));
                });
            });
        }))
    }

    pub(super) fn disconnect(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        idle_timeout: Option<Duration>,
        buffer_mode: Option<BufferMode>,
    ) -> Result<String, Fault> {
        if !self.find(caller, header, Access::OwnerOnly)?.is_connected() {
            return Err(Fault::new(FaultKind::DisconnectNotValid, "the shell is disconnected already"));
        }
        if let Some(idle_timeout) = idle_timeout {
            self.check_idle_timeout(idle_timeout)?;
        }
        let shell = self.find_held(now, caller, header)?;
        if !shell.identity.supports_disconnect {
            let why = "the shell was created without a SessionId or a ShellId";
            return Err(Fault::new(FaultKind::DisconnectNotSupported, why));
        }
        require_session(header)?;
        shell.idle_timeout = idle_timeout.unwrap_or(shell.idle_timeout);
        shell.buffer_mode = buffer_mode.unwrap_or(shell.buffer_mode);
        shell.disconnect(now);
        Ok(String::new())
    }

    pub(super) fn reconnect(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        command_id: Option<String>,
        buffer_mode: Option<BufferMode>,
    ) -> Result<String, Fault> {
        if let Some(command_id) = command_id {
            self.attach_command(now, caller, header, &command_id)?;
            return Ok(String::new());
        }
        let shell = self.find(caller, header, Access::OwnerOnly)?;
        require_session(header)?;
        // The same client again: a shell that it still holds is no error, as was recorded.
        let (Attachment::Connected { session } | Attachment::Disconnected { session, .. }) =
            &shell.attachment;
        check_session(session, header)?;
        shell.attachment = Attachment::Connected { session: header.session_id.clone() };
        shell.last_request = now;
        shell.buffer_mode = buffer_mode.unwrap_or(shell.buffer_mode);
        Ok(String::new())
    }

    fn attach_command(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        command_id: &str,
    ) -> Result<(), Fault> {
        let shell = self.find_held(now, caller, header)?;
        super::commands::find_command(shell, command_id)?.connected = true;
        Ok(())
    }

    /// Checks that the configuration exists; true if it has a language.
    pub(super) fn check_configuration(&self, resource_uri: &str) -> Result<bool, Fault> {
        let prefix = names::CONFIGURATION_PREFIX;
        let name = match resource_uri.split_at_checked(prefix.len()) {
            Some((start, name)) if start.eq_ignore_ascii_case(prefix) => name,
            _ => {
                return Err(Fault::new(
                    FaultKind::InvalidResourceUri,
                    format!("{resource_uri} has no shells"),
                ));
            }
        };
        let is_among = |known: &[String]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let why = || format!("there is no session configuration {name}");
        match (is_among(&self.settings.configurations), is_among(&self.settings.restricted_configurations)) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err(Fault::new(FaultKind::InvalidResourceUri, why())),
        }
    }

    fn check_idle_timeout(&self, idle_timeout: Duration) -> Result<(), Fault> {
        let allowed = self.settings.min_idle_timeout..=self.settings.max_idle_timeout;
        match allowed.contains(&idle_timeout) {
            true => Ok(()),
            false => {
                let why = format!("the IdleTimeOut {idle_timeout:?} is not within {allowed:?}");
                Err(Fault::new(FaultKind::IdleTimeoutOutOfBounds, why))
            }
        }
    }

    fn new_shell_id(&self, wanted: Option<String>) -> Result<String, Fault> {
        let Some(id) = wanted else { return Ok(guid()) };
        if Uuid::parse_str(&id).is_err() {
            return Err(Fault::new(FaultKind::ShellIdNotValid, format!("the ShellId {id} is no GUID")));
        }
        match self.shells.iter().any(|shell| shell.identity.id.eq_ignore_ascii_case(&id)) {
            true => Err(Fault::new(FaultKind::ShellIdInUse, format!("there is a shell {id} already"))),
            false => Ok(id),
        }
    }

    pub(super) fn next_process_id(&mut self) -> u32 {
        self.last_process_id = self.last_process_id.wrapping_add(4);
        self.last_process_id
    }
}

pub(super) fn check_access(caller: &Caller, identity: &Identity, access: Access) -> Result<(), Fault> {
    let owner = identity.owner == caller.user;
    if owner || (access == Access::OwnerOrAdministrator && caller.administrator) {
        return Ok(());
    }
    let why = format!("shell {} belongs to {} and not to {}", identity.id, identity.owner, caller.user);
    Err(Fault::new(FaultKind::AccessDenied, why))
}

/// A request to a shell whose client has a SessionId must carry that SessionId.
fn check_session(holder: &SessionId, header: &Header) -> Result<(), Fault> {
    match (holder, &header.session_id) {
        (None, _) => Ok(()),
        (Some(_), None) => require_session(header),
        (Some(holder), Some(session)) if holder == session => Ok(()),
        (Some(holder), Some(session)) => {
            let why = format!("the shell is that of session {holder} and not of {session}");
            Err(Fault::new(FaultKind::ClientSessionIdMismatch, why))
        }
    }
}

fn require_session(header: &Header) -> Result<(), Fault> {
    match header.session_id {
        Some(_) => Ok(()),
        None => Err(Fault::new(FaultKind::InvalidSessionId, "the request has no SessionId")),
    }
}

/// PowerShell's plug-in wants to know the client's version, and knows no option of its own that begins with
/// `PS_`.
fn check_options(header: &Header) -> Result<(), Fault> {
    let Some(version) =
        header.options.iter().find(|option| option.name.eq_ignore_ascii_case("protocolversion"))
    else {
        return Err(Fault::new(FaultKind::ProtocolVersionMissing, "there is no option protocolversion"));
    };
    if version.value.split('.').next() != Some("2") {
        let why = format!("the protocolversion {} is not 2", version.value);
        return Err(Fault::new(FaultKind::ProtocolVersionMismatch, why));
    }
    match header.options.iter().find(|option| option.must_comply && option.name.starts_with("PS_")) {
        Some(option) => Err(Fault::new(FaultKind::OptionNotUnderstood, format!("option {}", option.name))),
        None => Ok(()),
    }
}
