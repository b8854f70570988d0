"""Every story of the program, with every fault of winrm_peer at every request.

    PSSESSION_PEER=... python torture.py [--shallow N --seed S] [--story TEXT] [--kind TEXT] [--workers N]

A run ends in one of two ways. It does exactly what it does undisturbed, but for warnings that the connection was lost and
is back; or it ends with a named error and a status that says so, and what it has printed until then is the beginning of
what it prints undisturbed. Either way the store knows every session that is left on the server, or the last lines name it.
"""

import argparse
import collections
import dataclasses
import itertools
import os
import queue
import random
import re
import sys
import threading
import time

from peer import Home, Peer, finish

# Far longer than any run takes.
HANGS_AFTER = 60

FOR_EVER = 99
STALL = 5  # seconds; with TIMEOUT, which is shorter
TIMEOUT = ("--timeout", "2")

FAILED, LOST, LEFT, TIMED_OUT = 1, 74, 75, 124


@dataclasses.dataclass(frozen=True)
class Command:
    """What is run."""

    cmdlet: str
    arguments: tuple
    text: str | None = None


class Room:
    """A peer, a user, and the way from one to the other."""

    def __init__(self, peer, is_secure):
        self.peer, self.home = peer, Home()
        # A session that never opens is not waited for for minutes.
        option = ("-SessionOption", "OpenTimeout=5000")
        if is_secure:
            secure = ("-Port", peer.https_port, "-UseSSL", "--ca-file", peer.info["ca"])
            self.place = ("-ComputerName", "localhost", *secure, *option)
        else:
            self.place = ("-ComputerName", "127.0.0.1", "-Port", peer.http_port, *option)
        peer.reset()
        peer.control("POST", "/connections/drop")

    def prepare(self, cmdlet, *arguments):
        """Does undisturbed what the story begins after."""
        outcome = self.home.cmdlet(cmdlet, *arguments)
        assert outcome.status == 0, outcome

    def connect(self):
        self.peer.add("ITTask")
        self.prepare("connect-pssession", *self.place, "-Name", "ITTask")

    def run(self, command, *options):
        process = self.home.begin(command.cmdlet, *command.arguments, *options, text=command.text)
        return finish(process, HANGS_AFTER)

    def left(self):
        """The sessions on the server: the state of each, and whether the store has it. Nothing is under way any more."""
        self.peer.control("POST", "/connections/drop")
        rows = self.home.rows()
        return {
            shell: (state["name"], state["state"], rows[shell]["id"] if shell in rows else None)
            for shell, state in self.peer.shells().items()
        }


# The stories. Each prepares what it needs and gives what is run.


def connect_by_name(room):
    room.peer.add("Other")
    room.peer.add("ITTask")
    return Command("connect-pssession", (*room.place, "-Name", "ITTask"))


def connect_by_instance_id(room):
    (shell,) = room.peer.add("ITTask")
    return Command("connect-pssession", (*room.place, "-InstanceId", shell))


def connect_by_id(room):
    room.connect()
    room.prepare("disconnect-pssession", "-Id", 1)
    return Command("connect-pssession", ("-Id", 1))


def get_sessions(room):
    room.peer.add("Task{n}", count=3)
    return Command("get-pssession", room.place)


def get_sessions_as_list(room):
    room.peer.add("ITTask", script="tick 3 1")
    return Command("get-pssession", (*room.place, "--output", "list"))


def disconnect(room):
    room.connect()
    return Command("disconnect-pssession", ("-Id", 1, "-IdleTimeoutSec", 120))


def remove(room):
    room.connect()
    return Command("remove-pssession", ("-Id", 1))


def remove_old(room):
    room.connect()
    room.peer.add("Other")
    return Command("remove-pssession", (*room.place, "--older-than", "0s"))


def new(room):
    return Command("new-pssession", (*room.place, "-Name", "ITTask"))


def new_or_connect(room):
    room.peer.add("ITTask")
    return Command("new-pssession", (*room.place, "-Name", "ITTask", "--or-connect"))


def new_or_connect_to_none(room):
    room.peer.add("Other")
    return Command("new-pssession", (*room.place, "-Name", "ITTask", "--or-connect"))


SCRIPT = "tick 20 5; Write-Error bad; emit 5 3000; 'the end'"


def invoke(room):
    return Command("invoke-command", (*room.place, "-ScriptBlock", SCRIPT))


def invoke_in_known_session(room):
    room.connect()
    return Command("invoke-command", ("-Id", 1, "-ScriptBlock", SCRIPT))


