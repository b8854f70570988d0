//! A certificate to log on with.

use super::fingerprint::Thumbprint;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use std::sync::Arc;

/// A certificate, those that lead from it to its authority, and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    thumbprint: Thumbprint,
    certified: Arc<CertifiedKey>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// It is of a kind that TLS does not have here.
    #[error("is of a type that this program does not support")]
    Unsupported,
    /// It is another certificate's.
    #[error("does not belong to the certificate")]
    OfAnother,
}

impl ClientCertificate {
    /// All in DER: `chain` begins with the certificate itself, `key` is its PKCS #8, PKCS #1 or SEC 1.
    ///
    /// # Errors
    /// The key is not one that can be used, or not this certificate's.
    pub fn new(chain: Vec<Vec<u8>>, key: &[u8]) -> Result<ClientCertificate, BadKey> {
        let thumbprint = Thumbprint::of(chain.first().map_or(&[], Vec::as_slice));
        let key = PrivateKeyDer::try_from(key).map_err(|_| BadKey::Unsupported)?;
        let key = any_supported_type(&key).map_err(|_| BadKey::Unsupported)?;
        let certified = CertifiedKey::new(chain.into_iter().map(Into::into).collect(), key);
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

    /// As rustls has it.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        self.certified.clone()
    }
}
