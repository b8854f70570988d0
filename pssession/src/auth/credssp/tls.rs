//! The TLS connection inside CredSSP, whose records travel in HTTP headers and bodies.
//!
//! Octets in, octets out: nothing here reads or writes a stream. The server's certificate is mostly one that it made
//! for itself, so it is not checked with an authority. What counts is that the server holds its key, which the
//! signature of the handshake shows, and that the server which holds it knows the account, which CredSSP shows with a
//! hash over it.

use crate::auth::der::{self, NotDer, Reader};
use crate::auth::{Error, Sealed};
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnectionData, Resumption, UnbufferedClientConnection};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, IpAddr, Ipv4Addr, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, UnbufferedStatus,
    WriteTraffic,
};
use rustls::{ClientConfig, ProtocolVersion};
use std::sync::Arc;
use std::time::Duration;

/// The client's side.
pub(super) struct Tls {
    connection: UnbufferedClientConnection,
    /// What has come and is not a whole record yet.
    incoming: Vec<u8>,
}

/// What came of the server's octets.
#[derive(Default)]
pub(super) struct Received {
    pub(super) plaintext: Vec<u8>,
    /// Octets of the handshake to be sent.
    pub(super) outgoing: Vec<u8>,
    /// Whether the client may send messages.
    pub(super) is_ready: bool,
}

impl Tls {
    /// `now` is a FILETIME.
    pub(super) fn new(now: u64) -> Result<Tls, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(AnyIssuer { provider: provider.clone() });
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(LoginTime(unix_time(now))))
            .with_safe_default_protocol_versions()
            .map_err(|error| inner_tls(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.enable_sni = false;
        // Without SNI the name of the server is neither sent nor checked.
        let unnamed = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([0, 0, 0, 0])));
        let connection = UnbufferedClientConnection::new(Arc::new(config), unnamed);
        Ok(Tls { connection: connection.map_err(|error| inner_tls(&error))?, incoming: Vec::new() })
    }

    /// Whether this side has finished the handshake.
    pub(super) fn is_made(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Takes in what the server has sent.
    pub(super) fn receive(&mut self, octets: &[u8]) -> Result<Received, Error> {
        self.incoming.extend_from_slice(octets);
        let mut received = Received::default();
        loop {
            let UnbufferedStatus { mut discard, state } =
                self.connection.process_tls_records(&mut self.incoming);
            let mut goes_on = true;
            match state.map_err(|error| inner_tls(&error))? {
                ConnectionState::EncodeTlsData(mut data) => received.outgoing.extend(encoded(&mut data)),
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(|error| inner_tls(&error))?;
                        discard += record.discard;
                        received.plaintext.extend_from_slice(record.payload);
                    }
                }
                ConnectionState::WriteTraffic(_) => (goes_on, received.is_ready) = (false, true),
                ConnectionState::BlockedHandshake => goes_on = false,
                _ => return Err(Error::InnerTls("the server has closed it")),
            }
            self.incoming.drain(..discard);
            if !goes_on {
                return Ok(received);
            }
        }
    }

    /// One message as TLS records.
    pub(super) fn send(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut self.incoming);
        let octets = match state.map_err(|error| inner_tls(&error))? {
            ConnectionState::WriteTraffic(mut traffic) => encrypted(&mut traffic, message),
            _ => None,
        };
        self.incoming.drain(..discard);
        octets.ok_or(Error::NotEstablished)
    }

    /// A chunk of a body. Its record is cut where the mechanisms of Windows would: what they call the signature is as
    /// long as the trailer of a record, the authentication tag and in TLS 1.3 the type in front of it.
    pub(super) fn seal(&mut self, chunk: &[u8]) -> Result<Sealed, Error> {
        const TAG: usize = 16;
        let trailer = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TAG + 1,
            _ => TAG,
        };
        let mut signature = self.send(chunk)?;
        let ciphertext = signature.split_off(trailer.min(signature.len()));
        Ok(Sealed { signature, ciphertext })
    }

    pub(super) fn unseal(&mut self, signature: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Error> {
        let received = self.receive(&[signature, ciphertext].concat()).map_err(|_| Error::BadSignature)?;
        // A record in parts, or a change of keys, which there is no leg left to answer.
        if !self.incoming.is_empty() || !received.outgoing.is_empty() {
            return Err(Error::BadSignature);
        }
        Ok(received.plaintext)
    }

    /// The subjectPublicKey of the server's certificate: for RSA the key alone, without the name of the algorithm.
    pub(super) fn server_public_key(&self) -> Result<&[u8], Error> {
        let certificate = self.connection.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.ok_or(Error::MalformedCertificate)?;
        subject_public_key(certificate).map_err(|NotDer| Error::MalformedCertificate)
    }
}