def invoke_with_input(room):
    text = "".join(f"line {number}\n" for number in range(200))
    return Command("invoke-command", (*room.place, "-ScriptBlock", "$input; exit 5"), text)


def invoke_in_disconnected_session(room):
    return Command("invoke-command", (
        *room.place, "-InDisconnectedSession", "-SessionName", "ITTask", "-ScriptBlock", "tick 20 5",
    ))


def receive(room):
    room.peer.add("ITTask", script=SCRIPT)
    return Command("receive-pssession", (*room.place, "-Name", "ITTask"))


def receive_what_is_there(room):
    room.peer.add("ITTask", script="emit 5 10; block")
    return Command("receive-pssession", (*room.place, "-Name", "ITTask", "--no-wait"))


def enter(room):
    return Command("enter-pssession", room.place, "$x = 2\n$x + 1\ntick 5 10\nexit 5\n")


STORIES = {
    story.__name__.replace("_", " "): story
    for story in (
        connect_by_name, connect_by_instance_id, connect_by_id, get_sessions, get_sessions_as_list, disconnect, remove,
        remove_old, new, new_or_connect, new_or_connect_to_none, invoke, invoke_in_known_session, invoke_with_input,
        invoke_in_disconnected_session, receive, receive_what_is_there, enter,
    )
}


def faults():
    """Every fault, by the stage at which it can happen, with its parameters."""
    statuses = (400, 401, 403, 404, 413, 500, 503)
    early = [
        ("drop-before-read", {}), ("drop-after-read", {}), ("delay", {"seconds": 0.3}), ("redirect", {}),
        ("expire-auth", {}), ("garbage", {}), ("empty", {}),
        *(("status", {"status": status}) for status in statuses),
        *(("status", {"status": status, "body": "text"}) for status in (200, *statuses)),
    ]
    late = [
        *early[1:],
        ("drop-after-processing", {}),
        *(("cut", {"bytes": size}) for size in (0, 1, 12, 40, 120, 300, 1000, 3000)),
        *(("cut", {"fraction": part}) for part in (0.25, 0.5, 0.75, 0.9, 0.99, 0.9999)),
        *(("status", {"status": status, "body": "fault"}) for status in (400, 500, 503)),
        *(("fault", {"name": name}) for name in (
            "access_denied", "timed_out", "connected_elsewhere", "session_id_mismatch", "invalid_selectors",
            "invalid_resource_uri", "quota_max_shells", "shell_disconnected", "invalid_enumeration_context",
            "provider_failure", "connect_failed", "protocol_version",
        )),
        ("fault", {"code": 2150859174, "message": "Too many operations."}),
        ("fault", {"code": 1, "message": ""}),
        *(("truncate", {"fraction": part}) for part in (0, 0.5, 0.95)),
        ("content-type", {}), ("huge", {}), ("drip", {}), ("delay-after", {"seconds": 0.3}), ("wrong-relates-to", {}),
        ("redirect-fault", {}), ("bad-encryption", {}), ("close", {}),
        ("delay", {"seconds": STALL}), ("delay-after", {"seconds": STALL}),
        ("duplicate-fragments", {}), ("reorder-fragments", {}), ("drop-fragments", {}),
        *(("corrupt-fragments", {"how": how}) for how in ("xml", "header", "length", "truncate", "type")),
        *((kind, {"count": FOR_EVER}) for kind in ("drop-before-read", "drop-after-processing", "status", "expire-auth")),
    ]
    return {"http": early, "soap": late}


@dataclasses.dataclass(frozen=True)
class Case:
    """A fault at one request of a story."""

    story: str
    is_secure: bool
    stage: str
    skip: int
    kind: str
    parameters: tuple

    def __str__(self):
        scheme = "https" if self.is_secure else "http"
        what = " ".join([self.kind, *(f"{name}={value}" for name, value in self.parameters)])
        return f"{self.story} over {scheme}: {what} at {self.stage} request {self.skip}"

    @property
    def lasts(self):
        return "count" in dict(self.parameters)

    @property
    def is_stalled(self):
        return dict(self.parameters).get("seconds") == STALL

    @property
    def options(self):
        """So that it does not take minutes."""
        is_live = self.story.startswith(("invoke", "receive", "enter"))
        return (*(TIMEOUT if self.is_stalled else ()), *(("--reconnect-for", "1") if is_live and self.lasts else ()))

    @property
    def is_unnoticeable(self):
        """Whether it may leave out a whole object. Servers number those of a session in one row, of which a client sees
        some, and nothing comes after the end; and a message of a kind that is not known is ignored, as PowerShell does."""
        return self.kind in ("drop-fragments", "reorder-fragments") or ("how", "type") in self.parameters

    @property
    def is_a_lie(self):
        """Whether the server denies a session that it has, or that a client holds it."""
        return {("name", "invalid_selectors"), ("name", "shell_disconnected")} & {*self.parameters}


