"""Kerberos inside CredSSP, with a realm of the tests' own (kdc.py) and winrm_peer as the server; what they need is described in
test_peer_kerberos.py.
"""

import base64
import http.server
import os
import re
import threading
import unittest

import kdc
import test_peer_credssp
import test_peer_kerberos
from peer import PASSWORDS, not_resolved, query_failed, row, table
from test_peer_kerberos import ALICE, FULL_NAME, check_password, heimdal_in

WARNING = test_peer_credssp.WARNING
REFUSED = "the name may belong to another account: --spn HTTP/HOST or --spn host/HOST"


def setUpModule():
    test_peer_kerberos.setUpModule()
    global realm
    realm = test_peer_kerberos.realm
    realm.add_service("WSMAN/localhost")


class CredSspCase(test_peer_kerberos.KerberosCase):
    OPTIONS = ("--auth", "negotiate,credssp", "--record", "8")

    def run_program(self, *arguments, **variables):
        """No ticket is at hand: CredSSP has a password."""
        nothing = {"KRB5CCNAME": f"FILE:{realm.folder}/nothing"}
        return super().run_program(*arguments, "-Authentication", "Credssp", **{**ALICE, **nothing, **variables})

    def assert_connects(self, *arguments, mechanism="kerberos", computer="localhost", **variables):
        """The mechanism inside is seen by what the KDC was asked for."""
        self.peer.reset()
        self.peer.add("ITTask")
        before = self.tickets()
        outcome = self.run_program(*arguments, "-Name", "ITTask", **variables)
        self.assert_outcome(outcome, 0, table(row(len(self.home.rows()), "ITTask", computer)), WARNING)
        counters = self.peer.counters
        self.assertEqual((counters["auth_legs"], counters["connections_opened"]), ({"credssp": 5}, 1))
        self.assertEqual(self.tickets() - before, 1 if mechanism == "kerberos" else 0)

    def tickets(self):
        """How many tickets for a service the KDC has given."""
        log = (realm.folder / "kdc.log").read_text().splitlines()
        return sum("TGS_REQ" in line and "ISSUE" in line for line in log)

    def assert_refused(self, outcome, message, code, hint=None, computer="localhost"):
        self.assert_outcome(outcome, 1, stderr=WARNING + query_failed(computer, message, code, hint))
        self.assertEqual(self.peer.counters["connections_opened"], 0)


class Ways:
    """The library and the TLS inside, which the classes below choose."""

    def test_http_and_https(self):
        for place in (self.http, self.https):
            with self.subTest(place=place[-1]):
                self.assert_connects(*place, **self.variables())

    def test_requests_of_many_chunks_are_read(self):
        nobody = "00000000-0000-0000-0000-000000000001"
        for name, size in (("x", 1), ("x" * 20_000, 20_000), ("&" * 40_000, 200_000)):
            arguments = (*self.http, "-InstanceId", nobody, "-ConfigurationName", name, "-Debug")
            outcome = self.run_program(*arguments, **self.variables())
            sent = [int(octets) for octets in re.findall(r"sent=(\d+)", outcome.stderr)]
            self.assertGreater(max(sent), size)
        # What reached its service, the peer has unsealed.
        self.assertEqual(self.peer.actions.get("Connect"), 3)

    def test_answers_of_many_chunks_are_read(self):
        self.peer.add("ITTask {n} " + "x" * 200, count=150)
        outcome = self.run_program(*self.http, "-Name", "ITTask 7 *", "--output", "id", **self.variables())
        self.assert_outcome(outcome, 0, "1\n", WARNING)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 5})

    def test_a_login_that_is_forgotten_is_made_again(self):
        self.peer.add("ITTask")
        self.peer.spoil("expire-auth", "Connect")
        outcome = self.run_program(*self.http, "-Name", "ITTask", **self.variables())
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "localhost")), WARNING)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 10})


class WithMit(Ways, CredSspCase):
    def variables(self):
        return {}


class WithHeimdal(Ways, CredSspCase):
    def variables(self):
        return heimdal_in(self.home, self.heimdal)

    @classmethod
    def setUpClass(cls):
        cls.heimdal = kdc.shared_object("libgssapi.so.3")
        if cls.heimdal is None:
            raise unittest.SkipTest("libgssapi.so.3 is not installed")
        super().setUpClass()


