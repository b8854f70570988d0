"""The program and winrm_peer on the two sides of a bad network; link.py makes it.

    PSSESSION_PEER=... python networks.py [--list] [--seed S] [--lines N] [STORY ...]

Each story is run over sealed HTTP and over TLS. All of them take about half an hour.
"""

import argparse
import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

import link
from peer import Home, Peer, finish

CLIENT, MOVED, SERVER = "192.0.2.1/24", "192.0.2.3/24", "192.0.2.2"
CLIENT6, SERVER6 = "2001:db8::1/64", "2001:db8::2"
HOSTS = f"""127.0.0.1 localhost
{SERVER} server01 both
{SERVER6} both
"""
# getaddrinfo then gives the addresses of IPv4 first.
IPV4_FIRST = "precedence ::ffff:0:0/96 100\n"

# Far longer than any command takes.
HANGS_AFTER = 600

INTERRUPTED = "WARNING: The network connection to server01 has been interrupted. Reconnecting...\n"
RESTORED = "WARNING: The network connection to server01 has been restored.\n"
LOSS = re.escape(INTERRUPTED + RESTORED)
# Of a command whose records are JSON, its warnings are too.
LOSS_IN_JSON = re.sub(r"WARNING:\\ (.*?)\\\n", r'\{"Stream":"Warning","Message":"\1"\}\n', LOSS)
HOW_TO_GO_ON = r"(?:Running on .*\n|To read it here: .*\n|From another machine: .*\n)*"
EXPECTED = re.compile(f"(?:{LOSS}|{LOSS_IN_JSON})*{HOW_TO_GO_ON}")

ERROR = re.compile(r"[A-Z][A-Za-z]+-[A-Za-z]+ : \S.*\n(?:    .*\n)*    \+ FullyQualifiedErrorId : \S+\n(?:    hint: \S.*\n)?")


HOSTS_FILE, ORDER_FILE = pathlib.Path("/etc/hosts"), pathlib.Path("/etc/gai.conf")


