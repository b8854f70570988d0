//! From a command line to an exit status: what `main` does.

mod history;
mod lines;
mod receiver;
mod running;
mod signals;
mod variables;

use crate::certificate::Certificates;
use crate::cli::environment::{ReadFile, StandardInput};
use crate::cli::input::{self, InputForm, SessionLines, Wanted};
use crate::cli::{self, BindError, Environment, Invocation, Prompt, Refusal};
use crate::config;
use crate::host::{HostAnswers, Prompts};
use crate::links::{self, Link};
use crate::password::{PasswordError, Passwords};
use crate::render::{self, CommandSettings, Console, ExitCode, Settings, Trace, Transcript, Variables};
use lines::Lines;
use pssession::Interrupt;
use pssession::cmdlet::{self, Cmdlet, Request};
use pssession::error::{ErrorCategory, ErrorRecord, Hint};
use pssession::host::{Host, Terminal};
use pssession::store::{Store, StoreError, StoredSession};
use receiver::Receiver;
use running::Running;
use signals::EndedBy;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs the program with its arguments, its own name first.
pub fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let argv0 = args.next().unwrap_or_default();
    let variable = |name: &str| std::env::var_os(name);
    let environment = Environment {
        read_file: ReadFile(read_file),
        read_script: ReadFile(read_script),
        width: u16::try_from(render::window().0).ok(),
        ..config::behind(Environment::new(standard_input(), variable), variable)
    };
    match parse(&argv0, args.collect(), &environment) {
        Ok(Parsed::Invocation(Invocation::Print(text))) => show(&text),
        Ok(Parsed::Invocation(Invocation::SessionOption { option, output })) => {
            show(&render::session_option(&option, output))
        }
        Ok(Parsed::Invocation(Invocation::Run(command))) => run_command(*command),
        Ok(Parsed::Invocation(Invocation::Complete(completion))) => complete(completion),
        Ok(Parsed::Invocation(Invocation::InstallLinks(links))) => install_links(&links),
        Ok(Parsed::Interrupted) => ExitCode::Interrupted,
        Err(refusal) => {
            let settings = Settings { output: refusal.output, ..Settings::default() };
            refuse(bare_console(refusal.cmdlet, settings), &refusal.error.record(refusal.cmdlet))
        }
    }
}

/// What is on the standard input of this process.
fn standard_input() -> StandardInput {
    match io::stdin().is_terminal() {
        true => StandardInput::Terminal,
        false if is_piped() => StandardInput::Pipeline,
        false => StandardInput::Nothing,
    }
}

#[cfg(unix)]
fn is_piped() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let metadata = io::stdin().as_fd().try_clone_to_owned().and_then(|input| File::from(input).metadata());
    metadata.is_ok_and(|metadata| {
        let file_type = metadata.file_type();
        file_type.is_fifo() || file_type.is_socket() || file_type.is_file()
    })
}

/// What is not a terminal cannot be distinguished further.
#[cfg(not(unix))]
fn is_piped() -> bool {
    true
}

/// The text of a file that an argument names.
fn read_file(path: &Path) -> io::Result<String> {
    File::open(path).and_then(config::text)
}

/// The text of a script; `-` is standard input.
fn read_script(path: &Path) -> io::Result<String> {
    match path.as_os_str() == "-" {
        true => input::script(io::stdin().lock()),
        false => input::script(BufReader::new(File::open(path)?)),
    }
}

/// How long completion waits for a process that writes to the store.
const COMPLETION_PATIENCE: Duration = Duration::from_millis(100);

/// What became of a command line.
enum Parsed {
    Invocation(Invocation),
    /// Ctrl-C where something was asked for.
    Interrupted,
}

