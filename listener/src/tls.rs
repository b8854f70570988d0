//! TLS with throw-away certificates: one authority per listener, and a server certificate as good or bad as
//! wanted.

use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PKCS_ECDSA_P384_SHA384, date_time_ymd,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::auth::channel_binding_hash;

/// What kind of certificate the listener shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Signed by the authority, for the names of the listener.
    Good,
    /// Signed by the authority, for other names.
    WrongName,
    /// Signed by the authority, for the names of the listener, and no longer valid.
    Expired,
    /// Signed by the authority, for the names of the listener, and not valid for a long time yet.
    NotValidYet,
    /// Signed by itself, for the names of the listener.
    SelfSigned,
    /// As before, and an authority's, as `openssl req -x509` makes it.
    SelfSignedAuthority,
    /// Signed by itself, with the name as its common name only, as old tools make them.
    CommonNameOnly,
}

/// The certificate of a listener.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    pub certificate: Certificate,
    /// Names beside localhost, 127.0.0.1 and ::1, or beside the wrong one.
    pub names: Vec<String>,
    /// The authority signs with SHA-384.
    pub sha384: bool,
    /// Clients are asked for their certificate in the first handshake, and may have none. (Windows asks later, in a
    /// way that most clients do not speak, unless it is configured to.)
    pub asks_for_certificate: bool,
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings {
            certificate: Certificate::Good,
            names: Vec::new(),
            sha384: false,
            asks_for_certificate: false,
        }
    }
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate could not be used")]
    Use(#[from] rustls::Error),
    #[error("no client could be checked")]
    Clients(#[from] rustls::server::VerifierBuilderError),
}

/// What a listener needs to speak TLS.
pub struct Identity {
    pub acceptor: TlsAcceptor,
    /// The authority's certificate as PEM, for clients to trust.
    pub authority: String,
    /// The certificate that is shown, as PEM.
    pub certificate: String,
    /// What an NTLM login over this TLS must be bound to (RFC 5929, tls-server-end-point).
    pub binding: [u8; 16],
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// Certificates of clients (DER), and whose they are.
    clients: Mutex<Vec<(Vec<u8>, String)>>,
}

/// A client's certificate and key, as PEM.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    pub certificate: String,
    pub key: String,
}

impl Identity {
    pub fn new(settings: &TlsSettings) -> Result<Identity, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "pssession-listener authority");
        let key = match settings.sha384 {
            true => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?,
            false => KeyPair::generate()?,
        };
        let authority = CertifiedIssuer::self_signed(params, key)?;

        let key = KeyPair::generate()?;
        let params = leaf(settings)?;
        let leaf = match settings.certificate {
            Certificate::SelfSigned | Certificate::SelfSignedAuthority | Certificate::CommonNameOnly => {
                params.self_signed(&key)?
            }
            _ => params.signed_by(&key, &authority)?,
        };
        let private_key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(default_provider());
        let config =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let config = if settings.asks_for_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone())?;
            let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(clients.allow_unauthenticated().build()?)
        } else {
            config.with_no_client_auth()
        };
        let config = config.with_single_cert(vec![leaf.der().clone()], private_key)?;
        Ok(Identity {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority: authority.pem(),
            certificate: leaf.pem(),
            binding: binding(leaf.der(), settings.sha384),
            issuer: authority,
            clients: Mutex::default(),
        })
    }

    /// Makes a certificate for a user, and maps it to that user.
    pub fn certify(&self, user: &str, is_expired: bool) -> Result<ClientCertificate, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, user);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if is_expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer)?;
        self.clients().push((certificate.der().to_vec(), user.to_owned()));
        Ok(ClientCertificate { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    /// Forgets whose the certificates of clients are.
    pub fn unmap_clients(&self) {
        self.clients().clear();
    }

    /// The user whose certificate it is.
    pub fn user_of(&self, certificate: &[u8]) -> Option<String> {
        self.clients().iter().find(|(known, _)| known == certificate).map(|(_, user)| user.clone())
    }

    fn clients(&self) -> std::sync::MutexGuard<'_, Vec<(Vec<u8>, String)>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn leaf(settings: &TlsSettings) -> Result<CertificateParams, rcgen::Error> {
    let own: &[&str] = match settings.certificate {
        Certificate::WrongName => &["elsewhere.example"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let mut names: Vec<_> = own.iter().map(|name| (*name).to_owned()).collect();
    names.extend(settings.names.iter().cloned());
    if settings.certificate == Certificate::CommonNameOnly {
        names.clear();
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if settings.certificate == Certificate::SelfSignedAuthority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    if settings.certificate == Certificate::NotValidYet {
        params.not_before = date_time_ymd(2100, 1, 1);
        params.not_after = date_time_ymd(2101, 1, 1);
    }
    if settings.certificate == Certificate::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    Ok(params)
}

/// RFC 5929 asks for the hash that the certificate is signed with, which is ECDSA's here.
fn binding(certificate: &CertificateDer, sha384: bool) -> [u8; 16] {
    let algorithm = if sha384 { &ring::digest::SHA384 } else { &ring::digest::SHA256 };
    let digest = ring::digest::digest(algorithm, certificate);
    channel_binding_hash(&[b"tls-server-end-point:", digest.as_ref()].concat())
}
