//! Names on the wire, each once: namespaces, actions and resource URIs (MS-WSMV 2.2.1, DSP0226).

/// Resource of all shells, whatever their kind.
pub(crate) const SHELL_RESOURCE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
/// Resource of the commands of a shell.
pub(crate) const COMMAND_RESOURCE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";
/// Dialect of the filter that picks one shell's commands.
pub(crate) const SELECTOR_FILTER: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";
/// The address that asks for the answer on the same connection.
pub(crate) const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

/// What a request asks for: the `a:Action` URIs.
pub(crate) mod action {
    macro_rules! actions {
        ($($name:ident = $prefix:literal $verb:literal;)*) => {
            $(pub(crate) const $name: &str = concat!($prefix, $verb);)*
        };
    }
    actions! {
        CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/" "Create";
        DELETE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/" "Delete";
        GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/" "Get";
        ENUMERATE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/" "Enumerate";
        PULL = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/" "Pull";
        COMMAND = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Command";
        SEND = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Send";
        RECEIVE = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Receive";
        SIGNAL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Signal";
        CONNECT = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Connect";
        DISCONNECT = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Disconnect";
        RECONNECT = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/" "Reconnect";
    }
}

/// The namespaces this protocol uses. Elements are matched by these, never by prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// SOAP 1.2 envelope.
    Soap,
    /// WS-Addressing.
    Addressing,
    /// WS-Management (DMTF).
    WsMan,
    /// Microsoft's additions to WS-Management.
    WsManMicrosoft,
    /// The Windows remote shell.
    Shell,
    /// WS-Enumeration.
    Enumeration,
    /// WS-Transfer.
    Transfer,
    /// WSManFault.
    Fault,
    /// creationXml, connectXml and their answers.
    PowerShell,
    /// Any other, or none.
    Other,
}

impl Namespace {
    /// The namespaces a request declares, with the prefixes Windows uses for them.
    pub(crate) const DECLARED: [(&'static str, Namespace); 6] = [
        ("s", Namespace::Soap),
        ("a", Namespace::Addressing),
        ("w", Namespace::WsMan),
        ("p", Namespace::WsManMicrosoft),
        ("n", Namespace::Enumeration),
        ("rsp", Namespace::Shell),
    ];

    /// The namespace's URI; empty for [`Namespace::Other`].
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Namespace::Soap => "http://www.w3.org/2003/05/soap-envelope",
            Namespace::Addressing => "http://schemas.xmlsoap.org/ws/2004/08/addressing",
            Namespace::WsMan => "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
            Namespace::WsManMicrosoft => "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
            Namespace::Shell => "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
            Namespace::Enumeration => "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
            Namespace::Transfer => "http://schemas.xmlsoap.org/ws/2004/09/transfer",
            Namespace::Fault => "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
            Namespace::PowerShell => "http://schemas.microsoft.com/powershell",
            Namespace::Other => "",
        }
    }

    pub(super) fn of_uri(uri: &str) -> Namespace {
        use Namespace::*;
        // The order is that of their frequency in answers.
        let known =
            [Shell, WsMan, Enumeration, Soap, Addressing, WsManMicrosoft, Fault, PowerShell, Transfer];
        known.into_iter().find(|namespace| namespace.uri() == uri).unwrap_or(Other)
    }
}