@contextlib.contextmanager
def own_files():
    """This mount namespace's own files that say what addresses a name has, and in which order."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (HOSTS_FILE, ORDER_FILE):
            own = pathlib.Path(folder, path.name)
            own.touch()
            subprocess.run(["mount", "--bind", own, path], check=True)
        HOSTS_FILE.write_text(HOSTS)
        yield


class Room:
    """A user, the network, and a server behind it."""

    def __init__(self, is_secure, seed, lines):
        self.is_secure, self.lines, self.home = is_secure, lines, Home()
        self.client = link.Side(CLIENT, CLIENT6)
        self.server = link.Side(f"{SERVER}/24", f"{SERVER6}/64")
        self.peer = self.server.run(
            Peer, "--http-port", "5985", "--https-port", "5986", "--tls-name", "server01", "--tls-name", "both",
            "--tls-name", SERVER6, trait="everywhere",
        )
        self.link = link.Link(self.client, self.server, seed)

    def close(self):
        self.peer.stop()
        self.home.close()

    def place(self, computer="server01"):
        return ("-ComputerName", computer, *(("-UseSSL", "--ca-file", self.peer.info["ca"]) if self.is_secure else ()))

    def begin(self, cmdlet, *arguments):
        return self.client.run(self.home.begin, cmdlet, *arguments, PSSESSION_TRUSTED_HOSTS="*")

    def run(self, cmdlet, *arguments):
        """Runs the program to its end; how that went, and how long it took."""
        started = time.monotonic()
        outcome = finish(self.begin(cmdlet, *arguments), HANGS_AFTER)
        return outcome, time.monotonic() - started

    def do(self, cmdlet, *arguments, stdout=None):
        """What goes well, perhaps with losses that are made good; how long it took."""
        outcome, taken = self.run(cmdlet, *arguments)
        assert outcome.status == 0 and EXPECTED.fullmatch(outcome.stderr), (cmdlet, outcome)
        assert stdout is None or outcome.stdout == stdout, (cmdlet, outcome.stdout)
        if losses := outcome.stderr.count("interrupted"):
            say(f"{cmdlet}: {losses} connections lost and restored")
        return taken

    def numbers(self):
        return "".join(f"{number}\n" for number in range(1, self.lines + 1))

    def script(self, pause=20):
        return ("-ScriptBlock", f"tick {self.lines} {pause}")

    def whole_life(self):
        """All that is done with a session."""
        taken = [
            self.do("new-pssession", *self.place(), "-Name", "ITTask"),
            # As JSON, for the peer's Out-String holds its output back until the command ends.
            self.do("invoke-command", "-Id", 1, "--output", "jsonl", *self.script(), stdout=self.numbers()),
            self.do("disconnect-pssession", "-Id", 1),
            self.do("connect-pssession", *self.place(), "-Name", "ITTask"),
            self.do("invoke-command", "-Id", 1, "-InDisconnectedSession", *self.script()),
            self.do("receive-pssession", "-Id", 1, stdout=self.numbers()),
            self.do("remove-pssession", "-Id", 1),
        ]
        assert (self.server.run(self.peer.shells), self.home.rows()) == ({}, {}), "a session is left"
        say("seconds of each command: " + " ".join(f"{seconds:.1f}" for seconds in taken))

    @contextlib.contextmanager
    def reading(self, *options):
        """What reads a command that is printing numbers."""
        self.do("invoke-command", *self.place(), "-InDisconnectedSession", *self.script(pause=100))
        process = self.begin("receive-pssession", "-Id", 1, *options)
        reader = Reader(process)
        try:
            reader.wait(10)
            yield reader
        finally:
            process.kill()


class Reader:
    """Reads what a process prints, and when."""

    def __init__(self, process):
        self.process, self.lines, self.errors = process, [], []
        self.threads = [
            threading.Thread(target=self.read, args=(process.stdout, self.lines)),
            threading.Thread(target=self.read, args=(process.stderr, self.errors)),
        ]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def read(stream, lines):
        with stream:
            for line in stream:
                lines.append((time.monotonic(), line.decode()))

    def wait(self, count):
        """Waits for so many lines."""
        until = time.monotonic() + HANGS_AFTER
        while len(self.lines) < count:
            assert time.monotonic() < until and self.threads[0].is_alive(), (self.lines, self.errors)
            time.sleep(0.05)

    def end(self):
        """The exit status, and what was printed to stdout and stderr."""
        status = self.process.wait(HANGS_AFTER)
        for thread in self.threads:
            thread.join()
        return status, *("".join(line for _, line in lines) for lines in (self.lines, self.errors))

    def silence(self, since):
        """How long no line came after this."""
        return next(at for at, _ in self.lines if at > since + 3) - since


def say(text):
    print(f"    {text}", flush=True)


# The stories


def loss(room):
    """Of the packets, 30 % are lost each way."""
    room.link.loss = 0.3
    room.whole_life()


def delay(room):
    """Each packet takes two seconds."""
    room.link.delay = 2
    room.whole_life()


def disorder(room):
    """Packets overtake each other, and the line is slow."""
    room.link.jitter, room.link.rate = 0.2, 20_000
    room.whole_life()


def move(room):
    """The client gets another address while a command prints, as on the way from Wi-Fi to a mobile network."""
    with room.reading() as reader:
        moved = time.monotonic()
        room.client.replace(CLIENT, MOVED)
        reader.wait(room.lines)
        assert reader.end() == (0, room.numbers(), INTERRUPTED + RESTORED), reader.errors
        say(f"noticed after {reader.errors[0][0] - moved:.1f} s, printing again after {reader.silence(moved):.1f} s")


def absence(room):
    """The server is not there for a while, and comes back in time."""
    with room.reading() as reader:
        room.link.is_down, left = True, time.monotonic()
        time.sleep(75)
        room.link.is_down, back = False, time.monotonic()
        assert reader.end() == (0, room.numbers(), INTERRUPTED + RESTORED), reader.errors
        say(f"noticed after {reader.errors[0][0] - left:.1f} s, printing {reader.silence(back - 3):.1f} s after the return")


def long_absence(room):
    """The server comes back too late, and the command is received then."""
    with room.reading("--reconnect-for", "10") as reader:
        room.link.is_down, left = True, time.monotonic()
        status, before, stderr = reader.end()
        say(f"given up after {time.monotonic() - left:.1f} s")
    lines = stderr.splitlines()
    assert status == 74 and lines[-1] == "To go on: receive-pssession -Id 1", (status, stderr)
    room.link.is_down = False
    outcome, _ = room.run(*lines[-1].removeprefix("To go on: ").split())
    assert (outcome.status, outcome.stderr, before + outcome.stdout) == (0, "", room.numbers()), outcome


def dead_family(room):
    """A name has addresses of both families, and those of one of them are dead, whichever comes first."""
    room.do("get-pssession", *room.place())
    for first, text in ((6, ""), (4, IPV4_FIRST)):
        ORDER_FILE.write_text(text)
        for dead in (4, 6):
            room.link.dead_family = dead
            taken = room.do("get-pssession", *room.place("both"))
            say(f"{taken:.2f} s with IPv{first} first and IPv{dead} dead")
            assert taken < 5, taken
    room.link.dead_family = 4
    for computer in (SERVER6, f"[{SERVER6}]"):
        room.do("new-pssession", *room.place(computer))
    room.do("remove-pssession", "-Id", "1,2")


def resets(room):
    """A connection is reset as soon as the server has sent so much over it."""
    room.link.resets_after = 40_000
    room.whole_life()
    say(f"{room.link.resets} connections reset")
    assert room.link.resets


def black_hole(room):
    """Large packets are lost, and no router says so."""
    room.link.largest = 1300
    outcome, taken = room.run("new-pssession", *room.place(), "-Name", "ITTask")
    said = outcome.stderr.splitlines()[0] if outcome.stderr else outcome.stdout
    say(f"status {outcome.status} after {taken:.1f} s: {said}")
    assert outcome.status == 0 or outcome.status == 1 and ERROR.fullmatch(outcome.stderr), outcome


STORIES = {
    story.__name__.replace("_", "-"): story
    for story in (loss, delay, disorder, move, absence, long_absence, dead_family, resets, black_hole)
}


def run(name, is_secure, options):
    """Whether it went well."""
    print(f"{name} over {'TLS' if is_secure else 'sealed HTTP'}", flush=True)
    room = Room(is_secure, options.seed, options.lines)
    try:
        STORIES[name](room)
        return True
    except (AssertionError, StopIteration) as error:
        print(f"FAILED: {error!r}", flush=True)
        return False
    finally:
        say(f"{room.link.carried} packets, {room.link.lost} lost")
        room.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stories", nargs="*", metavar="STORY", choices=[[], *STORIES], default=[])
    parser.add_argument("--list", action="store_true", help="the stories there are")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--lines", type=int, default=300, help="that a command prints")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.list:
        for name, story in STORIES.items():
            print(f"{name}: {story.__doc__}")
        return
    if not options.inside:
        link.enter_namespace()
    with own_files():
        went = [run(name, is_secure, options) for name in options.stories or STORIES for is_secure in (False, True)]
    sys.exit(not all(went))


if __name__ == "__main__":
    main()
