"""A command prints numbers, and its connection is cut again and again: at any moment, in the middle of anything.

    PSSESSION_PEER=... python cuts.py [--cuts 1000] [--powershell 100] [--seed S]

Nothing may be lost, and nothing may come twice. Where the session drops output that nobody reads (Drop), there may be
holes, each of them named, but each line is whole, and none comes twice.
"""

import argparse
import dataclasses
import os
import random
import re
import socket
import struct
import sys
import threading
import time

from peer import POWERSHELL, Home, Peer, finish

# Far longer than a run takes.
HANGS_AFTER = 300

WARNINGS = re.compile(
    r"(?:WARNING: The network connection to \S+ has been (?:interrupted\. Reconnecting\.\.\.|restored\.)\n)*"
)
HOLES = re.compile(r"WARNING: (?:Output is|Output may be|One record may be|Up to \d+ records may be) missing here: .*\n")


class Cutter:
    """A way to a port of this machine that can be cut."""

    def __init__(self, port):
        self.server_port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock, self.sockets, self.connected = threading.Lock(), set(), threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def listen(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.sockets |= {client, server}
                self.connected.set()
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=(source, sink), daemon=True).start()

    def pass_on(self, source, sink):
        # A few octets at a time, so that a cut may come between any two.
        try:
            while octets := source.recv(700):
                sink.sendall(octets)
        except OSError:
            pass
        self.drop({source, sink})

    def cut(self):
        """Resets every connection; whether there was one."""
        with self.lock:
            sockets = set(self.sockets)
            self.connected.clear()
        self.drop(sockets, is_reset=True)
        return bool(sockets)

    def drop(self, sockets, is_reset=False):
        with self.lock:
            sockets &= self.sockets
            self.sockets -= sockets
        for end in sockets:
            try:
                if is_reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # This wakes up the thread that reads it.
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


@dataclasses.dataclass(frozen=True)
class Stream:
    """A command that prints numbers, and how it is read."""

    is_secure: bool
    mode: str
    is_received: bool
    is_powershell: bool

    def __str__(self):
        server = "PowerShell" if self.is_powershell else "the peer"
        cmdlet = "receive-pssession" if self.is_received else "invoke-command"
        return f"{cmdlet} over {'https' if self.is_secure else 'http'}, {self.mode}, {server}"

    def script(self, count):
        if self.is_powershell:
            return f"1..{count} | ForEach-Object {{ $_; Start-Sleep -Milliseconds 5 }}"
        return f"tick {count} 5"

    def start(self, home, peer, port, count):
        """Starts what reads the numbers."""
        if self.is_secure:
            place = ("-ComputerName", "localhost", "-Port", port, "-UseSSL", "--ca-file", peer.info["ca"])
        else:
            place = ("-ComputerName", "127.0.0.1", "-Port", port)
        option = ("-SessionOption", f"OutputBufferingMode={self.mode}")
        script = ("-ScriptBlock", self.script(count))
        if not self.is_received:
            return home.begin("invoke-command", *place, *option, *script)
        begun = home.cmdlet(
            "invoke-command", *place, *option, "-InDisconnectedSession", "-SessionName", "Numbers", *script
        )
        assert begun.status == 0, begun
        return home.begin("receive-pssession", "-Id", 1)


def streams(is_powershell):
    return [
        Stream(is_secure, mode, is_received, is_powershell)
        for mode in ("Block", "Drop") for is_received in (False, True) for is_secure in (True, False)
    ]


def cut_again_and_again(stream, peer, cuts, chance):
    """Cuts a stream so often, more or less; how often it was, and what is wrong."""
    home = Home()
    cutter = Cutter(peer.https_port if stream.is_secure else peer.http_port)
    try:
        # About as many numbers as come meanwhile.
        count = 40 * cuts
        process = stream.start(home, peer, cutter.port, count)
        output, printed = bytearray(), threading.Event()

        def read():
            while octets := process.stdout.read(65536):
                output.extend(octets)
                printed.set()
            printed.set()

        reader = threading.Thread(target=read)
        reader.start()
        # A computer that is not reached at first is an error; torture.py has that.
        printed.wait(60)
        done, until = 0, time.monotonic() + HANGS_AFTER
        while reader.is_alive() and time.monotonic() < until:
            cutter.connected.wait(20)
            # Now and then it is cut while it logs in, or reconnects; else it has said something in between.
            if chance.random() < 0.9:
                printed.clear()
                printed.wait(20)
            time.sleep(chance.choice((0, chance.uniform(0, 0.02), chance.uniform(0, 0.2))))
            done += cutter.cut() and reader.is_alive()
        if reader.is_alive():
            process.kill()
            return done, ["it hangs"]
        reader.join()
        outcome = finish(process)
        return done, problems(stream, count, output.decode(), outcome)
    finally:
        cutter.close()
        home.close()
        peer.reset()


def problems(stream, count, stdout, outcome):
    lines = stdout.splitlines()
    bad = [line for line in lines if not line.isdecimal()]
    if bad:
        return [f"lines that are no numbers: {bad[:3]}"]
    found = []
    numbers, stderr = [int(line) for line in lines], outcome.stderr
    twice = [number for before, number in zip([0, *numbers], numbers) if number <= before]
    if twice:
        found.append(f"numbers that came before: {twice[:10]}")
    missing = sorted(set(range(1, count + 1)) - set(numbers))
    if stream.mode == "Drop":
        holes = sum(number - 1 not in missing for number in missing)
        stderr, named = HOLES.subn("", stderr)
        if named < holes:
            found.append(f"{holes} holes, {named} of which are named: {missing[:10]}")
    elif missing:
        found.append(f"numbers that are missing: {missing[:10]}")
    if outcome.status != 0 or not WARNINGS.fullmatch(stderr):
        found.append(f"status {outcome.status} and {stderr[-600:]}")
    return found


def run(total, is_powershell, chance, at_a_time=25):
    """Cuts so often in all, in turn each kind of stream. Gives the cuts of each and what was wrong."""
    peer = Peer("--buffer-size", "4000", *(POWERSHELL if is_powershell else ()))
    counted, findings = {}, []
    kinds = streams(is_powershell)
    try:
        while sum(counted.values()) < total and len(findings) < 20:
            stream = kinds[len(counted) % len(kinds)] if len(counted) < len(kinds) else chance.choice(kinds)
            done, wrong = cut_again_and_again(stream, peer, min(at_a_time, total), chance)
            counted[stream] = counted.get(stream, 0) + done
            findings += [f"{stream}: {'; '.join(wrong)}"] if wrong else []
            # A stream that is never cut would go on for ever.
            total -= not done
    finally:
        peer.stop()
    return counted, findings


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--powershell", type=int, default=100 if POWERSHELL else 0, help="so many more with a real one")
    parser.add_argument("--seed", default="0")
    options = parser.parse_args()
    chance, failed = random.Random(options.seed), False
    for total, is_powershell in ((options.cuts, False), (options.powershell, True)):
        if total:
            started = time.monotonic()
            counted, findings = run(total, is_powershell, chance)
            for stream, cuts in counted.items():
                print(f"{cuts} cuts: {stream}")
            print(*findings, sep="\n")
            taken = time.monotonic() - started
            print(f"{sum(counted.values())} cuts in {taken:.0f} s, {len(findings)} findings", flush=True)
            failed |= bool(findings)
    sys.exit(failed)


if __name__ == "__main__":
    os.nice(10)
    main()
