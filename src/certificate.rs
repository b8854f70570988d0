//! Where a client certificate comes from: a file, or a directory of such files; PEM or PFX (PKCS #12).

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

use crate::cli::BindError;
use crate::cli::credential::{CertificatePlace, CertificateSource};
use crate::render;
use jiff::Timestamp;
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use pssession::access::{BadKey, ClientCertificate, Thumbprint};
use pssession::cmdlet::connection::Credential;
use pssession::cmdlet::{Cmdlet, Request};
use pssession::error::{ErrorRecord, Unavailable};
use pssession::secret::Secret;
use pssession::store::{Links, open_owned};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More than any file with a certificate has.
const MOST_OCTETS: u64 = 1 << 20;

/// More than lead from any certificate to its authority. A file may be a bundle of hundreds that have nothing to do with
/// one another.
const MOST_IN_CHAIN: usize = 16;

/// Why there is no client certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Ctrl-C instead of a file's password: the wish to end, and no error.
    #[error("the run was interrupted")]
    Interrupted,
    #[error("no location is given for the certificate {0}")]
    Nowhere(Thumbprint),
    #[error("the certificate store {} cannot be read: {source}", .directory.display())]
    Store { directory: PathBuf, source: io::Error },
    #[error("the certificate {thumbprint} is not in {}", .place.display())]
    NotFound { thumbprint: Thumbprint, place: PathBuf, found: Vec<Thumbprint>, unopened: Vec<Unopened> },
    #[error("the certificate {thumbprint} in {} has no private key", .file.display())]
    NoPrivateKey { thumbprint: Thumbprint, file: PathBuf },
    #[error("the private key in {} is encrypted; this program reads encrypted keys from PFX files only", .file.display())]
    EncryptedKey { file: PathBuf },
    #[error("the key file {} cannot be read: {source}", .file.display())]
    KeyFile { file: PathBuf, source: io::Error },
    #[error("the private key in {} {fault}", .file.display())]
    Key { file: PathBuf, fault: BadKey },
    #[error("the certificate {thumbprint} is malformed")]
    Malformed { thumbprint: Thumbprint },
    #[error("the certificate {thumbprint} expired at {at}")]
    Expired { thumbprint: Thumbprint, at: Timestamp },
    #[error("the certificate {thumbprint} is not valid before {until}")]
    NotValidYet { thumbprint: Thumbprint, until: Timestamp },
}

/// A file that could not be looked into.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be opened: {reason}", .file.display())]
pub struct Unopened {
    pub file: PathBuf,
    pub reason: String,
}

/// Why a file cannot be looked into.
enum NotOpened {
    Interrupted,
    Because(String),
}

impl From<String> for NotOpened {
    fn from(reason: String) -> NotOpened {
        NotOpened::Because(reason)
    }
}

impl CertificateError {
    pub fn unavailable(&self) -> Unavailable {
        Unavailable { reason: self.to_string(), hint: self.hint() }
    }

    fn hint(&self) -> Option<String> {
        let words = match self {
            CertificateError::Nowhere(_) => {
                "give its location with --cert-file FILE, --cert-store DIR or PSSESSION_CERT_STORE"
            }
            CertificateError::Store { .. } => "--cert-store or PSSESSION_CERT_STORE names the directory",
            CertificateError::NotFound { unopened, .. } if !unopened.is_empty() => {
                return Some(unopened.iter().map(Unopened::to_string).collect::<Vec<_>>().join("; "));
            }
            CertificateError::NotFound { found, .. } if !found.is_empty() => {
                let found: Vec<_> = found.iter().map(Thumbprint::to_string).collect();
                return Some(format!("the certificates there: {}", found.join(", ")));
            }
            CertificateError::NotFound { .. } => {
                "a certificate store is searched for *.pem, *.crt, *.cer, *.pfx and *.p12"
            }
            CertificateError::NoPrivateKey { .. } => {
                "name the file with the key with --key-file; in a certificate store, any file may hold the key"
            }
            CertificateError::EncryptedKey { .. } => {
                "convert it to PFX: openssl pkcs12 -export -in CERT -inkey KEY -out FILE.pfx"
            }
            CertificateError::KeyFile { .. } => "--key-file names the file with the private key",
            CertificateError::Key { fault: BadKey::OfAnother, .. } => {
                "--key-file names the file with the certificate's own key"
            }
            CertificateError::Key { .. } => {
                "use a certificate with an RSA, ECDSA (P-256 or P-384) or Ed25519 key"
            }
            CertificateError::Malformed { .. }
            | CertificateError::Expired { .. }
            | CertificateError::NotValidYet { .. } => {
                "-CertificateThumbprint names another certificate, which the server has to map to the account"
            }
            CertificateError::Interrupted => return None,
        };
        Some(words.to_owned())
    }
}

/// The client certificates of one run, each looked for once.
pub struct Certificates {
    source: CertificateSource,
    known: HashMap<Thumbprint, ClientCertificate>,
}

impl Certificates {
    pub fn of(source: CertificateSource) -> Certificates {
        Certificates { source, known: HashMap::new() }
    }

