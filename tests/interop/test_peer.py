"""Runs the real program against winrm_peer, a WinRM listener of other authors, and looks at what a person would see.

    cargo build
    python3 -m venv VENV && VENV/bin/pip install -r PEER/requirements.txt
    PSSESSION_PEER=PEER VENV/bin/python -m unittest discover -v -s tests/interop -p 'test_peer*.py'

PEER is the folder of winrm_peer (see peer.py); without it the tests are skipped. PSSESSION_PROGRAM names another
binary than that of the debug build.

Here is what goes well, and what PowerShell says where a session is not to be had. What goes wrong between here and the
server or on this computer is in test_peer_trouble.py; faults at every request, and signals, in test_peer_faults.py.
stdout, stderr and the exit status are compared whole.
"""

import base64
import concurrent.futures
import contextlib
import datetime
import json
import pathlib
import re
import socket
import socketserver
import sys
import threading
import time
import unittest

from peer import (
    CHECK_PORT, HELD, IN_USE, LIST_SESSIONS, OPENED, OTHER_SERVICE, PASSWORDS, SILENT, UNREACHABLE, Home, Peer, PeerCase, connect_failed, error, held, no_such_name,
    not_available, query_failed, row, table,
)

# -ThrottleLimit, unless it is given.
THROTTLE_LIMIT = 32
NOBODY = "00000000-0000-0000-0000-000000000001"


class Story:
    """The help page's first example, run over each transport by a class below."""

    COMPUTER = "localhost"

    def place(self):
        raise NotImplementedError

    def legs(self, requests):
        """What the peer counts of the login: NTLM's is made once for the connection."""
        return {"negotiate": 2}

    def connects(self, *arguments, name="ITTask", number=1, **actions):
        shell_id, = self.peer.add("ITTask", configuration="ITTasks")
        arguments = [argument.format(shell_id) for argument in arguments]
        outcome = self.home.connect(*self.place(), *arguments)
        self.assert_outcome(outcome, 0, table(row(number, name, self.COMPUTER, "ITTasks")))
        self.assertEqual(self.peer.actions, actions)
        self.assertEqual(self.peer.counters["connections_opened"], 1)
        self.assertEqual(self.peer.counters["auth_legs"], self.legs(sum(actions.values())))
        stored, shell = self.home.rows()[shell_id], self.peer.shells()[shell_id]
        self.assertEqual((stored["state"], shell["state"]), (OPENED, "Connected"))
        self.assertEqual(f"uuid:{stored['session_id']}".upper(), shell["session_id"])

    def test_by_name_it_takes_two_requests(self):
        self.connects("-Name", "ITTask", Enumerate=1, Connect=1)

    def test_by_instance_id_and_configuration_it_takes_one(self):
        self.connects("-InstanceId", "{}", "-ConfigurationName", "ITTasks", name="", Connect=1)

    def test_by_instance_id_alone_another_configuration_is_found(self):
        # The Id that was drawn for the first, vain attempt is not given again.
        self.connects("-InstanceId", "{}", number=2, Enumerate=1, Connect=2)

    def test_by_instance_id_alone_the_usual_configuration_takes_one(self):
        shell_id, = self.peer.add("Backups")
        outcome = self.home.connect(*self.place(), "-InstanceId", shell_id)
        self.assert_outcome(outcome, 0, table(row(1, "", self.COMPUTER)))
        self.assertEqual(self.peer.actions, {"Connect": 1})


class NtlmOverHttp(Story, PeerCase):
    """Every message sealed: the peer takes no other over HTTP."""

    COMPUTER = "127.0.0.1"

    def place(self):
        return self.http


class BasicOverHttps(Story, PeerCase):
    def place(self):
        return (*self.https, *self.trusting, "-Authentication", "Basic")

    def legs(self, requests):
        return {"basic": requests}


class NtlmOverHttps(Story, PeerCase):
    """Bound to the TLS channel: the peer takes no other login."""

    OPTIONS = (*PeerCase.OPTIONS, "--cbt", "strict")

    def place(self):
        return (*self.https, *self.trusting)


