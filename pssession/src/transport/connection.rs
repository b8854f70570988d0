//! One authenticated TCP connection: the handshake, sealing, and noticing when the server forgot it.
//!
//! What goes over plain HTTP is sealed, and what comes back unsealed there is not read. An answer without SOAP in it
//! becomes an [`Error`] that says what it means.

mod login;

use super::choice::Choice;
use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::error::Error;
use super::header::sensitive;
use super::profile::Profile;
use super::reply::{MAX_ANSWER, Reply};
use super::tls::Handshake;
use super::tls_fault::TlsFault;
use super::wire::Wire;
use crate::auth::{self, Authorizes, ChannelBindings, Legs, Mechanism, Step, seal_body, unseal_body};
use crate::secret::Secret;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use login::Beginning;
use std::sync::Arc;
use std::time::Instant;

/// A request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Post<'a> {
    pub envelope: &'a str,
    /// Whether it does harm when it is carried out twice.
    pub is_once: bool,
}

/// One TCP connection and the login on it.
pub(super) struct Connection {
    wire: Wire,
    endpoint: Endpoint,
    profile: Arc<Profile>,
    login: Login,
    /// Whether bodies are sealed.
    seals: bool,
    /// What was seen of the server's TLS.
    handshake: Option<Arc<Handshake>>,
    /// When the current request, with its login, must have been answered.
    deadline: Instant,
    /// Whether what was sent last was a leg of the login, without a request in it.
    is_logging_in: bool,
}

enum Login {
    /// Nothing has been sent yet.
    None,
    /// As before, but it is decided how to log on, or that it is not possible.
    Chosen(Box<Result<Beginning, Error>>),
    /// The connection is authenticated; the mechanism seals, if anything is to be sealed.
    Established(Box<dyn Mechanism>),
    /// The login goes with every request.
    EachRequest(Box<dyn Mechanism>),
}

impl Connection {
    /// Decides what may be sent to this endpoint, before anything is.
    pub(super) fn open(profile: &Arc<Profile>, endpoint: &Endpoint) -> Result<Connection, Error> {
        let scheme = profile.scheme();
        let proxy = profile.proxies.for_endpoint(endpoint)?;
        if !endpoint.is_https() && !scheme.allowed_over_plain_http {
            return Err(Error::NeedsTls { scheme: scheme.title() });
        }
        let (tls, handshake) = if endpoint.is_https() {
            let (tls, handshake) = profile.trust.connection(endpoint)?;
            (tls, Some(handshake))
        } else {
            (profile.trust.no_tls(), None)
        };
        Ok(Connection {
            wire: Wire::new(profile, endpoint, tls, proxy)?,
            endpoint: endpoint.clone(),
            profile: profile.clone(),
            login: Login::None,
            seals: !endpoint.is_https()
                && scheme.sealing.is_some()
                && !profile.access.session_option.no_encryption,
            handshake,
            deadline: Instant::now(),
            is_logging_in: false,
        })
    }

    pub(super) fn is_established(&self) -> bool {
        !matches!(self.login, Login::None | Login::Chosen(_))
    }

    /// Decides how to log on, if that is still to be done, and returns what was decided. That no login is possible is
    /// for the first request to say.
    pub(super) async fn choose(&mut self) -> Option<Choice> {
        if let Login::None = self.login {
            let decided = Beginning::decide(&self.profile, &self.endpoint).await;
            self.login = Login::Chosen(Box::new(decided));
        }
        let Login::Chosen(decided) = &self.login else { return None };
        decided.as_ref().as_ref().ok().map(|beginning| beginning.choice.clone())
    }

    pub(super) async fn post(&mut self, post: Post<'_>, rides: bool) -> Result<Vec<u8>, Error> {
        let is_first = !self.is_established();
        self.exchange(post, rides).await.map_err(|error| self.explained(error, is_first))
    }

