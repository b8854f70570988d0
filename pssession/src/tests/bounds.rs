//! Whatever a server sends is cheap to read: every decoder comes to an end with long inputs that are made to cost as
//! much as they can. One that looked at all the rest for each piece of it would not end here within the hour.

use crate::auth::{
    self, BASIC, CREDSSP, Context, Credential, DIGEST, Error, Mechanism, NEGOTIATE, Receiver, Scheme, Sealed,
    Step,
};
use crate::secret::Secret;
use crate::wsman::enumerate::{Enumerate, EnumerationContext, Pull, ShellFilter};
use crate::wsman::shell::{Connect, Get, Receive, ShellAddress};
use crate::wsman::{MessageId, Operation, ResourceUri, ShellId, envelope};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use uuid::Uuid;

const SIZE: usize = 192 << 10;

/// Does the work, which must come to an end while a person would still wait.
fn ends(what: &str, work: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(()), "{what}");
}

fn repeated(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

/// XML that is not as it should be, or more of it than anyone wants.
fn contents() -> Vec<String> {
    let declarations: String = (0..60).map(|number| format!(" xmlns:p{number}='urn:{number}'")).collect();
    let attributes: String = (0..SIZE / 16).map(|number| format!(" a{number}='b'")).collect();
    let shells = [
        "</Shell>",
        "</Shell >",
        "<!-- </Shell> --></Shell>",
        "<![CDATA[</Shell>]]></Shell >",
        "<Shell/></Shell>",
    ];
    let mut contents: Vec<String> =
        shells.iter().map(|end| repeated(&format!("<Shell><Name>x</Name>{end}"))).collect();
    contents.extend(
        [
            "<a/>",
            "<a>",
            "</a>",
            "<",
            "&",
            "&amp;",
            "&#x41;",
            "&x;",
            " ",
            "<a b='",
            "<!--",
            "<!-- -->",
            "<![CDATA[",
            "<?",
            "<?a b?>",
            "<a x='&amp;'/>",
            "<Stream>AA==</Stream>",
            "<CommandState State='/////'/>",
            "http://",
            "P1D",
            "]]>",
            "é",
            "<Stream> A </Stream>",
            "<a xmlns='urn:x'/>",
            "<a xmlns:q='urn:x'><q:b/></a>",
            "<Shell><Name></Shell>",
        ]
        .map(repeated),
    );
    contents.push(format!("<a{declarations}>{}</a>", repeated("<q:a/>")));
    contents.push(format!("<a{attributes}/>"));
    contents.push(format!("<a xmlns='{}'/>", repeated("urn:")));
    contents.push(format!("<{0}></{0}>", &repeated("a")[..SIZE / 2]));
    contents.push(format!("<Stream>{}</Stream>", repeated(" A")));
    contents.push(format!("<Shell><Name>{}</Name></Shell>", repeated("<b/>x")));
    contents.push(format!("<IdleTimeOut>P{}</IdleTimeOut>", repeated("1")));
    contents
}

fn reads<O: Operation>(operation: &O, start: &str, content: &str, end: &str) {
    reads_as(operation, &format!("{}Response", operation.action()), start, content, end);
}

fn reads_as<O: Operation>(operation: &O, action: &str, start: &str, content: &str, end: &str) {
    let id = MessageId(Uuid::nil());
    let answer = format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' \
         xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing' \
         xmlns:n='http://schemas.xmlsoap.org/ws/2004/09/enumeration' \
         xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' \
         xmlns='http://schemas.microsoft.com/wbem/wsman/1/windows/shell'><s:Header><a:Action>{action}</a:Action>\
         <a:RelatesTo>{id}</a:RelatesTo></s:Header><s:Body>{start}{content}{end}</s:Body></s:Envelope>"
    );
    let _ = envelope::read(operation, answer.as_bytes(), id);
}

fn shell() -> ShellAddress {
    ShellAddress { resource_uri: ResourceUri::of_configuration("x"), shell_id: ShellId("1".into()) }
}

