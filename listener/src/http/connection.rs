//! One TCP connection: who is logged in on it, and what becomes of each request.

use std::sync::PoisonError;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use tokio::sync::Mutex;

use super::answer::Answer;
use super::charset::Charset;
use super::shared::Shared;
use crate::auth::digest::{Accepted, Nonces};
use crate::auth::{self, AuthError, Binding, Leg, Negotiation, Sealing, User, framing, nonce};
use crate::injection::Effect;
use crate::journal::Caller;
use crate::soap::{Reply, Summary, Verb, guid, is_identify};

/// DSP0226, the security profile of client certificates; it is a whole header.
const CERTIFICATE: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";

/// A connection.
pub struct Connection {
    shared: Shared,
    number: u64,
    tls: bool,
    /// The certificate (DER) that the client showed.
    certificate: Option<Vec<u8>>,
    login: Mutex<Login>,
    nonces: std::sync::Mutex<Nonces>,
}

/// Who has logged in on a connection by Negotiate.
enum Login {
    None(Negotiation),
    User(Caller, Box<Sealing>),
}

/// A request that was unsealed if it was sealed, and is in UTF-8 now.
struct Opened {
    soap: Vec<u8>,
    charset: Charset,
    sealed: bool,
}

/// A request whose sender is known.
struct Authenticated {
    caller: Caller,
    /// The last token of Negotiate, to go out with the answer.
    token: Option<String>,
    /// What `Authentication-Info` says.
    info: Option<String>,
}

impl Connection {
    pub fn new(shared: Shared, number: u64, tls: bool, certificate: Option<Vec<u8>>) -> Connection {
        let login = Mutex::new(Login::None(Negotiation::Fresh));
        Connection { shared, number, tls, certificate, login, nonces: Default::default() }
    }

    /// Answers an HTTP request.
    pub async fn answer(&self, head: &Parts, body: &[u8]) -> Answer {
        if head.uri.path() != self.shared.config.path {
            return self.refuse(404, format!("there is nothing at {}", head.uri.path()));
        }
        if head.method != Method::POST {
            return self.refuse(405, format!("the method {} is not POST", head.method));
        }
        // DSP0226: with this header Identify is answered to everyone, and nothing else is.
        if head.headers.get("WSMANIDENTIFY").is_some_and(|value| value == "unauthenticated") {
            let identify = std::str::from_utf8(body).is_ok_and(is_identify);
            return if identify {
                soap_answer(&Reply::identity(false), Charset::Utf8)
            } else {
                self.unauthorized("it is no Identify")
            };
        }
        // Requests on one connection come one after another; the lock is for the compiler.
        let mut login = self.login.lock().await;
        let Authenticated { caller, token, info } = match self.authenticate(&mut login, head, body) {
            Ok(authenticated) => authenticated,
            Err(answer) => return answer,
        };
        if body.is_empty() {
            return Answer::empty(200).token(token.as_deref());
        }
        let answer = match self.open(&mut login, &head.headers, body) {
            Ok(opened) => self.exchange(&mut login, &caller, &opened).await,
            Err(answer) => answer,
        };
        let answer = answer.token(token.as_deref());
        match info {
            Some(info) => answer.header(HeaderName::from_static("authentication-info"), &info),
            None => answer,
        }
    }

    fn authenticate(&self, login: &mut Login, head: &Parts, body: &[u8]) -> Result<Authenticated, Answer> {
        let headers = &head.headers;
        let authorization = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let (scheme, credentials) = match (authorization, &*login) {
            (Some(authorization), _) => authorization.split_once(' ').unwrap_or((authorization, "")),
            (None, Login::User(caller, _)) => {
                return Ok(Authenticated { caller: caller.clone(), token: None, info: None });
            }
            (None, Login::None(_)) if is_sealed(headers) => {
                return Err(self.refuse(400, "a sealed body came on a connection without a login"));
            }
            (None, Login::None(_)) => return Err(self.unauthorized("the request has no credentials")),
        };
        let policy = &self.shared.config.login;
        if scheme.eq_ignore_ascii_case("Basic") && policy.basic && (self.tls || policy.allow_unencrypted) {
            let user = auth::basic(&self.shared.accounts, credentials).cloned();
            return match user {
                Ok(user) => {
                    self.shared.journal(|journal| journal.logon(&user.name, true));
                    Ok(Authenticated { caller: self.caller(user), token: None, info: None })
                }
                Err(error) => Err(self.logon_failed(&error)),
            };
        }
        if scheme.eq_ignore_ascii_case("Digest") && policy.digest.is_some() && self.tls {
            return self.digest(head, credentials);
        }
        if scheme.eq_ignore_ascii_case("Negotiate") && policy.negotiate {
            return self.negotiate(login, headers, credentials, body);
        }
        if scheme == CERTIFICATE && self.tls {
            let user = self.certificate.as_ref().and_then(|shown| self.shared.identity.user_of(shown));
            let known = user.and_then(|user| self.shared.accounts.users.iter().find(|one| one.name == user));
            let Some(user) = known.cloned() else {
                return Err(self.unauthorized("no user's certificate was shown"));
            };
            self.shared.journal(|journal| journal.logon(&user.name, true));
            return Ok(Authenticated { caller: self.caller(user), token: None, info: None });
        }
        Err(self.unauthorized(&format!("the scheme {scheme} is not offered here")))
    }

