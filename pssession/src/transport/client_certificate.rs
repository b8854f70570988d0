//! The certificate that this side shows, and whether the server asked for it.

use crate::access::Thumbprint;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A certificate, those that lead from it to its authority, and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    thumbprint: Thumbprint,
    certified: Arc<CertifiedKey>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is of a kind that TLS does not have here.
    #[error("is of a kind that this program does not have")]
    Unsupported,
    /// It is another certificate's.
    #[error("does not belong to the certificate")]
    OfAnother,
}

impl ClientCertificate {
    /// `chain` begins with the certificate itself.
    ///
    /// # Errors
    /// The key is not one that can be used, or not this certificate's.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: &PrivateKeyDer<'_>,
    ) -> Result<ClientCertificate, BadKey> {
        let thumbprint = Thumbprint::of(chain.first().map_or(&[], |certificate| certificate.as_ref()));
        let key = any_supported_type(key).map_err(|_| BadKey::Unsupported)?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
                Ok(ClientCertificate { thumbprint, certified: Arc::new(certified) })
            }
            Err(_) => Err(BadKey::OfAnother),
        }
    }

    /// The name that Windows gives the certificate.
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// What shows it in one handshake.
    pub(super) fn for_handshake(&self, asked: Arc<AtomicBool>) -> Arc<dyn ResolvesClientCert> {
        Arc::new(Shown { certified: self.certified.clone(), asked })
    }
}

/// Shows the certificate to whoever asks: it was chosen by name, so the authorities that a server says it knows do
/// not matter.
#[derive(Debug)]
struct Shown {
    certified: Arc<CertifiedKey>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        Some(self.certified.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
