//! Envelopes of a client, for tests. They are written here by hand, in another style than Windows' own.

use std::fmt;

use super::names::{self, Verb};

/// The SessionId of [`Envelope::new`].
pub const SESSION: &str = "96676D7F-B39C-41F1-9C6C-02F79AE9C9B5";
/// That of another client.
pub const OTHER_SESSION: &str = "1B1A0000-0000-4000-8000-000000000002";

/// The resource of the usual session configuration.
pub const POWERSHELL: &str = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell";

/// A request.
#[derive(Clone)]
pub struct Envelope {
    verb: Verb,
    resource_uri: String,
    message_id: String,
    session: Option<String>,
    shell: Option<String>,
    options: String,
    timeout: String,
    max_envelope_size: usize,
    body: String,
}

impl Envelope {
    /// A request to a PowerShell shell, with all the headers that it needs and an empty body.
    pub fn new(verb: Verb) -> Envelope {
        Envelope {
            verb,
            resource_uri: POWERSHELL.to_owned(),
            message_id: format!("uuid:{}", super::guid()),
            session: Some(SESSION.to_owned()),
            shell: None,
            options: String::new(),
            timeout: "PT20S".to_owned(),
            max_envelope_size: 153_600,
            body: String::new(),
        }
    }

    pub fn resource(self, resource_uri: &str) -> Envelope {
        Envelope { resource_uri: resource_uri.to_owned(), ..self }
    }

    pub fn message_id(self, message_id: &str) -> Envelope {
        Envelope { message_id: message_id.to_owned(), ..self }
    }

    pub fn session(self, session: Option<&str>) -> Envelope {
        Envelope { session: session.map(str::to_owned), ..self }
    }

    pub fn shell(self, id: &str) -> Envelope {
        Envelope { shell: Some(id.to_owned()), ..self }
    }

    pub fn option(self, name: &str, value: &str, must_comply: bool) -> Envelope {
        let option = format!("<w:Option Name=\"{name}\" MustComply=\"{must_comply}\">{value}</w:Option>");
        Envelope { options: self.options + &option, ..self }
    }

    pub fn timeout(self, timeout: &str) -> Envelope {
        Envelope { timeout: timeout.to_owned(), ..self }
    }

    pub fn max_envelope_size(self, octets: usize) -> Envelope {
        Envelope { max_envelope_size: octets, ..self }
    }

    pub fn body(self, body: &str) -> Envelope {
        Envelope { body: body.to_owned(), ..self }
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespaces: String = ["s", "a", "w", "p", "n", "rsp"]
            .map(|prefix| format!(" xmlns:{prefix}=\"{}\"", names::namespace(prefix)))
            .concat();
        let must = "s:mustUnderstand=\"true\"";
        write!(f, "<s:Envelope{namespaces}><s:Header><a:Action {must}>{}</a:Action>", self.verb.action())?;
        write!(f, "<a:MessageID>{}</a:MessageID><a:To>http://localhost/wsman</a:To>", self.message_id)?;
        write!(f, "<a:ReplyTo><a:Address {must}>{}</a:Address></a:ReplyTo>", names::ANONYMOUS)?;
        write!(f, "<w:ResourceURI {must}>{}</w:ResourceURI>", self.resource_uri)?;
        write!(f, "<w:MaxEnvelopeSize {must}>{}</w:MaxEnvelopeSize>", self.max_envelope_size)?;
        write!(f, "<w:OperationTimeout>{}</w:OperationTimeout>", self.timeout)?;
        write!(f, "<p:DataLocale s:mustUnderstand=\"false\" xml:lang=\"en-US\"/>")?;
        if let Some(session) = &self.session {
            write!(f, "<p:SessionId s:mustUnderstand=\"false\">uuid:{session}</p:SessionId>")?;
        }
        if let Some(shell) = &self.shell {
            write!(f, "<w:SelectorSet><w:Selector Name=\"ShellId\">{shell}</w:Selector></w:SelectorSet>")?;
        }
        if !self.options.is_empty() {
            write!(f, "<w:OptionSet {must}>{}</w:OptionSet>", self.options)?;
        }
        write!(f, "</s:Header><s:Body>{}</s:Body></s:Envelope>", self.body)
    }
}