class WhichSessions(PeerCase):
    """Names, wildcards, filters; other users and other clients."""

    def add(self, *names, **session):
        return [self.peer.add(name, **session)[0] for name in names]

    def connected(self, *arguments):
        """The names of the sessions that a run connects to, in the server's order."""
        outcome = self.connect(*arguments, "-ThrottleLimit", 1, "--output", "jsonl")
        self.assertEqual((outcome.stderr, outcome.status), ("", 0))
        return [json.loads(line)["Name"] for line in outcome.stdout.splitlines()]

    def test_all_sessions_of_one_name_are_meant(self):
        self.add("ITTask", "Backups", "ITTask")
        self.assert_shown(self.connect("-Name", "ITTask"), row(1, "ITTask"), row(2, "ITTask"))

    def test_wildcards(self):
        for pattern, expected in [
            ("Back*", ["Backups", "Backlog", "back"]),
            ("?ack", ["back"]),
            ("[a-c]*", ["Backups", "Backlog", "back", "cleanup"]),
            ("*u?", ["cleanup"]),
            ("cleanup,back*", ["cleanup", "Backups", "Backlog", "back"]),
        ]:
            with self.subTest(pattern):
                self.peer.reset()
                self.add("Backups", "Backlog", "back", "cleanup", "ITTask")
                self.assertEqual(self.connected("-Name", pattern), expected)

    def test_the_configuration_is_a_filter(self):
        self.add("ITTask", "Backups")
        task, = self.add("ITTask", configuration="ITTasks")
        outcome = self.connect("-ConfigurationName", "ittasks")
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", configuration="ITTasks")))
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 1})
        self.assertEqual([shell for shell, state in self.peer.states().items() if state == "Connected"], [task])

    def test_what_is_not_there(self):
        self.add("ITTask")
        self.assert_outcome(self.connect("-Name", "nosuch"), 1, stderr=no_such_name("nosuch"))
        # PowerShell calls that an error; here a wildcard may match nothing.
        outcome = self.connect("-Name", "no*")
        self.assert_outcome(outcome, 0, stderr='WARNING: No session\'s name matches "no*".\n')
        self.assertEqual(self.peer.actions, {"Enumerate": 2})
        outcome = self.connect("-Name", "nosuch,ITTask")
        self.assert_outcome(outcome, 1, table(row(1, "ITTask")), no_such_name("nosuch"))

    def test_a_server_without_sessions(self):
        outcome = self.connect()
        self.assert_outcome(outcome, 0, stderr="WARNING: 127.0.0.1 has no sessions to connect to.\n")
        self.assert_outcome(self.connect("-Name", "ITTask"), 1, stderr=no_such_name("ITTask"))
        message = f'The command cannot find a PSSession with an InstanceId value of "{NOBODY}".'
        missing = error(message, "PSSessionIdMatchFail", target=f"{NOBODY}:Guid", hint=LIST_SESSIONS)
        self.assert_outcome(self.connect("-InstanceId", NOBODY), 1, stderr=missing)

    def test_another_users_session(self):
        self.add("Theirs", owner="bob")
        self.assert_outcome(self.connect("-Name", "Theirs"), 1, stderr=no_such_name("Theirs"))
        # An administrator sees it, and may not connect to it either.
        denied = connect_failed(
            "Theirs",
            "Access is denied.",
            "AccessDenied",
            "only the user who created a session can connect to it; -Credential names that user",
        )
        self.assert_outcome(self.connect("-Name", "Theirs", user="admin"), 1, stderr=denied)
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})
        self.assertEqual(self.home.rows(), {})

    def test_a_session_that_another_client_holds(self):
        self.add("Busy", connected=True)
        self.add("ITTask")
        outcome = self.connect()
        self.assert_outcome(outcome, 1, table(row(1, "ITTask")), held("Busy"))
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 1})

    def in_use(self, times):
        """Another client takes the first of three sessions after the enumeration, and is gone after some tries."""
        first, *_ = self.add("a", "b", "c")
        self.peer.spoil(
            "fault", "Connect", match={"shell_id": first}, params={"name": "connected_elsewhere"}, count=times
        )
        return self.connect()

    def test_a_session_that_is_taken_meanwhile_is_tried_again_after_all_others(self):
        outcome = self.in_use(1)
        # The Id that was drawn for the first attempt is not given again.
        last = row(4, "a")
        self.assert_shown(outcome, row(2, "b"), row(3, "c"), last)
        self.assertEqual(outcome.stdout.rstrip("\n").splitlines()[-1], last)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 3})

    def test_a_session_that_stays_taken_is_an_error(self):
        message = (
            "The WinRM service cannot process the request. The WinRS shell instance is currently connected to a "
            "different client."
        )
        taken = connect_failed("a", message, "CannotConnectAlreadyConnected", IN_USE)
        self.assert_shown(self.in_use(2), row(2, "b"), row(3, "c"), status=1, stderr=taken)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 2})
        self.assertEqual(self.peer.rules(), {})
        self.assertEqual(sorted(row["name"] for row in self.home.rows().values()), ["b", "c"])

    def test_a_session_that_is_gone_meanwhile_is_an_error(self):
        shell_id, _ = self.add("a", "b")
        for name in ("connected_elsewhere", "invalid_selectors"):
            self.peer.spoil("fault", "Connect", match={"shell_id": shell_id}, params={"name": name})
        gone = error(
            "The connect operation failed for session a with the following error message: Cannot connect to session "
            "a.  The session no longer exists on computer 127.0.0.1.",
            "PSSessionConnectFailed",
        )
        self.assert_outcome(self.connect(), 1, table(row(2, "b")), gone)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 1})
        self.assertEqual(self.peer.rules(), {})


