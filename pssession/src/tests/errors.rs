//! `docs/errors.md`: what a person can meet, by cause. It is made here from the errors themselves and from the program's
//! words for their hints; `UPDATE=1 cargo test -p pssession errors` writes it anew.

// The program's words, here where the errors are. Its last arm is for hints that it does not know: there are none.
#[expect(unreachable_patterns, reason = "there are words for every hint")]
#[path = "../../../src/render/hint.rs"]
mod hint;

use crate::access::Fingerprint;
use crate::auth::{BodyFault, Error as A, KerberosFault as K, NtStatus};
use crate::cmdlet::{Cmdlet, InvalidPattern};
use crate::engine::{Endless, Failure, Redirection, Refusal as R};
use crate::error::{ErrorRecord, Hint};
use crate::psrp::fragment::FragmentError;
use crate::psrp::runspace_pool::PoolError;
use crate::record::{InstanceId, ObjectId, SessionNumber};
use crate::session::InDoubt;
use crate::store::StoreError as S;
use crate::transport::{BadRedirection as B, Error as E, ProxyFault as P, TlsFault as T, TrustError};
use crate::wsman::{Fault, FaultCode as C, Malformed as M};
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

const CMDLET: Cmdlet = Cmdlet::ConnectPSSession;
const AFTER: Duration = Duration::from_secs(30);

fn name(name: &str) -> String {
    name.to_owned()
}

fn queried(failures: Vec<Failure>) -> Vec<ErrorRecord> {
    failures.iter().map(|failure| CMDLET.query_failed("server01", failure)).collect()
}

fn network() -> Vec<E> {
    let host = || name("server01");
    vec![
        E::NameNotResolved { host: host() },
        E::Refused { host: host(), port: 5985 },
        E::Unreachable { host: host(), reason: name("No route to host") },
        E::ConnectTimedOut { host: host(), after: AFTER },
        E::AnswerTimedOut { host: host(), after: AFTER },
        E::LoginTimedOut { host: host(), scheme: "Negotiate", after: AFTER },
        E::Lost { host: host() },
        E::LoginLost { host: host() },
        E::NotHttp { host: host(), port: 22 },
        E::NotSoap { host: host(), excerpt: None },
        E::TooLarge { host: host(), limit: 1 << 20 },
        E::HeadTooLarge { host: host() },
        E::RideRefused { host: host(), status: 400 },
        E::Redirected { host: host(), location: name("http://server02/wsman") },
        E::BadUrl { url: name("http://server01/") },
        E::NoEntropy,
    ]
}

fn statuses() -> Vec<E> {
    let status = |status| E::Status { host: name("server01"), status, excerpt: None };
    [400, 403, 404, 413, 429, 500, 503].map(status).into()
}

fn tls() -> Vec<E> {
    let seen = Fingerprint::of(b"");
    let faults = [
        T::UnknownIssuer,
        T::WrongName { presented: vec![name("server02")] },
        T::Expired { at: None },
        T::NotValidYet { until: None },
        T::NotPinned { seen },
        T::IsAuthority { seen },
        T::Certificate("has been revoked"),
        T::ClientCertificateRefused("unknown_ca"),
        T::NothingInCommon,
        T::NotTls,
        T::Alert("internal_error"),
        T::Other(name("it breaks the rules of TLS")),
    ];
    let of_connections = faults.map(|fault| E::Tls { host: name("server01"), port: 5986, fault });
    let untrusted = [
        TrustError::System,
        TrustError::CaFile { path: "ca.pem".into(), reason: name("it is not a PEM file") },
    ];
    let not_asked = E::CertificateNotAsked { host: name("server01") };
    of_connections.into_iter().chain(untrusted.map(E::Trust)).chain([not_asked]).collect()
}