    async fn exchange(&mut self, post: Post<'_>, rides: bool) -> Result<Vec<u8>, Error> {
        let Post { envelope, is_once } = post;
        let mechanism = match self.is_established() {
            true => None,
            false => Some(self.start_mechanism().await?),
        };
        self.deadline = Instant::now() + self.profile.answer_timeout();
        if let Some(mechanism) = mechanism {
            if mechanism.scheme().authorizes == Authorizes::EachRequest {
                self.login = Login::EachRequest(mechanism);
            } else if let Some(answer) = self.log_in(mechanism, rides.then_some(envelope)).await? {
                return Ok(answer);
            }
        }
        if let Login::EachRequest(_) = self.login {
            return self.post_authorized(envelope).await;
        }
        let (content_type, body) = self.sealed(envelope)?;
        let reply = self.send(None, content_type, body).await?;
        match (&self.login, reply.status) {
            // Anyone on the network path may have written this in place of an answer.
            (Login::Established(_), 300..) if self.seals && is_once && !is_sealed(&reply) => {
                Err(Error::Lost { host: self.host() })
            }
            // A body sealed for a login that the server forgot is garbage to it, and its refusal has no text.
            (Login::Established(_), 401) => Err(self.login_lost()),
            (Login::Established(_), 400) if self.seals && reply.body.is_empty() => Err(self.login_lost()),
            _ => self.soap(reply),
        }
    }

    /// Begins the login that was decided for.
    async fn start_mechanism(&mut self) -> Result<Box<dyn Mechanism>, Error> {
        self.choose().await;
        let Login::Chosen(decided) = std::mem::replace(&mut self.login, Login::None) else {
            return Err(auth::Error::NotEstablished.into());
        };
        let ticket = match (*decided)?.kerberos {
            Some((tickets, _)) if self.is_bound() => {
                // The first token has the channel's bindings in it already.
                self.wire.connect().await?;
                Some(tickets.ticket(self.channel_bindings()?).await.map_err(auth::Error::from)?)
            }
            kerberos => kerberos.map(|(_, ticket)| ticket),
        };
        login::begin(&self.profile, &self.endpoint, ticket)
    }

    /// Whether the login is tied to the TLS connection it runs in.
    fn is_bound(&self) -> bool {
        let uses_bindings =
            self.profile.policy.channel_binding && self.profile.scheme().uses_channel_bindings;
        self.endpoint.is_https() && uses_bindings
    }

    /// A request with the login in it. What was not let in was not carried out, and goes again as long as the mechanism
    /// has an answer to the challenge.
    async fn post_authorized(&mut self, envelope: &str) -> Result<Vec<u8>, Error> {
        let mut challenge: Option<String> = None;
        loop {
            let Login::EachRequest(mechanism) = &mut self.login else { return Err(self.login_lost()) };
            let authorization = match mechanism.authorization(challenge.as_deref())? {
                Step::Send(authorization) => Some(authorization),
                Step::Ask | Step::Established => None,
            };
            let (content_type, body) = self.sealed(envelope)?;
            let body = if authorization.is_some() { body } else { Vec::new() };
            let reply = self.send(authorization.as_ref(), content_type, body).await?;
            let Login::EachRequest(mechanism) = &mut self.login else { return Err(self.login_lost()) };
            if reply.status != 401 {
                mechanism.accepted(reply.authentication_info());
                return self.soap(reply);
            }
            challenge = reply.challenge(mechanism.as_ref());
            if challenge.is_none() {
                let Login::EachRequest(mechanism) = &self.login else { return Err(self.login_lost()) };
                return Err(self.refusal(mechanism.as_ref(), &reply));
            }
        }
    }

    /// Authenticates the connection. With `riding`, that envelope goes along as soon as it can, and its answer is
    /// returned.
    async fn log_in(
        &mut self,
        mut mechanism: Box<dyn Mechanism>,
        riding: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let scheme = mechanism.scheme();
        let mut challenge: Option<String> = None;
        let mut legs = Legs::default();
        loop {
            legs.count()?;
            let authorization = match self.step(&mut mechanism, challenge.as_deref())? {
                Step::Send(authorization) => Some(authorization),
                Step::Ask => None,
                // It has nothing more to say, and the server has not let it in.
                Step::Established => return Err(auth::Error::Refused { scheme: scheme.name }.into()),
            };
            let last_leg = mechanism.can_seal();
            let rider = riding.filter(|_| last_leg);
            let (content_type, body) = match rider {
                Some(envelope) => sealed(self.seals, mechanism.as_mut(), self.profile.encoding(), envelope)?,
                None => (HeaderValue::from_static(self.profile.encoding().soap_type()), Vec::new()),
            };
            let reply = self.send(authorization.as_ref(), content_type, body).await?;
            if reply.location().is_some() {
                return Err(self.status(&reply));
            }
            let token = reply.token(scheme);
            let accepted = (200..300).contains(&reply.status) || (rider.is_some() && !reply.body.is_empty());
            match reply.status {
                401 if !last_leg
                    && token.as_deref().is_some_and(|t| !t.is_empty() || !mechanism.needs_token()) =>
                {
                    challenge = token
                }
                401 => return Err(self.refusal(mechanism.as_ref(), &reply)),
                _ if accepted => {
                    // The server's last token is part of the login: it may be what proves who the server is.
                    if mechanism.authorization(token.as_deref())? != Step::Established {
                        return Err(auth::Error::TooManyLegs.into());
                    }
                    self.login = Login::Established(mechanism);
                    // A server that answers a request with nothing may have carried it out.
                    return if rider.is_some() { self.soap(reply).map(Some) } else { Ok(None) };
                }
                status if rider.is_some() => return Err(Error::RideRefused { host: self.host(), status }),
                _ => return Err(self.status(&reply)),
            }
        }
    }

