"""Proxies that are logged on to with Negotiate (proxy.py), and winrm_peer behind them.

How to run it is described in test_peer.py; for Kerberos in test_peer_kerberos.py, and for TLS with the proxy it needs the
openssl command. What is missing is reported, and its tests are skipped.
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import unittest

import kdc
from peer import PASSWORDS, PeerCase, query_failed, row, table

USER, PASSWORD = "User01", "Proxy1!"
WHO = (
    "ProxyCredential in -SessionOption and PSSESSION_PROXY_PASSWORD say who logs on to it, or its address in the "
    "environment does"
)
# A name that only the proxy knows: this machine is never reached through one.
SERVER = "server01"
WHICH = "HTTPS_PROXY or ALL_PROXY names it; -SessionOption ProxyAccessType=NoProxyServer goes without"
CA_REQUEST = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


class Proxy:
    def __init__(self, *options, **environment):
        script = pathlib.Path(__file__).with_name("proxy.py")
        self.process = subprocess.Popen(
            [sys.executable, script, *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def close(self):
        """Ends it; gives what it was asked: the number of the connection and the answer's status."""
        output, _ = self.process.communicate(timeout=10)
        return [tuple(map(int, line.split())) for line in output.splitlines()]


class ProxyCase(PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, "--tls-name", SERVER)

    def proxy(self, *options, **environment):
        proxy = Proxy(*options, **environment)
        self.addCleanup(lambda: proxy.process.poll() is None and proxy.close())
        return proxy

    def go_by(self, proxy, url, *arguments, user=USER, password=PASSWORD, option="", **environment):
        """Runs the program through a proxy; gives the outcome and what the proxy was asked."""
        option = ("ProxyAccessType=AutoDetect" + (f",ProxyCredential={user}" if user else "") + option)
        outcome = self.home.connect(
            "-ComputerName", SERVER, "-Port", self.peer.https_port, "-UseSSL",
            "-Name", "ITTask", "-SessionOption", option, *arguments,
            HTTPS_PROXY=url.format(proxy.port), PSSESSION_PROXY_PASSWORD=password, **environment,
        )
        return outcome, proxy.close()


class Ntlm(ProxyCase):
    def users(self):
        path = pathlib.Path(self.home.folder.name, "users")
        path.write_text(f":{USER}:{PASSWORD}\n")
        return {"NTLM_USER_FILE": str(path)}

    def test_the_login_goes_over_one_connection_whatever_the_proxy_could_seal(self):
        for number, options in enumerate([(), ("--weak",)]):
            self.peer.add("ITTask")
            proxy = self.proxy("--protocol", "ntlm", *options, **self.users())
            outcome, asked = self.go_by(proxy, "http://127.0.0.1:{}", *self.trusting)
            self.assert_outcome(outcome, 0, table(row(number + 1, "ITTask", SERVER)))
            self.assertEqual(asked, [(1, 407), (1, 407), (1, 200)])
            self.assertEqual(self.peer.counters["connections_opened"], 1)
            self.peer.reset()

    def test_a_wrong_password_is_shown_once(self):
        proxy = self.proxy("--protocol", "ntlm", **self.users())
        outcome, asked = self.go_by(proxy, "http://127.0.0.1:{}", *self.trusting, password="wrong-one")
        message = (
            f"The proxy http://127.0.0.1:{proxy.port}/ does not accept the user name and the password (Negotiate)."
        )
        self.assert_outcome(outcome, 1, stderr=query_failed(SERVER, message, "", WHO))
        self.assertEqual(asked, [(1, 407)] * 3)
        self.assertEqual(self.peer.counters["connections_opened"], 0)

    @unittest.skipUnless(shutil.which("openssl"), "there is no openssl command")
    def test_the_proxy_may_speak_tls_and_has_to_be_known_then(self):
        folder = pathlib.Path(self.home.folder.name)
        subprocess.run(["openssl", *CA_REQUEST, "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.pem"],
                       cwd=folder, check=True, capture_output=True)
        subprocess.run(["openssl", *CA_REQUEST, "-subj", "/CN=proxy", "-addext", "subjectAltName=DNS:localhost",
                        "-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key",
                        "-keyout", "proxy.key", "-out", "proxy.pem"], cwd=folder, check=True, capture_output=True)
        tls = ("--protocol", "ntlm", "--tls", folder / "proxy.pem", folder / "proxy.key")
        both = folder / "both.pem"
        both.write_text(pathlib.Path(self.peer.info["ca"]).read_text() + (folder / "ca.pem").read_text())

        self.peer.add("ITTask")
        outcome, asked = self.go_by(self.proxy(*tls, **self.users()), "https://localhost:{}", "--ca-file", both)
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", SERVER)))
        self.assertEqual(asked, [(1, 407), (1, 407), (1, 200)])

        # What weakens the check of servers does not weaken that of proxies.
        self.peer.reset()
        proxy = self.proxy(*tls, **self.users())
        option = ",SkipCACheck=true,SkipCNCheck=true"
        outcome, asked = self.go_by(proxy, "https://localhost:{}", *self.trusting, option=option)
        message = (
            f"The proxy https://localhost:{proxy.port}/ makes no TLS connection: its certificate was issued by an "
            "authority that is not trusted."
        )
        warning = (
            "WARNING: SkipCACheck, SkipCNCheck: nothing proves who the server is; Kerberos or a pinned certificate would.\n"
        )
        self.assert_outcome(outcome, 1, stderr=warning + query_failed(SERVER, message, "12175", WHICH))
        self.assertEqual(asked, [])


