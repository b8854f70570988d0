//! What holds of files with certificates and keys.

use super::{Key, MOST_IN_CHAIN, check_dates, keys, open_pem};
use pssession::access::ClientCertificate;

/// Any file has certificates and keys, or none; each certificate begins a chain of its own, which is
/// short.
pub fn certificate_file(data: &[u8]) {
    if let Ok(found) = open_pem(data) {
        for one in &found {
            assert!((1..=MOST_IN_CHAIN).contains(&one.chain.len()) && one.chain[0] == one.certificate());
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
