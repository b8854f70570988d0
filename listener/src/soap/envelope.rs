//! Writing answers in the shape in which Windows writes them: its prefixes, its headers, its order.

use uuid::Uuid;

use super::fault::{Blame, Fault, Provider, Row};
use super::names::{self, Verb};
use super::request::Summary;
use crate::xml::{Xml, write};

/// One SOAP answer, and the HTTP status that it travels with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200, or 500 for every fault.
    pub status: u16,
    pub(crate) envelope: Envelope,
}

/// An envelope to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    prefixes: &'static [&'static str],
    /// The addressing headers; an IdentifyResponse has none.
    header: Option<ResponseHeader>,
    /// The XML inside `s:Body`.
    body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ResponseHeader {
    action: String,
    message_id: String,
    activity_id: String,
    relates_to: Option<String>,
    /// OperationID and SequenceId come back only to a client that sent them.
    operation_id: Option<String>,
    sequence_id: Option<String>,
}

impl ResponseHeader {
    fn new(action: String, request: &Summary) -> ResponseHeader {
        ResponseHeader {
            action,
            message_id: format!("uuid:{}", guid()),
            activity_id: guid(),
            relates_to: request.message_id.clone(),
            operation_id: request.operation_id.clone(),
            sequence_id: request.sequence_id.clone(),
        }
    }
}

/// A new GUID as Windows spells ids on this level: in upper case.
pub fn guid() -> String {
    Uuid::new_v4().to_string().to_ascii_uppercase()
}

impl Reply {
    /// The SOAP text.
    pub fn soap(&self) -> String {
        self.envelope.to_xml()
    }

    /// The answer to a request that succeeded, with the XML inside its body.
    pub fn success(verb: Verb, request: &Summary, body: String) -> Reply {
        let header = ResponseHeader::new(format!("{}Response", verb.action()), request);
        Reply {
            status: 200,
            envelope: Envelope { prefixes: verb.response_prefixes(), header: Some(header), body },
        }
    }

    /// The answer to a request that failed, coming from this machine.
    pub fn fault(fault: &Fault, request: &Summary, machine: &str) -> Reply {
        let row = fault.kind.row();
        let action = match row.subcode.starts_with("a:") {
            true => names::ADDRESSING_FAULT_ACTION,
            false => names::FAULT_ACTION,
        };
        let envelope = Envelope {
            prefixes: names::FAULT_PREFIXES,
            header: Some(ResponseHeader::new(action.to_owned(), request)),
            body: write(|xml| write_fault(xml, &row, fault.text.as_deref().unwrap_or(row.text), machine)),
        };
        Reply { status: 500, envelope }
    }

    /// The answer to Identify. Only users get the version of the system (MS-WSMV).
    pub fn identity(authenticated: bool) -> Reply {
        let version =
            if authenticated { "OS: 10.0.17763 SP: 0.0 Stack: 3.0" } else { "OS: 0.0.0 SP: 0.0 Stack: 3.0" };
        let body = write(|xml| {
            xml.element("wsmid:IdentifyResponse", &[("xmlns:wsmid", names::IDENTITY)], |xml| {
                xml.leaf("wsmid:ProtocolVersion", names::WSMAN);
                xml.leaf("wsmid:ProductVendor", "Microsoft Corporation");
                xml.leaf("wsmid:ProductVersion", version);
            });
        });
        Reply { status: 200, envelope: Envelope { prefixes: &["s"], header: None, body } }
    }
}

impl Envelope {
    /// Says that this answer belongs to the request with this MessageID.
    pub fn set_relates_to(&mut self, message_id: Option<String>) {
        if let Some(header) = &mut self.header {
            header.relates_to = message_id;
        }
    }

    /// The octets to send.
    pub fn to_xml(&self) -> String {
        let declarations: Vec<(String, &str)> = self
            .prefixes
            .iter()
            .map(|prefix| (format!("xmlns:{prefix}"), names::namespace(prefix)))
            .collect();
        let mut attributes = vec![("xml:lang", "en-US")];
        attributes.extend(declarations.iter().map(|(name, namespace)| (name.as_str(), *namespace)));
        write(|xml| {
            xml.element("s:Envelope", &attributes, |xml| {
                xml.element("s:Header", &[], |xml| {
                    if let Some(header) = &self.header {
                        header.write(xml);
                    }
                });
                xml.element("s:Body", &[], |xml| xml.raw(&self.body));
            });
        })
    }
}

impl ResponseHeader {
    fn write(&self, xml: &mut Xml) {
        xml.leaf("a:Action", &self.action);
        xml.leaf("a:MessageID", &self.message_id);
        if let Some(operation_id) = &self.operation_id {
            xml.element("p:OperationID", &[("s:mustUnderstand", "false")], |xml| xml.text(operation_id));
        }
        if let Some(sequence_id) = &self.sequence_id {
            xml.leaf("p:SequenceId", sequence_id);
        }
        xml.leaf("p:ActivityId", &self.activity_id);
        xml.leaf("a:To", names::ANONYMOUS);
        if let Some(relates_to) = &self.relates_to {
            xml.leaf("a:RelatesTo", relates_to);
        }
    }
}

fn write_fault(xml: &mut Xml, row: &Row, text: &str, machine: &str) {
    xml.element("s:Fault", &[], |xml| {
        xml.element("s:Code", &[], |xml| {
            xml.leaf("s:Value", if row.blame == Blame::Sender { "s:Sender" } else { "s:Receiver" });
            xml.element("s:Subcode", &[], |xml| xml.leaf("s:Value", row.subcode));
        });
        xml.element("s:Reason", &[], |xml| {
            xml.element("s:Text", &[("xml:lang", "en-US")], |xml| xml.text(text));
        });
        xml.element("s:Detail", &[], |xml| {
            // DSP0226 names a detail for some subcodes; of those only this one was recorded.
            if row.subcode == "w:InvalidSelectors" {
                let detail = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors";
                xml.leaf("w:FaultDetail", detail);
            }
            write_wsman_fault(xml, row, text, machine, row.provider);
        });
    });
}

/// `f:WSManFault`. A provider's fault is the service's around the provider's own with the same number.
fn write_wsman_fault(xml: &mut Xml, row: &Row, text: &str, machine: &str, provider: Provider) {
    let code = row.code.to_string();
    let attributes = [("xmlns:f", names::WSMAN_FAULT), ("Code", &code), ("Machine", machine)];
    xml.element("f:WSManFault", &attributes, |xml| {
        xml.element("f:Message", &[], |xml| {
            let (name, path) = match provider {
                Provider::Service => return xml.text(text),
                Provider::Shell => ("Shell provider", r"%systemroot%\system32\WsmSvc.dll"),
                Provider::PowerShell => ("microsoft.powershell", r"%windir%\system32\pwrshplugin.dll"),
            };
            xml.element("f:ProviderFault", &[("provider", name), ("path", path)], |xml| {
                write_wsman_fault(xml, row, text, machine, Provider::Service);
            });
        });
    });
}
