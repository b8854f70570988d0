//! How a computer is logged on to, for a person: by which mechanism, and why not by a better one.

use super::run::Run;
use crate::engine::Computer;
use crate::event::Awaited;
use crate::session_option::{PSSessionOption, ProxyAccessType, ProxyAuthentication};
use crate::transport::{Choice, Chosen, ProxyUse};
use std::sync::atomic::Ordering;

impl Run<'_> {
    /// Decides how to log on to a computer, and reports that before anything is sent there.
    pub(super) async fn report_login(
        &self,
        computer: &Computer,
        shown: &str,
        session_option: &PSSessionOption,
    ) {
        let waiting = self.waiting(shown, Awaited::Login);
        let chosen = self.interrupt.unless_set(computer.choose_login()).await;
        drop(waiting);
        let Some(choice) = chosen.flatten() else { return };
        self.verbose(format!("Logging on to {shown} with {}.", mechanism(&choice)));
        if let ProxyUse::NotOverHttp { shown: proxy } = &choice.proxy {
            self.verbose(format!(
                "Connecting to {shown} directly: a login over plain HTTP does not go through the proxy {proxy}."
            ));
        }
        if choice.proxy != ProxyUse::Carries
            && wants_proxy(session_option, computer.url().starts_with("http:"))
        {
            self.warning(format!(
                "The proxy settings of the session option have no effect: {shown} is reached without a proxy."
            ));
        }
        // What holds for one computer of a run holds for the others.
        if choice.is_unproven && !self.warned.swap(true, Ordering::Relaxed) {
            self.warning(unproven(&choice, session_option));
        }
    }
}

/// Whether an option says something of a proxy that there has to be. Over HTTPS an access type alone does not: it says
/// where to look for one.
fn wants_proxy(option: &PSSessionOption, over_http: bool) -> bool {
    let looks_for_one =
        !matches!(option.proxy_access_type, ProxyAccessType::None | ProxyAccessType::NoProxyServer);
    option.proxy_credential.is_some()
        || option.proxy_authentication != ProxyAuthentication::default()
        || (over_http && looks_for_one)
}

fn mechanism(Choice { scheme, mechanism, .. }: &Choice) -> String {
    match mechanism {
        Chosen::Kerberos { target } if *scheme == "Kerberos" => format!("Kerberos for {target}"),
        Chosen::Kerberos { target } => format!("Kerberos in {scheme} for {target}"),
        Chosen::Ntlm { lacking } => format!("NTLM in {scheme}, since Kerberos is not possible: {lacking}"),
        Chosen::Itself if *scheme == "Certificate" => "a client certificate over TLS".into(),
        Chosen::Itself => format!("{scheme} over TLS"),
    }
}

fn unproven(choice: &Choice, session_option: &PSSessionOption) -> String {
    let switches = match (session_option.skip_ca_check, session_option.skip_cn_check) {
        (true, false) => "SkipCACheck",
        (false, _) => "SkipCNCheck",
        (true, true) => "SkipCACheck, SkipCNCheck",
    };
    let unproven = match choice.mechanism {
        Chosen::Kerberos { .. } => {
            "Kerberos proves who the server is, but not that it is the other end of the TLS connection; a pinned certificate would"
        }
        _ => "nothing proves who the server is; Kerberos or a pinned certificate would",
    };
    format!("{switches}: {unproven}.")
}