# What differs from run to run.
CHANGING = re.compile(
    r"(?m)^((?:LastSeen|ExpiresOn|ExpiresIn|DisconnectedOn) *:).*$"
    # The Id of one that was given up is not given again.
    r"|^ +\d+(?= )|(?<=-Id )\d+|(?<=-Port )\d+"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(Expires in ).*?(?= without)"
)
# What is said besides where the connection was lost.
INTERRUPTED = re.compile(
    r"WARNING: The network connection to \S+ has been (interrupted\. Reconnecting\.\.\.|restored\.)\n"
)
UNKNOWN_COMMAND = re.compile(r"WARNING: It is not known whether a command runs in session .*\n")
COMMAND = re.compile(r"(?m)^Command +:.*\n")
ERROR_ID = re.compile(r"(?m)^    \+ FullyQualifiedErrorId : \S+$")
COMING_BACK = re.compile(r"(?:receive|enter|remove|connect)-pssession -Id (\d+)")


def steady(text):
    return CHANGING.sub(lambda match: match[1] or match[2] or "#", text)


def sessions(left):
    """What is left, whatever its ids are."""
    return sorted((name or "", state, number is not None) for name, state, number in left.values())


@dataclasses.dataclass
class Undisturbed:
    """How a story goes without a fault."""

    status: int
    stdout: str
    stderr: str
    left: list
    # How many requests it takes at each stage.
    requests: dict


def undisturbed(peer, story, is_secure):
    room = Room(peer, is_secure)
    try:
        command = STORIES[story](room)
        peer.control("POST", "/counters/reset")
        outcome = room.run(command)
        counters = peer.counters
        requests = {"http": counters["requests"], "soap": sum(counters["actions"].values())}
        left = sessions(room.left())
        return Undisturbed(outcome.status, steady(outcome.stdout), steady(outcome.stderr), left, requests)
    finally:
        room.home.close()


def cases(expected, stories):
    """All there are. A story takes a request more now and then, as a Receive without output."""
    for (story, is_secure), usual in expected.items():
        if story not in stories:
            continue
        for stage, kinds in faults().items():
            for (kind, parameters), skip in itertools.product(kinds, range(usual.requests[stage])):
                if kind != "bad-encryption" or not is_secure:
                    yield Case(story, is_secure, stage, skip, kind, tuple(parameters.items()))


class Worker:
    """Runs cases one after the other, with a peer of its own."""

    def __init__(self, expected):
        self.peer, self.expected = Peer(), expected
        self.endings, self.findings = collections.Counter(), []

    def work(self, queues):
        for waiting in queues:
            while True:
                try:
                    case = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    ending, problems, said = self.run(case)
                except Exception as failure:
                    ending, problems, said = "hang or crash", [f"{type(failure).__name__}: {failure}"], ""
                self.endings[ending] += 1
                if problems:
                    self.findings.append((case, problems, said))

    def run(self, case):
        room = Room(self.peer, case.is_secure)
        try:
            command = STORIES[case.story](room)
            stage = {"stage": case.stage} if case.kind != "drop-before-read" else {}
            parameters = dict(case.parameters)
            self.peer.spoil(case.kind, skip=case.skip, count=parameters.pop("count", 1), params=parameters, **stage)
            outcome = room.run(command, *case.options)
            self.peer.control("DELETE", "/faults")
            usual = self.expected[case.story, case.is_secure]
            ending, problems = judge(case, usual, outcome, room.left())
            return ending, problems, f"{outcome.stdout}--\n{outcome.stderr}=> {outcome.status}"
        finally:
            room.home.close()