class WithMitAndOlderTls(test_peer_credssp.OlderTls, WithMit):
    pass


class WithHeimdalAndOlderTls(test_peer_credssp.OlderTls, WithHeimdal):
    pass


class Choice(CredSspCase):
    """Which mechanism runs inside is decided on this side, before anything is sent."""

    def without(self, *services):
        realm.remove_service(*services)
        self.addCleanup(realm.add_service, *(service for service in services if not service.startswith("host")))

    def test_a_wrong_password_is_shown_to_the_kdc_once_and_to_nobody_else(self):
        before = realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}")
        outcome = self.run_program(*self.http, "-Debug", "-Verbose", password="wrong-one")
        self.assertNotIn("wrong-one", outcome.stderr)
        outcome.stderr = "".join(line for line in outcome.stderr.splitlines(True) if not line.startswith(("DEBUG", "VERBOSE")))
        message = f"The user name or password is incorrect. The password of alice@{kdc.REALM} is wrong."
        self.assert_refused(outcome, message, "LogonFailure", check_password("alice"))
        self.assertEqual(realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}") - before, 1)

    def test_wsman_is_asked_for_first_and_http_last(self):
        for service in ("WSMAN/localhost", "HTTP/localhost"):
            with self.subTest(service):
                before = realm.requests("ISSUE", service)
                self.assert_connects(*self.http)
                self.assertEqual(realm.requests("ISSUE", service) - before, 1)
                self.without("WSMAN/localhost")

    def test_a_service_that_the_realm_does_not_have_is_logged_on_to_with_ntlm(self):
        self.without("WSMAN/localhost", "HTTP/localhost")
        self.assert_connects(*self.http, mechanism="ntlm")
        self.assert_connects(*self.https, mechanism="ntlm")
        self.peer.reset()
        message = "The Kerberos realm has no service WSMAN/localhost, host/localhost or HTTP/localhost."
        self.assert_refused(self.run_program(*self.http, "--no-ntlm"), message, "TargetUnknown", FULL_NAME)

    def test_users_and_computers_without_kerberos_log_on_with_ntlm(self):
        self.assert_connects(*self.http, mechanism="ntlm", user="alice", password=PASSWORDS["alice"])
        address = ("-ComputerName", "127.0.0.1", "-Port", self.peer.http_port)
        self.assert_connects(*address, mechanism="ntlm", computer="127.0.0.1")
        dead = {"KRB5_CONFIG": realm.config("dead.conf", port=kdc.free_port())}
        self.assert_connects(*self.http, mechanism="ntlm", **dead)
        self.peer.reset()
        message = f"No KDC can be reached (Cannot contact any KDC for realm '{kdc.REALM}')."
        hint = "a KDC listens on port 88; --timeout SECONDS waits longer or shorter"
        outcome = self.run_program(*self.http, "--no-ntlm", **dead)
        self.assert_refused(outcome, message, "AuthenticationFailed", hint)

    def test_verbose_tells_which_one_runs(self):
        for login, shown in (
            ({}, "Kerberos in CredSSP for WSMAN/localhost.\n"),
            (
                {"user": "alice", "password": PASSWORDS["alice"]},
                "NTLM in CredSSP, since Kerberos is not possible: the user name alice does not name a realm.\n",
            ),
        ):
            outcome = self.run_program(*self.http, "-Verbose", **login)
            self.assertIn("VERBOSE: Logging on to localhost with " + shown, outcome.stderr)

    def test_a_refused_ticket_is_not_followed_by_ntlm(self):
        # After the two legs of the TLS handshake.
        params = {"status": 401, "headers": {"WWW-Authenticate": "CredSSP"}}
        self.peer.spoil("status", stage="http", skip=2, params=params)
        message = "Access is denied. The server does not accept the Kerberos ticket for WSMAN/localhost."
        failed = query_failed("localhost", message, "AccessDenied", REFUSED)
        self.assert_outcome(self.run_program(*self.http), 1, stderr=WARNING + failed)
        self.assertEqual(self.peer.counters["auth_legs"], {"credssp": 2})

    def test_kerberos_goes_to_hosts_that_are_not_trusted_and_ntlm_does_not(self):
        name = "server01.invalid"
        unresolved = not_resolved(name)
        fault = f"the Kerberos realm has no service WSMAN/{name}, host/{name} or HTTP/{name}"
        untrusted = query_failed(
            name,
            f"The computer {name} is not authenticated over HTTP and is not in the list of trusted hosts (Kerberos is not "
            f"possible: {fault}).",
            "ServerNotTrusted",
            f"use -UseSSL, or trust the host: --trusted-hosts {name}",
        )
        unverified = query_failed(
            name,
            f"The certificate of the computer {name} is not checked, and the computer is not in the list of "
            f"trusted hosts (Kerberos is not possible: {fault}); no password is sent to it.",
            "-2144108124",
            "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: "
            f"--trusted-hosts {name}",
        )
        http = ("-ComputerName", name, "--timeout", 5)
        https = (*http, "-UseSSL", "-SessionOption")
        ways = ((http, untrusted), ((*https, "SkipCACheck=1"), unverified), ((*https, "SkipCNCheck=1"), unverified))
        for arguments, failed in ways:
            self.assert_outcome(self.run_program(*arguments), 1, stderr=WARNING + failed)
        unproven = "WARNING: SkipCACheck: nothing proves who the server is; Kerberos or a pinned certificate would.\n"
        outcome = self.run_program(*https, "SkipCACheck=1", "--trusted-hosts", name)
        self.assert_outcome(outcome, 1, stderr=WARNING + unproven + unresolved)
        realm.add_service(f"WSMAN/{name}")
        self.addCleanup(realm.remove_service, f"WSMAN/{name}")
        # The password is safe then, but CredSSP does not prove who is at the other end of its TLS connection.
        unproven = (
            "WARNING: {}: Kerberos proves who the server is, but not that it is the other end of the TLS connection; "
            "a pinned certificate would.\n"
        )
        for arguments, _ in ways:
            warned = WARNING + (unproven.format(arguments[-1].removesuffix("=1")) if "-UseSSL" in arguments else "")
            self.assert_outcome(self.run_program(*arguments), 1, stderr=warned + unresolved)


