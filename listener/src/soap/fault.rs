//! The faults a WinRM service answers with: one row per reason, with Windows' number for it.
//!
//! Numbers are those of wsmerror.h, and so are the subcodes that it gives. Recorded from Windows are
//! UnknownShell, UnknownCommand, OperationTimedOut and InvalidMessageInformationHeader; which row any other
//! refusal gets is this listener's best reading of MS-WSMV and of what the header says about the number.

/// Why a request was refused: the fault for the client, and the line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The reason in this listener's own words, for the one who reads the log. It does not go out.
    pub why: String,
    /// A text for the client in place of that of the kind.
    pub text: Option<String>,
}

impl Fault {
    pub fn new(kind: FaultKind, why: impl Into<String>) -> Fault {
        Fault { kind, why: why.into(), text: None }
    }
}

/// The kinds of fault, named as their symbols in wsmerror.h or by their meaning where several share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    AccessDenied,
    OperationAborted,
    EnumerationClosed,
    InvalidMessageInformationHeader,
    MustUnderstand,
    MessageInformationHeaderRequired,
    ActionNotSupported,
    FilteringNotSupported,
    FilterDialectUnavailable,
    EnvelopeTooLarge,
    OperationTimedOut,
    Concurrency,
    InvalidResourceUri,
    SchemaValidation,
    InvalidXml,
    ServerEnvelopeLimit,
    InsufficientSelectors,
    UnknownShell,
    UnknownCommand,
    InvalidSessionId,
    TooManyShells,
    PullParametersDiffer,
    CommandsFilterExpected,
    ShellNameTooLong,
    ShellDisconnected,
    DisconnectNotSupported,
    ClientSessionIdMismatch,
    ConnectedToDifferentClient,
    DisconnectNotValid,
    ReconnectNotValid,
    CommandIdNotValid,
    ShellIdNotValid,
    CommandIdInUse,
    ShellIdInUse,
    StreamDisconnected,
    IdleTimeoutOutOfBounds,
    InvalidArgumentSet,
    ProtocolVersionMismatch,
    OptionNotUnderstood,
    ProtocolVersionMissing,
    ManagedException,
    NoNegotiationData,
    ConnectOperationFailed,
    /// A number without a row, for faults that a test asks for.
    Other(u32),
}

/// Whose fault it is in SOAP's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Sender,
    Receiver,
}

/// Where in the service a fault came up: providers wrap their own fault into the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// The service itself; nothing is wrapped.
    Service,
    /// The provider of shells in the service.
    Shell,
    /// PowerShell's plug-in.
    PowerShell,
}

/// One row of the table of faults.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub kind: FaultKind,
    /// The unsigned number in `f:WSManFault/@Code`.
    pub code: u32,
    pub blame: Blame,
    /// The subcode with the prefix that the envelope of a fault declares.
    pub subcode: &'static str,
    pub provider: Provider,
    pub text: &'static str,
}

impl FaultKind {
    /// The row of this kind.
    pub fn row(self) -> Row {
        let code = match self {
            FaultKind::Other(code) => code,
            _ => 0,
        };
        let other =
            row(self, code, Blame::Receiver, "w:InternalError", Provider::Service, "The service failed.");
        ROWS.iter().copied().find(|row| row.kind == self).unwrap_or(other)
    }

    /// The kind with this number; of several the first.
    pub fn from_code(code: u32) -> FaultKind {
        ROWS.iter().find(|row| row.code == code).map_or(FaultKind::Other(code), |row| row.kind)
    }
}

const fn row(
    kind: FaultKind,
    code: u32,
    blame: Blame,
    subcode: &'static str,
    provider: Provider,
    text: &'static str,
) -> Row {
    Row { kind, code, blame, subcode, provider, text }
}

