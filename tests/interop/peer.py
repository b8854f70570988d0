"""What the tests against winrm_peer share: the peer, the program, and the texts that a person sees.

winrm_peer is a WinRM listener of other authors, in another language, on other libraries; it is not part of this
repository. Its folder is named by the environment variable PSSESSION_PEER. PSSESSION_PWSH may name the program of a
PowerShell that runs the pipelines of a peer with the options POWERSHELL; the peer's own script engine does otherwise.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PSSESSION_PROGRAM", REPOSITORY / "target" / "debug" / "connect-pssession")
PEER = os.environ.get("PSSESSION_PEER")
ODD_PEER = str(REPOSITORY / "tests" / "interop" / "odd_peer.py")
SKIP_REASON = "PSSESSION_PEER does not name the folder of winrm_peer"
PWSH = os.environ.get("PSSESSION_PWSH")
POWERSHELL = ("--powershell", f"{shlex.quote(PWSH)} -s -NoLogo -NoProfile") if PWSH else ()

PASSWORDS = {"alice": "Password1!", "bob": "Password2!", "admin": "Password3!"}

REFUSED = "the server does not accept this user name and password; for a local account try COMPUTER\\user"
# Where the login was tied to the TLS that is seen here.
REFUSED_BOUND = f"{REFUSED}; where a load balancer ends TLS, --no-channel-binding may help"

# Far longer than a program with --timeout 5 may take.
HANGS_AFTER = 60

# RunspaceState as the store numbers it.
OPENED, DISCONNECTED = 2, 7


class Peer:
    """A running winrm_peer, perhaps with a trait of odd_peer.py. It ends when its standard input is closed."""

    def __init__(self, *options, trait=None, **environment):
        module = (ODD_PEER, trait) if trait else ("-m", "winrm_peer")
        self.process = subprocess.Popen(
            [sys.executable, *module, "--exit-with-stdin", *options],
            cwd=PEER,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("winrm_peer did not start")
        self.info = json.loads(line)
        self.http_port, self.https_port = self.info.get("http_port"), self.info.get("https_port")
        # Whatever proxy the surroundings name, the control port is on this machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.info["control"] + path, data, method=method)
        with self.opener.open(request, timeout=20) as response:
            return json.load(response)

    def reset(self, **settings):
        """No sessions, no faults, no counts, and these settings."""
        self.control("POST", "/reset")
        if settings:
            self.control("POST", "/settings", settings)

    def add(self, name, **session):
        """Leaves sessions disconnected; gives the id of each."""
        return [shell["shell_id"] for shell in self.control("POST", "/shells", {"name": name, **session})]

    def shells(self):
        return {shell["shell_id"]: shell for shell in self.control("GET", "/shells")}

    def states(self):
        return {shell_id: shell["state"] for shell_id, shell in self.shells().items()}

    def spoil(self, kind, action=None, **rule):
        """Spoils the next request, or the next with that action. Gives the rule's number."""
        match = {**({"action": action} if action else {}), **rule.pop("match", {})}
        return self.control("POST", "/faults", {"kind": kind, "match": match, **rule})["id"]

    def rules(self):
        """The rules that still wait, by number."""
        return {rule["id"]: rule for rule in self.control("GET", "/faults")["rules"]}

    @property
    def counters(self):
        return self.control("GET", "/counters")

    @property
    def actions(self):
        return self.counters["actions"]


@dataclasses.dataclass
class Outcome:
    """How a run went: all that its caller sees."""

    status: int
    stdout: str
    stderr: str