class Acceptor(http.server.BaseHTTPRequestHandler):
    """A server that gets as far as the login, and has the list of mechanisms signed."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        import spnego

        super().setup()
        place = {"hostname": "localhost", "service": "WSMAN"}
        required = spnego.ContextReq.default | spnego.ContextReq.dce_style
        options = spnego.NegotiateOptions.use_negotiate
        inside = spnego.server(**place, protocol="negotiate", context_req=required, options=options)
        self.context = spnego.server(**place, protocol="credssp", credssp_negotiate_context=inside)

    def do_POST(self):
        if self.context.complete:
            self.send_error(404)
            return
        token = self.context.step(base64.b64decode(self.headers["Authorization"].partition(" ")[2]))
        status = 200 if self.context.complete else 401
        if self.context.complete:
            credential = self.context.get_extra_info("client_credential")
            self.server.logins.append((self.context.client_principal, credential.username, credential.password))
        self.send_response(status)
        if token is not None:
            self.send_header("WWW-Authenticate", "CredSSP " + base64.b64encode(token).decode())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class SignedList(CredSspCase):
    def test_the_list_of_mechanisms_is_signed_where_the_server_wants_it(self):
        surroundings = {"KRB5_CONFIG": realm.environment["KRB5_CONFIG"], "KRB5_KTNAME": str(realm.keytab)}
        os.environ.update(surroundings, KRB5RCACHETYPE="none")
        for name in (*surroundings, "KRB5RCACHETYPE"):
            self.addCleanup(os.environ.pop, name)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Acceptor)
        server.logins = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        place = ("-ComputerName", "localhost", "-Port", server.server_port)
        heimdal = kdc.shared_object("libgssapi.so.3")
        libraries = [{}] if heimdal is None else [{}, heimdal_in(self.home, heimdal)]
        for variables in libraries:
            with self.subTest(variables=variables):
                server.logins.clear()
                # Besides logins the server has nothing.
                outcome = self.run_program(*place, **variables)
                self.assertEqual(server.logins, [(ALICE["user"], ALICE["user"], ALICE["password"])], outcome.stderr)


if __name__ == "__main__":
    unittest.main()
