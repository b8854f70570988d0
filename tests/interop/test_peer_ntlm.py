"""NTLM with two acceptors of different authors, and with a machine in the middle that changes messages.

One acceptor is winrm_peer's own, pyspnego; the other gss-ntlmssp behind MIT's GSS-API (Debian: gss-ntlmssp, and what
the peer requires for Kerberos). How to run it is described in test_peer.py. The texts are compared whole.
"""

import importlib.util
import pathlib
import re
import unittest

from between import Between, changing_ntlm, flip
from certificates import Authority
from peer import CHANGED, IMPOSTOR, PASSWORDS, REFUSED, REFUSED_BOUND, Outcome, PeerCase, query_failed, row, table
from test_peer import Story, spellings

NOBODY = "00000000-0000-0000-0000-000000000001"
CREDSSP = "WARNING: CredSSP: the server gets the password and can log on elsewhere with it.\n"
UNBOUND = (
    "WARNING: --no-channel-binding: logins are not bound to their TLS channel, so anyone who impersonates the "
    "server can relay them.\n"
)
WITH_CREDSSP = (*PeerCase.OPTIONS, "--auth", "negotiate,credssp", "--record", "8")

# Where things are in the messages (MS-NLMP 2.2.1).
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3
MIC, FLAGS_OF_CHALLENGE, VERSION_OF_NEGOTIATE = 72, 20, 32


def why_not_gss():
    """Why there can be no gss-ntlmssp here; None if there can."""
    if importlib.util.find_spec("gssapi") is None:
        return "not installed: the Python package gssapi"
    import gssapi

    mechanisms = {mechanism.dotted_form for mechanism in gssapi.raw.indicate_mechs()}
    return None if "1.3.6.1.4.1.311.2.2.10" in mechanisms else "not installed: gss-ntlmssp"


class WithGssNtlmssp:
    TRAIT = "gss-ntlmssp"

    @classmethod
    def setUpClass(cls):
        if reason := why_not_gss():
            print(f"without gss-ntlmssp: {reason}", flush=True)
            raise unittest.SkipTest(reason)
        super().setUpClass()


class GssNtlmsspOverHttp(WithGssNtlmssp, Story, PeerCase):
    COMPUTER = "127.0.0.1"

    def place(self):
        return self.http


class GssNtlmsspOverHttps(WithGssNtlmssp, Story, PeerCase):
    """A login that is not bound it lets pass; that it refuses one with another binding is shown below."""

    OPTIONS = (*PeerCase.OPTIONS, "--cbt", "strict")

    def place(self):
        return (*self.https, *self.trusting)


class Meddled(PeerCase):
    """A test with a machine in the middle."""

    OPTIONS = WITH_CREDSSP

    def between(self, *changes, port=None, **more):
        between = Between(port or self.peer.http_port, *changes, **more)
        self.addCleanup(between.close)
        return ("-ComputerName", "localhost", "-Port", between.port, "--trusted-hosts", "localhost")

    def assert_denied(self, outcome, computer="localhost", hint=REFUSED):
        """Refused by the server, at the first attempt, which was the only one."""
        denied = query_failed(computer, "Access is denied.", "AccessDenied", hint)
        self.assert_outcome(outcome, 1, stderr=denied)
        counters = self.peer.counters
        self.assertEqual((counters["auth_legs"], counters["actions"]), ({"negotiate": 2}, {}))
        self.peer.control("POST", "/counters/reset")


