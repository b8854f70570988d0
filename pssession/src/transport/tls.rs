//! TLS: whose certificates are trusted, and what is remembered of the one that was shown.
//!
//! Two switches weaken the check, apart from each other as PowerShell has them: SkipCACheck takes a certificate from
//! any issuer, expired ones too, and still asks for the right name; SkipCNCheck takes another name and still asks
//! for an issuer it knows. A pin trusts one certificate, by any issuer, and no other; the name is still asked for.
//! The handshake's signature is checked in any case, or the certificate would prove nothing.

use super::endpoint::Endpoint;
use crate::access::{Access, ClientCertificate, Fingerprint, Pins, TrustAnchors};
use crate::auth::check_signatures;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, Error, OtherError, RootCertStore, WantsVerifier,
};
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Why no certificate can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    #[error("the certificate authority file {} cannot be used: {reason}", .path.display())]
    CaFile { path: PathBuf, reason: String },
    #[error("the certificate authorities of this system cannot be read")]
    System,
}

/// The trust of one command, shared by all its connections. The system's authorities are read when the first TLS
/// connection is made: a command that makes none does not pay for them.
pub(crate) struct Trust {
    anchors: TrustAnchors,
    skip_ca_check: bool,
    skip_cn_check: bool,
    /// What this side shows to a server that asks.
    client_certificate: Option<ClientCertificate>,
    provider: Arc<CryptoProvider>,
    authorities: OnceLock<Result<Arc<dyn ServerCertVerifier>, TrustError>>,
}

/// What the handshake of one connection saw.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    certificate: Mutex<Option<Vec<u8>>>,
    asked: Arc<AtomicBool>,
}

impl Handshake {
    /// The server's end-entity certificate (DER), once it is trusted.
    pub(crate) fn certificate(&self) -> Option<Vec<u8>> {
        self.certificate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the server wanted to see a certificate of this side.
    pub(crate) fn asked_for_certificate(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Why a certificate is not trusted, where rustls has no word for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not trusted")]
pub(super) enum Untrusted {
    NotPinned(Fingerprint),
    /// It is a certificate authority's, which vouches for others and not for itself.
    IsAuthority(Fingerprint),
}

impl From<Untrusted> for Error {
    fn from(untrusted: Untrusted) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(untrusted))))
    }
}

impl Trust {
    /// # Errors
    /// When there is a file of authorities and it cannot be used; it is read now, since it was named.
    pub(crate) fn new(
        access: &Access,
        client_certificate: Option<ClientCertificate>,
    ) -> Result<Trust, TrustError> {
        let trust = Trust {
            anchors: access.anchors.clone(),
            skip_ca_check: access.session_option.skip_ca_check,
            skip_cn_check: access.session_option.skip_cn_check,
            client_certificate,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            authorities: OnceLock::new(),
        };
        if trust.anchors.ca_file.is_some() {
            trust.authorities()?;
        }
        Ok(trust)
    }

    /// Whether this side has a certificate to show.
    pub(crate) fn shows_certificate(&self) -> bool {
        self.client_certificate.is_some()
    }