/// Parses, and prompts for missing mandatory parameters on a terminal.
fn parse(argv0: &OsString, mut args: Vec<OsString>, environment: &Environment) -> Result<Parsed, Refusal> {
    loop {
        let refusal = match cli::parse(argv0, &args, environment) {
            Ok(invocation) => return Ok(Parsed::Invocation(invocation)),
            Err(refusal) => refusal,
        };
        let prompt = Prompt::after(&refusal.error, refusal.cmdlet)
            .filter(|_| environment.stdin == StandardInput::Terminal);
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
    let cli::Command { cmdlet, request, common, options, input, warnings } = command;
    let settings = Settings {
        output: options.output,
        color: options.color,
        wide: options.wide,
        verbose: common.verbose,
        error_action: common.error_action,
        warning_action: common.warning_action,
        progress_action: common.progress_action,
    };
    let transcript = match options.transcript.as_deref().map(Transcript::create).transpose() {
        Ok(transcript) => transcript,
        Err(error) => {
            let text = format!("The file of --transcript cannot be written: {error}.");
            let error = ErrorRecord {
                category: ErrorCategory::OpenError,
                reason: "IOException",
                ..cmdlet.own(text, "TranscriptUnavailable", None)
            };
            return refuse(bare_console(cmdlet, settings), &error);
        }
    };
    if common.debug || transcript.is_some() {
        // It is set once, here; should a host of the library have set its own, that one is in charge.
        let _ = tracing::subscriber::set_global_default(Trace::new(settings, common.debug, transcript));
    }
    let variables = match variables::open(cmdlet, &common) {
        Ok(variables) => variables,
        Err(error) => return refuse(bare_console(cmdlet, settings), &error),
    };
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let mut console = Console::new(cmdlet, settings, variables, move || stop.set());
    for text in variables::without_effect(&common).into_iter().chain(warnings) {
        console.warning(&text);
    }
    if !console.goes_on() {
        return console.finish();
    }
    let mut passwords = Passwords::of(options.password);
    match passwords.prepare(&request) {
        Ok(()) => {}
        Err(PasswordError::Interrupted) => return ExitCode::Interrupted,
        Err(error) => {
            return refuse(console, &BindError::PasswordUnavailable(error.unavailable()).record(cmdlet));
        }
    }
    let certificates = Certificates::of(options.certificates);
    if let Err(error) = certificates.prepare(cmdlet, &request) {
        return refuse(console, &error);
    }
    let mut policy = options.policy;
    if !policy.channel_binding {
        console.warning(NO_CHANNEL_BINDING);
    }
    let store = match options.store.map_or_else(Store::default_directory, Ok) {
        Ok(store) => store,
        Err(error) => return refuse(console, &cmdlet.store_failed(&error)),
    };
    // They are remembered with the sessions, for programs that are started elsewhere.
    policy.anchors.ca_file = policy.anchors.ca_file.map(|file| std::path::absolute(&file).unwrap_or(file));
    let (width, height) = render::window();
    let commands = options.command;
    let is_entered = matches!(request, Request::Enter(_));
    let typed = match is_entered.then(|| Lines::new(&store, commands.escape.0)).transpose() {
        Ok(typed) => typed,
        Err(error) => {
            let text = format!("Lines cannot be edited on this terminal: {error}.");
            return refuse(console, &cmdlet.own(text, "TerminalUnavailable", None));
        }
    };
    let wanted = Wanted::of_request(&request);
    let reads_stdin = input.is_some() || wanted.is_some();
    let settings = cmdlet::Settings {
        store,
        proxy_password: options.proxy_password,
        policy,
        lines: wanted.map(|wanted| lines(wanted, cmdlet)),
        objects: input.map(|form| objects(form, cmdlet)),
        explains_waits: common.progress_action.shows() && render::shows_progress(),
        host: Host::Terminal(Terminal::new(width, height)),
        wildcards: options.wildcards,
    };
    let prompts = match commands.answers.as_deref().map(HostAnswers::read).transpose() {
        Ok(answers) => Prompts::new(answers),
        Err(error) => return refuse(console, &cmdlet.own(format!("{error}."), "AnswersUnavailable", None)),
    };
    let escape = commands.escape.0.filter(|_| render::watch::is_possible() && !reads_stdin);
    if let Request::Invoke(_) | Request::Receive(_) | Request::Enter(_) = request {
        let settings = CommandSettings {
            output: commands.output,
            error_view: commands.error_view,
            marks_computers: request.may_be_several() && !commands.hide_computer_name,
            shows_errors: common.error_action.shows(),
            is_entered,
            shows_progress: common.progress_action.shows(),
            escape,
        };
        console.show_commands(settings, commands.failed_to);
    }
    console.show_progress();
    let running = Running::default();
    let mut receiver = Receiver {
        console,
        passwords,
        certificates,
        prompts,
        lines: typed,
        escape,
        running: running.clone(),
    };
    let drive =
        |events| signals::drive(&request, settings, commands.time_limit, &interrupt, &running, events);
    let driven = receiver.receive(drive);
    let Receiver { mut console, .. } = receiver;
    let ended_by = match driven {
        Ok(ended_by) => ended_by,
        Err(error) => {
            let text = format!("The program cannot start: {error}.");
            console.terminating_error(&cmdlet.own(text, "RuntimeUnavailable", None));
            EndedBy::Itself
        }
    };
    let overrun = match ended_by {
        EndedBy::Overrun => Some((
            "The time limit has passed, and the server did not answer what was still to be done.",
            LEFT_OVER,
        )),
        EndedBy::TimeLimit if !console.has_shown_why() => {
            Some(("The time limit has passed, and the server has not answered yet.", WAITS_LONGER))
        }
        EndedBy::TimeLimit | EndedBy::Itself | EndedBy::Person => None,
    };
    if let Some((text, hint)) = overrun {
        console.terminating_error(&ErrorRecord {
            category: ErrorCategory::OperationTimeout,
            reason: "TimeoutException",
            ..cmdlet.own(text.into(), "TimeLimitExceeded", Some(Hint::Text(hint.into())))
        });
    }
    if render::watch::end() {
        console.typed_in_vain();
    }
    let code = console.finish();
    match (ended_by, code) {
        (EndedBy::Itself, _) | (EndedBy::Person, ExitCode::Left | ExitCode::Lost) => code,
        (EndedBy::Person, _) => ExitCode::Interrupted,
        (EndedBy::TimeLimit | EndedBy::Overrun, _) => ExitCode::TimedOut,
    }
}

const WAITS_LONGER: &str = "--timeout SECONDS waits longer";

const LEFT_OVER: &str = "get-pssession lists the sessions that may be left, remove-pssession ends them";

const NO_CHANNEL_BINDING: &str = "--no-channel-binding: logins are not bound to their TLS channel, so anyone who \
                                  impersonates the server can relay them.";

/// The sessions that standard input names.
fn lines(wanted: Wanted, cmdlet: Cmdlet) -> cmdlet::Lines {
    let items = SessionLines::new(BufReader::new(io::stdin()), wanted);
    Box::new(items.map(move |(line, item)| item.map_err(|bad| bad.on_line(line).record(cmdlet))))
}

/// What standard input holds for a command.
fn objects(form: InputForm, cmdlet: Cmdlet) -> cmdlet::Objects {
    let items = input::objects(BufReader::new(io::stdin()), form);
    Box::new(items.map(move |(number, item)| item.map_err(|bad| bad.on_line(number).record(cmdlet))))
}

/// Says what a word can become. A shell asks for it between two keystrokes, so trouble is kept to oneself.
fn complete(completion: cli::Completion) -> ExitCode {
    let directory = completion.store.clone().map_or_else(Store::default_directory, Ok);
    let stored = directory.and_then(|directory| known(&from_home(directory))).unwrap_or_default();
    let known: Vec<_> = stored.into_iter().map(|stored| stored.session).collect();
    show(&completion.answer(&known))
}

/// What the store knows. A shell waits for it between two keystrokes.
fn known(directory: &Path) -> Result<Vec<StoredSession>, StoreError> {
    Store::open_for_reading(directory, COMPLETION_PATIENCE)?.sessions()
}

/// `~/` is the home directory, which a shell has not put there yet in a line that is still being typed.
fn from_home(directory: PathBuf) -> PathBuf {
    match (directory.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => directory,
    }
}

fn install_links(wanted: &cli::Links) -> ExitCode {
    match links::install(&wanted.names, wanted.directory.as_deref()) {
        Ok(links) => {
            let line = |Link { path, is_old }: Link| {
                let made = if is_old { "already exists" } else { "was created" };
                render::line(&format!("{} {made}", path.display())) + "\n"
            };
            show(&links.into_iter().map(line).collect::<String>())
        }
        Err(error) => {
            bare_console(Cmdlet::ConnectPSSession, Settings::default()).terminating_error(&error.record());
            ExitCode::Error
        }
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

/// A console for messages outside a run.
fn bare_console(cmdlet: Cmdlet, settings: Settings) -> Console {
    Console::new(cmdlet, settings, Variables::default(), || {})
}

/// Shows the one error there is, and ends as a command line that does not bind.
fn refuse(mut console: Console, error: &ErrorRecord) -> ExitCode {
    console.terminating_error(error);
    ExitCode::CommandLine
}