#[rustfmt::skip]
const ROWS: &[Row] = {
    use Blame::*;
    use FaultKind::*;
    use Provider::*;
    &[
        // ERROR_ACCESS_DENIED and ERROR_OPERATION_ABORTED are errors of Win32.
        row(AccessDenied, 5, Sender, "w:AccessDenied", Service, "Access is denied."),
        row(OperationAborted, 995, Receiver, "w:InternalError", Service, "The operation was aborted."),
        row(EnumerationClosed, 0x80338007, Receiver, "n:InvalidEnumerationContext", Service,
            "The enumeration is finished or cancelled."),
        row(InvalidMessageInformationHeader, 0x8033800F, Sender, "a:InvalidMessageInformationHeader", Service,
            "A SOAP header of the request is invalid."),
        row(MustUnderstand, 0x80338010, Sender, "w:MustUnderstand", Service,
            "A SOAP header marked mustUnderstand cannot be processed."),
        row(MessageInformationHeaderRequired, 0x80338011, Sender, "a:MessageInformationHeaderRequired", Service,
            "The request lacks a SOAP header."),
        row(ActionNotSupported, 0x80338013, Sender, "a:ActionNotSupported", Service,
            "The action of the request is not supported."),
        row(FilteringNotSupported, 0x80338018, Sender, "n:FilteringNotSupported", Service,
            "The resource does not support filtering."),
        row(FilterDialectUnavailable, 0x80338019, Sender, "n:FilterDialectRequestedUnavailable", Service,
            "The filter dialect is not supported for this resource."),
        row(EnvelopeTooLarge, 0x80338026, Receiver, "w:EncodingLimit", Service,
            "The response is larger than the maximum envelope size."),
        row(OperationTimedOut, 0x80338029, Receiver, "w:TimedOut", Service,
            "The operation did not complete within its OperationTimeout."),
        row(Concurrency, 0x80338032, Sender, "w:Concurrency", Service, "The resource is in use already."),
        row(InvalidResourceUri, 0x8033803B, Sender, "w:InvalidResourceURI", Service,
            "The resource URI is missing or names nothing."),
        row(SchemaValidation, 0x80338041, Sender, "w:SchemaValidationError", Service,
            "The XML in the message does not match its schema."),
        row(InvalidXml, 0x80338043, Sender, "w:SchemaValidationError", Service, "The XML of the request is invalid."),
        row(ServerEnvelopeLimit, 0x80338049, Sender, "w:EncodingLimit", Service,
            "The message exceeds the envelope size of the service."),
        row(InsufficientSelectors, 0x8033805A, Sender, "w:InvalidSelectors", Service,
            "The request does not contain all required selectors."),
        row(UnknownShell, 0x8033805B, Sender, "w:InvalidSelectors", Shell,
            "The request contains invalid selectors for the resource."),
        row(UnknownCommand, 0x8033805B, Sender, "w:InvalidSelectors", Service,
            "The command identifier does not exist: the command has completed or the identifier is wrong."),
        row(InvalidSessionId, 0x8033810F, Sender, "w:InvalidParameter", Service,
            "The SessionId element is missing or invalid."),
        row(TooManyShells, 0x803381A5, Sender, "w:QuotaLimit", Service,
            "The maximum number of concurrent shells for this user has been exceeded. Close existing shells or raise \
             the quota for this user."),
        row(PullParametersDiffer, 0x803381AD, Sender, "w:InvalidParameter", Service,
            "The parameters of the Pull differ from those of its Enumerate."),
        row(CommandsFilterExpected, 0x803381C0, Sender, "w:InvalidParameter", Service,
            "A selector filter must name the shell whose commands are to be enumerated."),
        row(ShellNameTooLong, 0x803381C2, Sender, "w:InvalidParameter", Service,
            "The name of the shell exceeds 255 characters."),
        row(ShellDisconnected, 0x803381C4, Sender, "w:InternalError", Service, "The shell is disconnected."),
        row(DisconnectNotSupported, 0x803381C5, Sender, "w:InternalError", Service,
            "The shell does not support disconnect: it was created by an older WinRS client."),
        row(ClientSessionIdMismatch, 0x803381C6, Sender, "w:InternalError", Service,
            "The shell is connected to a different client."),
        row(ConnectedToDifferentClient, 0x803381CD, Sender, "w:InternalError", Service,
            "The shell is currently connected to a different client."),
        row(DisconnectNotValid, 0x803381CF, Sender, "w:InternalError", Service, "The shell is already disconnected."),
        row(ReconnectNotValid, 0x803381D0, Sender, "w:InternalError", Service, "The shell is already connected."),
        row(CommandIdNotValid, 0x803381D4, Sender, "w:InvalidParameter", Service, "The command ID is not a GUID."),
        row(ShellIdNotValid, 0x803381D5, Sender, "w:InvalidParameter", Service, "The shell ID is not a GUID."),
        row(CommandIdInUse, 0x803381D6, Sender, "w:AlreadyExists", Service, "The command ID is in use."),
        row(ShellIdInUse, 0x803381D7, Sender, "w:AlreadyExists", Service, "The shell ID is in use."),
        row(StreamDisconnected, 0x803381DE, Receiver, "w:InternalError", Service, "The stream is disconnected."),
        row(IdleTimeoutOutOfBounds, 0x803381F2, Sender, "w:InvalidParameter", Service,
            "The requested IdleTimeout is outside the allowed range."),
        row(InvalidArgumentSet, 0x80540BC4, Receiver, "w:InternalError", PowerShell,
            "The arguments of the request are not valid for a PowerShell shell."),
        row(ProtocolVersionMismatch, 0x80540BC5, Receiver, "w:InternalError", PowerShell,
            "The protocol version of the client is not supported."),
        row(OptionNotUnderstood, 0x80540BC6, Receiver, "w:InternalError", PowerShell,
            "An option of the request is not understood."),
        row(ProtocolVersionMissing, 0x80540BC7, Receiver, "w:InternalError", PowerShell,
            "The option protocolversion is required."),
        row(ManagedException, 0x80540FA0, Receiver, "w:InternalError", PowerShell, "The plug-in failed."),
        row(NoNegotiationData, 0x80540FA2, Receiver, "w:InternalError", PowerShell,
            "The connect request carries no negotiation data."),
        row(ConnectOperationFailed, 0x80540FA3, Receiver, "w:InternalError", PowerShell,
            "The connect operation failed."),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_leads_back_to_a_row_with_it() {
        for row in ROWS {
            assert_eq!(FaultKind::from_code(row.code).row().code, row.code, "{:?}", row.kind);
            assert_eq!(row.kind.row().kind, row.kind);
        }
        assert_eq!(FaultKind::from_code(1326), FaultKind::Other(1326));
        assert_eq!(FaultKind::Other(1326).row().code, 1326);
    }

    #[test]
    fn the_numbers_are_those_that_clients_print() {
        for (kind, code) in [
            (FaultKind::OperationTimedOut, 2150858793),
            (FaultKind::InvalidResourceUri, 2150858811),
            (FaultKind::UnknownShell, 2150858843),
            (FaultKind::InvalidSessionId, 2150859023),
            (FaultKind::ConnectedToDifferentClient, 2150859213),
            (FaultKind::IdleTimeoutOutOfBounds, 2150859250),
            (FaultKind::NoNegotiationData, 2152992674),
            (FaultKind::ProtocolVersionMissing, 2152991687),
        ] {
            assert_eq!(kind.row().code, code, "{kind:?}");
        }
    }
}
