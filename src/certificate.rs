//! Where a client certificate comes from: a file, or a directory of such files; PEM or PFX (PKCS #12).

use crate::cli::BindError;
use crate::cli::credential::{CertificatePlace, CertificateSource};
use crate::render;
use jiff::Timestamp;
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};
use pssession::access::{BadKey, ClientCertificate, Thumbprint};
use pssession::cmdlet::connection::Credential;
use pssession::cmdlet::{Cmdlet, Request};
use pssession::error::ErrorRecord;
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

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Ctrl-C instead of a file's password: the wish to end, and no error.
    #[error("the run was interrupted")]
    Interrupted,
    #[error("it is not said where the certificate {0} is")]
    Nowhere(Thumbprint),
    #[error("the certificate store {} cannot be read: {source}", .directory.display())]
    Store { directory: PathBuf, source: io::Error },
    #[error("the certificate {thumbprint} is not in {}", .place.display())]
    NotFound { thumbprint: Thumbprint, place: PathBuf, found: Vec<Thumbprint>, unopened: Vec<Unopened> },
    #[error("the certificate {thumbprint} in {} has no private key", .file.display())]
    NoPrivateKey { thumbprint: Thumbprint, file: PathBuf },
    #[error("the private key in {} is encrypted, and this program reads such keys from PFX files only", .file.display())]
    EncryptedKey { file: PathBuf },
    #[error("the private key in {} {fault}", .file.display())]
    Key { file: PathBuf, fault: BadKey },
    #[error("the certificate {thumbprint} is malformed")]
    Malformed { thumbprint: Thumbprint },
    #[error("the certificate {thumbprint} has expired at {at}")]
    Expired { thumbprint: Thumbprint, at: Timestamp },
    #[error("the certificate {thumbprint} is not valid before {until}")]
    NotValidYet { thumbprint: Thumbprint, until: Timestamp },
}