class Home:
    """A user with nothing but a home directory and a store of sessions."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = os.path.join(self.folder.name, "store")

    def close(self):
        self.folder.cleanup()

    def environment(self, user="alice", password=None, **variables):
        """Without a user there is only what Kerberos knows."""
        login = {"PSSESSION_USER": user, "PSSESSION_PASSWORD": password or PASSWORDS[user]} if user else {}
        return {
            "PATH": os.environ["PATH"],
            "HOME": self.folder.name,
            "PSSESSION_STORE": self.store,
            **login,
            **variables,
        }

    def start(self, *arguments, **environment):
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def connect(self, *arguments, **environment):
        """Runs the program to its end."""
        return finish(self.start(*arguments, **environment))

    def begin(self, cmdlet, *arguments, text=None, **environment):
        """Starts the program as a cmdlet, with a text or nothing on its standard input."""
        process = subprocess.Popen(
            [PROGRAM, "--as", cmdlet, *map(str, arguments)],
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # So that a first line can be read, and the rest by finish().
            bufsize=0,
        )
        if text is not None:
            process.stdin.write(text.encode())
        return process

    def cmdlet(self, cmdlet, *arguments, text=None, **environment):
        """Runs the program as a cmdlet to its end. Line ends are left as they are."""
        return finish(self.begin(cmdlet, *arguments, text=text, **environment))

    def rows(self):
        """What the store holds, by shell id."""
        path = os.path.join(self.store, "sessions.db")
        if not os.path.exists(path):
            return {}
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.row_factory = sqlite3.Row
            # The file is there before its table is: the program may end without either being needed.
            if not database.execute("SELECT * FROM sqlite_schema").fetchall():
                return {}
            return {row["shell_id"]: row for row in database.execute("SELECT * FROM session ORDER BY id")}


def finish(process, limit=HANGS_AFTER):
    """Waits for a program that must not hang."""
    try:
        stdout, stderr = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"the program hangs; so far it said\n{stdout}{stderr}") from None
    if isinstance(stdout, bytes):
        stdout, stderr = stdout.decode(), stderr.decode()
    return Outcome(process.returncode, stdout, stderr)


# The texts


def table(*rows):
    """The help page's table of sessions."""
    if not rows:
        return ""
    head = (
        "\n"
        " Id Name            ComputerName    State         ConfigurationName     Availability\n"
        " -- ----            ------------    -----         -----------------     ------------\n"
    )
    return head + "".join(f"{row}\n" for row in rows) + "\n\n"


def by_id(stdout):
    """A table whose rows are in the order of their Ids. Sessions are connected to at the same time, and each is shown
    as soon as it is, so that the order is not the same each time."""
    lines = stdout.splitlines(keepends=True)
    return "".join(lines[:3] + sorted(lines[3:-2]) + lines[-2:])


def row(number, name, computer="127.0.0.1", configuration="Microsoft.PowerShell"):
    """A connected session's line."""
    return f"{number:>3} {name:<15} {computer:<15} Opened        {configuration:<20}     Available"


CLASS = "Microsoft.PowerShell.Commands.ConnectPSSessionCommand"


def error(message, error_id, target=":", hint=None, category="InvalidOperation", reason="RuntimeException"):
    """An error record as it is shown."""
    return (
        f"Connect-PSSession : {message}\n"
        f"    + CategoryInfo          : {category}: ({target}) [Connect-PSSession], {reason}\n"
        f"    + FullyQualifiedErrorId : {error_id},{CLASS}\n"
    ) + (f"    hint: {hint}\n" if hint else "")


def query_failed(computer, message, code, hint=None):
    """A computer that could not be asked; `code` is the name or number that PowerShell has for the cause."""
    return error(
        f"The remote session query failed for {computer} with the following error message: {message}",
        f"{code},RemotePSSessionQueryFailed" if code else "RemotePSSessionQueryFailed",
        target="System.Manageme...nConnectionInfo:WSManConnectionInfo",
        hint=hint,
    )


def connect_failed(session, message, code, hint=None, computer="127.0.0.1", verb="Connecting to"):
    """A session that could not be connected to."""
    return error(
        f"The connect operation failed for session {session} with the following error message: {verb} remote "
        f"server {computer} failed with the following error message : {message} For more information, see the "
        "about_Remote_Troubleshooting Help topic.",
        f"{code},PSSessionConnectFailed" if code else "PSSessionConnectFailed",
        hint=hint,
    )


def held(session):
    return not_available(session, HELD)


def not_available(session, hint=None):
    return error(
        f'Cannot connect PSSession "{session}", either because it is not in the Disconnected state, or it is not '
        "available for connection.",
        "PSSessionConnectFailed",
        target=f"[PSSession]{session}:PSSession",
        hint=hint or IN_USE,
    )


def no_such_name(name):
    return error(
        f'The command cannot find a PSSession that has the name "{name}".',
        "PSSessionNameMatchFail",
        target=f"{name}:String",
        hint=LIST_SESSIONS,
    )


def not_resolved(computer):
    return query_failed(
        computer,
        "The WinRM client cannot process the request because the server name cannot be resolved.",
        "ComputerNotFound",
        f"check the spelling, or give the full name or the address; nslookup {computer} asks DNS for the name",
    )


