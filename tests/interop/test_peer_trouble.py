"""What goes wrong between here and the server or on this computer, and whether a person could act on the message.

How to run it, and against what: see test_peer.py.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import time
import unittest
import uuid

from peer import (
    CHECK_PORT, OPENED, PROGRAM, REFUSED, REFUSED_BOUND, UNREACHABLE, Peer, PeerCase, connect_failed, error, finish,
    not_resolved, query_failed, row, table,
)


class Refusals(PeerCase):
    """What goes wrong before a session is spoken of, and whether a person could act on what is said."""

    def test_a_wrong_password_is_tried_once(self):
        self.peer.add("ITTask")
        for place, legs, hint in [
            (self.http, {"negotiate": 2}, REFUSED),
            ((*self.https, *self.trusting), {"negotiate": 2}, REFUSED_BOUND),
            ((*self.https, *self.trusting, "-Authentication", "Basic"), {"basic": 1}, REFUSED),
        ]:
            for selection in (("-Name", "ITTask"), ()):
                self.peer.control("POST", "/counters/reset")
                outcome = self.home.connect(*place, *selection, password="wrong")
                denied = query_failed(place[1], "Access is denied.", "AccessDenied", hint)
                self.assert_outcome(outcome, 1, stderr=denied)
                counters = self.peer.counters
                self.assertEqual((counters["auth_legs"], counters["connections_opened"]), (legs, 1))

    def test_a_wrong_password_by_instance_id(self):
        shell_id, = self.peer.add("ITTask")
        outcome = self.connect("-InstanceId", shell_id, password="wrong")
        denied = connect_failed(shell_id.lower(), "Access is denied.", "AccessDenied", REFUSED)
        self.assert_outcome(outcome, 1, stderr=denied)
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": 2})
        self.assertEqual(self.home.rows(), {})

    def test_no_password_and_nobody_to_ask(self):
        incomplete = error(
            "The credential is incomplete: there is no password for alice and no terminal to prompt for it.",
            "PasswordUnavailable",
            hint="use --password-command, --password-file, PSSESSION_PASSWORD_COMMAND or PSSESSION_PASSWORD",
            category="InvalidArgument",
            reason="ArgumentException",
        )
        self.assert_outcome(self.connect(PSSESSION_PASSWORD=""), 2, stderr=incomplete)
        self.assertEqual(self.peer.counters["connections_opened"], 0)

    def test_an_unknown_host(self):
        name = "no-such-host.invalid"
        outcome = self.home.connect("-ComputerName", name, "--trusted-hosts", name)
        self.assert_outcome(outcome, 1, stderr=not_resolved(name))

    def test_a_closed_port(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            outcome = self.home.connect("-ComputerName", "127.0.0.1", "-Port", port)
        message = f"The computer 127.0.0.1 refuses connections on port {port}. {UNREACHABLE}"
        self.assert_outcome(outcome, 1, stderr=query_failed("127.0.0.1", message, "CannotConnect", CHECK_PORT))

    def test_a_wrong_path(self):
        hint = "-ApplicationName names the path of the service, wsman by default"
        wrong = query_failed("127.0.0.1", "The computer 127.0.0.1 answered HTTP 404.", "URLNotAvailable", hint)
        self.assert_outcome(self.connect("-ApplicationName", "nope"), 1, stderr=wrong)
        self.peer.add("ITTask")
        self.assertEqual(self.connect("-ApplicationName", "WSMAN").status, 0)

    def test_a_login_that_expires_is_renewed(self):
        self.peer.add("ITTask")
        for how in ("fault", "limit"):
            with self.subTest(how):
                self.peer.control("POST", "/counters/reset")
                for shell_id in self.peer.states():
                    self.peer.control("POST", f"/shells/{shell_id}/disconnect", {})
                if how == "fault":
                    self.peer.spoil("expire-auth", "Connect")
                else:
                    self.peer.control("POST", "/settings", {"auth_max_requests": 1})
                self.assert_outcome(self.connect(), 0, table(row(1, "ITTask")))
                counters = self.peer.counters
                self.assertEqual(counters["actions"], {"Enumerate": 1, "Connect": 1})
                self.assertEqual((counters["auth_legs"], counters["connections_opened"]), ({"negotiate": 4}, 2))

    def test_a_login_that_expires_between_two_requests_is_renewed(self):
        self.peer.add("ITTask")
        # Over HTTPS, where the answer that is under way needs no login to be sealed with.
        self.peer.spoil("delay-after", "Enumerate", params={"seconds": 1})
        running = self.home.start(*self.https, *self.trusting)
        while "Enumerate" not in self.peer.actions:
            time.sleep(0.01)
        self.peer.control("POST", "/connections/expire-auth")
        self.assert_outcome(finish(running), 0, table(row(1, "ITTask", "localhost")))
        self.assertEqual(self.peer.counters["auth_legs"], {"negotiate": 4})

    def test_a_login_that_is_not_renewed_is_an_error(self):
        self.peer.add("ITTask")
        self.peer.spoil("expire-auth", "Connect", count=9)
        denied = connect_failed("ITTask", "Access is denied.", "AccessDenied", REFUSED)
        self.assert_outcome(self.connect(), 1, stderr=denied)
        self.assertEqual(self.home.rows(), {})

    def test_basic_goes_over_https_only(self):
        message, hint = "Basic authentication is used over HTTPS only.", "add -UseSSL, or an https:// connection URI"
        outcome = self.connect("-Authentication", "Basic")
        self.assert_outcome(outcome, 1, stderr=query_failed("127.0.0.1", message, "-2144108322", hint))
        self.assertEqual(self.peer.counters["connections_opened"], 0)

    # 0.0.0.0 is this machine too, and neither a loopback address nor a name of the peer's certificate.

    def test_ntlm_over_http_goes_to_trusted_hosts_only(self):
        self.peer.add("ITTask")
        place = ("-ComputerName", "0.0.0.0", "-Port", self.peer.http_port)
        message = (
            "The computer 0.0.0.0 is not authenticated over HTTP and is not in the list of trusted hosts (Kerberos is not "
            "possible: there are no Kerberos tickets for an IP address)."
        )
        hint = "use -UseSSL, or trust the host: --trusted-hosts 0.0.0.0"
        outcome = self.home.connect(*place)
        self.assert_outcome(outcome, 1, stderr=query_failed("0.0.0.0", message, "ServerNotTrusted", hint))
        self.assertEqual(self.peer.counters["connections_opened"], 0)
        outcome = self.home.connect(*place, PSSESSION_TRUSTED_HOSTS="0.0.0.0")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "0.0.0.0")))


class Certificates(PeerCase):
    def setUp(self):
        super().setUp()
        self.peer.add("ITTask")
        self.unknown = self.https
        self.misnamed = ("-ComputerName", "0.0.0.0", *self.https[2:], *self.trusting)

    def certificate(self, computer, errors, hint):
        where = f"{computer}:{self.peer.https_port}"
        message = f"The server certificate on the destination computer ({where}) has the following errors: {errors}"
        return query_failed(computer, message, "12175", hint)

    def refused(self, *place):
        outcome = self.home.connect(*place)
        self.assertEqual((outcome.stdout, outcome.status), ("", 1))
        # Not a word was said to a server that is not known.
        self.assertEqual(self.peer.counters["requests"], 0)
        self.assertIn("Connect-PSSession : ", outcome.stderr)
        return outcome.stderr

    def test_what_is_not_believed_is_not_spoken_to(self):
        self.refused(*self.unknown)
        self.refused(*self.misnamed)
        # Each switch lifts one of the checks and leaves the other.
        self.refused(*self.unknown, "-SessionOption", "SkipCNCheck=true")
        self.refused(*self.misnamed, "-SessionOption", "SkipCACheck=true")
        self.refused("-ComputerName", "0.0.0.0", *self.https[2:], "-SessionOption", "SkipCACheck=true")

    def test_the_other_authority_of_the_same_name_is_not_believed(self):
        other = Peer("--http-port", "-1")
        self.addCleanup(other.stop)
        self.refused(*self.https, "--ca-file", other.info["ca"])

    def test_skip_ca_check_lets_an_unknown_authority_pass(self):
        outcome = self.home.connect(*self.unknown, "-SessionOption", "SkipCACheck=true")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "localhost")))

    def test_skip_cn_check_lets_a_wrong_name_pass(self):
        warning = "WARNING: SkipCNCheck: nothing proves who the server is; Kerberos or a pinned certificate would.\n"
        skipping = (*self.misnamed, "-SessionOption", "SkipCNCheck=true")
        self.assert_outcome(self.home.connect(*skipping), 0, table(row(1, "ITTask", "0.0.0.0")), warning)
        # Basic would give the password to an unverified server.
        self.peer.reset()
        basic = (*skipping, "-Authentication", "Basic")
        message = (
            "The certificate of the computer 0.0.0.0 is not checked, and the computer is not in the list of "
            "trusted hosts; no password is sent to it."
        )
        hint = (
            "leave out SkipCACheck and SkipCNCheck, pin the certificate with --pin-sha256, or trust the host: "
            "--trusted-hosts 0.0.0.0"
        )
        failed = query_failed("0.0.0.0", message, "ServerNotTrusted", hint)
        self.assert_outcome(self.home.connect(*basic), 1, stderr=failed)
        self.assertEqual(self.peer.counters["connections_opened"], 0)
        self.peer.add("Second")
        outcome = self.home.connect(*basic, "--trusted-hosts", "0.0.0.0")
        self.assert_outcome(outcome, 0, table(row(2, "Second", "0.0.0.0")), warning)

    def test_an_unknown_authority_is_called_that(self):
        hint = (
            "--ca-file FILE trusts the authorities in a PEM file; -SessionOption SkipCACheck=true trusts anyone"
        )
        text = "The SSL certificate is signed by an unknown certificate authority."
        self.assertEqual(self.refused(*self.unknown), self.certificate("localhost", text, hint))

    def test_a_wrong_name_is_called_that(self):
        hint = (
            "only subject alternative names count, not the CN; use a name of the certificate, or -SessionOption "
            "SkipCNCheck=true"
        )
        text = "The SSL certificate contains a common name (CN) that does not match the hostname."
        # The names that it does have follow in parentheses.
        stderr = re.sub(r"(does not match the hostname\.) \(.*\)\n", r"\1\n", self.refused(*self.misnamed))
        self.assertEqual(stderr, self.certificate("0.0.0.0", text, hint))

    def test_an_authority_file_that_is_none(self):
        outcome = self.home.connect(*self.https, "--ca-file", "/nonexistent/ca.pem")
        message = (
            "The certificate authority file /nonexistent/ca.pem cannot be used: No such file or directory "
            "(os error 2)."
        )
        hint = "--ca-file FILE names a PEM file with the authorities to trust"
        self.assert_outcome(outcome, 1, stderr=error(
            message, "CertificateAuthoritiesUnavailable", hint=hint, category="InvalidArgument", reason="ArgumentException"
        ))


class Outside(PeerCase):
    """Pipes, disks and other processes."""

    def test_a_reader_that_has_had_enough_ends_it_quietly(self):
        self.peer.add("ITTask", count=30)
        running = self.home.start(*self.http, "-ThrottleLimit", 2)
        self.assertEqual(running.stdout.readline(), "\n")
        running.stdout.close()
        with running.stderr:
            self.assertEqual((running.stderr.read(), running.wait(timeout=30)), ("", 0))
        # What was connected is known, also what could not be shown any more.
        connected = {shell for shell, state in self.peer.states().items() if state == "Connected"}
        self.assertEqual({shell for shell, stored in self.home.rows().items() if stored["state"] == OPENED}, connected)
        self.assertLess(len(connected), 30)

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_full_disk_is_told(self):
        self.peer.add("ITTask")
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [PROGRAM, *map(str, self.http)], env=self.home.environment(), stdin=subprocess.DEVNULL,
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=30,
            )
        message = "The records cannot be written: No space left on device (os error 28)."
        expected = error(message, "OutputUnavailable", category="WriteError", reason="IOException")
        self.assertEqual((done.stderr, done.returncode), (expected, 1))

    def unusable_store(self, text, hint, **environment):
        """A store that cannot be used is reported once, and nothing is connected to."""
        shell_id, *_ = self.peer.add("ITTask", count=3)
        expected = error(text, "SessionStoreUnavailable", hint=hint, category="ResourceUnavailable")
        for selection in ((), ("-Name", "ITTask"), ("-InstanceId", shell_id)):
            self.assert_outcome(self.connect(*selection, **environment), 1, stderr=expected)
        self.assertNotIn("Connect", self.peer.actions)
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})

    WRITABLE = "name a directory that can be written to with --store or PSSESSION_STORE"
    AWAY = "move the file away: the sessions are on their servers and are not lost"

    def test_a_store_directory_that_cannot_be_made(self):
        self.unusable_store(
            "The directory /dev/null/store of the session store cannot be used: Not a directory (os error 20).",
            self.WRITABLE,
            PSSESSION_STORE="/dev/null/store",
        )

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_store_directory_that_cannot_be_written_to(self):
        os.mkdir(self.home.store, 0o500)
        self.unusable_store(
            f"The directory {self.home.store} of the session store cannot be used: Permission denied (os error 13).",
            self.WRITABLE,
        )

    def database(self):
        os.mkdir(self.home.store)
        return os.path.join(self.home.store, "sessions.db")

    def store_of_another_version(self, version, version_format, hint):
        path = self.database()
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.executescript(
                f"PRAGMA application_id = 0x5053536E; PRAGMA user_version = {version_format}; CREATE TABLE x (y)"
            )
        before = pathlib.Path(path).read_bytes()
        text = (
            f"The session store {path} was written by {version} version of this program (format {version_format}, this one "
            "uses 7)."
        )
        self.unusable_store(text, hint)
        self.assertEqual(pathlib.Path(path).read_bytes(), before)

    def test_a_store_of_a_newer_version(self):
        self.store_of_another_version("a newer", 99, "use the newer version, or another directory with --store")

    def test_a_store_of_an_older_version(self):
        hint = "remove the file: the sessions are on their servers and are not lost"
        self.store_of_another_version("an older", 4, hint)

    def test_a_file_that_is_no_store(self):
        path = self.database()
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.executescript("CREATE TABLE bookmarks (url)")
        self.unusable_store(f"The file {path} is not a session store.", self.AWAY)

    def test_a_file_that_is_no_database(self):
        path = self.database()
        pathlib.Path(path).write_bytes(b"These are my notes.\n" * 500)
        self.unusable_store(f"The file {path} is not a session store.", self.AWAY)

    def test_a_damaged_store(self):
        self.damage_store()
        self.unusable_store(
            f"The session store {self.home.store}/sessions.db is damaged.", self.AWAY
        )

    def test_with_a_damaged_store_nothing_stays_connected(self):
        self.damage_store()
        self.peer.add("ITTask", count=3)
        outcome = self.connect()
        self.assertEqual((outcome.stdout, outcome.status), ("", 1))
        self.assertIn("sessions.db is damaged.", outcome.stderr)
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})

    def damage_store(self):
        self.peer.add("Before")
        self.assertEqual(self.connect().status, 0)
        self.peer.reset()
        path = os.path.join(self.home.store, "sessions.db")
        # The header's page is whole, the table's is not.
        octets = bytearray(pathlib.Path(path).read_bytes())
        octets[4096:] = b"\xff" * (len(octets) - 4096)
        pathlib.Path(path).write_bytes(octets)

    def test_a_store_that_another_process_writes_to_is_waited_for(self):
        self.peer.add("ITTask", count=2)
        self.assertEqual(self.connect("-Name", "nosuch*").status, 0)
        with contextlib.closing(sqlite3.connect(os.path.join(self.home.store, "sessions.db"))) as database:
            database.execute("BEGIN EXCLUSIVE")
            running = self.home.start(*self.http)
            time.sleep(1)
            self.assertIsNone(running.poll())
            database.rollback()
        self.assert_shown(finish(running), row(1, "ITTask"), row(2, "ITTask"))

    def test_sixteen_processes_share_a_store(self):
        for process in range(16):
            self.peer.add(f"Job{process:02}", count=4)
        running = [self.home.start(*self.http, "-Name", f"Job{process:02}", "--output", "json")
                   for process in range(16)]
        outcomes = [finish(process) for process in running]
        self.assertEqual([(outcome.stderr, outcome.status) for outcome in outcomes], [("", 0)] * 16)
        shown = [record for outcome in outcomes for record in json.loads(outcome.stdout)]
        self.assertEqual(sorted(record["Id"] for record in shown), list(range(1, 65)))
        stored = {(stored["id"], str(uuid.UUID(shell)), stored["state"]) for shell, stored in self.home.rows().items()}
        self.assertEqual(stored, {(record["Id"], record["InstanceId"], OPENED) for record in shown})
        self.assertEqual(set(self.peer.states().values()), {"Connected"})


if __name__ == "__main__":
    unittest.main()