    fn digest(&self, head: &Parts, credentials: &str) -> Result<Authenticated, Answer> {
        let policy = self.shared.config.login.digest.clone().unwrap_or_default();
        let request_target = head.uri.path_and_query().map_or("", |target| target.as_str());
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        match nonces.check(&policy, &self.shared.accounts, credentials, ("POST", request_target), guid()) {
            Ok(Accepted { user, info }) => {
                self.shared.journal(|journal| journal.logon(&user.name, true));
                Ok(Authenticated { caller: self.caller(user), token: None, info })
            }
            Err(refused) => {
                drop(nonces);
                let mut answer = self.logon_failed(&refused.error);
                if refused.stale {
                    answer
                        .headers
                        .iter_mut()
                        .filter(|(_, value)| value.starts_with("Digest "))
                        .for_each(|(_, value)| value.push_str(", stale=true"));
                }
                Err(answer)
            }
        }
    }

    fn negotiate(
        &self,
        login: &mut Login,
        headers: &HeaderMap,
        token: &str,
        body: &[u8],
    ) -> Result<Authenticated, Answer> {
        self.shared.journal(|journal| journal.counters.negotiate_legs += 1);
        let negotiation = match std::mem::replace(login, Login::None(Negotiation::Fresh)) {
            Login::None(negotiation) => negotiation,
            Login::User(..) => Negotiation::Fresh,
        };
        let policy = &self.shared.config.login;
        let binding = Binding {
            level: policy.channel_binding,
            expected: self.tls.then_some(self.shared.identity.binding),
        };
        match negotiation.step(&self.shared.accounts, token, nonce(), binding) {
            Ok(Leg::Continue(token, negotiation)) => {
                *login = Login::None(negotiation);
                Err(Answer::empty(401).token(Some(&token)))
            }
            Ok(Leg::Accepted { .. })
                if !policy.sealed_with_authenticate && is_sealed(headers) && !body.is_empty() =>
            {
                Err(self.refuse(400, "a sealed request came with the last token of the login").close())
            }
            Ok(Leg::Accepted { user, sealing, token }) => {
                self.shared.journal(|journal| journal.logon(&user.name, true));
                let caller = self.caller(user);
                *login = Login::User(caller.clone(), sealing);
                Ok(Authenticated { caller, token, info: None })
            }
            Err(error) => Err(self.logon_failed(&error)),
        }
    }

    /// The SOAP text of a body.
    fn open(&self, login: &mut Login, headers: &HeaderMap, body: &[u8]) -> Result<Opened, Answer> {
        if !is_sealed(headers) {
            if Charset::of(&content_type(headers)).is_none() {
                return Err(self.refuse(400, "the body is neither SOAP nor sealed"));
            }
            if !self.tls && !self.shared.config.login.allow_unencrypted {
                return Err(self.refuse(500, "an unencrypted request came over HTTP"));
            }
            return self.decode(&content_type(headers), body, false);
        }
        let Login::User(_, sealing) = login else {
            return Err(self.refuse(400, "a sealed body came with credentials that do not seal"));
        };
        let opened = framing::read(body).map_err(|error| error.to_string()).and_then(|sealed| {
            let opened = sealing.unseal(sealed.signature, sealed.ciphertext);
            opened.map(|soap| (sealed.original_type, soap)).map_err(|error| error.to_string())
        });
        match opened {
            Ok((original_type, soap)) => self.decode(original_type, &soap, true),
            Err(why) => {
                // The streams of both sides are no longer in step.
                *login = Login::None(Negotiation::Fresh);
                Err(self.refuse(400, why))
            }
        }
    }

    fn decode(&self, media_type: &str, soap: &[u8], sealed: bool) -> Result<Opened, Answer> {
        let charset = Charset::of(media_type)
            .ok_or_else(|| self.refuse(400, format!("a body of the type {media_type} is no SOAP")))?;
        let soap = charset
            .decode(soap)
            .ok_or_else(|| self.refuse(400, format!("the body is not in the charset of {media_type}")))?;
        if charset == Charset::Utf16 {
            self.shared.journal(|journal| journal.counters.utf16_requests += 1);
        }
        Ok(Opened { soap, charset, sealed })
    }