    /// The configuration of one TLS connection and the place where its handshake leaves word. Sessions are not
    /// resumed: a resumed handshake shows no certificate to bind an authentication to.
    pub(crate) fn connection(
        &self,
        endpoint: &Endpoint,
    ) -> Result<(ClientConfig, Arc<Handshake>), TrustError> {
        let trusts_any = self.skip_ca_check || !self.anchors.pins.is_empty();
        let authorities = if trusts_any { None } else { Some(self.authorities()?) };
        let seen = Arc::<Handshake>::default();
        let verifier = Verifier {
            provider: self.provider.clone(),
            authorities,
            skip_cn_check: self.skip_cn_check,
            pins: self.anchors.pins.clone(),
            address: endpoint.scoped().map(|(address, _)| address),
            seen: seen.clone(),
        };
        let config = self.builder().dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.client_certificate {
            Some(certificate) => {
                let certified = certificate.certified();
                config.with_client_cert_resolver(Arc::new(Shown { certified, asked: seen.asked.clone() }))
            }
            None => config.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        // What is connected to under a stand-in has an address, and addresses are not indicated (RFC 6066 3).
        config.enable_sni = endpoint.scoped().is_none();
        Ok((config, seen))
    }

    /// The configuration of a TLS connection to a proxy. What is said about the certificates of servers does not weaken
    /// it, and no client certificate is shown.
    pub(crate) fn to_proxy(&self) -> Result<ClientConfig, TrustError> {
        let verifier = self.authorities()?;
        Ok(self.builder().dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }

    /// Whether a server that gets through is known to be the one that was named.
    pub(crate) fn checks_server(&self) -> bool {
        let is_pinned = !self.anchors.pins.is_empty();
        is_pinned || (!self.skip_ca_check && !self.skip_cn_check)
    }

    /// A configuration for a connection that uses no TLS, and would trust no one if it did.
    pub(crate) fn no_tls(&self) -> ClientConfig {
        self.builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    }

    fn builder(&self) -> ConfigBuilder<ClientConfig, WantsVerifier> {
        ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
    }

    fn authorities(&self) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
        self.authorities.get_or_init(|| self.read_authorities()).clone()
    }

    fn read_authorities(&self) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
        let Some(path) = &self.anchors.ca_file else {
            return match rustls_platform_verifier::Verifier::new(self.provider.clone()) {
                Ok(verifier) => Ok(self.trusting(Arc::new(verifier), Vec::new())),
                Err(_) => Err(TrustError::System),
            };
        };
        let bad = |reason: String| TrustError::CaFile { path: path.clone(), reason };
        let unreadable = |error: pem::Error| match error {
            pem::Error::Io(error) => bad(error.to_string()),
            _ => bad("it is not a PEM file".into()),
        };
        let named: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(unreadable);
        let named = named?;
        if named.is_empty() {
            return Err(bad("there is no PEM certificate in it".into()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &named {
            roots.add(certificate.clone()).map_err(|_| bad("a certificate in it is malformed".into()))?;
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone()).build();
        let verifier = verifier.map_err(|_| bad("its certificates cannot be used".into()))?;
        Ok(self.trusting(verifier, named))
    }

    fn trusting(
        &self,
        issuers: Arc<dyn ServerCertVerifier>,
        named: Vec<CertificateDer<'static>>,
    ) -> Arc<dyn ServerCertVerifier> {
        Arc::new(Authorities { provider: self.provider.clone(), issuers, named })
    }
}

/// The issuers that are trusted, and the certificates of `--ca-file`, each of which is trusted itself: it is what
/// `openssl req -x509` makes, an authority's certificate that a server shows as its own.
#[derive(Debug)]
struct Authorities {
    provider: Arc<CryptoProvider>,
    issuers: Arc<dyn ServerCertVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.issuers.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        // Its dates are checked before its issuer and its kind are.
        let Err(Error::InvalidCertificate(
            error @ (CertificateError::UnknownIssuer | CertificateError::Other(_)),
        )) = &verdict
        else {
            return verdict;
        };
        if self.named.iter().any(|named| named == end_entity) {
            return verify_name(end_entity, server_name);
        }
        // webpki's error type is not rustls' to name.
        match error.to_string().contains("CaUsedAsEndEntity") {
            true => Err(Untrusted::IsAuthority(Fingerprint::of(end_entity)).into()),
            false => verdict,
        }
    }

    check_signatures!();
}

fn verify_name(
    end_entity: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
) -> Result<ServerCertVerified, Error> {
    let certificate = ParsedCertificate::try_from(end_entity)?;
    verify_server_name(&certificate, server_name).map(|()| ServerCertVerified::assertion())
}

/// Shows the certificate to any server that asks: it was chosen by name, so the authorities that a server says it knows do
/// not matter.
#[derive(Debug)]
struct Shown {
    certified: Arc<CertifiedKey>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Shown {
    fn resolve(
        &self,
        _authorities: &[&[u8]],
        _schemes: &[rustls::SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        Some(self.certified.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Checks one connection's certificate and remembers it.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// `None` with SkipCACheck and with pins.
    authorities: Option<Arc<dyn ServerCertVerifier>>,
    skip_cn_check: bool,
    pins: Pins,
    /// The address that the certificate is to be for, where a stand-in for it is connected to.
    address: Option<Ipv6Addr>,
    seen: Arc<Handshake>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let address = self.address.map(|address| ServerName::from(IpAddr::from(address)));
        let server_name = address.as_ref().unwrap_or(server_name);
        let is_pinned = || {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let key = certificate.subject_public_key_info();
            Ok::<_, Error>(self.pins.contains(Fingerprint::of(end_entity), &key))
        };
        if !self.pins.is_empty() && !is_pinned()? {
            return Err(Untrusted::NotPinned(Fingerprint::of(end_entity)).into());
        }
        let verdict = match &self.authorities {
            Some(authorities) => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => verify_name(end_entity, server_name),
        };
        match verdict {
            // The chain is checked before the name: who gets as far as the name has a good chain.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.skip_cn_check => {}
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        *self.seen.certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    check_signatures!();
}