class ManySessions(PeerCase):
    def everything(self, count):
        shells = set(self.peer.add("Task{n}", count=count))
        self.assert_connected(self.connect(), shells)
        self.assertEqual([stored["id"] for stored in self.home.rows().values()], list(range(1, count + 1)))
        counters = self.peer.counters
        # As many as it takes, and each is logged on once.
        self.assertIn(counters["connections_opened"], range(1, THROTTLE_LIMIT + 1))
        self.assertEqual(counters["auth_legs"], {"negotiate": 2 * counters["connections_opened"]})

    def test_fifty_on_one_computer(self):
        self.everything(50)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 50})

    def test_fifty_one_after_the_other_over_one_connection(self):
        self.peer.add("Task{n}", count=50)
        rows = [row(n + 1, f"Task{n}") for n in range(50)]
        self.assert_outcome(self.connect("-ThrottleLimit", 1), 0, table(*rows))
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 50})
        self.assertEqual(self.peer.counters["connections_opened"], 1)

    def test_five_hundred_on_one_computer(self):
        started = time.monotonic()
        self.everything(500)
        # Whether all of them fit into one answer depends on their names.
        actions = self.peer.actions
        self.assertLessEqual(actions.pop("Pull", 0), 1)
        self.assertEqual(actions, {"Enumerate": 1, "Connect": 500})
        print(f"\n500 sessions of one computer: {time.monotonic() - started:.1f} s", file=sys.stderr)

    def test_a_service_that_gives_seven_at_a_time(self):
        self.peer.reset(max_batch_items=7)
        self.everything(50)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Pull": 7, "Connect": 50})

    def test_a_service_whose_answers_are_small(self):
        self.peer.reset(max_envelope_kb=16)
        self.everything(50)
        self.assertGreater(self.peer.actions["Pull"], 0)


class Garbage(socketserver.StreamRequestHandler):
    """Answers, and nothing that HTTP knows."""

    def handle(self):
        while self.request.recv(4096):
            self.wfile.write(b"\x15\x03\x01\x00\x02\x02\x46\r\n")