fn logins() -> Vec<E> {
    let offered = || vec![name("Negotiate")];
    let refused = [
        A::Refused { scheme: "Negotiate" },
        A::Refused { scheme: "Certificate" },
        A::LogonRefused { status: NtStatus(0xC000_0234) },
        A::CredentialRequired { scheme: "CredSSP" },
        A::CredentialRequired { scheme: "Basic" },
        A::ColonInUserName,
        A::NameTooLong { limit: 256 },
        A::SchemeNotOffered { scheme: "Basic", offered: offered() },
        A::SchemeNotOffered { scheme: "CredSSP", offered: offered() },
        A::NothingToUse { tried: "NTLM in Negotiate", offered: offered() },
        A::UnsafeDigest,
        A::ProtectionsTrimmed { missing: vec!["signing"] },
        A::UnsafeCredSsp { version: 2 },
        A::ForgedServerKey,
        A::InnerTls("the server ended it with a TLS alert"),
        A::TooManyLegs,
        A::MissingToken,
        A::UnexpectedToken,
        A::TokenTooLarge,
        A::InvalidBase64,
        A::MalformedChallenge,
        A::MalformedCertificate,
        A::NotEstablished,
        A::MalformedSignature,
        A::WrongSequenceNumber { expected: 1, found: 2 },
        A::OutOfSequence,
        A::BadSignature,
        A::NotSealed,
        A::WrongProtocol { expected: "application/HTTP-SPNEGO-session-encrypted" },
        A::MalformedBody(BodyFault::Truncated),
        A::BodyTooLarge { limit: 1 << 20 },
    ];
    let host = || name("server01");
    let others = [
        E::BoundLogin(A::Refused { scheme: "Negotiate" }),
        E::NeedsTls { scheme: "Basic" },
        E::NotTrusted { host: host(), kerberos: None },
        E::NotVerified { host: host(), scheme: "Basic", kerberos: None },
    ];
    refused.map(E::Auth).into_iter().chain(others).collect()
}

fn kerberos() -> Vec<E> {
    let principal = || name("alice@EXAMPLE.COM");
    let refused = |target: &str| K::TicketRefused { target: name(target), reason: None };
    let faults = [
        K::NoLibrary,
        K::Address,
        K::UserWithoutRealm { user: name("alice") },
        K::NoRealm,
        K::UnknownRealm { principal: principal() },
        K::KdcUnreachable { reason: name("Cannot contact any KDC") },
        K::UnknownTarget { targets: vec![name("WSMAN/server01")] },
        K::NoTicket,
        K::TicketExpired,
        K::UnknownUser { principal: principal() },
        K::WrongPassword { principal: principal() },
        K::PasswordExpired { principal: principal() },
        K::AccountRevoked { principal: principal() },
        K::ClockSkew,
        refused("WSMAN/server01"),
        refused("HTTP/server01"),
        K::ServerNotProven { target: name("WSMAN/server01") },
        K::WeakEncryption,
        K::Other { reason: name("the library's words") },
    ];
    faults.map(|fault| E::Auth(A::Kerberos(fault))).into()
}

fn proxies() -> Vec<E> {
    let (host, offered) = (|| name("server01"), |one: &str| vec![name(one)]);
    let faults = [
        P::Unreachable(name("Connection refused")),
        P::Tls(T::NotTls),
        P::TimedOut { host: host(), after: AFTER },
        P::Lost,
        P::NotHttp,
        P::HeadTooLarge,
        P::Status { host: host(), status: 403, excerpt: None },
        P::WantsLogin { offered: offered("Negotiate"), kerberos: None },
        P::NotOffered { scheme: "Negotiate", offered: offered("Basic") },
        P::NotOffered { scheme: "Negotiate", offered: offered("Digest") },
        P::Refused { scheme: "Basic" },
        P::Login(A::Kerberos(K::Address)),
    ];
    let of = |fault| E::Proxy { proxy: name("http://proxy:3128"), fault };
    faults.map(of).into_iter().chain([E::BadProxy { proxy: name("proxy") }]).collect()
}

fn redirections() -> Vec<Failure> {
    let refusals = [
        R::NotAllowed { could_be: true },
        R::NotAllowed { could_be: false },
        R::TooOften { most: 5 },
        R::Circle,
        R::Bad(B::NoAddress),
        R::Bad(B::AnotherHost),
        R::Bad(B::AnotherService),
        R::Bad(B::LessSecure),
    ];
    let of = |refusal| Redirection {
        said: name("The service moved."),
        location: name("http://server02/wsman"),
        refusal,
    };
    refusals.map(|refusal| Failure::Redirected(of(refusal).into())).into()
}

/// A fault by its number: the text is the server's own.
fn fault(code: C) -> Failure {
    let message = format!("{code:?}").replace('_', " ").to_lowercase();
    Failure::Fault(Fault { code: Some(code), message, ..Fault::default() }.into())
}