#[test]
fn every_answer_is_read_in_one_go() {
    for content in contents() {
        let name: String = content.chars().take(60).collect();
        ends(&name, move || {
            let named = Enumerate::shells(ShellFilter::Named(Box::new(|name| name == "y")));
            let pull = Pull::after(Arc::new(named), EnumerationContext("1".into()));
            reads(&pull, "<n:PullResponse><n:Items>", &content, "</n:Items></n:PullResponse>");
            let all = Enumerate::shells(ShellFilter::All);
            reads(&all, "<n:EnumerateResponse><n:Items>", &content, "</n:Items></n:EnumerateResponse>");
            let get = Get::shell(ShellId("1".into()));
            reads(&get, "<Shell>", &content, "</Shell>");
            let fault = ["<s:Fault><s:Detail><f:WSManFault>", "</f:WSManFault></s:Detail></s:Fault>"];
            reads_as(&get, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", fault[0], &content, fault[1]);
            let receive = Receive { shell: shell(), command_id: None };
            reads(&receive, "<ReceiveResponse>", &content, "</ReceiveResponse>");
            let connect = Connect { shell: shell(), buffer_mode: None, connect_xml: vec![] };
            reads(&connect, "<ConnectResponse>", &content, "</ConnectResponse>");
        });
    }
}

/// Seals nothing.
struct Plain;

impl Mechanism for Plain {
    fn scheme(&self) -> &'static Scheme {
        &NEGOTIATE
    }

    fn authorization(&mut self, _: Option<&str>) -> Result<Step, Error> {
        Ok(Step::Established)
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        Ok(Sealed { signature: Vec::new(), ciphertext: plaintext.to_vec() })
    }

    fn unseal(&mut self, _: &[u8], ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(ciphertext)
    }
}

#[test]
fn every_sealed_body_is_read_in_one_go() {
    let sealed = auth::seal_body(&mut Plain, "application/soap+xml", b"").unwrap();
    let (chunk, close) = sealed.body.split_at(sealed.body.len() - "--Encrypted Boundary--\r\n".len());
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    let (chunk, close) = (text(chunk), text(close));
    for body in [
        repeated(&chunk) + &close,
        repeated(&(chunk.clone() + &close)),
        chunk.clone() + &repeated(&close),
        chunk.clone() + &close + &repeated("\r\n"),
        chunk.clone() + "--" + &repeated(" "),
        repeated("--"),
        repeated("\t"),
        format!("--{}\r\n", repeated("x")),
        chunk + &repeated("-- "),
    ] {
        let content_type = sealed.content_type.clone();
        let name: String = body.chars().take(60).collect();
        ends(&name, move || {
            let _ = auth::unseal_body(&mut Plain, &content_type, body.into_bytes(), SIZE);
        });
    }
}

#[test]
fn every_challenge_is_read_in_one_go() {
    let logins = [&NEGOTIATE, &CREDSSP, &DIGEST, &BASIC];
    for piece in [
        " ",
        ",",
        "a=1,",
        ", a=1",
        "\"",
        "\\\"",
        "a,",
        "Digest ",
        "Digest realm=a,",
        "=",
        "A",
        "TlRM",
        "\t",
        "realm=",
        "é",
    ] {
        ends(piece, move || {
            for line in [
                repeated(piece),
                format!("Digest {}a=1{}", repeated(" "), repeated(piece)),
                format!("\"{}", repeated(piece)),
            ] {
                let challenges = auth::challenges([line.as_str(), line.as_str()]);
                assert!(challenges.len() <= 32);
                let texts: Vec<&str> = challenges
                    .iter()
                    .take(1)
                    .map(|challenge| challenge.text)
                    .chain([line.as_str()])
                    .collect();
                for scheme in logins {
                    for text in &texts {
                        let credential =
                            Credential { user_name: "a".into(), password: Secret::new("b".into()) };
                        let context = Context {
                            credential: Some(&credential),
                            target_name: "HTTP/a",
                            receiver: Receiver::Server,
                            request_target: "/wsman",
                            now: 0,
                            random: &mut |_| (),
                        };
                        let mut mechanism = scheme.start(None, context).unwrap();
                        let _ = mechanism.authorization(None);
                        mechanism.preference(text);
                        let _ = mechanism.authorization(Some(text));
                        mechanism.accepted(text);
                        let _ = auth::unseal_body(&mut Plain, text, Vec::new(), SIZE);
                    }
                }
            }
        });
    }
}