    /// Refuses a certificate's file where the request does not say that a certificate is to be shown, rather than go as
    /// another user.
    pub fn prepare(&self, cmdlet: Cmdlet, request: &Request) -> Result<(), ErrorRecord> {
        let CertificatePlace::File { certificate, .. } = &self.source.place else { return Ok(()) };
        match request.connection().map(|connection| &connection.credential) {
            Some(Credential::UserName(_) | Credential::CurrentUser) => {
                let found = self.open(certificate).unwrap_or_default();
                let with_key = found.into_iter().filter_map(|found| self.usable(found, certificate).ok());
                let thumbprints = with_key.map(|certificate| certificate.thumbprint()).collect();
                Err(BindError::CertificateNotChosen { thumbprints }.record(cmdlet))
            }
            Some(Credential::CertificateThumbprint(_)) | None => Ok(()),
        }
    }

    /// The certificate with this thumbprint and its key. May wait for a person to type a password.
    pub fn find(&mut self, thumbprint: Thumbprint) -> Result<ClientCertificate, CertificateError> {
        if let Some(certificate) = self.known.get(&thumbprint) {
            return Ok(certificate.clone());
        }
        let certificate = self.search(thumbprint)?;
        self.known.insert(thumbprint, certificate.clone());
        Ok(certificate)
    }

    fn search(&self, thumbprint: Thumbprint) -> Result<ClientCertificate, CertificateError> {
        let (place, files) = match &self.source.place {
            CertificatePlace::Nowhere => return Err(CertificateError::Nowhere(thumbprint)),
            CertificatePlace::File { certificate, .. } => (certificate, vec![certificate.clone()]),
            CertificatePlace::Store(directory) => {
                let files = candidates(directory)
                    .map_err(|source| CertificateError::Store { directory: directory.clone(), source })?;
                (directory, files)
            }
        };
        let (mut others, mut unopened) = (Vec::new(), Vec::new());
        for file in files {
            match self.open(&file) {
                Ok(found) => {
                    for found in found {
                        if found.thumbprint() == thumbprint {
                            check_dates(thumbprint, found.certificate())?;
                            return self.usable(found, &file);
                        }
                        others.push(found.thumbprint());
                    }
                }
                Err(NotOpened::Interrupted) => return Err(CertificateError::Interrupted),
                Err(NotOpened::Because(reason)) => unopened.push(Unopened { file, reason }),
            }
        }
        Err(CertificateError::NotFound { thumbprint, place: place.clone(), found: others, unopened })
    }

    /// A certificate with its key, which is the one that matches it.
    fn usable(&self, found: Found, file: &Path) -> Result<ClientCertificate, CertificateError> {
        let thumbprint = found.thumbprint();
        let mut error = CertificateError::NoPrivateKey { thumbprint, file: file.to_owned() };
        if let Some(key) = found.key {
            let fault = |fault| CertificateError::Key { file: file.to_owned(), fault };
            return ClientCertificate::new(found.chain, &key).map_err(fault);
        }
        for file in self.key_files(file) {
            let octets = match (read(&file), &self.source.place) {
                (Ok(octets), _) => octets,
                (Err(source), CertificatePlace::File { key: Some(_), .. }) => {
                    error = CertificateError::KeyFile { file, source };
                    continue;
                }
                (Err(_), _) => continue,
            };
            for key in keys(&octets) {
                let Key::Clear(key) = key else {
                    error = CertificateError::EncryptedKey { file: file.clone() };
                    continue;
                };
                match ClientCertificate::new(found.chain.clone(), &key) {
                    Ok(certificate) => return Ok(certificate),
                    // In a store there are keys of others.
                    Err(_) if matches!(self.source.place, CertificatePlace::Store(_)) => {}
                    Err(fault) => error = CertificateError::Key { file: file.clone(), fault },
                }
            }
        }
        Err(error)
    }

    /// The files that may hold the key of the certificate in this one, the likely ones first.
    fn key_files(&self, file: &Path) -> Vec<PathBuf> {
        match &self.source.place {
            CertificatePlace::File { key: Some(key), .. } => vec![file.to_owned(), key.clone()],
            CertificatePlace::Store(directory) => {
                let mut files = files(directory).unwrap_or_default();
                files.retain(|file| !is_pfx(file));
                files.sort_by_key(|one| (one != file, one.clone()));
                files
            }
            CertificatePlace::File { key: None, .. } | CertificatePlace::Nowhere => {
                vec![file.to_owned(), file.with_extension("key")]
            }
        }
    }

    /// The certificates in a file, each with those behind it, and with its key if that is certain.
    fn open(&self, file: &Path) -> Result<Vec<Found>, NotOpened> {
        let octets = read(file).map_err(|error| error.to_string())?;
        match is_pfx(file) {
            true => self.open_pfx(file, &octets),
            false => Ok(open_pem(&octets)?),
        }
    }

