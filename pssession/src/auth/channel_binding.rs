//! Channel bindings of type `tls-server-end-point` (RFC 5929 section 4): proof that the authentication happens
//! inside the TLS channel to this very certificate, and not in one that a man in the middle has put in between.

use super::Error;
use super::der::{self, NotDer, Reader};
use md5::{Digest, Md5};
use ring::digest::{self, Algorithm, SHA256, SHA384, SHA512};

/// What an authentication says about the TLS channel below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelBindings {
    application_data: Vec<u8>,
}

impl ChannelBindings {
    /// The bindings to a server that has shown this certificate (DER, the end entity's).
    ///
    /// # Errors
    /// [`Error::MalformedCertificate`].
    pub(crate) fn tls_server_end_point(certificate: &[u8]) -> Result<ChannelBindings, Error> {
        let algorithm = hash_algorithm(certificate).map_err(|NotDer| Error::MalformedCertificate)?;
        let hash = digest::digest(algorithm, certificate);
        Ok(ChannelBindings { application_data: [b"tls-server-end-point:", hash.as_ref()].concat() })
    }

    /// The application data of GSS-API: the type's name, a colon, the hash.
    pub(crate) fn application_data(&self) -> &[u8] {
        &self.application_data
    }

    /// MD5 over the `gss_channel_bindings_struct` with empty addresses (MS-NLMP 2.2.2.1, MsvAvChannelBindings;
    /// RFC 4121 section 4.1.1.2): type and length of the initiator's and of the acceptor's address, all zero, then
    /// the application data and its length in front.
    pub(crate) fn hash(&self) -> [u8; 16] {
        const NO_ADDRESSES: [u8; 16] = [0; 16];
        // The application data is a name and a hash: at most 85 octets.
        let length = self.application_data.len() as u32;
        Md5::new()
            .chain_update(NO_ADDRESSES)
            .chain_update(length.to_le_bytes())
            .chain_update(&self.application_data)
            .finalize()
            .into()
    }
}

/// The hash function of the signature on the certificate, which is its issuer's; RFC 5929 raises MD5 and SHA-1 to
/// SHA-256, and says nothing of signatures without a hash of their own, such as Ed25519: SHA-256 there, as other
/// clients do. SHA-224 would have to stay itself; no public authority has issued such certificates, no TLS library
/// here verifies one, and it is taken for unknown.
fn hash_algorithm(certificate: &[u8]) -> Result<&'static Algorithm, NotDer> {
    // RFC 5280 section 4.1: Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }.
    let mut certificate = Reader::new(certificate).inside(der::SEQUENCE)?;
    certificate.element(der::SEQUENCE)?;
    let mut signature_algorithm = certificate.inside(der::SEQUENCE)?;
    Ok(match signature_algorithm.element(der::OBJECT_IDENTIFIER)? {
        oid::SHA384_WITH_RSA | oid::ECDSA_WITH_SHA384 => &SHA384,
        oid::SHA512_WITH_RSA | oid::ECDSA_WITH_SHA512 => &SHA512,
        oid::RSASSA_PSS => pss_hash_algorithm(signature_algorithm)?,
        _ => &SHA256,
    })
}

/// RFC 4055 section 3.1: RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … }. What is not there is
/// SHA-1, and so SHA-256.
fn pss_hash_algorithm(mut parameters: Reader<'_>) -> Result<&'static Algorithm, NotDer> {
    let Some(parameters) = parameters.optional(der::SEQUENCE)? else { return Ok(&SHA256) };
    let Some(hash) = Reader::new(parameters).optional(der::context(0))? else { return Ok(&SHA256) };
    let mut hash = Reader::new(hash).inside(der::SEQUENCE)?;
    Ok(match hash.element(der::OBJECT_IDENTIFIER)? {
        oid::SHA384 => &SHA384,
        oid::SHA512 => &SHA512,
        _ => &SHA256,
    })
}

/// Object identifiers as DER holds them (RFC 4055, RFC 5758).
mod oid {
    /// 1.2.840.113549.1.1.12
    pub(super) const SHA384_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 12];
    /// 1.2.840.113549.1.1.13
    pub(super) const SHA512_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 13];
    /// 1.2.840.113549.1.1.10
    pub(super) const RSASSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
    /// 1.2.840.10045.4.3.3
    pub(super) const ECDSA_WITH_SHA384: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3];
    /// 1.2.840.10045.4.3.4
    pub(super) const ECDSA_WITH_SHA512: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4];
    /// 2.16.840.1.101.3.4.2.2
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    /// 2.16.840.1.101.3.4.2.3
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
}

#[cfg(test)]
mod tests;
