//! What went wrong with TLS, in sentences of this program's own.

use super::tls::Untrusted;
use crate::access::Fingerprint;
use crate::excerpt::excerpt;
use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

/// What went wrong with TLS. The messages go on after a colon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsFault {
    #[error("its certificate was issued by an authority that is not trusted")]
    UnknownIssuer,
    #[error("its certificate is not for this name, but for {}", names(.presented))]
    WrongName { presented: Vec<String> },
    #[error("its certificate has expired{}", .at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default())]
    Expired { at: Option<Timestamp> },
    #[error("its certificate is not valid yet{}", .until.as_ref().map(|at| format!(", but from {at}")).unwrap_or_default())]
    NotValidYet { until: Option<Timestamp> },
    #[error("its certificate is not the pinned one; the SHA-256 fingerprint of the one it shows is {seen}")]
    NotPinned { seen: Fingerprint },
    #[error(
        "its certificate is for a certificate authority, not for a server; its SHA-256 fingerprint is {seen}"
    )]
    IsAuthority { seen: Fingerprint },
    #[error("it does not take the client certificate ({0})")]
    ClientCertificateRefused(&'static str),
    #[error("its certificate {0}")]
    Certificate(&'static str),
    #[error("it offers no cipher suite or version of TLS that this program has")]
    NothingInCommon,
    #[error("it does not speak TLS on this port")]
    NotTls,
    #[error("it ended the handshake with the TLS alert {0}")]
    Alert(&'static str),
    #[error("{0}")]
    Other(String),
}

impl TlsFault {
    pub(super) fn of(error: &Error) -> TlsFault {
        use AlertDescription as A;
        match error {
            Error::InvalidCertificate(error) => TlsFault::of_certificate(error),
            Error::NoCertificatesPresented => TlsFault::Other("it shows no certificate".into()),
            Error::AlertReceived(A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity)
            | Error::PeerIncompatible(_) => TlsFault::NothingInCommon,
            Error::AlertReceived(
                alert @ (A::NoCertificate
                | A::BadCertificate
                | A::UnsupportedCertificate
                | A::CertificateRevoked
                | A::CertificateExpired
                | A::CertificateUnknown
                | A::CertificateRequired
                | A::UnknownCA
                | A::DecryptError
                | A::AccessDenied),
            ) => TlsFault::ClientCertificateRefused(name_of(*alert)),
            Error::AlertReceived(alert) => TlsFault::Alert(name_of(*alert)),
            Error::InvalidMessage(_) => TlsFault::NotTls,
            Error::PeerMisbehaved(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::PeerSentOversizedRecord => TlsFault::Other("it breaks the rules of TLS".into()),
            Error::DecryptError => TlsFault::Other("what it sent cannot be decrypted".into()),
            _ => TlsFault::Other("TLS failed on this side".into()),
        }
    }

    fn of_certificate(error: &CertificateError) -> TlsFault {
        use CertificateError as E;
        TlsFault::Certificate(match error {
            // A wrong signature is that of another authority of the same name.
            E::UnknownIssuer | E::BadSignature => return TlsFault::UnknownIssuer,
            E::NotValidForName => return TlsFault::WrongName { presented: Vec::new() },
            E::NotValidForNameContext { presented, .. } => {
                let presented = presented.iter().map(|name| bare(name)).collect();
                return TlsFault::WrongName { presented };
            }
            E::Expired => return TlsFault::Expired { at: None },
            E::ExpiredContext { not_after, .. } => return TlsFault::Expired { at: timestamp(*not_after) },
            E::NotValidYet => return TlsFault::NotValidYet { until: None },
            E::NotValidYetContext { not_before, .. } => {
                return TlsFault::NotValidYet { until: timestamp(*not_before) };
            }
            E::Other(other) => match other.0.downcast_ref() {
                Some(Untrusted::NotPinned(seen)) => return TlsFault::NotPinned { seen: *seen },
                Some(Untrusted::IsAuthority(seen)) => return TlsFault::IsAuthority { seen: *seen },
                None => "is not acceptable",
            },
            E::BadEncoding => "is malformed",
            E::Revoked => "has been revoked",
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => "is not meant for servers (serverAuth)",
            E::UnhandledCriticalExtension => "has a critical extension that this program does not know",
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                "is signed with an algorithm that this program does not have"
            }
            _ => "is not acceptable",
        })
    }
}

/// The name that RFC 8446 6 gives an alert.
fn name_of(alert: AlertDescription) -> &'static str {
    match u8::from(alert) {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => "of a kind that is not known",
    }
}

/// A time, if it is one of the calendar.
fn timestamp(time: UnixTime) -> Option<Timestamp> {
    i64::try_from(time.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        "no name at all (it has no subject alternative name)".into()
    } else {
        excerpt(presented.join(", "))
    }
}

/// A certificate's name without its kind: `DnsName("server01")` is `server01`.
fn bare(name: &str) -> String {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inside.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{OtherError, PeerMisbehaved};
    use std::sync::Arc;

    /// rustls names the variants of its enumerations, which mean nothing to anybody else.
    #[test]
    fn no_fault_is_told_in_the_words_of_the_library() {
        let alerts = (0..=255).map(|number| Error::AlertReceived(AlertDescription::from(number)));
        let other = CertificateError::Other(OtherError(Arc::new(std::io::Error::other("LibraryWord"))));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::Revoked,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnknownRevocationStatus,
            CertificateError::InvalidPurpose,
            CertificateError::ApplicationVerificationFailure,
            other,
        ];
        let others = [
            Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare),
            Error::DecryptError,
            Error::EncryptError,
            Error::HandshakeNotComplete,
            Error::General("LibraryWord".into()),
        ];
        for error in alerts.chain(certificates.map(Error::InvalidCertificate)).chain(others) {
            let fault = TlsFault::of(&error).to_string();
            let is_camel = |word: &str| word.chars().skip(1).any(char::is_uppercase) && word != "TLS";
            let known = ["TLS", "serverAuth"];
            let word = fault
                .split(|c: char| !c.is_alphanumeric())
                .find(|word| is_camel(word) && !known.contains(word));
            assert_eq!(word, None, "{fault}");
        }
    }
}