class Acceptor:
    """What holds with either acceptor."""

    def test_requests_of_all_sizes_are_sealed(self):
        # The name of a configuration, which is in the request; of the last one each character takes five octets there.
        sizes = (*(("x" * size, size) for size in (*range(1, 18), 5_000)), ("&" * 40_000, 200_000))
        for name, size in sizes:
            outcome = self.connect("-InstanceId", NOBODY, "-ConfigurationName", name, "-Debug")
            sent = [int(octets) for octets in re.findall(r"sent=(\d+)", outcome.stderr)]
            self.assertGreater(max(sent), size)
        # What reached its service, the peer has unsealed; the legs before it have no body at all.
        self.assertEqual(self.peer.actions.get("Connect"), len(sizes))

    def test_answers_of_all_sizes_are_unsealed(self):
        self.peer.add("ITTask {n} " + "x" * 200, count=150)
        for count in (1, 2, 7, 150):
            self.peer.control("POST", "/settings", {"max_batch_items": count})
            outcome = self.home.connect("--as", "Get-PSSession", *self.http, "--output", "jsonl")
            self.assertEqual((outcome.stderr, outcome.status), ("", 0))
            self.assertEqual(len(outcome.stdout.splitlines()), 150)
        self.assertEqual(self.peer.actions, {"Enumerate": 4, "Pull": 149 + 74 + 21})
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": 8})

    def test_a_wrong_password_is_tried_once(self):
        for place, hint in ((self.http, REFUSED), ((*self.https, *self.trusting), REFUSED_BOUND)):
            self.assert_denied(self.home.connect(*place, "-Name", "ITTask", password="wrong"), place[1], hint)

    def test_a_wrong_password_inside_credssp_is_tried_once(self):
        outcome = self.connect("-Authentication", "Credssp", password="wrong")
        denied = query_failed("127.0.0.1", "Access is denied.", "AccessDenied", REFUSED)
        self.assert_outcome(outcome, 1, stderr=CREDSSP + denied)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 4})

    def test_inside_credssp_spnego_is_spoken_and_bodies_are_sealed(self):
        self.peer.add("ITTask")
        outcome = self.connect("-Authentication", "Credssp")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask")), CREDSSP)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 5})

    def test_somebody_who_changes_nothing_goes_unnoticed(self):
        self.peer.add("ITTask")
        place = self.between(changing_ntlm(AUTHENTICATE, lambda message: None), lambda *message: message)
        self.assert_outcome(self.home.connect(*place), 0, table(row(1, "ITTask", "localhost")))

    def test_a_mic_that_was_changed_is_refused(self):
        for bit in (MIC * 8, (MIC + 15) * 8 + 7):
            place = self.between(changing_ntlm(AUTHENTICATE, flip(bit)))
            self.assert_denied(self.home.connect(*place, "-Name", "ITTask"))

    def test_a_message_that_the_mic_covers_cannot_be_changed(self):
        # The first message goes in clear; its version number matters to the MIC only.
        place = self.between(changing_ntlm(NEGOTIATE, flip(VERSION_OF_NEGOTIATE * 8)))
        self.assert_denied(self.home.connect(*place, "-Name", "ITTask"))

    def test_a_login_cannot_be_passed_on_out_of_another_tls_channel(self):
        # The certificate in the middle is trusted as well: the binding gives it away.
        authority = Authority(self.home.folder.name)
        self.peer.add("ITTask")
        place = self.between(port=self.peer.https_port, certificate=authority.server())
        place = (*place, "-UseSSL", "--ca-file", authority.file, "-Name", "ITTask")
        self.assert_denied(self.home.connect(*place), hint=REFUSED_BOUND)
        # A balancer that ends TLS does the same for good, and a server that is not strict takes no binding at all.
        outcome = self.home.connect(*place, "--no-channel-binding")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "localhost")), UNBOUND)


class Pyspnego(Acceptor, Meddled):
    pass


class GssNtlmssp(WithGssNtlmssp, Acceptor, Meddled):
    pass


