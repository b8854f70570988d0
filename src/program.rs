//! From a command line to an exit status: what `main` does.

mod variables;

use crate::cli::{self, BindError, Environment, Invocation, Prompt, Refusal};
use crate::cmdlet::connection::Credential;
use crate::cmdlet::{self, Cmdlet, Flow, Host, Surroundings};
use crate::engine::Interrupt;
use crate::error::ErrorRecord;
use crate::password::{self, PasswordError};
use crate::render::{self, Console, DebugLines, ExitCode, Settings, Variables};
use crate::secret::Secret;
use crate::store::Store;
use futures_util::future::{Either, select};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::pin::pin;

/// Runs the program with its arguments, its own name first.
pub fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let argv0 = args.next().unwrap_or_default();
    let environment = Environment::new(io::stdin().is_terminal(), |name| std::env::var_os(name));
    match parse(&argv0, args.collect(), &environment) {
        Ok(Parsed::Print(text)) => show(&text),
        Ok(Parsed::Run(command)) => run_command(*command),
        Ok(Parsed::Interrupted) => ExitCode::Interrupted,
        Err(refusal) => {
            let settings = Settings { output: refusal.output, ..Settings::default() };
            refuse(bare_console(refusal.cmdlet, settings), &refusal.error.record(refusal.cmdlet))
        }
    }
}

/// What became of a command line.
enum Parsed {
    Run(Box<cli::Command>),
    Print(String),
    /// Ctrl-C where something was asked for.
    Interrupted,
}

/// Parses, and where a mandatory parameter is missing and somebody is there, asks for it.
fn parse(argv0: &OsString, mut args: Vec<OsString>, environment: &Environment) -> Result<Parsed, Refusal> {
    loop {
        let refusal = match cli::parse(argv0, &args, environment) {
            Ok(Invocation::Run(command)) => return Ok(Parsed::Run(command)),
            Ok(Invocation::Print(text)) => return Ok(Parsed::Print(text)),
            Err(refusal) => refusal,
        };
        let prompt = Prompt::after(&refusal.error, refusal.cmdlet).filter(|_| environment.stdin_is_terminal);
        let Some(prompt) = prompt else { return Err(refusal) };
        let answers = match ask(&prompt) {
            Ok(answers) => answers,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Parsed::Interrupted),
            Err(_) => return Err(refusal),
        };
        args = match prompt.answer(&args, &answers) {
            Ok(args) => args,
            Err(error) => return Err(Refusal { error, ..refusal }),
        };
    }
}

fn ask(prompt: &Prompt) -> io::Result<Vec<Vec<String>>> {
    let mut intro = format!("\n{}\n{}\n", prompt.caption, prompt.message);
    let mut answers = Vec::new();
    for field in &prompt.fields {
        let mut values = Vec::new();
        loop {
            let answer = render::ask(&(std::mem::take(&mut intro) + &field.label(values.len())))?;
            if field.is_array() && answer.is_empty() {
                break;
            }
            values.push(answer);
            if !field.is_array() {
                break;
            }
        }
        answers.push(values);
    }
    Ok(answers)
}

