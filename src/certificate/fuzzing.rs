//! What holds of files with certificates and keys.

use super::{Key, check_dates, keys, open_pem};
use pssession::access::ClientCertificate;

/// Any file has certificates and keys, or none; each certificate begins its own chain.
pub fn certificate_file(data: &[u8]) {
    if let Ok(found) = open_pem(data) {
        for one in &found {
            assert!(!one.chain.is_empty() && one.chain[0] == one.certificate());
            if let Err(error) = check_dates(one.thumbprint(), one.certificate()) {
                error.unavailable();
            }
        }
        for key in keys(data) {
            if let (Key::Clear(key), Some(one)) = (key, found.first()) {
                let _ = ClientCertificate::new(one.chain.clone(), &key);
            }
        }
    }
}