fn faults() -> Vec<ErrorRecord> {
    const CODES: [C; 12] = [
        C::INVALID_SELECTORS,
        C::UNKNOWN_CONFIGURATION,
        C::INVALID_RESOURCE_URI,
        C::REMOTE_SHELLS_NOT_ALLOWED,
        C::REMOTE_CONNECTION_NOT_ALLOWED,
        C::QUOTA_MAX_OPERATIONS,
        C::QUOTA_USER,
        C::QUOTA_SYSTEM,
        C::SESSION_ID_MISMATCH,
        C::RUN_AS_FAILED,
        C::INVALID_AUTHENTICATION,
        C::CORRUPTED_CONFIGURATION,
    ];
    let silent = Failure::Fault(Fault { code: Some(C(1)), ..Fault::default() }.into());
    let connected = |code| CMDLET.connect_failed("ITTask", "server01", "ITTasks", &fault(code));
    let mut records = queried(vec![fault(C::ACCESS_DENIED)]);
    records.extend([C::ACCESS_DENIED, C::CONNECTED_TO_DIFFERENT_CLIENT].map(connected));
    records.extend(queried(CODES.map(fault).into()));
    records.extend(queried(vec![silent]));
    records
}

fn answers() -> Vec<Failure> {
    let malformed = [
        M::NotText,
        M::NotWellFormed,
        M::Truncated,
        M::TooDeep,
        M::DocumentType,
        M::Entity(name("x")),
        M::Missing("Shell"),
        M::TooManyItems { most: 50_000 },
        M::Value { element: "State", value: name("x") },
        M::Action(name("x")),
        M::RelatesTo(name("x")),
    ];
    let endless = [Endless::Octets, Endless::EmptyPages, Endless::Time(AFTER), Endless::Redirections(AFTER)];
    let pool = [PoolError::Fragment(FragmentError::ObjectTooLarge(ObjectId::FIRST)), PoolError::ServerClosed];
    let malformed = malformed.map(Failure::Malformed).into_iter();
    let lost = || Box::new(E::Lost { host: name("server01") }.into());
    let in_doubt = [InDoubt::Start, InDoubt::Input].map(|what| Failure::InDoubt(what, lost()));
    let used = endless.map(Failure::Endless).into_iter().chain(pool.map(Failure::Negotiation));
    malformed.chain(used).chain(in_doubt).collect()
}

fn sessions() -> Vec<ErrorRecord> {
    let id = InstanceId(Uuid::nil());
    let forget = Some(Hint::ForgetSession(SessionNumber(4)));
    let gone = ErrorRecord { hint: forget.clone(), ..CMDLET.no_longer_exists("ITTask", "server01") };
    let known_as = Hint::KnownAs { id: SessionNumber(4), computer: name("server01.example.com") };
    vec![
        CMDLET.no_such_name("ITTask"),
        CMDLET.no_such_instance(id),
        CMDLET.name_not_available("ITTask"),
        CMDLET.id_not_available(4),
        CMDLET.instance_not_available(id),
        CMDLET.computer_not_available("server01"),
        gone,
        CMDLET.not_available("ITTask"),
        ErrorRecord { hint: Some(known_as), ..CMDLET.not_available("ITTask") },
        ErrorRecord { hint: forget, ..CMDLET.not_disconnected("ITTask") },
        CMDLET.not_opened("ITTask"),
        CMDLET.too_many_sessions("server01", 5_000, 1_000),
        CMDLET.bad_idle_timeout("ITTask", Duration::from_secs(5), Duration::from_secs(7_200), AFTER),
        CMDLET.disconnect_failed(id, &fault(C::DISCONNECT_NOT_SUPPORTED)),
        CMDLET.delete_failed("ITTask", &E::Lost { host: name("server01") }.into()),
        CMDLET.remove_failed("ITTask", &E::Lost { host: name("server01") }.into()),
        CMDLET.bad_pattern(&InvalidPattern(name("[a"))),
        CMDLET.not_bound(),
        CMDLET.input_is_gone("server01"),
    ]
}

fn store() -> Vec<ErrorRecord> {
    let file = || PathBuf::from("sessions.db");
    let stores = [
        S::NoDirectory,
        S::Directory { directory: "store".into(), source: std::io::ErrorKind::PermissionDenied.into() },
        S::Foreign(file()),
        S::Older { file: file(), found: 1 },
        S::Newer { file: file(), found: 99 },
        S::Damaged { file: file() },
        S::Unusable { file: file(), reason: name("another process keeps it locked") },
    ];
    stores.iter().map(|error| CMDLET.store_failed(error)).collect()
}