@unittest.skipUnless(sys.platform.startswith("linux"), "elsewhere 127.0.1.1 and its like are no addresses as it is")
class ManyComputers(PeerCase):
    """Forty computers, which are addresses of this one; 34 of them are well."""

    def setUp(self):
        super().setUp()
        self.port = self.peer.http_port
        self.open = self.enterContext(contextlib.ExitStack())

    def start(self, address):
        peer = Peer("--host", address, "--http-port", str(self.port), "--https-port", "-1")
        peer.add(f"Task {address}")
        return peer

    def test_the_sick_hold_up_nobody(self):
        addresses = [f"127.0.1.{number}" for number in range(1, 41)]
        well, refusing, silent, garbage = addresses[:34], addresses[34:37], addresses[37:39], addresses[39]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for peer in pool.map(self.start, well):
                self.open.callback(peer.stop)
        for address in silent:
            self.open.enter_context(socket.create_server((address, self.port)))
        server = self.open.enter_context(socketserver.ThreadingTCPServer((garbage, self.port), Garbage))
        threading.Thread(target=server.serve_forever).start()
        self.open.callback(server.shutdown)

        # The sick first: 32 are asked at once, and the others must not wait for the slow ones.
        names = ",".join(reversed(addresses))
        started = time.monotonic()
        outcome = self.home.connect("-ComputerName", names, "-Port", self.port, "--timeout", "5")
        print(f"\n40 computers, two of them silent for 5 s: {time.monotonic() - started:.1f} s", file=sys.stderr)

        refusal = f"refuses connections on port {self.port}. {UNREACHABLE}"
        errors = [query_failed(a, f"The computer {a} {refusal}", "CannotConnect", CHECK_PORT) for a in refusing]
        waiting = "did not answer the Negotiate login within 5 seconds; no request was sent yet."
        errors += [query_failed(a, f"The computer {a} {waiting}", "WinRMOperationTimeout", SILENT) for a in silent]
        errors += [query_failed(garbage, f"The computer {garbage} does not speak HTTP on port {self.port}.", None,
                                OTHER_SERVICE)]
        # They come as they happen, so both are sorted; Ids are given in that order.
        rows = [row("###", f"Task {a}", a) for a in well]
        shown = re.sub(r"(?m)^ *\d+(?= Task)", "###", outcome.stdout)
        self.assertEqual(sorted(shown.splitlines()), sorted(table(*rows).splitlines()))
        self.assertEqual(sorted(outcome.stderr.splitlines()), sorted("".join(errors).splitlines()))
        self.assertEqual(outcome.status, 1)
        self.assertEqual(sorted(stored["id"] for stored in self.home.rows().values()), list(range(1, 35)))


