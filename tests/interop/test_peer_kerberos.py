"""Kerberos, with a realm of the tests' own (kdc.py) and winrm_peer as the server, whose GSS-API is not this program's.

Needs what the peer needs, its Kerberos requirements, and MIT's KDC (Debian: krb5-kdc, krb5-admin-server, krb5-user); for
the tests with the other library Heimdal's too (libgssapi3-heimdal). What is missing is reported, and its tests are skipped.
"""

import base64
import hashlib
import http.server
import importlib.util
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import kdc
from between import Between
from certificates import Authority, signers
from endurance import Endurance, Way
from peer import (
    CHANGED, IMPOSTOR, PASSWORDS, PEER, SKIP_REASON, Home, Peer, finish, not_resolved, query_failed, row, table,
)

ALICE = {"user": f"alice@{kdc.REALM}", "password": PASSWORDS["alice"]}
KINIT = "get a ticket with kinit, or name a user with -Credential"
ADMINISTRATOR = "an administrator of the account has to change that; -Credential names another user"
NEEDS_AES = "the server's account needs AES keys: Set-ADComputer NAME -KerberosEncryptionType AES128,AES256"
FULL_NAME = "use the computer's full name as the domain knows it, or name the service with --spn SERVICE/HOST"


def check_password(user):
    return f"check the name and the password: kinit {user}@{kdc.REALM} tries them"



def setUpModule():
    reason = None if PEER else SKIP_REASON
    reason = reason or kdc.missing()
    for module in ("gssapi", "krb5"):
        if importlib.util.find_spec(module) is None:
            reason = reason or f"not installed: the Python package {module}"
    if reason:
        print(f"without Kerberos: {reason}", flush=True)
        raise unittest.SkipTest(reason)
    global realm
    realm = kdc.Realm()
    unittest.addModuleCleanup(realm.close)
    realm.add_user("alice", PASSWORDS["alice"])
    realm.add_service("HTTP/localhost")


def heimdal_in(home, heimdal):
    """The environment in which this library is found under the name of MIT's."""
    folder = pathlib.Path(home.folder.name) / "heimdal"
    folder.mkdir(exist_ok=True)
    link = folder / "libgssapi_krb5.so.2"
    if not link.is_symlink():
        link.symlink_to(heimdal)
    return {"LD_LIBRARY_PATH": str(folder)}