fn questions() -> Vec<ErrorRecord> {
    vec![
        CMDLET.own(
            name("There is no password for the user alice of the proxy."),
            "PasswordUnavailable",
            Some(Hint::ProxyPassword),
        ),
        CMDLET.own(
            name("The action cannot be confirmed."),
            "ConfirmationUnavailable",
            Some(Hint::ConfirmNeedsTerminal),
        ),
    ]
}

/// In the last column, where there is no hint.
const NOTHING: &str = "nothing can be done from here";

/// A row: what is said, the id that scripts find, and what can be done.
fn row(record: &ErrorRecord) -> String {
    const QUERY: &str = "The remote session query failed for server01 with the following error message: ";
    let message = record.message.strip_prefix(QUERY).unwrap_or(&record.message);
    let message =
        message.rsplit_once("failed with the following error message : ").map_or(message, |(_, inner)| inner);
    let message = message.split(" For more information, see the about_").next().unwrap_or_default();
    // Windows says much at once.
    let first = message.split_inclusive(". ").next().unwrap_or_default();
    let message = if message.len() > 250 { format!("{first}…") } else { message.to_owned() };
    let (id, _) = record.fully_qualified_error_id.rsplit_once(',').unwrap_or_default();
    let id = id.trim_end_matches("RemotePSSessionQueryFailed").trim_end_matches(',');
    let id = if id.is_empty() { String::new() } else { format!("`{id}`") };
    let hint = record.hint.as_ref().and_then(hint::words).unwrap_or_else(|| NOTHING.to_owned());
    let cell =
        |text: &str| text.replace('|', "\\|").replace('`', "\\`").replace('<', "&lt;").replace('*', "\\*");
    format!("| {} | {id} | {} |\n", cell(&message), cell(&hint))
}

const HEAD: &str = "\
# Errors by cause

What Connect-PSSession and its companion cmdlets report about computers and sessions, with example names and numbers, and
what can be done about it. The second column is the beginning of the FullyQualifiedErrorId: PowerShell's name for the cause,
or the number that a Windows client reports. `RemotePSSessionQueryFailed` follows it where a computer could not be asked for
its sessions, `PSSessionConnectFailed` where a session could not be connected to.

What is wrong with a command line, with a file it names or with a password is in [Errors of the command
line](command-line-errors.md).

This page is generated from the program's code; change the code, not the page.
";

#[test]
fn every_error_has_its_row() {
    let of_transport = |errors: Vec<E>| queried(errors.into_iter().map(Failure::Transport).collect());
    let groups = [
        (
            "Reaching the computer",
            "Nothing was done there, unless the connection was lost.",
            of_transport(network()),
        ),
        (
            "HTTP statuses",
            "The server, or what is in front of it, answered no SOAP.",
            of_transport(statuses()),
        ),
        ("TLS and certificates", "Nothing was sent over the connection.", of_transport(tls())),
        ("Logging on", "A wrong password is sent once.", of_transport(logins())),
        ("Kerberos", "`klist` shows the tickets that there are.", of_transport(kerberos())),
        ("Proxies", "The server was not reached.", of_transport(proxies())),
        (
            "Redirections",
            "They are followed where that is allowed, and to the same service.",
            queried(redirections()),
        ),
        (
            "Faults of the server",
            "Their texts are the server's own; here is what their numbers mean.",
            faults(),
        ),
        (
            "Answers that cannot be used",
            "The server's event log may say more, `-Debug` lists the requests.",
            queried(answers()),
        ),
        ("Sessions", "`get-pssession` lists them, with `-ComputerName` those of a server.", sessions()),
        ("The session store", "Nothing was sent; `--store` and PSSESSION_STORE name its directory.", store()),
        ("Passwords and questions", "Nothing was sent.", questions()),
    ];
    let mut page = HEAD.to_owned();
    for (title, note, records) in groups {
        page += &format!(
            "\n## {title}\n\n{note}\n\n| what is said | error id | what to do |\n| --- | --- | --- |\n"
        );
        page.extend(records.iter().map(row));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).expect("the page is there");
    assert!(
        written == page,
        "docs/errors.md is not up to date: UPDATE=1 cargo test -p pssession every_error_has_its_row"
    );
}
