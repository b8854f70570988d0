//! What holds of hashes, certificates and keys that a person names.

use super::{ClientCertificate, Fingerprint, Pins, Thumbprint};

/// A hash that is read is shown as the same, and any octets are a key or none.
pub fn certificate(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(read) = Fingerprint::parse(&text) {
        assert_eq!(Fingerprint::parse(&read.to_string()), Ok(read));
    }
    if let Ok(read) = Thumbprint::parse(&text) {
        assert_eq!(Thumbprint::parse(&read.to_string()), Ok(read));
    }
    if let Ok(read) = Pins::parse(&text) {
        assert_eq!(Pins::parse(&read.to_string()), Ok(read));
    }
    if let Ok(certificate) = ClientCertificate::new(vec![data.to_vec()], data) {
        assert_eq!(certificate.thumbprint(), Thumbprint::of(data));
    }
}