/// How many octets follow this beginning of a record to make it whole.
pub(super) fn rest_of_record(beginning: &[u8]) -> Option<usize> {
    const HEADER: usize = 5;
    let [_, _, _, high, low, ..] = beginning else { return None };
    (HEADER + usize::from(u16::from_be_bytes([*high, *low]))).checked_sub(beginning.len())
}

fn encoded(data: &mut EncodeTlsData<'_, ClientConnectionData>) -> Vec<u8> {
    let Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) = data.encode(&mut [])
    else {
        return Vec::new();
    };
    let mut octets = vec![0; required_size];
    // It has just reported that this is enough.
    let _ = data.encode(&mut octets);
    octets
}

/// `None` when the keys are used up. Nothing becomes no record.
fn encrypted(traffic: &mut WriteTraffic<'_, ClientConnectionData>, message: &[u8]) -> Option<Vec<u8>> {
    match traffic.encrypt(message, &mut []) {
        Ok(_) => Some(Vec::new()),
        Err(EncryptError::InsufficientSize(InsufficientSizeError { required_size })) => {
            let mut octets = vec![0; required_size];
            let length = traffic.encrypt(message, &mut octets).ok()?;
            octets.truncate(length);
            Some(octets)
        }
        Err(EncryptError::EncryptExhausted) => None,
    }
}

/// RFC 5280 section 4.1.
fn subject_public_key(certificate: &[u8]) -> Result<&[u8], NotDer> {
    let mut to_be_signed = Reader::new(certificate).inside(der::SEQUENCE)?.inside(der::SEQUENCE)?;
    to_be_signed.optional(der::context(0))?;
    to_be_signed.element(der::INTEGER)?;
    for _ in ["signature", "issuer", "validity", "subject"] {
        to_be_signed.element(der::SEQUENCE)?;
    }
    let mut info = to_be_signed.inside(der::SEQUENCE)?;
    info.element(der::SEQUENCE)?;
    match info.element(der::BIT_STRING)? {
        // No bits of the last octet are unused.
        [0, key @ ..] => Ok(key),
        _ => Err(NotDer),
    }
}

fn inner_tls(error: &rustls::Error) -> Error {
    use rustls::Error as E;
    Error::InnerTls(match error {
        // Of a certificate nothing is checked but that the handshake is signed with its key.
        E::InvalidCertificate(_) => return Error::ForgedServerKey,
        E::PeerIncompatible(_) => "the server offers no cipher suite or version of TLS that this program has",
        E::AlertReceived(_) => "the server ended it with a TLS alert",
        E::InvalidMessage(_) => "what the server sent is not TLS",
        _ => "the server breaks the rules of TLS",
    })
}

/// The time at which the login began.
#[derive(Debug)]
struct LoginTime(UnixTime);

impl TimeProvider for LoginTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

fn unix_time(file_time: u64) -> UnixTime {
    const SECONDS_FROM_1601_TO_1970: u64 = 11_644_473_600;
    const STEPS_IN_A_SECOND: u64 = 10_000_000;
    let seconds = (file_time / STEPS_IN_A_SECOND).saturating_sub(SECONDS_FROM_1601_TO_1970);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// What certificate verifiers have in common, whatever they trust: the handshake is signed with the certificate's key.
macro_rules! check_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &rustls::pki_types::CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &rustls::pki_types::CertificateDer<'_>,
            signature: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}
pub(crate) use check_signatures;

/// Takes anyone's certificate, and still has the handshake's signature checked with its key: someone in between could
/// otherwise show the server's own certificate, and the hash over its key would prove nothing.
#[derive(Debug)]
struct AnyIssuer {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyIssuer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    check_signatures!();
}