fn run_command(command: cli::Command) -> ExitCode {
    let cli::Command { cmdlet, request, common, options } = command;
    let settings = Settings {
        output: options.output,
        color: options.color,
        wide: options.wide,
        verbose: common.verbose,
        error_action: common.error_action,
        warning_action: common.warning_action,
        progress_action: common.progress_action,
    };
    if common.debug {
        // It is set once, here; should a host of the library have set its own, that one is in charge.
        let _ = tracing::subscriber::set_global_default(DebugLines::new(settings));
    }
    let variables = match variables::open(cmdlet, &common) {
        Ok(variables) => variables,
        Err(error) => return refuse(bare_console(cmdlet, settings), &error),
    };
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let mut console = Console::new(cmdlet, settings, variables, move || stop.set());
    for name in without_effect(&request) {
        console.warning(&format!("{name} has no effect in this version."));
    }
    for text in variables::without_effect(&common) {
        console.warning(&text);
    }
    if console.flow() == Flow::Stop {
        return console.finish();
    }
    let password = match password_for(&request, &options) {
        Ok(password) => password,
        Err(PasswordError::Interrupted) => return ExitCode::Interrupted,
        Err(error) => {
            let error = BindError::PasswordUnavailable { reason: error.to_string() };
            return refuse(console, &error.record(cmdlet));
        }
    };
    let store = match options.store.map_or_else(Store::default_directory, Ok) {
        Ok(store) => store,
        Err(error) => return refuse(console, &cmdlet.store_failed(&error)),
    };
    let surroundings = Surroundings {
        store,
        password,
        ca_file: options.ca_file,
        trusted_hosts: options.trusted_hosts,
        timeout: options.timeout,
    };
    console.show_progress();
    let interrupted = match drive(&request, &surroundings, &interrupt, &mut console) {
        Ok(interrupted) => interrupted,
        Err(error) => {
            let text = format!("The run cannot begin: {error}.");
            console.terminating_error(&cmdlet.own(text, "RuntimeUnavailable", None));
            false
        }
    };
    let code = console.finish();
    if interrupted { ExitCode::Interrupted } else { code }
}

/// What was given and this version does not heed: said, so that nobody goes on believing.
fn without_effect(request: &cmdlet::Request) -> Vec<&'static str> {
    let option = request.connection().map(|connection| &connection.session_option);
    let proxies = option.is_some_and(|option| option.proxy_access_type != Default::default());
    let given = [
        ("-AllowRedirection", request.allows_redirection()),
        ("-SessionOption ProxyAccessType", proxies),
        ("-SessionOption UseUTF16", option.is_some_and(|option| option.use_utf16)),
        (
            "-SessionOption OutputBufferingMode",
            option.is_some_and(|o| o.output_buffering_mode != Default::default()),
        ),
    ];
    given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
}

/// Runs the cmdlet to its end; tells whether it was interrupted. The first Ctrl-C lets what is under way come to its
/// end and begins nothing new, the second drops everything.
fn drive(
    request: &cmdlet::Request,
    surroundings: &Surroundings,
    interrupt: &Interrupt,
    console: &mut Console,
) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let interrupted = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mut running = pin!(cmdlet::run(request, surroundings, interrupt, console));
        let first = select(running.as_mut(), Box::pin(signals.next())).await;
        if let Either::Left(_) = first {
            return Ok(false);
        }
        drop(first);
        interrupt.set();
        select(running, Box::pin(signals.next())).await;
        Ok(true)
    });
    // Nothing is waited for that nobody waits for any more, such as a name server.
    runtime.shutdown_background();
    interrupted
}

/// Ctrl-C, and the polite request to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let (terminate, interrupt) = (pin!(self.terminate.recv()), pin!(self.interrupt.recv()));
        select(terminate, interrupt).await;
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The password of the user the request names, if it names one and goes anywhere.
fn password_for(
    request: &cmdlet::Request,
    options: &cli::ProgramOptions,
) -> Result<Option<Secret>, PasswordError> {
    match request.connection().map(|connection| &connection.credential) {
        Some(Credential::UserName(user)) => password::read(&options.password, user).map(Some),
        Some(Credential::CurrentUser | Credential::CertificateThumbprint(_)) | None => Ok(None),
    }
}

/// Prints what was asked for instead of a run.
fn show(text: &str) -> ExitCode {
    match render::show(text) {
        Ok(()) => ExitCode::Success,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::Success,
        Err(error) => {
            bare_console(Cmdlet::ConnectPSSession, Settings::default()).not_written("The text", &error);
            ExitCode::Error
        }
    }
}

/// A console for what is said without a run.
fn bare_console(cmdlet: Cmdlet, settings: Settings) -> Console {
    Console::new(cmdlet, settings, Variables::default(), || {})
}

/// Shows the one error there is, and ends as a command line that does not bind.
fn refuse(mut console: Console, error: &ErrorRecord) -> ExitCode {
    console.terminating_error(error);
    ExitCode::CommandLine
}
