//! How a computer is logged on to, for a person: by which mechanism, and why not by a better one.

use super::run::Run;
use crate::engine::Computer;
use crate::session_option::PSSessionOption;
use crate::transport::{Choice, Chosen};
use std::sync::atomic::Ordering;

impl Run<'_> {
    /// Decides how to log on to a computer, and tells it before anything is sent there.
    pub async fn tell_login(&self, computer: &mut Computer, shown: &str, session_option: &PSSessionOption) {
        let chosen = self.interrupt.unless_set(computer.choose_login()).await;
        let Some(choice) = chosen.flatten() else { return };
        self.verbose(&format!("Logging on to {shown} with {}.", mechanism(&choice)));
        // What holds for one computer of a run holds for the others.
        if choice.is_unproven && !self.warned.swap(true, Ordering::Relaxed) {
            self.warning(&unproven(session_option));
        }
    }
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

fn unproven(session_option: &PSSessionOption) -> String {
    let switches = match (session_option.skip_ca_check, session_option.skip_cn_check) {
        (true, false) => "SkipCACheck",
        (false, _) => "SkipCNCheck",
        (true, true) => "SkipCACheck, SkipCNCheck",
    };
    format!("{switches}: nothing proves who the server is; Kerberos or --pin-sha256 would.")
}
