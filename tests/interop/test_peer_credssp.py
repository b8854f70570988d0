"""CredSSP with winrm_peer, whose acceptor is that of other authors; how to run it is described in test_peer.py.

The TLS inside is OpenSSL's on that side. The texts are compared whole.
"""

import hashlib
import os
import pathlib
import ssl
import tempfile
import unittest

from peer import CHANGED, PASSWORDS, REFUSED, PeerCase, query_failed, row, table
from test_peer import spellings

WARNING = "WARNING: CredSSP: the server gets the password and can log on elsewhere with it.\n"
TLS_1_2 = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMaxProtocol = TLSv1.2\n"


class Story:
    """What holds over HTTP and HTTPS, and with either TLS inside."""

    OPTIONS = (*PeerCase.OPTIONS, "--auth", "negotiate,credssp", "--record", "8")
    COMPUTER = "127.0.0.1"

    def place(self):
        return self.http

    def connect(self, *arguments, **environment):
        return self.home.connect(*self.place(), "-Authentication", "Credssp", *arguments, **environment)

    def test_two_requests_follow_one_login(self):
        self.peer.add("ITTask", configuration="ITTasks")
        outcome = self.connect("-Name", "ITTask")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", self.COMPUTER, "ITTasks")), WARNING)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 1})
        self.assertEqual(self.peer.counters["connections_opened"], 1)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 5})

    def test_a_wrong_password_is_tried_once(self):
        outcome = self.connect("-Name", "ITTask", password="wrong")
        refused = query_failed(self.COMPUTER, "Access is denied.", "AccessDenied", REFUSED)
        self.assert_outcome(outcome, 1, stderr=WARNING + refused)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 4})

    def test_a_login_that_is_forgotten_is_made_again(self):
        self.peer.add("ITTask")
        self.peer.spoil("expire-auth", "Connect")
        self.assert_outcome(self.connect(), 0, table(row(1, "ITTask", self.COMPUTER)), WARNING)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 10})

    def test_a_user_of_a_domain_and_no_word_of_the_password(self):
        self.peer.add("ITTask")
        user = f"{self.settings.get('machine', 'WIN-PEER01')}\\alice"
        outcome = self.connect("-Debug", "-Verbose", user=user, password=PASSWORDS["alice"])
        self.assertEqual((outcome.stdout, outcome.status), (table(row(1, "ITTask", self.COMPUTER)), 0))
        kept = [path.read_bytes() for path in pathlib.Path(self.home.folder.name).rglob("*") if path.is_file()]
        for octets in (outcome.stderr.encode(), *kept):
            for secret in spellings(PASSWORDS["alice"]):
                self.assertNotIn(secret, octets)


class Sealed(Story):
    """Over HTTP the bodies go through the TLS inside."""

    def test_many_requests_go_over_one_connection_and_answers_of_many_chunks_are_read(self):
        self.peer.add("Task{n}", count=200)
        outcome = self.connect("-ThrottleLimit", 1)
        rows = [row(n + 1, f"Task{n}", self.COMPUTER) for n in range(200)]
        self.assert_outcome(outcome, 0, table(*rows), WARNING)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 200})
        self.assertEqual(self.peer.counters["connections_opened"], 1)

    def test_requests_of_many_chunks_are_read(self):
        shell_id, = self.peer.add("ITTask")
        for length in (1, 20_000, 100_000):
            name = "x" * length
            self.connect("-InstanceId", shell_id, "-ConfigurationName", name)
            requests = [record["request"] for record in self.peer.control("GET", "/records")]
            self.assertTrue(any(f"/{name}<" in request for request in requests), length)

    def test_an_answer_that_was_changed_is_not_read(self):
        self.peer.add("ITTask")
        self.peer.spoil("bad-encryption", "Enumerate")
        outcome = self.connect()
        message = "The signature of a sealed message is wrong."
        failed = query_failed(self.COMPUTER, message, "-2144108387", CHANGED)
        self.assert_outcome(outcome, 1, stderr=WARNING + failed)
        # Who changed it gets no second try.
        self.assertEqual(self.peer.actions, {"Enumerate": 1})


class OverHttp(Sealed, PeerCase):
    pass


class OverHttps(Story, PeerCase):
    COMPUTER = "localhost"

    def place(self):
        return (*self.https, *self.trusting)


class Pinned(OverHttps):
    """No authority vouches for the certificate, but it is pinned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shown = ssl.get_server_certificate(("localhost", int(cls.peer.https_port)))
        cls.pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()

    def place(self):
        return (*self.https, "--pin-sha256", self.pin, "-SessionOption", "SkipCACheck=1")


class OlderTls:
    """No TLS 1.3, inside and outside."""

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".cnf") as configuration:
            configuration.write(TLS_1_2)
            configuration.flush()
            os.environ["OPENSSL_CONF"] = configuration.name
            try:
                super().setUpClass()
            finally:
                del os.environ["OPENSSL_CONF"]


class OverHttpWithOlderTls(OlderTls, Sealed, PeerCase):
    pass


class OverHttpsWithOlderTls(OlderTls, OverHttps):
    pass


class NotSpoken(PeerCase):
    def test_a_server_without_credssp(self):
        outcome = self.home.connect(*self.http, "-Authentication", "Credssp")
        failed = query_failed(
            "127.0.0.1",
            "The server does not offer CredSSP authentication; it offers Negotiate.",
            None,
            "on the server, Enable-WSManCredSSP -Role Server allows it; -Authentication names another mechanism",
        )
        self.assert_outcome(outcome, 1, stderr=WARNING + failed)

    def test_a_computer_that_nobody_vouches_for_gets_no_password(self):
        away = ("-ComputerName", "server01.invalid", "-Authentication", "Credssp", "--timeout", "5")
        name = "server01.invalid"
        without = "(Kerberos is not possible: the user name alice does not name a realm)"
        not_trusted = f"The computer {name} is not authenticated over HTTP and is not in the list of trusted hosts {without}."
        hint = f"use -UseSSL, or trust the host: --trusted-hosts {name}"
        failed = query_failed(name, not_trusted, "ServerNotTrusted", hint)
        self.assert_outcome(self.home.connect(*away), 1, stderr=WARNING + failed)
        not_checked = (
            f"The certificate of the computer {name} is not checked, and the computer is not in the list of "
            f"trusted hosts {without}; no password is sent to it."
        )
        hint = (
            "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: "
            f"--trusted-hosts {name}"
        )
        failed = query_failed(name, not_checked, "-2144108124", hint)
        for switch in ("SkipCACheck=1", "SkipCNCheck=1"):
            outcome = self.home.connect(*away, "-UseSSL", "-SessionOption", switch)
            self.assert_outcome(outcome, 1, stderr=WARNING + failed)


if __name__ == "__main__":
    unittest.main()