    /// One step of the mechanism.
    fn step(&self, mechanism: &mut Box<dyn Mechanism>, challenge: Option<&str>) -> Result<Step, Error> {
        // The certificate is known once the first leg has been sent, and needed from the second on.
        if challenge.is_some()
            && self.is_bound()
            && let Some(bindings) = self.channel_bindings()?
        {
            mechanism.bind(bindings);
        }
        Ok(mechanism.authorization(challenge)?)
    }

    /// What ties a login to this connection, once its TLS is set up.
    fn channel_bindings(&self) -> Result<Option<ChannelBindings>, Error> {
        let certificate = self.handshake.as_ref().and_then(|handshake| handshake.certificate());
        Ok(certificate.as_deref().map(ChannelBindings::tls_server_end_point).transpose()?)
    }

    /// A service that wants the client's certificate asks for it when it has read the request: by a second handshake,
    /// which TLS libraries refuse for good reasons. What comes of it looks like anything but that.
    fn explained(&self, error: Error, is_first: bool) -> Error {
        let error = match error {
            Error::AnswerTimedOut { host, after } if self.is_logging_in => {
                Error::LoginTimedOut { host, scheme: self.profile.scheme().title(), after }
            }
            error => error,
        };
        let Some(handshake) = self.handshake.as_ref().filter(|_| self.profile.trust.shows_certificate())
        else {
            return error;
        };
        let is_shut_out = matches!(
            error,
            Error::Lost { .. }
                | Error::LoginLost { .. }
                | Error::Tls {
                    fault: TlsFault::Other(_) | TlsFault::Alert(_) | TlsFault::NothingInCommon,
                    ..
                }
                | Error::Status { status: 403, .. }
                | Error::Auth(auth::Error::Refused { .. } | auth::Error::SchemeNotOffered { .. })
        );
        // Before the server's own certificate is seen, it has not had its turn to ask.
        if is_shut_out && handshake.certificate().is_some() && !handshake.asked_for_certificate() {
            return Error::CertificateNotAsked { host: self.host() };
        }
        match error {
            // In TLS 1.3 the server judges the certificate when this side is done with the handshake. Its verdict may
            // be overtaken by the end of the connection.
            Error::Lost { host } if is_first && handshake.asked_for_certificate() => {
                let port = self.endpoint.url().port_or_known_default().unwrap_or_default();
                let fault = TlsFault::ClientCertificateRefused("the connection was closed");
                Error::Tls { host, port, fault }
            }
            error => error,
        }
    }
}

impl Connection {
    /// The body as it travels, and its type.
    fn sealed(&mut self, envelope: &str) -> Result<(HeaderValue, Vec<u8>), Error> {
        let encoding = self.profile.encoding();
        match &mut self.login {
            Login::Established(mechanism) => sealed(self.seals, mechanism.as_mut(), encoding, envelope),
            Login::EachRequest(_) | Login::Chosen(_) | Login::None => Ok(clear(encoding, envelope)),
        }
    }

