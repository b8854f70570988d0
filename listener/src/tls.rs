//! TLS with throw-away certificates: one authority per listener, and a server certificate as good or bad as
//! wanted.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::auth::channel_binding_hash;

/// What kind of certificate the listener shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Signed by the authority, for the names of the listener.
    Good,
    /// Signed by the authority, for another name.
    WrongName,
    /// Signed by the authority, for the names of the listener, and no longer valid.
    Expired,
    /// Signed by itself, for the names of the listener.
    SelfSigned,
    /// Signed by itself, with the name as its common name only, as old tools make them.
    CommonNameOnly,
}

/// The certificate of a listener.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    pub certificate: Certificate,
    /// Names beside localhost, 127.0.0.1 and ::1.
    pub names: Vec<String>,
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings { certificate: Certificate::Good, names: Vec::new() }
    }
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate could not be used")]
    Use(#[from] rustls::Error),
}

/// What a listener needs to speak TLS.
pub struct Identity {
    pub acceptor: TlsAcceptor,
    /// The authority's certificate as PEM, for clients to trust.
    pub authority: String,
    /// What an NTLM login over this TLS must be bound to (RFC 5929, tls-server-end-point).
    pub binding: [u8; 16],
}

impl Identity {
    pub fn new(settings: &TlsSettings) -> Result<Identity, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "pssession-listener authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let key = KeyPair::generate()?;
        let params = leaf(settings)?;
        let leaf = match settings.certificate {
            Certificate::SelfSigned | Certificate::CommonNameOnly => params.self_signed(&key)?,
            _ => params.signed_by(&key, &authority)?,
        };
        let private_key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private_key)?;
        Ok(Identity {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority: authority.pem(),
            binding: binding(leaf.der()),
        })
    }
}

fn leaf(settings: &TlsSettings) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(settings.names.iter().cloned());
    match settings.certificate {
        Certificate::WrongName => names = vec!["elsewhere.example".to_owned()],
        Certificate::CommonNameOnly => names.clear(),
        _ => {}
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if settings.certificate == Certificate::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    Ok(params)
}

/// The certificates here are all signed with ECDSA and SHA-256, so that is the hash RFC 5929 asks for.
fn binding(certificate: &CertificateDer) -> [u8; 16] {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    channel_binding_hash(&[b"tls-server-end-point:", digest.as_ref()].concat())
}