    /// Lets the service answer a SOAP request, spoils the answer if a test wants that, and seals it.
    async fn exchange(&self, login: &mut Login, caller: &Caller, opened: &Opened) -> Answer {
        let &Opened { ref soap, charset, sealed } = opened;
        let summary = std::str::from_utf8(soap).map(Summary::of).unwrap_or_default();
        let verb = Verb::from_action(&summary.action);
        let effect = self.shared.injections(|injections| injections.next_for_soap(verb));
        if let Some(answer) = effect.as_ref().and_then(Answer::instead) {
            return answer;
        }
        let mut reply = match &effect {
            Some(Effect::ExpireLogin) => {
                *login = Login::None(Negotiation::Fresh);
                return self.unauthorized("a test wanted the login to expire");
            }
            Some(Effect::Fault(code, text)) => {
                self.shared.service(|service, _| service.refuse_with(caller, soap, *code, text.clone()))
            }
            Some(Effect::Body(body)) => match verb {
                Some(verb) => Reply::success(verb, &summary, body.clone()),
                None => self.shared.handle(caller, soap).await,
            },
            Some(Effect::Delay(length)) => {
                tokio::time::sleep(*length).await;
                self.shared.handle(caller, soap).await
            }
            _ => self.shared.handle(caller, soap).await,
        };
        if effect == Some(Effect::WrongRelatesTo) {
            reply.envelope.set_relates_to(Some(format!("uuid:{}", guid())));
        }
        let answer = soap_answer(&reply, charset);
        let answer = match &effect {
            Some(effect) => answer.spoilt(effect),
            None => answer,
        };
        match login {
            Login::User(_, sealing) if sealed && !answer.body.is_empty() => {
                seal(answer, charset, sealing, effect.as_ref())
            }
            _ => answer,
        }
    }

    fn caller(&self, user: User) -> Caller {
        Caller { user: user.name, administrator: user.administrator, connection: self.number }
    }

    fn refuse(&self, status: u16, why: impl Into<String>) -> Answer {
        self.shared.journal(|journal| journal.refuse(self.number, status, why));
        Answer::empty(status)
    }

    /// 401 with the schemes that are offered here, each in a header line of its own.
    pub fn unauthorized(&self, why: &str) -> Answer {
        let policy = &self.shared.config.login;
        let mut answer = self.refuse(401, why);
        if policy.negotiate {
            answer = answer.header(WWW_AUTHENTICATE, "Negotiate");
        }
        if policy.basic && (self.tls || policy.allow_unencrypted) {
            answer = answer.header(WWW_AUTHENTICATE, "Basic realm=\"WSMAN\"");
        }
        if let Some(digest) = policy.digest.as_ref().filter(|_| self.tls) {
            let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            for challenge in nonces.challenges(digest, guid()) {
                answer = answer.header(WWW_AUTHENTICATE, &challenge);
            }
        }
        answer
    }

    fn logon_failed(&self, error: &AuthError) -> Answer {
        if let Some(user) = error.failed_user() {
            self.shared.journal(|journal| journal.logon(user, false));
        }
        self.unauthorized(&error.to_string())
    }

    /// Forgets who is logged in.
    pub async fn expire_login(&self) -> Answer {
        *self.login.lock().await = Login::None(Negotiation::Fresh);
        self.unauthorized("a test wanted the login to expire")
    }
}

fn soap_answer(reply: &Reply, charset: Charset) -> Answer {
    Answer::with_body(reply.status, charset.media_type(), charset.encode(&reply.soap()))
}

/// Seals the body of an answer, well or badly.
fn seal(answer: Answer, charset: Charset, sealing: &mut Sealing, effect: Option<&Effect>) -> Answer {
    if effect == Some(&Effect::Unsealed) {
        return answer;
    }
    let (mut signature, ciphertext) = sealing.seal(&answer.body);
    if effect == Some(&Effect::BadSeal) {
        signature[4] ^= 1;
    }
    let mut body = framing::write(charset.media_type(), &signature, &ciphertext);
    if let Some(Effect::Epilogue(epilogue)) = effect {
        body.extend_from_slice(epilogue.as_bytes());
    }
    let sealed = Answer::with_body(answer.status, framing::CONTENT_TYPE, body);
    let kept = answer.headers.into_iter().filter(|(name, _)| name != CONTENT_TYPE);
    Answer { headers: sealed.headers.into_iter().chain(kept).collect(), fate: answer.fate, ..sealed }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.to_ascii_lowercase()
}

fn is_sealed(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("multipart/encrypted")
}