    /// The SOAP text of an answer.
    fn soap(&mut self, reply: Reply) -> Result<Vec<u8>, Error> {
        // No answer, so it needs no seal: it is for the one who asks to mind where it leads.
        if reply.location().is_some() {
            return Err(self.status(&reply));
        }
        let content_type = reply.content_type();
        let is_xml = ["application/soap+xml", "text/xml", "application/xml"].iter().any(|media_type| {
            content_type.get(..media_type.len()).is_some_and(|t| t.eq_ignore_ascii_case(media_type))
        });
        if self.seals {
            return match &mut self.login {
                Login::Established(mechanism) if is_sealed(&reply) => {
                    Ok(unseal_body(mechanism.as_mut(), &content_type, reply.body, MAX_ANSWER)?)
                }
                _ if reply.status == 200 && reply.body.is_empty() => {
                    Err(Error::NotSoap { host: self.host(), excerpt: None })
                }
                // Never read as an answer: anyone on the network path could have written it.
                _ if reply.status == 200 || is_xml => Err(auth::Error::NotSealed.into()),
                _ => Err(self.status(&reply)),
            };
        }
        if is_xml && !reply.body.is_empty() {
            Ok(reply.body)
        } else if reply.status == 200 {
            Err(Error::NotSoap { host: self.host(), excerpt: reply.excerpt() })
        } else {
            Err(self.status(&reply))
        }
    }

    async fn send(
        &mut self,
        authorization: Option<&Secret>,
        content_type: HeaderValue,
        body: Vec<u8>,
    ) -> Result<Reply, Error> {
        let mut headers = HeaderMap::from_iter([
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
            (CONTENT_TYPE, content_type),
        ]);
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, sensitive(authorization)?);
        }
        let (octets, started) = (body.len(), Instant::now());
        self.is_logging_in = octets == 0;
        let reply = self.wire.post(headers, body, self.deadline.saturating_duration_since(started)).await?;
        tracing::debug!(
            host = self.endpoint.host(),
            sent = octets,
            status = reply.status,
            received = reply.body.len(),
            ms = started.elapsed().as_millis(),
            "POST"
        );
        Ok(reply)
    }

    /// What an answer without SOAP in it means.
    fn status(&self, reply: &Reply) -> Error {
        match reply.location() {
            Some(location) => Error::Redirected { host: self.host(), location: location.to_owned() },
            // Where answers are sealed, anyone on the network path could have written this one.
            None => {
                let excerpt = if self.seals { None } else { reply.excerpt() };
                Error::Status { host: self.host(), status: reply.status, excerpt }
            }
        }
    }

    /// What a 401 means: the scheme is not offered, or is of no use, or the credential is not accepted.
    fn refusal(&self, mechanism: &dyn Mechanism, reply: &Reply) -> Error {
        let (scheme, offered) = (mechanism.scheme(), reply.challenges());
        // The client certificate is not an HTTP scheme, so a server does not list it.
        let is_listed = scheme.name != auth::CERTIFICATE.name;
        if is_listed && !offered.is_empty() && !offered.iter().any(|o| o.eq_ignore_ascii_case(scheme.name)) {
            return auth::Error::SchemeNotOffered { scheme: scheme.name, offered }.into();
        }
        match mechanism.unproven() {
            Some(tried) => auth::Error::NothingToUse { tried, offered }.into(),
            None if self.is_bound() => Error::BoundLogin(mechanism.refusal()),
            None => mechanism.refusal().into(),
        }
    }

    fn login_lost(&self) -> Error {
        Error::LoginLost { host: self.host() }
    }

    fn host(&self) -> String {
        self.endpoint.host().to_owned()
    }
}

/// Whether an answer travels sealed, by its own account.
fn is_sealed(reply: &Reply) -> bool {
    reply.content_type().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}

/// An envelope as it travels in clear, and its type.
fn clear(encoding: Encoding, envelope: &str) -> (HeaderValue, Vec<u8>) {
    (HeaderValue::from_static(encoding.soap_type()), encoding.encode(envelope))
}

/// An envelope as it travels, and its type.
fn sealed(
    seals: bool,
    mechanism: &mut dyn Mechanism,
    encoding: Encoding,
    envelope: &str,
) -> Result<(HeaderValue, Vec<u8>), Error> {
    if !seals {
        return Ok(clear(encoding, envelope));
    }
    let sealed = seal_body(mechanism, encoding.soap_type(), &encoding.encode(envelope))?;
    let content_type = HeaderValue::try_from(sealed.content_type).map_err(|_| auth::Error::NotEstablished)?;
    Ok((content_type, sealed.body))
}