class Forms(PeerCase):
    """JSON, what is said besides the records, and what is not."""

    def record(self, number, shell_id):
        return {
            "Id": number,
            "Name": "ITTask",
            "InstanceId": shell_id.lower(),
            "ComputerName": "127.0.0.1",
            "ComputerType": "RemoteMachine",
            "ConnectionUri": self.peer.info["http"],
            "ConfigurationName": "Microsoft.PowerShell",
            "State": "Opened",
            "Availability": "Available",
            "IdleTimeout": 7_200_000,
            "OutputBufferingMode": "Block",
            "DisconnectedOn": None,
            "ExpiresOn": None,
        }

    def read(self, outcome, records):
        """Those records in the order of their Ids, without the time at which each was last seen, which is now."""
        now = datetime.datetime.now(datetime.UTC)
        self.assertEqual((outcome.stderr, outcome.status), ("", 0))
        for record in records:
            seen = record.pop("LastSeen")
            self.assertRegex(seen, r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z\Z")
            self.assertLess(abs(now - datetime.datetime.fromisoformat(seen)), datetime.timedelta(minutes=1))
        return sorted(records, key=lambda record: record["Id"])

    def test_json_is_one_array_and_jsonl_a_record_a_line(self):
        first, second = self.peer.add("ITTask", count=2)
        expected = [self.record(1, first), self.record(2, second)]
        outcome = self.connect("--output", "json")
        self.assertEqual(self.read(outcome, json.loads(outcome.stdout)), expected)
        for shell_id in (first, second):
            self.peer.control("POST", f"/shells/{shell_id}/disconnect", {})
        outcome = self.connect("--output", "jsonl")
        lines = [json.loads(line) for line in outcome.stdout.splitlines()]
        self.assertEqual(self.read(outcome, lines), expected)

    def test_json_of_nothing(self):
        warning = '{"Stream":"Warning","Message":"127.0.0.1 has no sessions to connect to."}\n'
        self.assert_outcome(self.connect("--output", "json"), 0, "[]\n", warning)
        self.assert_outcome(self.connect("--output", "jsonl"), 0, "", warning)

    def test_errors_are_json_lines_too(self):
        self.peer.add("ITTask", connected=True)
        expected = [
            {
                "Stream": "Error",
                "Message": 'Cannot connect PSSession "ITTask", either because it is not in the Disconnected state, or '
                "it is not available for connection.",
                "CategoryInfo": {
                    "Category": "InvalidOperation",
                    "Activity": "Connect-PSSession",
                    "Reason": "RuntimeException",
                    "TargetName": "[PSSession]ITTask",
                    "TargetType": "PSSession",
                },
                "FullyQualifiedErrorId": "PSSessionConnectFailed,"
                "Microsoft.PowerShell.Commands.ConnectPSSessionCommand",
                "Hint": HELD,
            }
        ]
        for form, nothing in [("json", "[]\n"), ("jsonl", "")]:
            outcome = self.connect("--output", form)
            errors = [json.loads(line) for line in outcome.stderr.splitlines()]
            self.assertEqual((errors, outcome.stdout, outcome.status), (expected, nothing, 1))

    def test_with_json_all_of_stderr_is_json_lines(self):
        self.peer.add("ITTask")
        outcome = self.connect("--output", "jsonl", "-Verbose", "-Debug")
        for line in outcome.stderr.splitlines():
            self.assertEqual(set(json.loads(line)), {"Stream", "Message"})

    def test_what_if_changes_nothing(self):
        self.peer.add("ITTask", count=2)
        outcome = self.connect("-WhatIf")
        what_if = 'What if: Performing the operation "Connect" on target "ITTask".\n'
        self.assert_outcome(outcome, 0, stderr=what_if * 2)
        self.assertEqual(self.peer.actions, {"Enumerate": 1})
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})
        self.assertEqual(self.home.rows(), {})

    def test_what_if_speaks_of_every_session(self):
        self.peer.add("Busy", connected=True)
        outcome = self.connect("-WhatIf")
        self.assert_outcome(outcome, 0, stderr='What if: Performing the operation "Connect" on target "Busy".\n')

    def test_verbose_tells_what_is_done(self):
        self.peer.add("ITTask")
        verbose = (
            "VERBOSE: Logging on to 127.0.0.1 with NTLM in Negotiate, since Kerberos is not possible: there are no Kerberos "
            "tickets for an IP address.\n"
            f"VERBOSE: Asking 127.0.0.1 for its sessions at {self.peer.info['http']}.\n"
            'VERBOSE: Performing the operation "Connect" on target "ITTask".\n'
        )
        self.assert_outcome(self.connect("-Verbose"), 0, table(row(1, "ITTask")), verbose)

    def test_no_password_is_told_or_kept(self):
        secrets = spellings(f"alice:{PASSWORDS['alice']}") + spellings(PASSWORDS["alice"])
        self.assertTrue(any(secret in base64.b64encode(b"> alice:Password1! <") for secret in secrets))
        self.peer.add("ITTask")
        basic = (*self.https, *self.trusting, "-Authentication", "Basic")
        for place in (self.http, (*self.https, *self.trusting), basic):
            for more in ((), ("--output", "json"), ("-Authentication", "Nonsense"), ("-ApplicationName", "nope")):
                outcome = self.home.connect(*place, "-Verbose", "-Debug", *more)
                said = (outcome.stdout + outcome.stderr).encode()
                kept = [path.read_bytes() for path in pathlib.Path(self.home.folder.name).rglob("*") if path.is_file()]
                for octets in (said, *kept):
                    for secret in secrets:
                        self.assertNotIn(secret, octets)


