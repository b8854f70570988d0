//! SOAP faults: what a service answers instead of a response (DSP0226 14, MS-WSMV 2.2.4.43).
//!
//! A fault is known by its number first and by its subcode second, never by its text, which is localised. Every
//! number this program acts on or has a name for is in one table.

use super::error::Malformed;
use super::name::Namespace;
use super::xml::{Node, Xml};
use crate::excerpt::{MOST_ADDRESS, excerpt};

/// Faults: a service's refusals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The WSManFault's code; `None` when the fault has no such detail.
    pub code: Option<FaultCode>,
    /// Local part of the subcode's QName, e.g. `InvalidSelectors`.
    pub subcode: Option<String>,
    /// The service's own words: the innermost message there is, or else the reason.
    pub message: String,
    /// Where a fault [`FaultCode::REDIRECT_REQUESTED`] sends its client, as it was found in the texts; not checked.
    pub redirect_location: Option<String>,
}

impl Fault {
    pub(crate) fn is(&self, code: FaultCode) -> bool {
        self.code == Some(code)
    }
}

/// A number of wsmerror.h, winerror.h or PowerShell's plugin.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FaultCode(pub u32);

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal $(=> $transport_error:literal)?;)*) => {
        #[allow(dead_code, reason = "a number without a use here has its name in error ids")]
        impl FaultCode {
            $($(#[$doc])* pub(crate) const $name: FaultCode = FaultCode($number);)*

            /// The constant's name here, for logs.
            pub(crate) fn symbol(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// PowerShell's name for the code in a FullyQualifiedErrorId, where it has one.
            pub(crate) fn transport_error(self) -> Option<&'static str> {
                match self.0 {
                    $($($number => Some($transport_error),)?)*
                    _ => None,
                }
            }
        }
    };
}

fault_codes! {
    ACCESS_DENIED = 5 => "AccessDenied";
    OUT_OF_MEMORY = 14 => "ServerOutOfMemory";
    BAD_NETPATH = 53 => "NetworkPathNotFound";
    OPERATION_ABORTED = 995 => "WinRMOperationAborted";
    SHUTDOWN_IN_PROGRESS = 1115 => "ShutDownInProgress";
    CANCELLED = 1223;
    NO_LOGON_SERVERS = 1311 => "AuthenticationFailed";
    LOGON_FAILURE = 1326 => "LogonFailure";
    RPC_SERVER_UNAVAILABLE = 1722 => "ImproperResponse";
    /// WinHTTP's ERROR_WINHTTP_SECURE_FAILURE: the server's certificate is not acceptable.
    SECURE_FAILURE = 12175;
    TARGET_UNKNOWN = 0x8009_0303 => "TargetUnknown";
    INVALID_RESOURCE_URI = 0x8033_8002 => "InvalidResourceUri";
    CORRUPTED_CONFIGURATION = 0x8033_8005 => "CorruptedWinRMConfig";
    ENUMERATION_CLOSED = 0x8033_8007;
    CANNOT_CONNECT = 0x8033_8012 => "CannotConnect";
    OPERATION_TIMED_OUT = 0x8033_8029;
    /// Something of the kind is under way already, such as a Receive of the same stream.
    CONCURRENCY = 0x8033_8032;
    URI_LIMIT = 0x8033_802D => "URIExceedsMaxAllowedSize";
    /// The session configuration does not exist, or this user may not use it.
    UNKNOWN_CONFIGURATION = 0x8033_803B => "InvalidResourceUri";
    /// The selectors name no shell or command: gone, never there, or addressed under another resource URI.
    INVALID_SELECTORS = 0x8033_805B => "CannotConnectTargetSessionDoesNotExist";
    BAD_METHOD = 0x8033_8074 => "WinRMOperationNotSupportedOnServer";
    NEGOTIATE_FAILURE = 0x8033_809D;
    EXPLICIT_CREDENTIALS_NEEDED = 0x8033_80B0;
    CLIENT_UNENCRYPTED_DISABLED = 0x8033_80DE;
    CLIENT_KERBEROS_DISABLED = 0x8033_80E2 => "ClientKerberosDisabled";
    SERVER_NOT_TRUSTED = 0x8033_80E4 => "ServerNotTrusted";
    EXPLICIT_CREDENTIALS_REQUIRED = 0x8033_80E5 => "ExplicitCredentialsRequired";
    HTTP_CONTENT_TYPE = 0x8033_80F7;
    KERBEROS_IP_ADDRESS = 0x8033_810B;
    WORKGROUP_CANNOT_USE_KERBEROS = 0x8033_810C => "WorkgroupCannotUseKerberos";
    INVALID_AUTHENTICATION = 0x8033_810E => "InvalidAuthentication";
    HTTP_REQUEST_TOO_LARGE = 0x8033_8111;
    HTTP_SERVICE_UNAVAILABLE = 0x8033_8112 => "CannotConnectWinRMService";
    HTTP_NOT_FOUND = 0x8033_8113 => "URLNotAvailable";
    NETWORK_TIMED_OUT = 0x8033_8126 => "WinRMOperationTimeout";
    HTTP_ERROR = 0x8033_8170 => "WinRMHttpError";
    HTTP_BAD_REQUEST = 0x8033_8171;
    REDIRECT_REQUESTED = 0x8033_8199 => "RedirectInformationRequired";
    /// The password would go to an unverified computer.
    CREDSSP_TARGET_NOT_TRUSTED = 0x8033_81A4;
    QUOTA_MAX_SHELLS = 0x8033_81A5;
    QUOTA_MAX_OPERATIONS = 0x8033_81A6;
    QUOTA_USER = 0x8033_81A7;
    QUOTA_SYSTEM = 0x8033_81A8;
    REMOTE_SHELLS_NOT_ALLOWED = 0x8033_81AC => "RemoteSessionDisallowed";
    REDIRECT_LOCATION_INVALID = 0x8033_81B7 => "RedirectLocationInvalid";
    NAME_NOT_RESOLVED = 0x8033_81B9 => "ComputerNotFound";
    CANNOT_USE_IP_ADDRESS = 0x8033_81BB => "CannotUseIPAddress";
    INVALID_SHELL_NAME = 0x8033_81C2 => "SessionCreateFailedInvalidName";
    /// The operation needs a connected shell.
    SHELL_DISCONNECTED = 0x8033_81C4;
    DISCONNECT_NOT_SUPPORTED = 0x8033_81C5;
    SESSION_ID_MISMATCH = 0x8033_81C6 => "CannotConnectMismatchSessions";
    /// ERROR_WSMAN_INUSE_CANNOT_RECONNECT: another client holds the shell.
    CONNECTED_TO_DIFFERENT_CLIENT = 0x8033_81CD => "CannotConnectAlreadyConnected";
    DISCONNECT_NOT_GRACEFUL = 0x8033_81CE;
    ALREADY_DISCONNECTED = 0x8033_81CF;
    ALREADY_CONNECTED = 0x8033_81D0 => "CannotConnectInvalidOperation";
    /// The id of a Command, or of a Create, is that of one before.
    COMMAND_ID_IN_USE = 0x8033_81D6;
    SHELL_ID_IN_USE = 0x8033_81D7;
    STREAM_DISCONNECTED = 0x8033_81DE;
    RUN_AS_FAILED = 0x8033_81DF => "CannotConnectRunAsFailed";
    REMOTE_CONNECTION_NOT_ALLOWED = 0x8033_81E3 => "RemoteConnectionDisallowed";
    IDLE_TIMEOUT_OUT_OF_BOUNDS = 0x8033_81F2;
    PLUGIN_EXCEPTION = 0x8054_0FA0 => "IncorrectProtocolVersion";
}

impl FaultCode {
    /// Whether the service, or its plug-in, has a limit that is reached: of shells, users, operations or commands.
    pub(crate) fn is_quota(self) -> bool {
        // The number of users, and the plug-in's own limits, have no other use here.
        const USERS: u32 = 0x8033_81AB;
        const PLUG_IN: std::ops::RangeInclusive<u32> = 0x8033_81E4..=0x8033_81EA;
        matches!(
            self,
            FaultCode::QUOTA_MAX_SHELLS
                | FaultCode::QUOTA_MAX_OPERATIONS
                | FaultCode::QUOTA_USER
                | FaultCode::QUOTA_SYSTEM
        ) || self.0 == USERS
            || PLUG_IN.contains(&self.0)
    }

    /// The number as PowerShell shows codes it has no name for: signed, decimal.
    pub(crate) fn signed(self) -> i32 {
        self.0.cast_signed()
    }

    /// Reads a code as services write it: decimal, with or without a sign; the low 32 bits count.
    fn read(text: &str) -> Option<FaultCode> {
        let number: i64 = text.trim().parse().ok()?;
        Some(FaultCode((number & 0xFFFF_FFFF) as u32))
    }
}

impl std::fmt::Debug for FaultCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#010X} {}", self.0, self.symbol().unwrap_or("?"))
    }
}