def judge(case, usual, outcome, left):
    """How a run ended, and what is wrong with that."""
    stdout, stderr = steady(outcome.stdout), steady(outcome.stderr)
    problems = [] if case.is_a_lie else [*leaks(outcome.stderr, left)]
    if "panicked" in stderr or outcome.status < 0:
        problems.append("it crashed")
    # A line that fails in a session that was entered does not end it; nor does an error end a script that ends with one.
    failed = ERROR_ID.search(stderr) and not ERROR_ID.search(usual.stderr)
    if not failed and (outcome.status == usual.status or case.is_unnoticeable and outcome.status == 0):
        if UNKNOWN_COMMAND.search(stderr):
            stderr, stdout = UNKNOWN_COMMAND.sub("", stderr), COMMAND.sub("", stdout)
            is_whole = stdout == COMMAND.sub("", usual.stdout)
        else:
            is_whole = is_part(stdout, usual.stdout) if case.is_unnoticeable else stdout == usual.stdout
        if not is_whole:
            problems.append("stdout is not as usual")
        if not case.is_unnoticeable and INTERRUPTED.sub("", stderr) != usual.stderr:
            problems.append("stderr is not as usual")
        # Where the fault lasts, what goes last may fail too.
        if not case.is_a_lie and not case.lasts and sessions(left) != usual.left:
            problems.append(f"sessions are {sessions(left)}, not {usual.left}")
        return "reconnected" if INTERRUPTED.search(stderr) else "success", problems
    allowed = {usual.status, FAILED, LOST, LEFT} | ({TIMED_OUT} if case.is_stalled else set())
    if outcome.status not in allowed:
        problems.append(f"status {outcome.status}")
    # With the status of a time limit any line says enough.
    is_named = ERROR_ID.search(stderr) or COMING_BACK.search(stderr) or (outcome.status == TIMED_OUT and stderr)
    if not is_named:
        problems.append("no named error, and no way back")
    has_holes = case.story == "enter" or case.is_unnoticeable
    if not (is_part(stdout, usual.stdout) if has_holes else usual.stdout.startswith(stdout)):
        problems.append("stdout is not the beginning of what it usually is")
    return f"status {outcome.status}", problems


def leaks(stderr, left):
    """Sessions that nobody knows any more and that nobody can connect to, unless they are named."""
    for name, state, number in left.values():
        if number is None and state == "Connected" and f"session {name} " not in stderr:
            yield f"session {name} is {state} on the server, and nobody knows it"
        # A session that has this name was made for one call.
        elif name and name.startswith("Runspace") and f"session {name} " not in stderr:
            if str(number) not in COMING_BACK.findall(stderr):
                yield f"the session of this call stays {state}, and nobody says so"


def is_part(part, whole):
    """Whether all lines are another text's, in their order."""
    rest = iter(whole.splitlines())
    return all(line in rest for line in part.splitlines())


def torture(chosen, expected, fast=3, slow=4):
    """Runs cases; gives how they ended, and what was wrong with which of them. The slow ones do nothing but wait, so that
    they have workers of their own, who then help the others."""
    queues = {True: queue.SimpleQueue(), False: queue.SimpleQueue()}
    for case in chosen:
        queues[case.is_stalled or case.lasts].put(case)
    shifts = [[queues[False]]] * fast + [[queues[True], queues[False]]] * (0 if queues[True].empty() else slow)
    workers = [Worker(expected) for _ in shifts]
    threads = [
        threading.Thread(target=worker.work, args=(shift,)) for worker, shift in zip(workers, shifts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.peer.stop()
    endings = sum((worker.endings for worker in workers), collections.Counter())
    return endings, [finding for worker in workers for finding in worker.findings]


def choose(count=None, seed=None, stories=STORIES, kind=""):
    """So many cases, or all; and how the stories go undisturbed."""
    peer = Peer()
    try:
        expected = {(story, is_secure): undisturbed(peer, story, is_secure) for story in stories for is_secure in (True, False)}
    finally:
        peer.stop()
    chosen = [case for case in cases(expected, stories) if kind in str(case)]
    if count is not None:
        chosen = random.Random(seed).sample(chosen, min(count, len(chosen)))
    return chosen, expected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shallow", type=int, metavar="N", help="N runs, chosen at random; without it, all")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--story", default="", help="only stories whose names have this text")
    parser.add_argument("--kind", default="", help="only cases whose descriptions have this text")
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    stories = [story for story in STORIES if options.story in story]
    chosen, expected = choose(options.shallow, options.seed, stories, options.kind)
    print(f"{len(chosen)} runs, seed {options.seed}", flush=True)
    started = time.monotonic()
    endings, findings = torture(chosen, expected, options.workers)
    for case, problems, said in findings:
        print(f"\n{case}: {'; '.join(problems)}\n{said}")
    taken = time.monotonic() - started
    print(f"\n{endings.total()} runs in {taken:.0f} s, {len(findings)} findings: {dict(endings.most_common())}")
    sys.exit(bool(findings))


if __name__ == "__main__":
    os.nice(10)
    main()
