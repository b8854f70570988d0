//! What a client answers without its user, and the way of a user's answer back to the server.

use super::blocking::blocking;
use crate::pipeline::host;
use crate::psrp::host::{Host, HostAnswer, HostCall, HostError, HostRequest, HostResponse, Terminal};
use crate::psrp::session_key::KeyPair;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use getrandom::SysRng;
use std::sync::LazyLock;
use tokio::sync::oneshot;
use uuid::Uuid;

/// What of a call is shown to the user, and what is sent to the server once it is known.
pub(super) fn handle(
    call: HostCall,
    host: &Host,
) -> (Option<host::HostCall>, Option<BoxFuture<'static, HostResponse>>) {
    let request = call.request.clone();
    if !call.expects_response() {
        return (Some(host::HostCall::new(request, None)), None);
    }
    match known(&request, host) {
        Known::Answer(answer) => (None, Some(ready(call.response(Ok(Some(answer)))).boxed())),
        Known::Nothing => {
            (Some(host::HostCall::new(request, None)), Some(ready(call.response(Ok(None))).boxed()))
        }
        Known::ByTheUser => {
            let (sender, reply) = oneshot::channel::<host::Reply>();
            let response = async move {
                match reply.await {
                    Ok(result) => call.response(result.map(Some).map_err(|message| HostError { message })),
                    Err(_) => call.refusal(),
                }
            };
            (Some(host::HostCall::new(request, Some(sender))), Some(response.boxed()))
        }
    }
}

/// The keys for an exchange; `None` where there are no random numbers.
pub(super) async fn keys() -> Option<KeyPair> {
    blocking(|| KeyPair::generate(&mut SysRng)).await.ok()
}

/// What is known of an answer without its user.
enum Known {
    Answer(HostAnswer),
    /// The method has no result.
    Nothing,
    ByTheUser,
}

fn known(request: &HostRequest, host: &Host) -> Known {
    use HostRequest as R;
    /// The language that this client asks its servers for.
    const CULTURE: &str = "en-US";
    /// Of this process.
    static INSTANCE_ID: LazyLock<Uuid> = LazyLock::new(Uuid::new_v4);
    let assumed = Terminal::new(120, 50);
    let terminal = if let Host::Terminal(terminal) = host { terminal } else { &assumed };
    let answer = match request {
        R::GetName => HostAnswer::Text(env!("CARGO_PKG_NAME").to_owned()),
        R::GetVersion => HostAnswer::Version(
            number(env!("CARGO_PKG_VERSION_MAJOR")),
            number(env!("CARGO_PKG_VERSION_MINOR")),
        ),
        R::GetInstanceId => HostAnswer::Guid(*INSTANCE_ID),
        R::GetCurrentCulture | R::GetCurrentUICulture => HostAnswer::Text(CULTURE.to_owned()),
        R::GetForegroundColor => HostAnswer::Color(terminal.foreground),
        R::GetBackgroundColor => HostAnswer::Color(terminal.background),
        R::GetCursorPosition => HostAnswer::Coordinates(terminal.cursor),
        R::GetWindowPosition => HostAnswer::Coordinates(Default::default()),
        R::GetCursorSize => HostAnswer::Number(Terminal::CURSOR_SIZE),
        R::GetBufferSize => HostAnswer::Size(terminal.buffer),
        R::GetWindowSize | R::GetMaxWindowSize | R::GetMaxPhysicalWindowSize => {
            HostAnswer::Size(terminal.window)
        }
        R::GetWindowTitle => HostAnswer::Text(terminal.title.clone()),
        // Keys that are typed ahead are for the next question.
        R::GetKeyAvailable | R::GetIsRunspacePushed => HostAnswer::Bool(false),
        R::SetShouldExit(_)
        | R::Write { .. }
        | R::WriteErrorLine(_)
        | R::WriteDebugLine(_)
        | R::WriteProgress { .. }
        | R::WriteVerboseLine(_)
        | R::WriteWarningLine(_)
        | R::SetForegroundColor(_)
        | R::SetBackgroundColor(_)
        | R::SetCursorPosition(_)
        | R::SetWindowPosition(_)
        | R::SetCursorSize(_)
        | R::SetBufferSize(_)
        | R::SetWindowSize(_)
        | R::SetWindowTitle(_)
        | R::FlushInputBuffer
        | R::SetBufferContents1 { .. }
        | R::SetBufferContents2 { .. }
        | R::ScrollBufferContents { .. }
        | R::PopRunspace => return Known::Nothing,
        R::ReadLine
        | R::ReadLineAsSecureString
        | R::Prompt(_)
        | R::PromptForCredential(_)
        | R::PromptForChoice(_)
        | R::PromptForChoiceMultipleSelection(_)
        | R::ReadKey(_)
        | R::GetBufferContents(_)
        | R::PushRunspace
        | R::GetRunspace
        | R::Other { .. } => return Known::ByTheUser,
    };
    Known::Answer(answer)
}

/// A number of this package's version.
fn number(digits: &str) -> u32 {
    digits.parse().unwrap_or_default()
}
