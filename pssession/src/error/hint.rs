//! What can be done about an error: facts for a program to word, since only a program knows what can be typed into it.

use crate::access::Fingerprint;
use crate::record::SessionNumber;
use std::time::Duration;

/// What can be done about an error. A program words it in its own options; one that it does not know, it leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Hint {
    /// In the words of the program, which had it from itself.
    Text(String),
    /// Why something that had to come first failed, and what can be done about that.
    Reason {
        why: String,
        hint: Option<Box<Hint>>,
    },

    /// Sessions: which there are, and who can have them.
    ForgetSession(SessionNumber),
    /// It could not be opened, nor removed.
    MayBeLeft(SessionNumber),
    OnlyKnownSessions,
    ChooseById,
    ListSessions,
    ShowState,
    FewerSessions,
    HeldByAnotherClient,
    /// As its server describes that client; each part may be missing.
    HeldBy {
        owner: Option<String>,
        client_ip: Option<String>,
        silent_for: Option<Duration>,
    },
    /// A limit of the server is reached, and these are the user's sessions there.
    Quota {
        computer: String,
        sessions: usize,
        oldest: Option<Duration>,
    },
    /// This user's own client has it, as a session of a computer by another name.
    KnownAs {
        id: SessionNumber,
        computer: String,
    },
    RightToRemote,
    OnlyItsCreator,
    ConfigurationName,
    EnableRemoting,
    RunAs,
    ServerBusy,
    ServerConfiguration,
    IdleTimeout {
        shortest: u64,
        longest: u64,
    },
    QuotePattern,
    NameSession,

    /// The store of known sessions. What is on the servers is not lost with it.
    StoreDirectory,
    StoreFile,
    OlderStore,
    NewerStore,

    /// Who logs on.
    NameUser,
    CheckPassword,
    AskAdministrator,
    ChooseMechanism,
    OtherMechanism,
    AllowCredSsp,
    UpdateCredSsp,
    AllowedByServer,
    TamperedAnswer,
    Impostor,
    /// The login was tied to a TLS connection that may have ended before the server.
    LoadBalancer(Box<Hint>),

    /// Kerberos.
    KerberosLibrary,
    GetTicket,
    NoTicketForAddress,
    NameRealm,
    UnknownRealm,
    KdcPort,
    UnknownService,
    ExpiredPassword,
    SetClock,
    CheckKerberosPassword {
        principal: String,
    },
    TraceKerberos,
    /// The ticket was for the account that owns this name.
    OtherAccount {
        target: String,
    },
    NeedsAes,

    /// Whom to trust.
    UseTls,
    TrustHost(String),
    CheckCertificate(String),
    Authorities,
    UnknownAuthority,
    OtherName,
    NotPinned,
    PinAuthority(Fingerprint),
    PinCertificate,
    CheckClock,
    OldServer,
    MapCertificate,
    AskForCertificate,

    /// Where the service is.
    CheckName(String),
    CheckPort,
    UriForm,
    OtherService,
    NotWsManagement,
    Forbidden,
    RequestTooLarge,
    ServerFailed,
    TryAgain,
    NotTls,
    NotTlsListener,
    ApplicationName,
    Firewall,
    SlowLogin,
    SlowServer,
    ObjectSize,

    /// Redirections that were not followed.
    AllowRedirection,
    AllowRedirectionByUri,
    MoreRedirections,
    NameHost,
    NameService,
    NamePlainAddress,

    /// Proxies.
    ProxyUser {
        mechanism: &'static str,
    },
    ProxyMechanism {
        mechanism: &'static str,
    },
    ProxyCredential,
    ProxyPassword,
    ProxyName,
    ProxyPorts {
        host: String,
    },
    ProxyScheme,
    ProxyAddress,
    ProxyForm,

    /// A question needs a terminal.
    ConfirmNeedsTerminal,
    OutputAsObjects,
}
