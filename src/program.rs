//! From a command line to an exit status: what `main` does.

use crate::certificate::Certificates;
use crate::cli::input::{SessionLines, Wanted};
use crate::cli::{self, Environment, Invocation, Prompt, Refusal};
use crate::cmdlet::{self, Cmdlet, Host, Surroundings};
use crate::config;
use crate::engine::Interrupt;
use crate::error::ErrorRecord;
use crate::password::Passwords;
use crate::render::{self, Console, DebugLines, ExitCode, Output, Settings};
use crate::store::Store;
use futures_util::future::{Either, select};
use std::ffi::OsString;
use std::io::{self, BufReader, IsTerminal};
use std::pin::pin;

/// Runs the program with its arguments, its own name first.
pub fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let argv0 = args.next().unwrap_or_default();
    let variable = |name: &str| std::env::var_os(name);
    let environment = config::behind(Environment::new(io::stdin().is_terminal(), variable), variable);
    match parse(&argv0, args.collect(), &environment) {
        Ok(Invocation::Print(text)) => {
            render::show(&text);
            ExitCode::Success
        }
        Ok(Invocation::Run(command)) => run_command(*command),
        Err(refusal) => {
            let settings = Settings { output: refusal.output, show_errors: true, ..Settings::default() };
            refuse(settings, &refusal.error.record(refusal.cmdlet))
        }
    }
}

/// Parses, and where a mandatory parameter is missing and somebody is there, asks for it.
fn parse(
    argv0: &OsString,
    mut args: Vec<OsString>,
    environment: &Environment,
) -> Result<Invocation, Refusal> {
    loop {
        let refusal = match cli::parse(argv0, &args, environment) {
            Ok(invocation) => return Ok(invocation),
            Err(refusal) => refusal,
        };
        let prompt = Prompt::after(&refusal.error, refusal.cmdlet).filter(|_| environment.stdin_is_terminal);
        let Some(prompt) = prompt else { return Err(refusal) };
        let Ok(answers) = ask(&prompt) else { return Err(refusal) };
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
        show_errors: common.error_action.shows(),
        stop_at_error: common.error_action.stops(),
        show_warnings: common.warning_action.shows(),
    };
    if common.debug {
        // It is set once, here; should a host of the library have set its own, that one is in charge.
        let _ = tracing::subscriber::set_global_default(DebugLines { json: options.output != Output::Table });
    }
    let mut console = Console::new(settings);
    for name in without_effect(&request, &common) {
        console.warning(&format!("{name} has no effect in this version."));
    }
    let passwords = Passwords::of(options.password);
    if let Err(error) = passwords.prepare(cmdlet, &request) {
        return refuse(Settings { show_errors: true, ..settings }, &error);
    }
    let certificates = Certificates::of(options.certificates);
    if let Err(error) = certificates.prepare(cmdlet, &request) {
        return refuse(Settings { show_errors: true, ..settings }, &error);
    }
    if !options.channel_binding {
        console.warning(NO_CHANNEL_BINDING);
    }
    let store = match options.store.map_or_else(Store::default_directory, Ok) {
        Ok(store) => store,
        Err(error) => return refuse(settings, &cmdlet.store_failed(&error)),
    };
    let surroundings = Surroundings {
        store,
        passwords: Box::new(passwords),
        certificates: Box::new(certificates),
        ca_file: options.ca_file,
        pins: options.pins,
        channel_binding: options.channel_binding,
        trusted_hosts: options.trusted_hosts,
        timeout: options.timeout,
        lines: Wanted::of_request(&request).map(|wanted| lines(wanted, cmdlet)),
    };
    let interrupted = match drive(&request, surroundings, &mut console) {
        Ok(interrupted) => interrupted,
        Err(error) => {
            render::say(&format!("connect-pssession: {error}"));
            return ExitCode::Error;
        }
    };
    let code = console.finish();
    if interrupted { ExitCode::Interrupted } else { code }
}

const NO_CHANNEL_BINDING: &str = "--no-channel-binding: logins are not tied to their TLS channel, so that whoever can \
    pose as the server can pass them on.";

/// The sessions that standard input tells.
fn lines(wanted: Wanted, cmdlet: Cmdlet) -> cmdlet::Lines {
    let told = SessionLines::new(BufReader::new(io::stdin()), wanted);
    Box::new(told.map(move |(line, told)| told.map_err(|bad| bad.on_line(line).record(cmdlet))))
}

/// What was given and this version does not heed: said, so that nobody goes on believing.
fn without_effect(request: &cmdlet::Request, common: &cli::CommonParameters) -> Vec<&'static str> {
    use cli::common::ActionPreference::{Inquire, Stop};
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
        ("-ErrorAction Inquire", common.error_action == Inquire),
        ("-WarningAction", matches!(common.warning_action, Inquire | Stop)),
        ("-ErrorVariable", common.error_variable.is_some()),
        ("-WarningVariable", common.warning_variable.is_some()),
        ("-InformationVariable", common.information_variable.is_some()),
        ("-OutVariable", common.out_variable.is_some()),
        ("-PipelineVariable", common.pipeline_variable.is_some()),
    ];
    given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
}

/// Runs the cmdlet to its end; tells whether it was interrupted. The first Ctrl-C lets what is under way come to its
/// end and begins nothing new, the second drops everything.
fn drive(request: &cmdlet::Request, surroundings: Surroundings, console: &mut Console) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let interrupted = runtime.block_on(async {
        let interrupt = Interrupt::default();
        let mut signals = Signals::new()?;
        let mut running = pin!(cmdlet::run(request, surroundings, &interrupt, console));
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

/// Shows the one error there is, and ends as a command line that does not bind.
fn refuse(settings: Settings, error: &ErrorRecord) -> ExitCode {
    let mut console = Console::new(settings);
    console.error(error);
    ExitCode::CommandLine
}
