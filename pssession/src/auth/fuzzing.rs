//! What holds of logins, whatever a server sends.

pub use super::credssp::fuzzing::ts_request;
pub use super::kerberos::fuzzing::kerberos_ap_req;
pub use super::ntlm::fuzzing::ntlm;

use super::header::Challenge;
use super::spnego::{MechTypes, response};
use super::{
    BASIC, CREDSSP, ChannelBindings, Context, Credential, DIGEST, Error, Mechanism, NEGOTIATE, Receiver,
    Scheme, Sealed, Step, challenges as read_challenges, seal_body, unseal_body,
};
use crate::fuzzing::Choices;
use crate::secret::Secret;

/// Begins a login as alice, with random numbers that are none.
pub(super) fn start(scheme: &'static Scheme) -> Box<dyn Mechanism> {
    let credential =
        Credential { user_name: "EXAMPLE\\alice".into(), password: Secret::new("secret".into()) };
    let context = Context {
        credential: Some(&credential),
        target_name: "HTTP/server01",
        receiver: Receiver::Server,
        request_target: "/wsman",
        now: 1,
        random: &mut |octets| octets.fill(7),
    };
    scheme.start(None, context).unwrap_or_else(|error| panic!("{}: {error}", scheme.name))
}

/// Challenges are few, each a part of its line, and what answers them can stand in a header and never holds the password.
pub fn challenges(data: &[u8]) {
    // No header has control characters in it but for the tab.
    let text: String = String::from_utf8_lossy(data)
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let lines: Vec<&str> = text.split('\n').collect();
    let found = read_challenges(lines.iter().copied());
    assert!(found.len() <= 32);
    for Challenge { scheme, text } in &found {
        assert!(!scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_graphic()));
        assert!(lines.iter().any(|line| line.contains(scheme) && line.contains(text)));
    }
    for challenge in &found {
        for scheme in [&NEGOTIATE, &DIGEST, &CREDSSP, &BASIC] {
            let mut mechanism = start(scheme);
            let _ = mechanism.authorization(None);
            mechanism.preference(challenge.text);
            if let Ok(Step::Send(sent)) = mechanism.authorization(Some(challenge.text)) {
                let sent = sent.expose_secret();
                assert!(
                    sent.starts_with(scheme.name) && !sent.contains(|c: char| c.is_control() && c != '\t')
                );
                assert!(!sent.contains("secret"));
            }
            mechanism.accepted(challenge.text);
        }
    }
}

/// What was written is read, and what is read lies in what was sent.
pub fn spnego(data: &[u8]) {
    let mut choices = Choices(data);
    let (has_token, has_mic) = (choices.flag(), choices.flag());
    let (token, mic) = (choices.piece(), choices.piece());
    let (token, mic) = (has_token.then_some(token), has_mic.then_some(mic));
    for mech_types in [MechTypes::NTLM, MechTypes::KERBEROS] {
        let written = response(token, mic);
        let read = mech_types.read(&written).unwrap_or_else(|_| panic!("{written:?}"));
        assert_eq!((read.token, read.mech_list_mic), (token, mic));
        assert!(read.is_completed && !read.is_rejection);
        assert!(mech_types.read(&written[..written.len() - 1]).is_err());
        if let Ok(read) = mech_types.read(data) {
            assert!(!(read.is_completed && read.is_rejection));
            for part in [read.token, read.mech_list_mic].into_iter().flatten() {
                assert!(part.is_empty() || data.windows(part.len()).any(|window| window == part));
            }
        }
        assert!(mech_types.init(data).ends_with(data));
    }
}

/// Seals with a counter and a checksum, so that chunks cannot be exchanged.
struct Counted {
    scheme: &'static Scheme,
    sealed: u8,
    unsealed: u8,
}

fn checksum(count: u8, octets: &[u8]) -> Vec<u8> {
    vec![count, octets.iter().fold(count, |sum, octet| sum.wrapping_mul(31).wrapping_add(*octet))]
}

impl Mechanism for Counted {
    fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    fn authorization(&mut self, _: Option<&str>) -> Result<Step, Error> {
        Ok(Step::Established)
    }

    fn seal(&mut self, plaintext: &[u8]) -> Result<Sealed, Error> {
        self.sealed = self.sealed.wrapping_add(1);
        let ciphertext = plaintext.iter().map(|octet| octet ^ 0x2D).collect();
        Ok(Sealed { signature: checksum(self.sealed, plaintext), ciphertext })
    }

    fn unseal(&mut self, signature: &[u8], ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.unsealed = self.unsealed.wrapping_add(1);
        let plaintext: Vec<u8> = ciphertext.iter().map(|octet| octet ^ 0x2D).collect();
        if checksum(self.unsealed, &plaintext) == signature {
            Ok(plaintext)
        } else {
            Err(Error::BadSignature)
        }
    }
}

/// A body that is sealed is unsealed to the same; one that is cut is an error before anything is decrypted; and what is
/// unsealed is never longer than what was sent or than the limit.
pub fn sealed_body(data: &[u8]) {
    const LIMIT: usize = 1000;
    let mut choices = Choices(data);
    let scheme = if choices.flag() { &NEGOTIATE } else { &CREDSSP };
    let (cut, times) = (choices.octet(), 1 + choices.below(3));
    let mechanism = || Counted { scheme, sealed: 0, unsealed: 0 };
    // Long enough for several chunks where a scheme has any.
    let soap = choices.0.repeat(if choices.flag() { 1 } else { 1 + times * 6000 / choices.0.len().max(1) });
    let sealed = seal_body(&mut mechanism(), "application/soap+xml;charset=UTF-8", &soap)
        .unwrap_or_else(|error| panic!("{error}"));
    let unsealed = unseal_body(&mut mechanism(), &sealed.content_type, sealed.body.clone(), soap.len());
    assert_eq!(unsealed.as_deref(), Ok(&soap[..]));
    if !soap.is_empty() {
        let too_large =
            unseal_body(&mut mechanism(), &sealed.content_type, sealed.body.clone(), soap.len() - 1);
        assert_eq!(too_large, Err(Error::BodyTooLarge { limit: soap.len() - 1 }));
    }
    // The line break at the end may be missing.
    let end = (sealed.body.len() - 3).saturating_sub(usize::from(cut));
    let mut cut_short = mechanism();
    assert!(unseal_body(&mut cut_short, &sealed.content_type, sealed.body[..end].to_vec(), LIMIT).is_err());
    assert_eq!(cut_short.unsealed, 0);

    if let Ok(unsealed) = unseal_body(&mut mechanism(), &sealed.content_type, choices.0.to_vec(), LIMIT) {
        assert!(unsealed.len() <= choices.0.len().min(LIMIT));
    }
    let content_type = String::from_utf8_lossy(choices.0);
    let _ = unseal_body(&mut mechanism(), &content_type, sealed.body, LIMIT);
}

/// Any octets are a certificate that a login can be bound to, or none.
pub fn channel_bindings(data: &[u8]) {
    if let Ok(bindings) = ChannelBindings::tls_server_end_point(data) {
        let hash = bindings.application_data().strip_prefix(b"tls-server-end-point:");
        assert!(hash.is_some_and(|hash| [32, 48, 64].contains(&hash.len())));
        assert_eq!(
            ChannelBindings::tls_server_end_point(data).map(|again| again.hash()),
            Ok(bindings.hash())
        );
    }
}