/// A file that could not be looked into.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be opened: {reason}", .file.display())]
pub struct Unopened {
    file: PathBuf,
    reason: String,
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
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            CertificateError::Nowhere(_) => {
                "--cert-file FILE, --cert-store DIR or PSSESSION_CERT_STORE say where".to_owned()
            }
            CertificateError::NotFound { unopened, .. } if !unopened.is_empty() => {
                unopened.iter().map(Unopened::to_string).collect::<Vec<_>>().join("; ")
            }
            CertificateError::NotFound { found, .. } if !found.is_empty() => {
                let found: Vec<_> = found.iter().map(Thumbprint::to_string).collect();
                format!("there is {}", found.join(", "))
            }
            CertificateError::NotFound { .. } => {
                "a store is searched for *.pem, *.crt with *.key, *.pfx and *.p12".to_owned()
            }
            CertificateError::NoPrivateKey { .. } => {
                "--key-file names the file with the key; in a store it has the certificate's name and ends in .key"
                    .to_owned()
            }
            CertificateError::EncryptedKey { .. } => {
                "openssl pkcs12 -export -in CERT -inkey KEY -out FILE.pfx makes a PFX of it".to_owned()
            }
            _ => return None,
        })
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

    /// Refuses a certificate's file where the request does not say that a certificate is to be shown, rather than go
    /// as somebody else.
    pub fn prepare(&self, cmdlet: Cmdlet, request: &Request) -> Result<(), ErrorRecord> {
        let CertificatePlace::File { certificate, .. } = &self.source.place else { return Ok(()) };
        match request.connection().map(|connection| &connection.credential) {
            Some(Credential::UserName(_) | Credential::CurrentUser) => {
                let found = self.open(certificate, None).unwrap_or_default();
                let thumbprints = found.iter().filter(|found| found.key.is_some()).map(Found::thumbprint);
                Err(BindError::CertificateNotChosen { thumbprints: thumbprints.collect() }.record(cmdlet))
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
            CertificatePlace::File { certificate, key } => {
                (certificate, vec![(certificate.clone(), key.clone())])
            }
            CertificatePlace::Store(directory) => {
                let files = candidates(directory)
                    .map_err(|source| CertificateError::Store { directory: directory.clone(), source })?;
                (directory, files.into_iter().map(|file| (file, None)).collect())
            }
        };
        let (mut others, mut unopened) = (Vec::new(), Vec::new());
        for (file, key_file) in files {
            match self.open(&file, key_file.as_deref()) {
                Ok(found) => {
                    for found in found {
                        if found.thumbprint() == thumbprint {
                            return found.usable(&file);
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

    /// The certificates in a file, each with those behind it and its key.
    fn open(&self, file: &Path, key_file: Option<&Path>) -> Result<Vec<Found>, NotOpened> {
        let octets = read(file).map_err(|error| error.to_string())?;
        match is_pfx(file) {
            true => self.open_pfx(file, &octets),
            false => Ok(open_pem(file, &octets, key_file)?),
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
            true => "the password is wrong".to_owned(),
            false => format!("it is no PFX file that can be read ({error})"),
        })?;
        let found = store.entries().filter_map(|(_, entry)| match entry {
            KeyStoreEntry::PrivateKeyChain(chain) => Some(Found {
                chain: chain.certs().iter().map(|one| one.as_der().to_vec()).collect(),
                key: Some(Key::Clear(Zeroizing::new(chain.key().as_der().to_vec()))),
                key_file: None,
            }),
            KeyStoreEntry::Certificate(certificate) => {
                Some(Found { chain: vec![certificate.as_der().to_vec()], key: None, key_file: None })
            }
            KeyStoreEntry::Secret(_) => None,
        });
        Ok(found.filter(|found| !found.chain.is_empty()).collect())
    }
}

fn typed_password(file: &Path) -> Result<Secret, NotOpened> {
    let typed = render::ask_secret(&format!("Password for {}: ", file.display()));
    typed.map(|mut typed| Secret::new(std::mem::take(&mut typed))).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => NotOpened::Interrupted,
        _ => "it has a password, PSSESSION_CERT_PASSWORD gives it where nobody types".to_owned().into(),
    })
}

/// A certificate that was found; never without itself in its chain.
struct Found {
    chain: Vec<Vec<u8>>,
    key: Option<Key>,
    /// Where the key is, if that is another file.
    key_file: Option<PathBuf>,
}

enum Key {
    Clear(Zeroizing<Vec<u8>>),
    Encrypted,
}

impl Found {
    fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(self.chain.first().map_or(&[], Vec::as_slice))
    }

    /// The certificate as it is shown, if it can be shown today.
    fn usable(self, file: &Path) -> Result<ClientCertificate, CertificateError> {
        let thumbprint = self.thumbprint();
        check_dates(thumbprint, &self.chain[0])?;
        let key_file = self.key_file.unwrap_or_else(|| file.to_owned());
        match self.key {
            None => Err(CertificateError::NoPrivateKey { thumbprint, file: file.to_owned() }),
            Some(Key::Encrypted) => Err(CertificateError::EncryptedKey { file: key_file }),
            Some(Key::Clear(key)) => ClientCertificate::new(self.chain, &key)
                .map_err(|fault| CertificateError::Key { file: key_file, fault }),
        }
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

/// The certificates of a PEM file, or the one of a DER file. The key is the first one's, and what comes behind it
/// leads to its authority; any other is there without a key.
fn open_pem(file: &Path, octets: &[u8], key_file: Option<&Path>) -> Result<Vec<Found>, String> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(octets).map(|one| one.map(|one| one.to_vec())).collect();
    let mut certificates = certificates.map_err(|error| format!("it is no PEM file ({error})"))?;
    if certificates.is_empty() && octets.first() == Some(&0x30) {
        certificates.push(octets.to_vec());
    }
    let beside = file.with_extension("key");
    let key_file = key_file.map(Path::to_owned).or_else(|| Some(beside).filter(|beside| beside.exists()));
    let (key, key_file) = match (key(octets), key_file) {
        (None, Some(key_file)) => {
            let octets = read(&key_file).map_err(|error| format!("{}: {error}", key_file.display()))?;
            (key(&octets), Some(key_file))
        }
        (key, _) => (key, None),
    };
    let mut rest = certificates.as_slice();
    let mut found = Vec::new();
    while let [_, behind @ ..] = rest {
        found.push(Found { chain: rest.to_vec(), key: None, key_file: None });
        rest = behind;
    }
    if let Some(first) = found.first_mut() {
        (first.key, first.key_file) = (key, key_file);
    }
    Ok(found)
}

/// The private key in a PEM file.
fn key(octets: &[u8]) -> Option<Key> {
    if let Ok(key) = PrivateKeyDer::from_pem_slice(octets) {
        return Some(Key::Clear(Zeroizing::new(key.secret_der().to_vec())));
    }
    let has = |mark: &[u8]| octets.windows(mark.len()).any(|part| part == mark);
    (has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED")).then_some(Key::Encrypted)
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

/// The files of a directory that may hold certificates: first those that nobody has to type a password for.
fn candidates(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let files: io::Result<Vec<_>> = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect();
    let mut files = files?;
    files.retain(|file| has_extension(file, &["pem", "crt", "pfx", "p12"]) && file.is_file());
    files.sort_by_key(|file| (is_pfx(file), file.clone()));
    Ok(files)
}

fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
    extensions.iter().any(|one| one.eq_ignore_ascii_case(extension))
}