UNREACHABLE = (
    "The client cannot connect to the destination specified in the request. Verify that the service on the "
    "destination is running and is accepting requests. Consult the logs and documentation for the WS-Management "
    "service running on the destination, most commonly IIS or WinRM. If the destination is the WinRM service, run the "
    'following command on the destination to analyze and configure the WinRM service: "winrm quickconfig".'
)
LIST_SESSIONS = "get-pssession -ComputerName NAME lists the sessions on a server"
CHANGED = "someone on the network path may have changed the answer; -UseSSL protects it with TLS"
IMPOSTOR = (
    "someone on the network path may pose as the server; the password was not given to them, and -UseSSL shows by its "
    "certificate who answers"
)
CHECK_PORT = "check the name and -Port: WinRM listens on 5985 for HTTP and, with -UseSSL, on 5986"
OTHER_SERVICE = "the port may be that of another service, or of HTTPS: -UseSSL, -Port"
SILENT = (
    "a firewall may be in the way, or the port or scheme wrong; -Authentication selects another login, and "
    "--timeout SECONDS waits longer or shorter"
)
HELD = (
    "WIN-PEER01\\alice holds it from 127.0.0.1, heard from just now; it can be taken once that client leaves, or a minute "
    "after it falls silent"
)
IN_USE = "another client is connected to it; when that client is gone it becomes available within minutes"

ERROR_RECORD = re.compile(
    r"Connect-PSSession : \S.*\n"
    r"    \+ CategoryInfo          : \w+: \(.*:\w*\) \[Connect-PSSession\], \w+Exception\n"
    r"    \+ FullyQualifiedErrorId : (?P<id>\S+)," + re.escape(CLASS) + r"\n"
    r"(    hint: \S.*\n)?"
)


def error_records(stderr):
    """The error records that stderr consists of; None if anything else is in it."""
    records, end = [], 0
    for match in ERROR_RECORD.finditer(stderr):
        if match.start() != end:
            return None
        records.append(match[0])
        end = match.end()
    return records if end == len(stderr) else None


class PeerCase(unittest.TestCase):
    """A test with a peer of its class and a home of its own."""

    OPTIONS = ("--configuration", "Microsoft.PowerShell", "--configuration", "ITTasks")
    TRAIT = None

    @classmethod
    def setUpClass(cls):
        if not PEER:
            raise unittest.SkipTest(SKIP_REASON)
        cls.peer = Peer(*cls.OPTIONS, trait=cls.TRAIT)
        cls.addClassCleanup(cls.peer.stop)
        cls.http = ("-ComputerName", "127.0.0.1", "-Port", cls.peer.http_port)
        cls.https = ("-ComputerName", "localhost", "-Port", cls.peer.https_port, "-UseSSL")
        cls.trusting = ("--ca-file", cls.peer.info.get("ca", ""))
        cls.settings = cls.peer.control("GET", "/settings")

    def setUp(self):
        self.maxDiff = None
        self.peer.reset(**self.settings)
        self.home = Home()
        self.addCleanup(self.home.close)

    def connect(self, *arguments, **environment):
        """Runs the program against the peer over HTTP."""
        return self.home.connect(*self.http, *arguments, **environment)

    def assert_outcome(self, outcome, status, stdout="", stderr=""):
        self.assertEqual((outcome.stderr, outcome.stdout, outcome.status), (stderr, stdout, status))

    def assert_shown(self, outcome, *rows, status=0, stderr=""):
        """As assert_outcome, where several sessions are connected to at the same time."""
        self.assert_outcome(dataclasses.replace(outcome, stdout=by_id(outcome.stdout)), status, table(*rows), stderr)

    def assert_connected(self, outcome, shells, computer="127.0.0.1", **more):
        """These sessions are shown, recorded and connected, and no others. The Ids are those that were recorded."""
        stored = self.home.rows()
        self.assertEqual(set(stored), shells)
        by_id = sorted((record["id"], record["name"] or "") for record in stored.values())
        self.assert_shown(outcome, *(row(number, name, computer) for number, name in by_id), **more)
        held = {shell: (record["state"], f"uuid:{record['session_id']}".upper()) for shell, record in stored.items()}
        connected = {shell: state for shell, state in self.peer.shells().items() if state["state"] == "Connected"}
        self.assertEqual(held, {shell: (OPENED, state["session_id"]) for shell, state in connected.items()})
