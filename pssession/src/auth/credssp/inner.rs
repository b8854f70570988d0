//! The login inside CredSSP, in SPNEGO: NTLM's or Kerberos', and the seal that comes of it.

use crate::auth::kerberos::{self, KerberosFault, Progress, Ticket};
use crate::auth::ntlm::{self, Logon, Session};
use crate::auth::spnego::{self, MechTypes, Response};
use crate::auth::{CREDSSP, Error, Sealed};

/// What goes to the server next.
pub(super) enum Turn {
    /// A token, and nothing else.
    Token(Vec<u8>),
    /// This side can seal; the last token, if there is one, may go along with what it seals.
    Ready(Option<Vec<u8>>),
}

/// A login by one mechanism.
pub(super) enum Inner {
    Ntlm(Ntlm),
    Kerberos(Kerberos),
}

impl Inner {
    pub(super) fn ntlm(logon: Logon) -> Inner {
        Inner::Ntlm(Ntlm { logon: Box::new(logon), negotiate: Vec::new(), session: None })
    }

    pub(super) fn kerberos(ticket: Ticket) -> Inner {
        Inner::Kerberos(Kerberos { ticket, owes: false, is_verified: false })
    }

    /// The first token.
    pub(super) fn begin(&mut self) -> Result<Vec<u8>, Error> {
        match self {
            Inner::Ntlm(ntlm) => {
                ntlm.negotiate = ntlm::negotiate()?;
                Ok(MechTypes::NTLM.init(&ntlm.negotiate))
            }
            Inner::Kerberos(kerberos) => Ok(MechTypes::KERBEROS.init(&kerberos.ticket.token)),
        }
    }

    /// What to say to the server's token.
    pub(super) fn answer(&mut self, token: &[u8]) -> Result<Turn, Error> {
        let response = self.read(token)?;
        match self {
            Inner::Ntlm(ntlm) => ntlm.answer(response),
            Inner::Kerberos(kerberos) => kerberos.answer(response),
        }
    }

    /// Takes the server's last token, which comes along with what it seals first.
    pub(super) fn finish(&mut self, token: Option<&[u8]>) -> Result<(), Error> {
        let response = token.map(|token| self.read(token)).transpose()?;
        let mech_list_mic = response.and_then(|response| response.mech_list_mic);
        match self {
            Inner::Ntlm(ntlm) => {
                let mech_list_mic = mech_list_mic.ok_or(Error::MissingToken)?;
                let verified = ntlm.session()?.verify_mech_types(&MechTypes::NTLM.list(), mech_list_mic);
                verified.map_err(|_| Error::ForgedServerKey)
            }
            Inner::Kerberos(kerberos) => kerberos.finish(mech_list_mic),
        }
    }

    /// A sealed message is the signature and the ciphertext, with no length between them.
    pub(super) fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let Sealed { signature, ciphertext } = match self {
            Inner::Ntlm(ntlm) => ntlm.session()?.seal(message),
            Inner::Kerberos(kerberos) => kerberos::seal(kerberos.ticket.context.as_mut(), message)?,
        };
        Ok([signature, ciphertext].concat())
    }

    pub(super) fn unseal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Inner::Ntlm(ntlm) => {
                let (signature, ciphertext) =
                    message.split_at_checked(ntlm::SIGNATURE_LENGTH).ok_or(Error::MalformedSignature)?;
                ntlm.session()?.unseal(signature, ciphertext.to_vec())
            }
            // Wherever the server cuts, the token is whole.
            Inner::Kerberos(kerberos) => kerberos::unseal(kerberos.ticket.context.as_mut(), message, &[]),
        }
    }

    /// What it means that the server says no.
    pub(super) fn refused(&self) -> Error {
        match self {
            Inner::Ntlm(_) => Error::Refused { scheme: CREDSSP.name },
            Inner::Kerberos(kerberos) => {
                let target = kerberos.ticket.target.clone();
                KerberosFault::TicketRefused { target, reason: None }.into()
            }
        }
    }

    fn read<'a>(&self, token: &'a [u8]) -> Result<Response<'a>, Error> {
        let mech_types = match self {
            Inner::Ntlm(_) => MechTypes::NTLM,
            Inner::Kerberos(_) => MechTypes::KERBEROS,
        };
        let response = mech_types.read(token).map_err(|_| Error::MalformedChallenge)?;
        if response.is_rejection { Err(self.refused()) } else { Ok(response) }
    }
}

/// Boxed, as everywhere, so that the keys stay where they are.
pub(super) struct Ntlm {
    logon: Box<Logon>,
    /// NEGOTIATE as it was sent.
    negotiate: Vec<u8>,
    session: Option<Box<Session>>,
}

impl Ntlm {
    /// AUTHENTICATE, with the signature over the list.
    fn answer(&mut self, response: Response<'_>) -> Result<Turn, Error> {
        let challenge = response.token.ok_or(Error::MissingToken)?;
        let (authenticate, mut session) = self.logon.authenticate(&self.negotiate, challenge)?;
        let mech_list_mic = session.sign_mech_types(&MechTypes::NTLM.list());
        self.session = Some(session);
        Ok(Turn::Ready(Some(spnego::response(Some(&authenticate), Some(&mech_list_mic)))))
    }

    fn session(&mut self) -> Result<&mut Session, Error> {
        self.session.as_deref_mut().ok_or(Error::NotEstablished)
    }
}

/// The list has to be signed only where the server asks for it: there is no other mechanism that could have been
/// struck off (RFC 4178 section 5).
pub(super) struct Kerberos {
    ticket: Ticket,
    /// The server got our signature over the list, so that it owes its own.
    owes: bool,
    /// It has sent that.
    is_verified: bool,
}

impl Kerberos {
    /// Takes the server's proof that it could read the ticket.
    fn answer(&mut self, response: Response<'_>) -> Result<Turn, Error> {
        let not_proven = || KerberosFault::ServerNotProven { target: self.ticket.target.clone() };
        let token = response.token.ok_or_else(not_proven)?;
        let context = &mut self.ticket.context;
        if let Progress::Continue(token) = context.step(token)? {
            return Ok(Turn::Token(spnego::response(Some(&token), None)));
        }
        self.verify(response.mech_list_mic)?;
        if response.is_completed {
            return Ok(Turn::Ready(None));
        }
        self.owes = true;
        let mech_list_mic = self.ticket.context.sign(&MechTypes::KERBEROS.list())?;
        Ok(Turn::Ready(Some(spnego::response(None, Some(&mech_list_mic)))))
    }

    fn finish(&mut self, mech_list_mic: Option<&[u8]>) -> Result<(), Error> {
        self.verify(mech_list_mic)?;
        if self.owes && !self.is_verified { Err(Error::MissingToken) } else { Ok(()) }
    }

    fn verify(&mut self, mech_list_mic: Option<&[u8]>) -> Result<(), Error> {
        if let Some(mech_list_mic) = mech_list_mic {
            let verified = self.ticket.context.verify(&MechTypes::KERBEROS.list(), mech_list_mic);
            verified.map_err(|_| Error::ForgedServerKey)?;
            self.is_verified = true;
        }
        Ok(())
    }
}
