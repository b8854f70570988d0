//! A WinRM listener for tests and examples: a server that a PowerShell-remoting client takes for a Windows host.
//!
//! It listens on two loopback ports, HTTP and HTTPS. Clients log in by Negotiate with NTLM, by Basic or by certificate, and send
//! WS-Management requests, over HTTP only sealed. Shells are created, left disconnected, found again by enumeration,
//! connected to from another client, and expire. Inside is a server half of PSRP with a handful of canned commands, or a
//! real PowerShell behind every shell ([`Settings::powershell`]).
//!
//! Three promises make it worth testing against:
//!
//! - **It refuses what Windows refuses**, with Windows' fault numbers in Windows' shape, and says why in a log that a
//!   test can read ([`Listener::refusals`]). What has not been seen on Windows is marked where it is decided.
//! - **It shares no code with what it checks.** It parses XML with another library, cuts its own fragments and accepts
//!   NTLM by itself, so that a mistake cannot stand on both sides and cancel out. A client of another project and
//!   language runs against it in this repository's `tests/interop`.
//! - **It can be made to misbehave**, at any request and down to the TCP connection ([`Listener::inject`]).
//!
//! ```no_run
//! use pssession_listener::{Config, Listener, SessionSpec};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = Listener::start(Config::default()).await?;
//! listener.add_session(SessionSpec {
//!     name: Some("ITTask".to_owned()),
//!     configuration: "ITTasks".to_owned(),
//!     script: Some("1..5 | ForEach-Object { $_; Start-Sleep 1 }".to_owned()),
//!     ..SessionSpec::default()
//! })?;
//! // Now a client may connect, as user alice with password Password1!, to this:
//! println!("{}", listener.http_url());
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! ```text
//! sockets ─► http ─► service ─► shell ─► powershell ─► psrp
//!             │         │         └────────────────────┘
//!             ├► auth   └► soap
//!             ├► tls
//!             └► injection, journal
//! ```
//!
//! `service` and what lies right of it know no socket, clock or task, but for `powershell`, which has a process and
//! threads: [`Service`] takes a request and the time, and so a client's own machines can be tested in a pair with it, in
//! memory, with hours passing in no time ([`Service::exchange`]). `auth` is as free of them.
//!
//! # The canned commands
//!
//! A script is statements separated by `;` or line ends:
//!
//! | statement | effect |
//! |---|---|
//! | `'text'`, `"text $x $($x.Name)"`, `42`, `1..5`, `1, 2`, `$x`, `$x.Name`, `1 + $x`, `'text' * 1000`, `@{ a = 1 }`, `[pscustomobject]@{ a = 1 }`, `(...)` | output |
//! | `Write-Output X`, `hostname`, `prompt`, `Get-Command`, `Get-Date`, `Get-Location`, `Get-Process`, `Get-Service`, `TabExpansion2` | output |
//! | `$x = STATEMENT` | a variable of the runspace, there for later pipelines |
//! | `param($a, $b)` at the head, `$args` | the arguments of the pipeline's script |
//! | `STATEMENT \| ForEach-Object { $_; Start-Sleep -Milliseconds 100 }`, `foreach ($i in 1..3) { $i }` | the body once per object |
//! | `STATEMENT \| Out-String`, `\| Out-Null` | text, or nothing |
//! | `Start-Job -Name X { BODY }`, `Get-Job`, `Wait-Job X`, `Receive-Job X` | a job, which runs when it is received |
//! | `Start-Sleep N`, `Start-Sleep -Milliseconds N` | time passes |
//! | `Wait-Event` | runs until it is stopped |
//! | `$input` | the objects that were sent to the pipeline, once the client has ended its input |
//! | `Write-Error`, `Write-Warning`, `Write-Host`, `Write-Information`, `Write-Progress`; `Write-Verbose` and `Write-Debug` with their switch | records, and the host calls that show them |
//! | `Read-Host X [-AsSecureString]`, `Get-Credential`, `$Host.UI.PromptForChoice('caption', 'message', @('&Yes', '&No'), 1)` | the client's host is asked, and its answer is output; the pipeline is Pending meanwhile |
//! | `ConvertTo-SecureString X -AsPlainText -Force` | a SecureString, encrypted with the key of the session |
//! | `throw X` | the pipeline fails |
//! | `exit N`, `Exit-PSSession` | the host is asked to exit with N, and the pipeline is complete; or to leave the session |
//! | any other | an error record CommandNotFoundException |
//!
//! A pipeline may also be one of these commands with its arguments, and the last of its commands Out-String, Out-Default or
//! Out-Null. In [`Settings::restricted_configurations`] scripts are refused, and most commands unknown.
//!
//! # What it does not do
//!
//! No Kerberos or CredSSP; no compression; no WinRS shells. MemoryUsed and the like are made up. Of requests that are sent
//! once more, under the same MessageID or OperationID, only Receive gets its old answer again; others are carried out
//! twice. A real PowerShell has one voice for all the pipelines of its shell: while the output of one waits for its client,
//! the others wait too.

mod auth;
mod config;
mod http;
mod injection;
mod journal;
mod listener;
mod powershell;
mod psrp;
mod service;
mod shell;
mod soap;
mod tls;
mod xml;

pub use auth::{ChannelBinding, DigestPolicy, ProxyLogin, ProxyOffer, ProxyPolicy, User};
pub use config::{Config, LoginPolicy};
pub use injection::{Effect, Injection, Target};
pub use journal::{Caller, Counters, Journal, Refusal, RequestRecord};
pub use listener::{Listener, StartError};
pub use service::{
    IdleReceive, Outcome, Service, SessionSpec, SessionState, SessionView, Settings, SpecError, Wait,
};
pub use shell::BufferMode;
pub use soap::{FaultKind, Reply, Summary, Verb};
pub use tls::{Certificate, ClientCertificate, TlsError, TlsSettings};