class KerberosCase(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.peer = Peer(
            *("--auth", "negotiate,kerberos", "--keytab", realm.keytab, "--realm", kdc.REALM, "--cbt", "strict"),
            *cls.OPTIONS,
            KRB5_CONFIG=realm.environment["KRB5_CONFIG"],
            KRB5RCACHETYPE="none",
        )
        cls.addClassCleanup(cls.peer.stop)
        cls.http = ("-ComputerName", "localhost", "-Port", cls.peer.http_port)
        cls.https = ("-ComputerName", "localhost", "-Port", cls.peer.https_port, "-UseSSL", "--ca-file", cls.peer.info["ca"])
        cls.ticket = realm.ticket("alice", PASSWORDS["alice"], f"cache-{cls.__name__}")

    def setUp(self):
        self.maxDiff = None
        self.peer.reset()
        self.home = Home()
        self.addCleanup(self.home.close)

    def run_program(self, *arguments, user=None, **variables):
        """Runs as the user of the ticket, or as another."""
        return finish(self.start_program(*arguments, user=user, **variables))

    def start_program(self, *arguments, user=None, **variables):
        surroundings = {"KRB5_CONFIG": realm.environment["KRB5_CONFIG"], "KRB5CCNAME": self.ticket, **variables}
        return self.home.start(*arguments, user=user, **surroundings)

    def assert_outcome(self, outcome, status, stdout="", stderr=""):
        self.assertEqual((outcome.stderr, outcome.stdout, outcome.status), (stderr, stdout, status))

    def assert_connects(self, *arguments, scheme="negotiate", legs=1, computer="localhost", **variables):
        """Connects to a session; the login takes one leg with Kerberos, two with NTLM."""
        self.peer.reset()
        self.peer.add("ITTask")
        outcome = self.run_program(*arguments, "-Name", "ITTask", **variables)
        number = len(self.home.rows())
        self.assert_outcome(outcome, 0, table(row(number, "ITTask", computer)))
        counters = self.peer.counters
        self.assertEqual((counters["auth_legs"], counters["connections_opened"]), ({scheme: legs}, 1))
        # The first request has the token in it, over TLS too: none is refused with Kerberos.
        self.assertEqual(counters["statuses"].get("401", 0), legs - 1)

    def assert_refused(self, outcome, message, code, hint=None, computer="localhost"):
        """Refused on this side: the server has seen nothing."""
        self.assert_outcome(outcome, 1, stderr=query_failed(computer, message, code, hint))
        self.assertEqual(self.peer.counters["connections_opened"], 0)


class Ways(Endurance):
    """The library, which the classes below choose."""

    def variables(self):
        return {}

    def ways(self):
        return [Way(f"http://localhost:{self.peer.http_port}/wsman", (), "negotiate", 1)]

    def log_in(self, *arguments):
        return self.run_program(*arguments, **self.variables())

    def test_both_schemes_over_http_and_https_with_ticket_and_password(self):
        nothing = f"FILE:{realm.folder}/nothing"
        for place in (self.http, self.https):
            for scheme in ("Kerberos", "Negotiate"):
                for login in ({}, {**ALICE, "KRB5CCNAME": nothing}):
                    with self.subTest(place=place[-1], scheme=scheme, login=login):
                        arguments = (*place, "-Authentication", scheme)
                        self.assert_connects(*arguments, scheme=scheme.lower(), **login, **self.variables())
        self.assertFalse(os.path.exists(f"{realm.folder}/nothing"))

    def test_requests_of_all_sizes_are_sealed(self):
        # The name of a configuration, which is in the request; of the last one each character takes five octets there.
        nobody = "00000000-0000-0000-0000-000000000001"
        for name, size in (*(("x" * size, size) for size in (*range(1, 18), 5_000)), ("&" * 40_000, 200_000)):
            arguments = (*self.http, "-InstanceId", nobody, "-ConfigurationName", name, "-Debug")
            outcome = self.run_program(*arguments, **self.variables())
            sent = [int(octets) for octets in re.findall(r"sent=(\d+)", outcome.stderr)]
            self.assertGreater(max(sent), size)
        # What reached its service, the peer has unsealed.
        self.assertEqual(self.peer.actions.get("Connect"), 19)

    def test_large_answers_are_unsealed(self):
        self.peer.add("ITTask {n} " + "x" * 200, count=150)
        outcome = self.run_program(*self.http, "-Name", "ITTask 7 *", "--output", "jsonl", **self.variables())
        self.assertEqual((outcome.stderr, outcome.status), ("", 0))
        self.assertEqual(len(outcome.stdout.splitlines()), 1)


class WithMit(Ways, KerberosCase):
    def ways(self):
        # Nothing is sealed there, so that the other library would add nothing.
        https = Way(f"https://localhost:{self.peer.https_port}/wsman", self.https[-2:], "negotiate", 1)
        return [*super().ways(), https]


class WithHeimdal(Ways, KerberosCase):
    """Under the name of MIT's library Heimdal's is found."""

    # What is beyond the library has borne more.
    REQUESTS = 200

    @classmethod
    def setUpClass(cls):
        cls.heimdal = kdc.shared_object("libgssapi.so.3")
        if cls.heimdal is None:
            print("without Heimdal: libgssapi.so.3 is not installed", flush=True)
            raise unittest.SkipTest("libgssapi.so.3 is not installed")
        super().setUpClass()

    def variables(self):
        return heimdal_in(self.home, self.heimdal)


class Names(KerberosCase):
    """Which services tickets are asked for."""

    def only(self, *services):
        """These are all the services that the realm has, until the test ends."""
        realm.remove_service("HTTP/localhost")
        realm.add_service(*services)
        self.addCleanup(realm.add_service, "HTTP/localhost")
        self.addCleanup(realm.remove_service, *services)

    def fresh(self):
        """A cache without tickets for any service."""
        return {"KRB5CCNAME": realm.ticket("alice", PASSWORDS["alice"], "fresh")}

    def test_host_and_wsman_stand_in_for_http(self):
        for service in ("host/localhost", "WSMAN/localhost"):
            with self.subTest(service):
                self.only(service)
                self.assert_connects(*self.http, **self.fresh())
                self.doCleanups()
                self.setUp()

    def test_the_port_can_be_in_the_name(self):
        self.only(f"HTTP/localhost:{self.peer.http_port}")
        self.assert_connects(*self.http, "-SessionOption", "IncludePortInSPN=true", **self.fresh())

    def test_the_service_can_be_named(self):
        self.only("HTTP/cluster.example.test")
        place = ("-ComputerName", "127.0.0.1", "-Port", self.peer.http_port)
        for spn in ("HTTP/cluster.example.test", f"HTTP/cluster.example.test@{kdc.REALM}"):
            arguments = (*place, "-Authentication", "Kerberos", "--spn", spn)
            self.assert_connects(*arguments, scheme="kerberos", computer="127.0.0.1", **self.fresh())

    def test_a_service_that_the_realm_does_not_have_is_told(self):
        self.only()
        outcome = self.run_program(*self.http, **self.fresh())
        message = "The Kerberos realm has no service HTTP/localhost, host/localhost or WSMAN/localhost."
        self.assert_refused(outcome, message, "TargetUnknown", FULL_NAME)
        # With a password there is NTLM, unless that is not wanted.
        self.assert_connects(*self.http, legs=2, **ALICE)
        self.peer.reset()
        outcome = self.run_program(*self.http, "--no-ntlm", **ALICE)
        self.assert_refused(outcome, message, "TargetUnknown", FULL_NAME)

    def test_an_address_has_no_name(self):
        place = ("-ComputerName", "127.0.0.1", "-Port", self.peer.http_port)
        message = "There are no Kerberos tickets for an IP address."
        hint = "use the computer's name, or say which service it is with --spn HTTP/name; NTLM needs -Credential"
        for arguments in (place, (*place, "-Authentication", "Kerberos")):
            outcome = self.run_program(*arguments)
            self.assert_refused(outcome, message, "-2144108277", hint, "127.0.0.1")
        self.assert_connects(*place, legs=2, computer="127.0.0.1", **ALICE)

    def test_kerberos_goes_to_hosts_that_are_not_trusted(self):
        realm.add_service("HTTP/server01.invalid")
        self.addCleanup(realm.remove_service, "HTTP/server01.invalid")
        place = ("-ComputerName", "server01.invalid", "--timeout", 5)
        outcome = self.run_program(*place)
        self.assert_outcome(outcome, 1, stderr=not_resolved("server01.invalid"))
        # NTLM does not, and what Kerberos lacked is reported.
        realm.remove_service("HTTP/server01.invalid")
        self.addCleanup(realm.add_service, "HTTP/server01.invalid")
        outcome = self.run_program(*place, **ALICE)
        message = (
            "The computer server01.invalid is not authenticated over HTTP and is not in the list of trusted hosts "
            "(Kerberos is not possible: the Kerberos realm has no service HTTP/server01.invalid, host/server01.invalid or "
            "WSMAN/server01.invalid)."
        )
        hint = "use -UseSSL, or trust the host: --trusted-hosts server01.invalid"
        self.assert_outcome(outcome, 1, stderr=query_failed("server01.invalid", message, "ServerNotTrusted", hint))


class Errors(KerberosCase):
    """What -Verbose says."""

    def logging_on(self, *arguments, computer="localhost", **variables):
        outcome = self.run_program(*arguments, "-Verbose", **variables)
        before = f"VERBOSE: Logging on to {computer} with "
        lines = [line for line in outcome.stderr.splitlines() if line.startswith("VERBOSE: Logging on")]
        self.assertEqual([line[: len(before)] for line in lines], [before], outcome.stderr)
        return lines[0][len(before) :]

    def test_which_mechanism_runs_and_why_not_the_other(self):
        for place in (self.http, self.https):
            self.assertEqual(self.logging_on(*place), "Kerberos in Negotiate for HTTP/localhost.")
            kerberos = (*place, "-Authentication", "Kerberos")
            self.assertEqual(self.logging_on(*kerberos, **ALICE), "Kerberos for HTTP/localhost.")
            ntlm = "NTLM in Negotiate, since Kerberos is not possible: "
            dead = {"KRB5_CONFIG": realm.config("dead.conf", port=kdc.free_port())}
            why = f"no KDC can be reached (Cannot contact any KDC for realm '{kdc.REALM}')."
            self.assertEqual(self.logging_on(*place, **ALICE, **dead), ntlm + why)
            self.assertEqual(
                self.logging_on(*place, user="alice", password=PASSWORDS["alice"]),
                ntlm + "the user name alice does not name a realm.",
            )

    def test_kerberos_needs_no_certificate_to_be_checked(self):
        realm.add_service("HTTP/server01.invalid")
        self.addCleanup(realm.remove_service, "HTTP/server01.invalid")
        place = ("-ComputerName", "server01.invalid", "--timeout", 5, "-UseSSL", "-SessionOption", "SkipCACheck=1")
        self.assert_outcome(self.run_program(*place), 1, stderr=not_resolved("server01.invalid"))


class Refusals(KerberosCase):
    def test_there_is_no_ticket(self):
        for cache in (f"FILE:{realm.folder}/nothing", f"DIR:{self.home.folder.name}/none", "MEMORY:none"):
            outcome = self.run_program(*self.http, KRB5CCNAME=cache)
            self.assert_refused(outcome, "There is no Kerberos ticket.", "ExplicitCredentialsRequired", KINIT)

    def test_the_ticket_has_expired(self):
        cache = realm.ticket("alice", PASSWORDS["alice"], "short", "-l", "1s")
        valid = {"env": {**realm.environment, "KRB5CCNAME": cache}}
        while subprocess.run(["klist", "-s"], **valid).returncode == 0:
            time.sleep(0.1)
        outcome = self.run_program(*self.http, KRB5CCNAME=cache)
        self.assert_refused(outcome, "The Kerberos ticket has expired.", "ExplicitCredentialsRequired", KINIT)

    def test_a_wrong_password_is_shown_to_the_kdc_once(self):
        before = realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}")
        names = ["a.invalid", "b.invalid", "c.invalid"]
        outcome = self.run_program("-ComputerName", ",".join(names), "-Debug", user=ALICE["user"], password="wrong-one")
        self.assertEqual(outcome.status, 1)
        self.assertNotIn("wrong-one", outcome.stderr)
        self.assertEqual(outcome.stderr.count(f"is incorrect. The password of alice@{kdc.REALM} is wrong.\n"), 3)
        self.assertEqual(outcome.stderr.count(" : LogonFailure,RemotePSSessionQueryFailed,"), 3)
        self.assertEqual(realm.requests("PREAUTH_FAILED", f"alice@{kdc.REALM}") - before, 1)
        self.assertEqual(self.peer.counters["connections_opened"], 0)

    def test_a_lock_that_the_second_wrong_password_shuts_stays_open_after_one_run(self):
        realm.admin("add_policy -maxfailure 2 -failurecountinterval 0 -lockoutduration 0 strict")
        realm.add_user("carol", "Password1!", "-policy", "strict")

        def assert_refused(password, message, hint):
            outcome = self.run_program(*self.http, "--no-ntlm", user=f"carol@{kdc.REALM}", password=password)
            self.assert_refused(outcome, message.format(f"carol@{kdc.REALM}"), "LogonFailure", hint)

        wrong = "The user name or password is incorrect. The password of {} is wrong."
        locked = "The account of {} is disabled, expired or locked."
        assert_refused("wrong-one", wrong, check_password("carol"))
        # The right one opens it again, for one more.
        outcome = self.run_program(*self.http, user=f"carol@{kdc.REALM}", password="Password1!")
        self.assert_outcome(outcome, 0, stderr="WARNING: localhost has no sessions to connect to.\n")
        self.peer.reset()
        assert_refused("wrong-one", wrong, check_password("carol"))
        assert_refused("wrong-one", wrong, check_password("carol"))
        # Now it is shut, and says so whatever the password is.
        assert_refused("Password1!", locked, ADMINISTRATOR)
        assert_refused("wrong-one", locked, ADMINISTRATOR)

    def test_users_that_the_kdc_refuses(self):
        realm.add_user("disabled", "Password1!", "-allow_tix")
        realm.add_user("expired", "Password1!", "-expire", "2020-01-01")
        realm.add_user("changing", "Password1!", "+needchange")
        revoked = "The account of {} is disabled, expired or locked."
        for user, message, hint in (
            ("nobody", "The user name or password is incorrect. The Kerberos realm has no user {}.",
             check_password("nobody")),
            ("disabled", revoked, ADMINISTRATOR),
            ("expired", revoked, ADMINISTRATOR),
            ("changing", "The password of {} has expired.", "kpasswd sets another password"),
        ):
            outcome = self.run_program(*self.http, user=f"{user}@{kdc.REALM.lower()}", password="Password1!")
            self.assert_refused(outcome, message.format(f"{user}@{kdc.REALM}"), "LogonFailure", hint)

    def test_no_kdc_can_be_reached(self):
        dead = {"KRB5_CONFIG": realm.config("dead.conf", port=kdc.free_port())}
        message = f"No KDC can be reached (Cannot contact any KDC for realm '{kdc.REALM}')."
        hint = "a KDC listens on port 88; --timeout SECONDS waits longer or shorter"
        for arguments in (("-Authentication", "Kerberos"), ("--no-ntlm",)):
            outcome = self.run_program(*self.http, *arguments, **ALICE, **dead)
            self.assert_refused(outcome, message, "AuthenticationFailed", hint)
        self.assert_connects(*self.http, legs=2, **ALICE, **dead)

    def test_nobody_knows_the_realm(self):
        message = "No KDC is known for the realm of alice@OTHER.TEST."
        hint = "the realm's KDCs are found by DNS or are named in krb5.conf; check the user's realm"
        outcome = self.run_program(*self.http, "--no-ntlm", user="alice@other.test", password="x")
        self.assert_refused(outcome, message, "AuthenticationFailed", hint)

    def test_a_user_without_a_realm_is_of_this_computers_realm_where_ntlm_is_no_way_out(self):
        password = {"password": PASSWORDS["alice"]}
        self.assert_connects(*self.http, legs=2, user="alice", **password)
        self.assert_connects(*self.http, legs=2, user="WIN-PEER01\\alice", **password)
        self.assert_connects(*self.http, legs=1, user="EXAMPLE\\alice", **password)
        self.assert_connects(*self.http, "--no-ntlm", legs=1, user="alice", **password)
        self.peer.reset()
        homeless = {"KRB5_CONFIG": realm.config("homeless.conf", default_realm=None)}
        outcome = self.run_program(*self.http, "--no-ntlm", user="alice", **password, **homeless)
        hint = "write the user as user@EXAMPLE.COM, or set default_realm in krb5.conf"
        self.assert_refused(outcome, "No realm is configured for Kerberos.", "WorkgroupCannotUseKerberos", hint)
        # A ticket says itself which realm it is of.
        self.assert_connects(*self.http, **homeless)

    def test_clocks_differ(self):
        # A bound that nothing can meet replaces a wrong clock.
        strict = {"KRB5_CONFIG": realm.config("strict.conf", clockskew="-1", kdc_timesync="0")}
        outcome = self.run_program(*self.http, **ALICE, **strict)
        message = "This computer's clock differs too much from that of the Kerberos realm."
        self.assert_refused(outcome, message, "-2144108387", "set the clock: Kerberos allows a difference of five minutes")

    def test_there_is_no_library(self):
        folder = pathlib.Path(self.home.folder.name) / "nothing"
        folder.mkdir()
        for name in ("libgssapi_krb5.so.2", "libgssapi.so.3"):
            (folder / name).touch()
        nothing = {"LD_LIBRARY_PATH": str(folder)}
        message = "This system has no Kerberos library."
        hint = "install libgssapi_krb5.so.2 (package libgssapi-krb5-2 or krb5-libs), or use NTLM: Negotiate with -Credential"
        self.assert_refused(self.run_program(*self.http, **nothing), message, "ClientKerberosDisabled", hint)
        outcome = self.run_program(*self.http, "-Authentication", "Kerberos", **ALICE, **nothing)
        self.assert_refused(outcome, message, "ClientKerberosDisabled", hint)
        self.assert_connects(*self.http, legs=2, **ALICE, **nothing)

    def test_a_forgotten_login_is_made_again_with_the_same_ticket(self):
        self.peer.add("ITTask")
        self.peer.spoil("expire-auth", "Connect")
        before = realm.requests("TGS_REQ", "HTTP/localhost")
        cache = realm.ticket("alice", PASSWORDS["alice"], "forgotten")
        outcome = self.run_program(*self.http, "-Name", "ITTask", KRB5CCNAME=cache)
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "localhost")))
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": 2})
        self.assertEqual(realm.requests("TGS_REQ", "HTTP/localhost") - before, 1)


