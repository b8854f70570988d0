//! SOAP envelopes: the headers of every request, and the way from an answer to its meaning.

use super::error::Malformed;
use super::fault::{self, Fault};
use super::id::{MessageId, OperationId, ResourceUri, SessionId, ShellId};
use super::name::{ANONYMOUS, Namespace};
use super::text;
use super::xml::{Writer, Xml};
use crate::excerpt::excerpt;
use std::time::Duration;

/// One thing to ask of a WS-Management service: how its request is written and how its answer is read.
///
/// A verb is one implementation; the envelope around it is the same for all.
pub(crate) trait Operation: Send + Sync + 'static {
    /// What the answer's body says.
    type Response: Send;

    /// The request's `a:Action`; the answer's is the same with `Response` after it.
    fn action(&self) -> &'static str;

    /// Whether nothing is different when the service carries it out twice.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// Whether it does harm when the service carries it out twice, and nothing shows the service that it has done so
    /// before.
    fn is_once(&self) -> bool {
        false
    }

    /// The resource that is addressed.
    fn resource_uri(&self) -> &ResourceUri;

    /// The shell that is addressed, for all but the operations on no shell in particular.
    fn shell_id(&self) -> Option<&ShellId> {
        None
    }

    /// Whether the service waits with its answer for something to happen.
    fn is_long_poll(&self) -> bool {
        false
    }

    /// The `w:OptionSet`; empty for none.
    fn options(&self) -> &[RequestOption] {
        &[]
    }

    /// Writes what belongs into `s:Body`, where anything does.
    fn write_body(&self, _body: &mut Writer) {}

    /// Reads the children of `s:Body`, as many as it has a use for.
    fn read_body(&self, body: &mut Xml<'_>) -> Result<Self::Response, Malformed>;
}

/// A `w:Option` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestOption {
    pub name: &'static str,
    pub value: &'static str,
    /// Whether the service must refuse the request if it does not know the option.
    pub must_comply: bool,
}

/// A request's place in an operation (MS-WSMV 2.2.4.24, 2.2.4.33): sent again with the same, it is the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub operation_id: OperationId,
    /// From 1.
    pub sequence_id: u64,
}

/// The headers of every request.
#[derive(Debug, Clone)]
pub(crate) struct Header<'a> {
    /// The URL the request is posted to.
    pub to: &'a str,
    pub session_id: SessionId,
    /// The client's operation that the request belongs to, if given.
    pub sequence: Option<Sequence>,
    pub message_id: MessageId,
    /// How long the service may take.
    pub operation_timeout: Duration,
    /// The largest answer this client takes.
    pub max_envelope_size: MaxEnvelopeSize,
    pub locale: Locale<'a>,
}

/// The cultures of a client; a shell that it creates has them too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locale<'a> {
    /// For texts.
    pub ui_culture: &'a str,
    /// For numbers and dates.
    pub culture: &'a str,
}

impl Locale<'_> {
    /// The language this program speaks.
    pub(crate) const DEFAULT: Locale<'static> = Locale { ui_culture: "en-US", culture: "en-US" };
}

/// The largest envelope in octets: what this client takes, and what the service measures requests against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxEnvelopeSize(pub u32);

impl MaxEnvelopeSize {
    /// What every service takes (WinRM 2.0's default).
    pub(crate) const SAFE: MaxEnvelopeSize = MaxEnvelopeSize(153_600);
    /// WinRM 3.0's default, with which Windows clients begin; a service with a lower limit keeps to its own.
    pub(crate) const DEFAULT: MaxEnvelopeSize = MaxEnvelopeSize(512_000);
}

/// Writes a request.
pub(crate) fn write<O: Operation>(operation: &O, header: &Header<'_>) -> String {
    let declared: Vec<(String, &str)> =
        Namespace::DECLARED.iter().map(|(prefix, ns)| (format!("xmlns:{prefix}"), ns.uri())).collect();
    let declared: Vec<(&str, &str)> = declared.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    let mut writer = Writer::with_capacity(2560);
    writer.element("s:Envelope", &declared, |w| {
        w.element("s:Header", &[], |w| write_header(w, operation, header));
        w.element("s:Body", &[], |w| operation.write_body(w));
    });
    writer.into_string()
}