/// Whether an answer with this action is a fault: WS-Management's own, or one about its headers.
pub(super) fn is_fault_action(action: &str) -> bool {
    matches!(
        action,
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
            | "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
            | "http://www.w3.org/2005/08/addressing/fault"
    )
}

impl Fault {
    /// Reads `s:Fault`, the first child of the current body.
    pub(super) fn read(body: &mut Xml<'_>) -> Result<Fault, Malformed> {
        body.expect_child(Namespace::Soap, "Fault")?;
        let mut fault = Fault::default();
        let mut reason = String::new();
        while let Some(child) = body.next_child()? {
            match (child.namespace, child.name()) {
                (Namespace::Soap, "Code") => fault.subcode = read_subcode(body)?,
                (Namespace::Soap, "Reason") => reason = read_reason(body)?,
                (Namespace::Soap, "Detail") => fault.read_detail(body)?,
                _ => body.skip()?,
            }
        }
        fault.redirect_location = match fault.is(FaultCode::REDIRECT_REQUESTED) {
            true => fault.redirect_location.or_else(|| address_in(&reason)),
            false => None,
        };
        // Some services give neither a reason nor a number, and a person must see something.
        let subcode = fault.subcode.clone().filter(|_| fault.code.is_none());
        let texts = [reason, subcode.unwrap_or_default()];
        if fault.message.is_empty() {
            fault.message = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        }
        fault.message = excerpt(fault.message);
        Ok(fault)
    }