def spellings(password):
    """How a password might show: plain, as UTF-16, in hexadecimal, and in base64 at any place in a longer text."""
    found = []
    for octets in (password.encode(), password.encode("utf-16-le")):
        found += [octets, octets.hex().encode(), octets.hex().upper().encode()]
        for before in range(3):
            encoded = base64.b64encode(b"x" * before + octets)
            # The groups of four that no neighbour has a part in.
            found.append(encoded[4 if before else 0 : (before + len(octets)) // 3 * 4])
    return found


class Again(PeerCase):
    """The second time."""

    def test_a_session_that_is_open_here_stays_as_it_is(self):
        shell_id, = self.peer.add("ITTask")
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, table(row(1, "ITTask")))
        warning = "WARNING: Session ITTask on 127.0.0.1 is already connected.\n"
        # Each run writes when the session was seen last, and that it wrote.
        changing = {"written_by": None, "last_seen": None}
        kept = lambda: [{**stored, **changing} for stored in self.home.rows().values()]
        before = kept()
        self.peer.control("POST", "/counters/reset")
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, stderr=warning)
        self.assertEqual(self.peer.actions, {"Enumerate": 1, "Reconnect": 1})
        # Here no server has said that it is connected, so that it is connected to.
        self.peer.control("POST", "/counters/reset")
        self.assert_outcome(self.connect("-InstanceId", shell_id), 0, table(row(1, "ITTask")))
        self.assertEqual(self.peer.actions, {"Reconnect": 1})
        self.assertEqual(kept(), before)
        self.assertEqual(self.peer.states(), {shell_id: "Connected"})

    def test_a_session_that_was_disconnected_keeps_its_id(self):
        first, second = self.peer.add("ITTask", count=2)
        self.assert_shown(self.connect(), row(1, "ITTask"), row(2, "ITTask"))
        self.peer.control("POST", f"/shells/{second}/disconnect", {})
        outcome = self.connect("-InstanceId", second)
        self.assert_outcome(outcome, 0, table(row(2, "ITTask")))
        self.peer.control("POST", f"/shells/{first}/disconnect", {})
        warning = "WARNING: Session ITTask on 127.0.0.1 is already connected.\n"
        self.assert_outcome(self.connect(), 0, table(row(1, "ITTask")), warning)

    def test_a_session_that_another_store_has_held_meanwhile(self):
        self.peer.add("ITTask")
        self.assert_outcome(self.connect(), 0, table(row(1, "ITTask")))
        # A server lets go of a client that it hears nothing from.
        shell_id, = self.peer.states()
        self.peer.control("POST", f"/shells/{shell_id}/disconnect", {})
        other = Home()
        self.addCleanup(other.close)
        self.assert_outcome(other.connect(*self.http), 0, table(row(1, "ITTask")))

        def again(actions, *expected, **more):
            self.peer.control("POST", "/counters/reset")
            self.assert_outcome(self.home.connect("-Id", 1), *expected, **more)
            self.assertEqual(self.peer.actions, actions)

        # It is recorded as open here: its server is asked, as the client that held it last, then as any other.
        again({"Reconnect": 1, "Connect": 1}, 1, stderr=not_available("ITTask"))
        self.assertEqual(other.connect("--as", "disconnect-pssession", "-Id", 1).status, 0)
        again({"Reconnect": 1, "Connect": 1}, 0, table(row(1, "ITTask")))
        again({"Reconnect": 1}, 0, table(row(1, "ITTask")))

    def test_another_user_of_this_computer_has_sessions_of_his_own(self):
        self.peer.add("ITTask")
        self.assertEqual(self.connect().status, 0)
        other = Home()
        self.addCleanup(other.close)
        outcome = other.connect(*self.http)
        self.assert_outcome(outcome, 1, stderr=held("ITTask"))


if __name__ == "__main__":
    unittest.main()