class Acceptor(http.server.BaseHTTPRequestHandler):
    """A server that gets as far as the login, and says what is wrong with a ticket."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        import gssapi

        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "Authorization" not in self.headers:
            return self.answer(401, "Negotiate")
        self.server.logins += 1
        mechanism = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
        keytab = gssapi.Credentials(usage="accept", mechs=[mechanism], store={"keytab": str(realm.keytab)})
        scheme, _, token = self.headers["Authorization"].partition(" ")
        bindings = self.server.binding and gssapi.raw.ChannelBindings(application_data=self.server.binding)
        status = 200
        try:
            token = gssapi.raw.accept_sec_context(base64.b64decode(token), keytab, channel_bindings=bindings).token
        except gssapi.exceptions.GSSError as error:
            status, token = 401, error.token
        self.answer(status, token and self.server.answers and f"{scheme} {base64.b64encode(token).decode()}")

    def answer(self, status, challenge):
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Servers(KerberosCase):
    """What the server says to a ticket, or leaves unsaid."""

    HINT = "the name may belong to another account: --spn WSMAN/HOST, or -SessionOption IncludePortInSPN=true"

    def serve(self, answers=True, certificate=None, binding=None, **libdefaults):
        os.environ["KRB5_CONFIG"] = realm.config("server.conf", **libdefaults)
        self.addCleanup(os.environ.pop, "KRB5_CONFIG", None)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Acceptor)
        server.logins, server.answers, server.binding = 0, answers, binding
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, ("-ComputerName", "localhost", "-Port", server.server_port)

    def test_it_does_not_accept_the_ticket(self):
        realm.admin("change_password -randkey HTTP/localhost")
        self.addCleanup(realm.add_service, "HTTP/localhost")
        self.addCleanup(realm.remove_service, "HTTP/localhost")
        cache = realm.ticket("alice", PASSWORDS["alice"], "another-key")
        server, place = self.serve()
        # There is no second try with NTLM: a machine in the middle could cause it.
        for login in ({"KRB5CCNAME": cache}, ALICE):
            server.logins = 0
            outcome = self.run_program(*place, **login)
            self.assertRegex(
                outcome.stderr,
                r"Access is denied\. The server does not accept the Kerberos ticket for HTTP/localhost \(.+\)\.\n"
                r"(.|\n)* : AccessDenied,RemotePSSessionQueryFailed,(.|\n)*" + re.escape(self.HINT),
            )
            self.assertEqual((outcome.status, server.logins), (1, 1))

    def test_its_key_is_of_an_old_kind(self):
        realm.remove_service("HTTP/localhost")
        self.addCleanup(realm.add_service, "HTTP/localhost")
        realm.admin("add_principal -randkey -e arcfour-hmac:normal HTTP/localhost")
        self.addCleanup(realm.remove_service, "HTTP/localhost")
        message = "The server's key is of an old type that is no longer safe."
        for place in (self.http, self.https):
            for scheme in ("Kerberos", "Negotiate"):
                outcome = self.run_program(*place, "-Authentication", scheme, **ALICE)
                self.assert_refused(outcome, message, "-2144108387", NEEDS_AES)

    def test_it_refuses_without_a_word(self):
        params = {"status": 401, "headers": {"WWW-Authenticate": "Negotiate"}}
        self.peer.spoil("status", stage="http", params=params)
        outcome = self.run_program(*self.http, **ALICE)
        message = "Access is denied. The server does not accept the Kerberos ticket for HTTP/localhost."
        self.assert_outcome(outcome, 1, stderr=query_failed("localhost", message, "AccessDenied", self.HINT))

    def test_a_ticket_is_good_for_the_tls_channel_that_it_was_made_for(self):
        # This server lets in who has a ticket, and knows nothing of it at the next request.
        message = "The computer localhost no longer accepts the login of this connection."
        let_in = query_failed("localhost", message, None, "run the command again: it makes a new connection")
        # There is no number for it on the wire.
        message = (
            "Access is denied. The server does not accept the Kerberos ticket for HTTP/localhost (Generic error (see "
            "e-text))."
        )
        denied = query_failed("localhost", message, "AccessDenied", self.HINT)
        ways = {name: signer for name, *signer in signers()}
        for name, algorithm in (("RSASSA-PSS with SHA-384", "sha384"), ("RSA with SHA-512", "sha512")):
            authority = Authority(self.home.folder.name, *ways[name])
            certificate = authority.server()
            der = ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate[0]).read_text())
            binding = b"tls-server-end-point:" + hashlib.new(algorithm, der).digest()
            # One bit differs if a machine in the middle ended TLS, with another certificate.
            changed = binding[:-1] + bytes([binding[-1] ^ 1])
            for expected, shown in ((binding, let_in), (changed, denied)):
                server, place = self.serve(certificate=certificate, binding=expected)
                outcome = self.run_program(*place, "-UseSSL", "--ca-file", authority.file)
                self.assert_outcome(outcome, 1, stderr=shown)
                self.assertEqual(server.logins, 1)

    def test_its_clock_differs(self):
        server, place = self.serve(clockskew="-1")
        outcome = self.run_program(*place, **ALICE)
        message = "This computer's clock differs too much from that of the Kerberos realm."
        hint = "set the clock: Kerberos allows a difference of five minutes"
        self.assert_outcome(outcome, 1, stderr=query_failed("localhost", message, "-2144108387", hint))
        self.assertEqual(server.logins, 1)

    def test_it_does_not_prove_who_it_is(self):
        server, place = self.serve(answers=False)
        outcome = self.run_program(*place, **ALICE)
        message = "The server does not prove that it is HTTP/localhost."
        self.assert_outcome(outcome, 1, stderr=query_failed("localhost", message, "-2144108387", IMPOSTOR))
        self.assertEqual(server.logins, 1)


class Meddled(KerberosCase):
    """There is a machine in the middle."""

    def between(self, port, *changes, **more):
        between = Between(port, *changes, **more)
        self.addCleanup(between.close)
        return ("-ComputerName", "localhost", "-Port", between.port)

    def assert_answer_refused(self, outcome, message):
        failed = query_failed("localhost", message, "-2144108387", CHANGED)
        self.assert_outcome(outcome, 1, stderr=failed)

    def test_an_answer_that_is_not_sealed(self):
        def clear(head, body):
            return head.replace(b"multipart/encrypted", b"application/soap+xml"), b"<Envelope/>" if body else b""

        outcome = self.run_program(*self.between(self.peer.http_port, None, clear))
        self.assert_answer_refused(outcome, "The server answered with a body that is not encrypted.")

    def test_an_answer_that_comes_again(self):
        self.peer.add("ITTask", count=3)
        self.peer.control("POST", "/settings", {"max_batch_items": 1})
        self.addCleanup(self.peer.control, "POST", "/settings", {"max_batch_items": 32000})
        sealed = []

        def repeat(head, body):
            # Of each connection the first; a second begins with a ticket.
            if b"\r\nWWW-Authenticate: Negotiate " in head:
                sealed.clear()
            if body:
                sealed.append(body)
            return head, sealed[0] if sealed else body

        outcome = self.run_program(*self.between(self.peer.http_port, None, repeat))
        self.assert_answer_refused(outcome, "A sealed message is missing, repeated or out of order.")

    def test_an_answer_that_was_changed(self):
        def change(head, body):
            # The closing delimiter has 24 octets.
            return head, body[:-40] + bytes([body[-40] ^ 1]) + body[-39:] if body else body

        outcome = self.run_program(*self.between(self.peer.http_port, None, change))
        self.assert_answer_refused(outcome, "The signature of a sealed message is wrong.")


class SilentKdc(KerberosCase):
    """A KDC that takes requests and does not answer."""

    def setUp(self):
        super().setUp()
        self.silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.silent.close)
        self.asked = threading.Event()
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()
        self.nothing = {"KRB5_CONFIG": realm.config("silent.conf", port=self.silent.getsockname()[1])}

    def accept(self):
        try:
            while True:
                self.open.append(self.silent.accept()[0])
                self.asked.set()
        except OSError:
            for connection in self.open:
                connection.close()

    def test_it_is_not_waited_for_longer_than_for_a_computer(self):
        outcome = self.run_program(*self.http, "--no-ntlm", "--timeout", 1, **ALICE, **self.nothing)
        message = "No KDC can be reached (no answer within 1 seconds)."
        hint = "a KDC listens on port 88; --timeout SECONDS waits longer or shorter"
        self.assert_refused(outcome, message, "AuthenticationFailed", hint)

    def test_an_interrupt_ends_the_wait(self):
        process = self.start_program(*self.http, **ALICE, **self.nothing)
        self.assertTrue(self.asked.wait(30))
        process.send_signal(signal.SIGINT)
        self.assert_outcome(finish(process), 130)

    def test_it_holds_up_no_other_computer(self):
        # An address needs no ticket: NTLM is through long before the KDC is given up.
        self.peer.add("ITTask")
        places = ("-ComputerName", "localhost,127.0.0.1", "-Port", self.peer.http_port)
        process = self.start_program(*places, "-Name", "ITTask", "--timeout", 20, **ALICE, **self.nothing)
        while list(self.peer.states().values()) != ["Connected"]:
            time.sleep(0.05)
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assert_outcome(finish(process), 130, table(row(1, "ITTask", "127.0.0.1")))


if __name__ == "__main__":
    unittest.main()