class Refusals(Meddled):
    """What the program does not take from a server."""

    def assert_refused(self, outcome, message, hint=None, legs=1):
        failed = query_failed("localhost", message, "-2144108387", hint)
        self.assert_outcome(outcome, 1, stderr=failed)
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": legs})

    def test_flags_that_were_trimmed(self):
        for bit, name in (
            (5, "SEAL"), (19, "EXTENDED_SESSIONSECURITY"), (29, "128"), (30, "KEY_EXCH"),
        ):
            self.peer.control("POST", "/counters/reset")
            place = self.between(None, changing_ntlm(CHALLENGE, flip(FLAGS_OF_CHALLENGE * 8 + bit)))
            message = f"The server does not agree to NTLMSSP_NEGOTIATE_{name}, which NTLM needs to be safe."
            # Not a word of the user's was said.
            self.assert_refused(self.home.connect(*place, "-Name", "ITTask"), message, CHANGED)

    # After a changed answer, the request is not repeated: it may be an attack.

    def test_an_answer_that_is_not_sealed(self):
        def clear(head, body):
            return head.replace(b"multipart/encrypted", b"application/soap+xml"), b"<Envelope/>" if body else b""

        message = "The server answered with a body that is not encrypted."
        outcome = self.home.connect(*self.between(None, clear), "-Name", "ITTask")
        self.assert_refused(outcome, message, CHANGED, legs=2)

    def test_an_answer_with_another_number(self):
        def renumber(head, body):
            start, found, sealed = body.partition(b"\tContent-Type: application/octet-stream\r\n")
            # A length, and the signature's version, checksum and number (MS-NLMP 2.2.2.9.2).
            return head, start + found + sealed[:16] + b"\7" + sealed[17:] if found else body

        message = "A sealed message has sequence number 7 instead of 0."
        outcome = self.home.connect(*self.between(None, renumber), "-Name", "ITTask")
        self.assert_refused(outcome, message, CHANGED, legs=2)


class Secrets(PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, "--auth", "basic,negotiate,credssp")

    def test_of_a_password_that_is_refused_nothing_is_told_or_kept(self):
        https = (*self.https, *self.trusting)
        basic, credssp = (*https, "-Authentication", "Basic"), (*self.http, "-Authentication", "Credssp")
        for place in (self.http, https, basic, credssp):
            outcome = self.home.connect(*place, "-Verbose", "-Debug", password="Wr0ng-one!")
            self.assertIn("Access is denied.", outcome.stderr)
            kept = [path.read_bytes() for path in pathlib.Path(self.home.folder.name).rglob("*") if path.is_file()]
            for octets in (outcome.stdout.encode(), outcome.stderr.encode(), *kept):
                for secret in spellings("Wr0ng-one!") + spellings("alice:Wr0ng-one!"):
                    self.assertNotIn(secret, octets)


class CredSspRefusals(PeerCase):
    """A server that is not to have the password, or says that it is of no use."""

    OPTIONS = WITH_CREDSSP

    def assert_refused(self, message, code, hint=None):
        # At the leg before the last, which would have had the password in it.
        outcome = self.connect("-Authentication", "Credssp", "-Debug")
        stderr = "".join(line for line in outcome.stderr.splitlines(True) if not line.startswith("DEBUG: "))
        self.assert_outcome(
            Outcome(outcome.status, outcome.stdout, stderr), 1,
            stderr=CREDSSP + query_failed("127.0.0.1", message, code, hint),
        )
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 4})
        for secret in spellings(PASSWORDS["alice"]):
            self.assertNotIn(secret, outcome.stderr.encode())


class ForgedKey(CredSspRefusals):
    TRAIT = "forged-key"

    def test_a_server_that_proves_another_key_gets_no_password(self):
        message = "The server does not prove that it owns the key of the TLS connection inside CredSSP."
        self.assert_refused(message, "-2144108387", IMPOSTOR)


class LockedOut(CredSspRefusals):
    TRAIT = "locked-out"

    def test_an_account_that_is_locked_out_is_called_that(self):
        message = "The server refused the login: the account is locked out (0xC0000234)."
        hint = "an administrator of the account has to change that; -Credential names another user"
        self.assert_refused(message, "AccessDenied", hint)

    def test_without_credssp_a_server_has_no_words_for_it(self):
        outcome = self.connect("-Name", "ITTask")
        denied = query_failed("127.0.0.1", "Access is denied.", "AccessDenied", REFUSED)
        self.assert_outcome(outcome, 1, stderr=denied)
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": 2})


if __name__ == "__main__":
    unittest.main()
