//! The names of WS-Management and of Windows' shells: namespaces, actions, resource URIs. Each stands here
//! once.

pub const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
pub const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
pub const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
pub const EVENTING: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing";
pub const ENUMERATION: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
pub const WSMAN: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
pub const WSMV: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
pub const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
pub const POWERSHELL: &str = "http://schemas.microsoft.com/powershell";
pub const WSMAN_FAULT: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
pub const CONFIG: &str = "http://schemas.microsoft.com/wbem/wsman/1/config";
pub const IDENTITY: &str = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";

/// The WS-Addressing role that every request must ask to be answered at, and that every answer is addressed
/// to.
pub const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

pub const FAULT_ACTION: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
pub const ADDRESSING_FAULT_ACTION: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault";
pub const SELECTOR_FILTER: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";

/// Resource URIs of PowerShell's session configurations are this and the configuration's name.
pub const CONFIGURATION_PREFIX: &str = "http://schemas.microsoft.com/powershell/";
/// The resource of all shells: it is enumerated, and one shell of any kind can be got from it.
pub const SHELLS: &str = SHELL;
/// The resource of the commands of one shell, which a filter names.
pub const COMMANDS: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";

/// States of a command in a ReceiveResponse begin so (MS-WSMV).
pub const COMMAND_STATE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState";

/// The one code that stops a pipeline, misspelt as PowerShell's own client and plug-in spell it.
pub const SIGNAL_STOP: &str = "powershell/signal/crtl_c";

/// What a request wants done: the last word of its Action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Create,
    Delete,
    Enumerate,
    Pull,
    Release,
    Command,
    Send,
    Receive,
    Signal,
    Connect,
    Disconnect,
    Reconnect,
}

impl Verb {
    const ALL: [Verb; 13] = [
        Verb::Get,
        Verb::Create,
        Verb::Delete,
        Verb::Enumerate,
        Verb::Pull,
        Verb::Release,
        Verb::Command,
        Verb::Send,
        Verb::Receive,
        Verb::Signal,
        Verb::Connect,
        Verb::Disconnect,
        Verb::Reconnect,
    ];

    /// The verb whose Action this is.
    pub fn from_action(action: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.action() == action)
    }

    /// The Action URI of the request; that of the answer ends in `Response`.
    pub fn action(self) -> String {
        let namespace = match self {
            Verb::Get | Verb::Create | Verb::Delete => TRANSFER,
            Verb::Enumerate | Verb::Pull | Verb::Release => ENUMERATION,
            _ => SHELL,
        };
        format!("{namespace}/{self:?}")
    }

    /// The prefixes that Windows declares on the envelope of the answer, in its order. They differ from verb
    /// to verb in the recorded exchanges; those of Pull, Release and Signal were not recorded and follow
    /// their nearest relatives.
    pub fn response_prefixes(self) -> &'static [&'static str] {
        match self {
            Verb::Create | Verb::Command | Verb::Connect | Verb::Send | Verb::Signal => {
                &["s", "a", "x", "w", "rsp", "p"]
            }
            Verb::Receive => &["s", "a", "w", "rsp", "p"],
            Verb::Get => &["s", "a", "x", "w", "p"],
            Verb::Enumerate | Verb::Pull => &["s", "a", "n", "w", "p"],
            Verb::Delete | Verb::Release | Verb::Disconnect | Verb::Reconnect => &["s", "a", "w", "p"],
        }
    }
}

/// The prefixes declared on the envelope of a fault.
pub const FAULT_PREFIXES: &[&str] = &["s", "a", "x", "e", "n", "w", "p"];

/// The namespace that Windows binds to `prefix` on an envelope.
pub fn namespace(prefix: &str) -> &'static str {
    match prefix {
        "s" => SOAP,
        "a" => ADDRESSING,
        "x" => TRANSFER,
        "e" => EVENTING,
        "n" => ENUMERATION,
        "w" => WSMAN,
        "p" => WSMV,
        _ => SHELL,
    }
}
