"""The program is killed at any moment of a command; what comes after goes on, and nothing is used twice or forgotten.

    PSSESSION_PEER=... python kills.py [--kills 1000] [--seed S]

After a kill the store knows every session that the server has, the next command does what it should in the same session,
no PSRP object of the client has an id that another one had, and what a command prints goes on where it was: an answer that
the killed program had received and not yet printed is lost, and what it had printed a moment before may come again.
"""

import argparse
import base64
import collections
import os
import random
import re
import struct
import sys
import time

from peer import Home, Peer, finish

HANGS_AFTER = 60

# The longest that the commands below take.
SECONDS = 0.5

COUNT = 40
NUMBERS = [str(number) for number in range(1, COUNT + 1)]

NO_STATE = "The server ended the command without its state."

# What a client sends of PSRP is in one of these.
PAYLOAD = re.compile(
    r"<(?:\w+:)?(creationXml|connectXml|Arguments|Stream)\b[^>]*>([A-Za-z0-9+/=\s]+)</", re.DOTALL
)


def fragments(payload):
    """The ids of the fragments in a payload, each with its content."""
    octets = base64.b64decode(payload)
    while octets:
        object_id, fragment_id, _, length = struct.unpack_from(">QQBI", octets)
        yield (object_id, fragment_id), octets[21:21 + length]
        octets = octets[21 + length:]


def ids_used_twice(records):
    """The objects of one session that have the id of another."""
    seen, twice = {}, []
    for record in records:
        # The first objects are those of a Create or Connect, and are not counted on.
        for element, payload in PAYLOAD.findall(record["request"]):
            for number, content in fragments(payload) if element in ("Arguments", "Stream") else ():
                if seen.setdefault((record["shell_id"], number), content) != content:
                    twice.append(number)
    return twice


class Kill:
    """One kill, in a room of its own."""

    def __init__(self, peer, chance):
        self.peer, self.chance, self.home = peer, chance, Home()
        self.waits_for_input, self.lost = False, 0
        self.place = ("-ComputerName", "127.0.0.1", "-Port", peer.http_port)
        if chance.random() < 0.5:
            self.place = (
                "-ComputerName", "localhost", "-Port", peer.https_port, "-UseSSL", "--ca-file", peer.info["ca"],
            )
        peer.reset(record=1000)

    def do(self, cmdlet, *arguments, status=0):
        outcome = self.home.cmdlet(cmdlet, *arguments)
        assert outcome.status == status, f"{cmdlet} {arguments}: {outcome}"
        return outcome

    def kill(self, cmdlet, *arguments, text=None):
        """Kills it, if it has not ended before; gives what it printed."""
        process = self.home.begin(cmdlet, *arguments, text=text)
        time.sleep(self.chance.uniform(0, SECONDS))
        process.kill()
        return finish(process, HANGS_AFTER).stdout.splitlines()

    def check(self):
        rows, shells = self.home.rows(), self.peer.shells()
        forgotten = [shell["name"] for shell_id, shell in shells.items() if shell_id not in rows]
        assert not forgotten, f"the store does not know {forgotten}"
        for row in rows.values():
            # A command that waits for input is the session's only one as long as the session lives.
            if row["shell_id"] in shells and not self.waits_for_input:
                outcome = self.do("invoke-command", "-Id", row["id"], "-ScriptBlock", "'still here'")
                assert outcome.stdout == "still here\n", outcome
        twice = ids_used_twice(self.peer.control("GET", "/records"))
        assert not twice, f"ids that were used twice: {twice}"
        for row in rows.values():
            # One that was not created in time is gone.
            removed = self.home.cmdlet("remove-pssession", "-Id", row["id"])
            assert removed.status == 0, removed
        assert self.peer.shells() == {}, "a session is left"

    def invoke(self):
        self.do("new-pssession", *self.place, "-Name", "ITTask")
        self.kill("invoke-command", "-Id", 1, "-ScriptBlock", f"tick {COUNT} 5")

    def invoke_with_input(self):
        self.waits_for_input = True
        self.do("new-pssession", *self.place, "-Name", "ITTask")
        self.kill("invoke-command", "-Id", 1, "-ScriptBlock", "$input", text="line\n" * 20000)

    def invoke_in_a_session_of_its_own(self):
        self.kill("invoke-command", *self.place, "-ScriptBlock", f"tick {COUNT} 5")

    def start_and_leave(self):
        self.kill("invoke-command", *self.place, "-InDisconnectedSession", "-ScriptBlock", f"tick {COUNT} 5")

    def enter(self):
        self.do("new-pssession", *self.place, "-Name", "ITTask")
        self.kill("enter-pssession", "-Id", 1, text="$x = 2\n$x + 1\ntick 10 5\n'end'\n")

    def enter_a_session_of_its_own(self):
        self.kill("enter-pssession", *self.place, text="$x = 2\n$x + 1\ntick 10 5\n'end'\n")

    def receive(self):
        self.do(
            "invoke-command", *self.place, "-InDisconnectedSession", "-SessionName", "ITTask", "-ScriptBlock",
            f"tick {COUNT} 5",
        )
        seen = self.kill("receive-pssession", "-Id", 1)
        outcome = self.home.cmdlet("receive-pssession", "-Id", 1)
        rest = outcome.stdout.splitlines()
        # The end of the command may have been in transit too.
        is_ended = outcome.status == 1 and not rest and NO_STATE in outcome.stderr
        assert outcome.status == 0 or is_ended, f"{seen}, then {outcome}"
        assert seen == NUMBERS[:len(seen)] and rest == NUMBERS[COUNT - len(rest):], (seen, rest)
        lost = COUNT - len(seen) - len(rest)
        self.lost = max(lost, 0)


MOMENTS = (
    Kill.invoke, Kill.invoke_with_input, Kill.invoke_in_a_session_of_its_own, Kill.start_and_leave, Kill.enter,
    Kill.enter_a_session_of_its_own, Kill.receive,
)


def run(total, seed):
    """Kills so often; gives how often in which command, and what was wrong."""
    peer, chance = Peer(), random.Random(seed)
    counted, findings = collections.Counter(), []
    try:
        for number in range(total):
            moment = MOMENTS[number % len(MOMENTS)]
            kill = Kill(peer, chance)
            counted[moment.__name__] += 1
            try:
                moment(kill)
                kill.check()
                counted["numbers received and not printed"] += kill.lost
            except Exception as failure:
                findings.append(f"{moment.__name__}, kill {number}: {failure}")
            finally:
                kill.home.close()
    finally:
        peer.stop()
    return counted, findings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", default="0")
    options = parser.parse_args()
    started = time.monotonic()
    counted, findings = run(options.kills, options.seed)
    print(*findings, sep="\n")
    taken = time.monotonic() - started
    print(f"{options.kills} kills in {taken:.0f} s, {len(findings)} findings: {dict(counted)}")
    sys.exit(bool(findings))


if __name__ == "__main__":
    os.nice(10)
    main()