    /// The password of the environment, or none at all, or the one that is typed.
    fn open_pfx(&self, file: &Path, octets: &[u8]) -> Result<Vec<Found>, NotOpened> {
        let open = |password: &str| KeyStore::from_pkcs12(octets, password, Pkcs12ImportPolicy::Relaxed);
        let is_wrong = |error: &p12_keystore::error::Error| {
            use p12_keystore::error::Error as E;
            matches!(error, E::MacError(_) | E::Pkcs5Error(_) | E::UnpadError)
        };
        let opened = match &self.source.password {
            Some(password) => open(password.expose_secret()),
            None => match open("") {
                Err(error) if is_wrong(&error) => open(typed_password(file)?.expose_secret()),
                opened => opened,
            },
        };
        let store = opened.map_err(|error| match is_wrong(&error) {
            true if self.source.password.is_some() => {
                "the password in PSSESSION_CERT_PASSWORD is wrong".to_owned()
            }
            true => "the typed password is wrong".to_owned(),
            false => "it is not a PFX file that this program can read".to_owned(),
        })?;
        let found = store.entries().filter_map(|(_, entry)| match entry {
            KeyStoreEntry::PrivateKeyChain(chain) => Some(Found {
                chain: chain.certs().iter().map(|one| one.as_der().to_vec()).collect(),
                key: Some(Zeroizing::new(chain.key().as_der().to_vec())),
            }),
            KeyStoreEntry::Certificate(certificate) => {
                Some(Found { chain: vec![certificate.as_der().to_vec()], key: None })
            }
            KeyStoreEntry::Secret(_) => None,
        });
        Ok(found.filter(|found| !found.chain.is_empty()).collect())
    }
}

fn typed_password(file: &Path) -> Result<Secret, NotOpened> {
    let typed = render::ask_secret(&format!("Password for {}", file.display()));
    typed.map(|mut typed| Secret::new(std::mem::take(&mut typed))).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => NotOpened::Interrupted,
        _ => "it needs a password; without a terminal, set PSSESSION_CERT_PASSWORD".to_owned().into(),
    })
}

/// A certificate that was found; never without itself in its chain.
struct Found {
    chain: Vec<Vec<u8>>,
    /// What a PFX file has beside it.
    key: Option<Zeroizing<Vec<u8>>>,
}

enum Key {
    Clear(Zeroizing<Vec<u8>>),
    Encrypted,
}

impl Found {
    fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(self.certificate())
    }
}

fn check_dates(thumbprint: Thumbprint, certificate: &[u8]) -> Result<(), CertificateError> {
    let malformed = || CertificateError::Malformed { thumbprint };
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|_| malformed())?;
    let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp());
    let (from, to) = (parsed.validity().not_before, parsed.validity().not_after);
    let (from, to) = (time(from).map_err(|_| malformed())?, time(to).map_err(|_| malformed())?);
    match Timestamp::now() {
        now if now > to => Err(CertificateError::Expired { thumbprint, at: to }),
        now if now < from => Err(CertificateError::NotValidYet { thumbprint, until: from }),
        _ => Ok(()),
    }
}

/// The certificates of a PEM file, or the one of a DER file. What comes behind one leads to its authority.
fn open_pem(octets: &[u8]) -> Result<Vec<Found>, String> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(octets).map(|one| one.map(|one| one.to_vec())).collect();
    let mut certificates = certificates.map_err(|_| "it is not a PEM file")?;
    if certificates.is_empty() && is_der(octets) {
        certificates.push(octets.to_vec());
    }
    let chain = |at| certificates.iter().skip(at).take(MOST_IN_CHAIN).cloned().collect();
    Ok((0..certificates.len()).map(|at| Found { chain: chain(at), key: None }).collect())
}

/// The private keys in a PEM file, or what may be the one of a DER file.
fn keys(octets: &[u8]) -> Vec<Key> {
    let clear = |der: &[u8]| Key::Clear(Zeroizing::new(der.to_vec()));
    let mut keys: Vec<_> =
        PrivateKeyDer::pem_slice_iter(octets).flatten().map(|key| clear(key.secret_der())).collect();
    let has = |mark: &[u8]| octets.windows(mark.len()).any(|part| part == mark);
    if is_der(octets) {
        keys.push(clear(octets));
    } else if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        keys.push(Key::Encrypted);
    }
    keys
}

/// A SEQUENCE, which all of these begin with.
fn is_der(octets: &[u8]) -> bool {
    octets.first() == Some(&0x30)
}

fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = open_owned(file, Links::Followed)?;
    let size = file.metadata()?.len();
    if size > MOST_OCTETS {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    // The room for all of it is taken at once: a growing buffer would leave copies of a key behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(size as usize + 1));
    file.take(MOST_OCTETS).read_to_end(&mut octets)?;
    Ok(octets)
}

fn is_pfx(file: &Path) -> bool {
    has_extension(file, &["pfx", "p12"])
}

/// The files of a directory that may hold certificates: first those that need no typed password.
fn candidates(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = files(directory)?;
    files.retain(|file| has_extension(file, &["pem", "crt", "cer", "pfx", "p12"]));
    files.sort_by_key(|file| (is_pfx(file), file.clone()));
    Ok(files)
}

fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let files: io::Result<Vec<_>> = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect();
    Ok(files?.into_iter().filter(|file| file.is_file()).collect())
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
    extensions.iter().any(|one| one.eq_ignore_ascii_case(extension))
}
