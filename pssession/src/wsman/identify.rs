//! Identify: what product answers, without asking for a login (DSP0226 11).

use super::error::Malformed;
use super::name::Namespace;
use super::text;
use super::xml::{Writer, Xml};

/// HTTP header with which a client asks to be answered without credentials.
pub(crate) const UNAUTHENTICATED_HEADER: (&str, &str) = ("WSMANIDENTIFY", "unauthenticated");

/// What a WS-Management service says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub product_vendor: String,
    /// E.g. `OS: 10.0.17763 SP: 0.0 Stack: 3.0`; the versions are zeros when no credentials were sent.
    pub product_version: String,
}

impl Identity {
    /// The version of the WinRM stack: 1.1, 2.0, or 3.0 and later, which can disconnect shells.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.product_version.split_once("Stack:")?.1.split_whitespace().next()
    }
}

/// The request, which has none of the usual headers.
pub(crate) fn write() -> String {
    let mut writer = Writer::with_capacity(256);
    let declared = [("xmlns:s", Namespace::Soap.uri()), ("xmlns:wsmid", Namespace::Identity.uri())];
    writer.element("s:Envelope", &declared, |w| {
        w.empty("s:Header", &[]);
        w.element("s:Body", &[], |w| w.empty("wsmid:Identify", &[]));
    });
    writer.into_string()
}

/// Reads the answer.
pub(crate) fn read(answer: &[u8]) -> Result<Identity, Malformed> {
    let text = text::decode(answer)?;
    let mut xml = Xml::new(&text);
    xml.expect_child(Namespace::Soap, "Envelope")?;
    while let Some(child) = xml.next_child()? {
        if child.is(Namespace::Soap, "Body") {
            xml.expect_child(Namespace::Identity, "IdentifyResponse")?;
            let identity = read_identity(&mut xml)?;
            xml.finish()?;
            return Ok(identity);
        }
        xml.skip()?;
    }
    Err(Malformed::Missing("Body"))
}

fn read_identity(xml: &mut Xml<'_>) -> Result<Identity, Malformed> {
    let mut identity = Identity::default();
    while let Some(child) = xml.next_child()? {
        match (child.namespace, child.name()) {
            (Namespace::Identity, "ProductVendor") => identity.product_vendor = xml.text()?.trim().to_owned(),
            (Namespace::Identity, "ProductVersion") => {
                identity.product_version = xml.text()?.trim().to_owned()
            }
            _ => xml.skip()?,
        }
    }
    Ok(identity)
}