/// The headers in the order of Windows clients; the service does not mind another.
fn write_header<O: Operation>(w: &mut Writer, operation: &O, header: &Header<'_>) {
    const MUST: (&str, &str) = ("s:mustUnderstand", "true");
    const MAY: (&str, &str) = ("s:mustUnderstand", "false");
    w.text("a:To", &[], header.to);
    w.text("w:ResourceURI", &[MUST], &operation.resource_uri().0);
    w.element("a:ReplyTo", &[], |w| w.text("a:Address", &[MUST], ANONYMOUS));
    w.text("a:Action", &[MUST], operation.action());
    w.text("w:MaxEnvelopeSize", &[MUST], &header.max_envelope_size.0.to_string());
    w.text("a:MessageID", &[], &header.message_id.to_string());
    w.empty("w:Locale", &[("xml:lang", header.locale.ui_culture), MAY]);
    w.empty("p:DataLocale", &[("xml:lang", header.locale.culture), MAY]);
    w.text("p:SessionId", &[MAY], &header.session_id.to_string());
    if let Some(Sequence { operation_id, sequence_id }) = header.sequence {
        w.text("p:OperationID", &[MAY], &operation_id.to_string());
        w.text("p:SequenceId", &[MAY], &sequence_id.to_string());
    }
    if let Some(shell_id) = operation.shell_id() {
        w.element("w:SelectorSet", &[], |w| w.text("w:Selector", &[("Name", "ShellId")], &shell_id.0));
    }
    if !operation.options().is_empty() {
        w.element("w:OptionSet", &[MUST], |w| {
            for option in operation.options() {
                let must_comply = if option.must_comply { "true" } else { "false" };
                w.text("w:Option", &[("Name", option.name), ("MustComply", must_comply)], option.value);
            }
        });
    }
    w.text("w:OperationTimeout", &[], &super::duration::write(header.operation_timeout));
}

/// Why a request has no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}", .0.message)]
    Fault(Box<Fault>),
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Reads the answer to an operation's request, which was sent under `sent`.
///
/// # Errors
/// [`Failure::Fault`] when the service says no; [`Failure::Malformed`] when the answer is not one to this request.
pub(crate) fn read<O: Operation>(
    operation: &O,
    answer: &[u8],
    sent: MessageId,
) -> Result<O::Response, Failure> {
    let text = text::decode(answer)?;
    let mut xml = Xml::new(&text);
    xml.expect_child(Namespace::Soap, "Envelope")?;
    let (action, relates_to) = read_header(&mut xml)?;
    xml.expect_child(Namespace::Soap, "Body")?;
    check_relates_to(relates_to.as_deref(), sent)?;
    if fault::is_fault_action(&action) {
        return Err(Failure::Fault(Box::new(Fault::read(&mut xml)?)));
    }
    // Some services write `windows/Shell/` for what they otherwise call `windows/shell/`.
    if !action.eq_ignore_ascii_case(&format!("{}Response", operation.action())) {
        return Err(Malformed::Action(excerpt(&action)).into());
    }
    if relates_to.is_none() {
        return Err(Malformed::Missing("RelatesTo").into());
    }
    let response = operation.read_body(&mut xml)?;
    xml.finish()?;
    Ok(response)
}

/// The action and, where there is one, the id of the request that is answered.
fn read_header(xml: &mut Xml<'_>) -> Result<(String, Option<String>), Malformed> {
    xml.expect_child(Namespace::Soap, "Header")?;
    let (mut action, mut relates_to) = (None, None);
    while let Some(header) = xml.next_child()? {
        match (header.namespace, header.name()) {
            (Namespace::Addressing, "Action") => action = Some(xml.text()?.trim().to_owned()),
            (Namespace::Addressing, "RelatesTo") => relates_to = Some(xml.text()?.trim().to_owned()),
            _ => xml.skip()?,
        }
    }
    Ok((action.ok_or(Malformed::Missing("Action"))?, relates_to))
}

/// An answer to another request is not accepted. A fault about the headers themselves may relate to nothing.
fn check_relates_to(relates_to: Option<&str>, sent: MessageId) -> Result<(), Malformed> {
    match relates_to {
        Some(id) if !id.eq_ignore_ascii_case(&sent.to_string()) => Err(Malformed::RelatesTo(excerpt(id))),
        _ => Ok(()),
    }
}