@unittest.skipIf(kdc.missing() or importlib.util.find_spec("gssapi") is None, "there is no Kerberos here")
class Kerberos(ProxyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.realm = kdc.Realm()
        cls.addClassCleanup(cls.realm.close)
        cls.realm.add_user("alice", PASSWORDS["alice"])
        cls.realm.add_service("HTTP/localhost")

    def go(self, *arguments, **variables):
        self.peer.add("ITTask")
        proxy = self.proxy(**{**self.realm.environment, "KRB5_KTNAME": str(self.realm.keytab), "KRB5RCACHETYPE": "none"})
        known = {"KRB5_CONFIG": self.realm.environment["KRB5_CONFIG"], **variables}
        # The server is logged on to with Basic.
        basic = (*self.trusting, "-Authentication", "Basic")
        return self.go_by(proxy, "http://localhost:{}", *basic, *arguments, **known)

    def test_by_the_ticket_cache_and_by_a_password(self):
        ticket = self.realm.ticket("alice", PASSWORDS["alice"], "cache")
        nothing = f"FILE:{self.realm.folder}/nothing"
        for number, login in enumerate((
            {"user": None, "KRB5CCNAME": ticket},
            {"user": f"alice@{kdc.REALM}", "password": PASSWORDS["alice"], "KRB5CCNAME": nothing},
        )):
            outcome, asked = self.go(**login)
            self.assert_outcome(outcome, 0, table(row(number + 1, "ITTask", SERVER)))
            self.assertEqual(asked, [(1, 407), (1, 200)])
            self.peer.reset()

    def test_without_a_ticket_the_way_out_is_told(self):
        outcome, asked = self.go(user=None, KRB5CCNAME=f"FILE:{self.realm.folder}/nothing")
        self.assertIn("requires a user name and a password (Kerberos is not possible: there is no Kerberos ticket).\n",
                      outcome.stderr)
        self.assertEqual((asked, self.peer.counters["connections_opened"]), ([(1, 407)], 0))

    def test_a_wrong_password_is_shown_to_the_kdc_once_and_to_the_proxy_never(self):
        before = self.realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}")
        outcome, asked = self.go(user=f"alice@{kdc.REALM}", password="wrong-one")
        self.assertIn(f" cannot be logged on to: the password of alice@{kdc.REALM} is wrong.\n", outcome.stderr)
        self.assertEqual((asked, self.peer.counters["connections_opened"]), ([(1, 407)], 0))
        self.assertEqual(self.realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}") - before, 1)


if __name__ == "__main__":
    unittest.main()