    fn read_detail(&mut self, body: &mut Xml<'_>) -> Result<(), Malformed> {
        while let Some(child) = body.next_named(Namespace::Fault, "WSManFault")? {
            self.code = child.attribute("Code")?.and_then(|code| FaultCode::read(&code));
            self.read_wsman_fault(body)?;
        }
        Ok(())
    }

    /// The message of the current `f:WSManFault`. A message is text, or a provider's fault with its own message, or
    /// both; the innermost is the one that says what is the matter.
    fn read_wsman_fault(&mut self, body: &mut Xml<'_>) -> Result<(), Malformed> {
        self.message.clear();
        let mut open: Vec<String> = vec![String::new()];
        while !open.is_empty() {
            match body.next_node()? {
                Some(Node::Child(_)) => open.push(String::new()),
                Some(Node::Text(text)) => {
                    if let Some(own) = open.last_mut() {
                        own.push_str(&text);
                    }
                }
                None => {
                    let own = tidy(&open.pop().unwrap_or_default());
                    self.redirect_location = self.redirect_location.take().or_else(|| address_in(&own));
                    if self.message.is_empty() {
                        self.message = own;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The local name of the subcode of the current `s:Code`.
fn read_subcode(body: &mut Xml<'_>) -> Result<Option<String>, Malformed> {
    let mut subcode = None;
    while body.next_named(Namespace::Soap, "Subcode")?.is_some() {
        while body.next_named(Namespace::Soap, "Value")?.is_some() {
            let name = body.text()?;
            let name = name.trim();
            subcode = Some(excerpt(name.rsplit_once(':').map_or(name, |(_, local)| local)));
        }
    }
    Ok(subcode)
}

/// The first text of the current `s:Reason`.
fn read_reason(body: &mut Xml<'_>) -> Result<String, Malformed> {
    let mut reason = String::new();
    while body.next_named(Namespace::Soap, "Text")?.is_some() {
        match reason.is_empty() {
            true => reason = tidy(&body.text()?),
            false => body.skip()?,
        }
    }
    Ok(reason)
}

/// The first address of http or https in a text.
fn address_in(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = ["http://", "https://"].into_iter().filter_map(|scheme| lower.find(scheme)).min()?;
    let address = text.get(start..)?.split(|c: char| c.is_whitespace() || "\"'<>()".contains(c)).next()?;
    // A full stop ends the sentence and not the address.
    let address = address.trim_end_matches(['.', ',', ';', ':']);
    (address.len() <= MOST_ADDRESS).then(|| address.to_owned())
}

/// Messages come with line breaks and indentation of the service's; one line is what people read.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
