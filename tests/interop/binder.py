#!/usr/bin/env python3
"""The binder beside PowerShell's own: binder.py PWSH PROGRAM BIND_PS1 COUNT SEED...

Random command lines of Connect-PSSession, COUNT for each SEED, are bound by a real PowerShell (by the cmdlet of
BIND_PS1, which writes the parameter set or the error of each line) and by the program. The ids and texts of errors must
be the same, and the parameter set as far as the program's answer shows it. BY_DESIGN lists what the program does
differently on purpose; a kind of it that no line shows any more fails as well.
"""

import collections
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

GUID = "4110c3f5-68ea-40fa-9bbf-04a433dbb02d"
DIGITS = GUID.replace("-", "")
ADDRESS = "http://127.0.0.1:1/wsman"
COMPUTERS = ["127.0.0.1", "localhost", "127.0.0.1,localhost"]

# The README explains each. The values show the kind wherever they are the argument of a parameter.
FORM = "the form of a word without a name decides its parameter"
BESIDE = "a computer's name without a name goes with -InstanceId"
LEFT_OVER = "a list that is left over is shown as typed"
LOST = "after a colon the value may have been lost to the shell"
ADDRESSES = "addresses are checked with the command line"
EMPTY = "an empty value is not a number or an address"
BY_DESIGN = {
    FORM: [],
    BESIDE: [],
    LEFT_OVER: [],
    LOST: [],
    ADDRESSES: ["127.0.0.1/x", "ftp://127.0.0.1", "http://"],
    EMPTY: ["' '"],
    "numbers are integers without suffixes": ["1.5", "5d", "1e3", "0b11", "0xFFFFFFFF"],
    "a comma is part of a value that is one string": ["wsman,x"],
    "an enumeration has one value": ["Basic,Kerberos", "Basic,Negotiate"],
    "Break is refused, as there is no debugger": ["Break", "6"],
    "a switch is true, false, 1 or 0": ["true", "false", "2", "$null"],
}

ACTIONS = ["Continue", "Sto", "S", "zzz", "Suspend", "2", "9", "''"]
VALUES = {
    "Name": ["x", "a,b", "a, b", "a ,b", "''", "-foo", "5", "-5"],
    "ComputerName": [*COMPUTERS, "127.0.0.1, localhost", "''"],
    "ConnectionUri": [ADDRESS, f"{ADDRESS},{ADDRESS}", *BY_DESIGN[ADDRESSES]],
    "InstanceId": [
        *[GUID, DIGITS, f"'{{{GUID}}}'", f"'({GUID})'", f"{GUID},{GUID}", f"{GUID},zz", "zz", "''", GUID + "d"],
        *[DIGITS + "d", GUID[:-1] + "g", DIGITS[:-1] + "g", GUID.replace("-04", "404")],
        *[f"'{{{GUID}'", f"'{{{DIGITS}}}'"],
    ],
    "Id": ["4", "4,5", "0x10", "-3", "+5", "1kb", "x", "4,x", "-x", "99999999999", "2gb", "0xFFFFFFFFF"],
    "ApplicationName": ["wsman", "wsman,x"],
    "ConfigurationName": ["cfg"],
    "Port": ["1", "0x1", "1kb", "0", "70000", "abc", "-1", "1,2"],
    "Credential": ["alice"],
    "Authentication": ["Basic", "Nego", "N", "Foo", "2", "0x2", "99", "-1", "1kb", "1.5x", "basic", "''", "Basic,Foo"],
    "SessionOption": ["foo", "''"],
    "ThrottleLimit": ["5", "abc", "-1", "0", "1,2"],
    "ErrorAction": ACTIONS,
    "WarningAction": ["Continue", "zzz", "Suspend", "9"],
    "InformationAction": ACTIONS,
    "ProgressAction": ACTIONS,
    "OutBuffer": ["0", "abc", "-1"],
    "OutVariable": ["v", "+v", "''", "a:b", "'a b'"],
    "PipelineVariable": ["v", "''", "a:b"],
}
VALUES["Id"] += BY_DESIGN["numbers are integers without suffixes"] + BY_DESIGN[EMPTY]
VALUES["Authentication"] += BY_DESIGN["an enumeration has one value"]
VALUES["ErrorAction"] = VALUES["ErrorAction"] + BY_DESIGN["Break is refused, as there is no debugger"]
SWITCHES = ["UseSSL", "AllowRedirection", "WhatIf", "Verbose", "Debug"]
SWITCH_VALUES = ["$true", "$false", "1", "0", "foo", "1,0", *BY_DESIGN["a switch is true, false, 1 or 0"]]
ALIASES = {"ComputerName": "Cn", "ConnectionUri": "URI", "ErrorAction": "ea", "OutBuffer": "ob", "WhatIf": "wi"}
# Shorter, these would be other parameters.
SHORTEST = {"SessionOption": 8, "ProgressAction": 2, "PipelineVariable": 2}

# The parameter sets that name no server, by the error of a session that is not known.
KNOWN_SETS = {
    "RemoteRunspaceNotAvailableForSpecifiedName": "Name",
    "RemoteRunspaceNotAvailableForSpecifiedRunspaceId": "InstanceId",
    "RemoteRunspaceNotAvailableForSpecifiedSessionId": "Id",
}


class Line:
    """A random command line, and the kinds of BY_DESIGN that it may show."""

    def __init__(self, dice):
        self.dice, self.words, self.kinds, self.names, self.positional = dice, [], set(), set(), []
        for _ in range(dice.choice([1, 1, 2, 2, 3, 3, 4])):
            part = dice.choices([self.word, self.switch, self.unknown, self.parameter], [12, 12, 4, 72])[0]
            part()
        self.kinds |= {kind for kind, is_shown in self.beside() if is_shown}

    def __str__(self):
        return " ".join(self.words)

    def beside(self):
        has_computer = any(word in COMPUTERS for word in self.positional)
        yield FORM, {"4", "4,5", GUID, ADDRESS} & {*self.positional}
        yield BESIDE, has_computer and "InstanceId" in self.names
        yield LEFT_OVER, any("," in word for word in self.positional)
        yield ADDRESSES, has_computer and "AllowRedirection" in self.names
        yield EMPTY, "''" in self.positional

    def word(self):
        self.positional.append(self.dice.choice([*COMPUTERS * 2, "''", "4", "4,5", GUID, ADDRESS]))
        self.words.append(self.positional[-1])

    def unknown(self):
        self.words.append(self.dice.choice(["-Foo", "-Foo:x", "-Bar", "-Name.x"]))

    def switch(self):
        word = self.spell(self.dice.choice(SWITCHES))
        if self.dice.random() < 0.6:
            self.words.append(word)
        else:
            self.add(word, self.dice.choice([":", ":", ":", ": "]), self.dice.choice(SWITCH_VALUES))

    def parameter(self):
        name = self.dice.choice(list(VALUES))
        separator = self.dice.choices([" ", ":", ": ", " -Verbose"], [85, 6, 3, 6])[0]
        value = "" if separator == " -Verbose" else self.dice.choice(VALUES[name])
        self.add(self.spell(name), separator, value)

    def spell(self, name):
        """The name, or what PowerShell may take for it."""
        self.names.add(name)
        shorter = name[: self.dice.randint(SHORTEST.get(name, 1), len(name))]
        return "-" + self.dice.choices([name, name.lower(), ALIASES.get(name, name), shorter], [50, 15, 10, 25])[0]

    def add(self, word, separator, value):
        self.words.append(word + separator + value)
        self.kinds |= {kind for kind, values in BY_DESIGN.items() if value in values}
        if separator == ": " or (separator == ":" and value in ("''", "$null")):
            self.kinds.add(LOST)


def plain(text):
    """The text with its white space made equal, and the candidates for an ambiguous name in alphabetical order."""
    text = " ".join(text.replace("Management.Automation.PSCredential", "Object").split())
    head, separator, candidates = text.partition("Possible matches include: ")
    return head + separator + " ".join(sorted(candidates.rstrip(".").split()))


def powershell(command, script, lines, work):
    """What PowerShell makes of each line: the error's id and text, or the set and None."""
    # Windows' own cmdlet takes more from the pipeline by property name, which decides what comes first: an unknown
    # parameter, or parameters that do not go together.
    takes = re.compile(r"^ \[Parameter.* (?:ApplicationName|ConfigurationName|ConnectionUri|Id) \{", re.MULTILINE)
    by_name = "ValueFromPipelineByPropertyName=true, ParameterSetName="
    source = takes.sub(lambda row: row[0].replace("ParameterSetName=", by_name), Path(script).read_text())
    (work / "bind.ps1").write_text(source)
    (work / "in").write_text("\n".join(map(str, lines)) + "\n")
    arguments = ("-NoProfile", "-NonInteractive", "-File", work / "bind.ps1", work / "in", work / "out")
    subprocess.run([command, *arguments], check=True)
    for answer in (work / "out").read_text().splitlines():
        verdict, _, rest = answer.partition(" ")
        name, _, text = rest.partition(" ")
        yield (name.split(",")[0], plain(text)) if verdict == "ERR" else (name, None)


def program(command, line, environment):
    """What the program makes of a line: the error's id and text, or the set and None. Also, all that it said.

    A set that names servers is "remote".
    """
    words = [command, *shlex.split(str(line))]
    run = subprocess.run(words, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=30)
    name = re.search(r"FullyQualifiedErrorId : (?:-?\d+,)?([^,\s]+)", run.stderr)
    if run.returncode != 2:
        return (KNOWN_SETS.get(name and name[1], "remote"), None), run.stderr
    return (name and name[1], plain(run.stderr.partition("\n    + CategoryInfo")[0].partition(" : ")[2])), run.stderr


def agree(theirs, ours):
    is_set = theirs[1] is None
    return ours == (("remote", None) if is_set and theirs[0] not in KNOWN_SETS.values() else theirs)


def main():
    command, binary, script, count, *seeds = sys.argv[1:]
    lines = [Line(dice) for dice in map(random.Random, map(int, seeds)) for _ in range(int(count))]
    differ, seen, compared = collections.defaultdict(list), collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        environment = {"HOME": folder, "PSSESSION_STORE": f"{folder}/store", "PSSESSION_PASSWORD": "p"}
        answers = pool.map(lambda line: program(binary, line, environment), lines)
        for line, theirs, (ours, said) in zip(lines, powershell(command, script, lines, Path(folder)), answers):
            compared += 1
            if agree(theirs, ours):
                continue
            seen.update(line.kinds)
            if not line.kinds:
                differ[f"{theirs[0]}, here {ours[0]}"].append((line, theirs, said))
    for kind, rows in sorted(differ.items(), key=lambda item: -len(item[1])):
        print(len(rows), kind)
        for row in rows[:3]:
            print("    ", *row, sep="\n      ")
    for kind in BY_DESIGN:
        print(f"{seen[kind]} by design: {kind}")
    print(f"{compared} command lines compared, {sum(map(len, differ.values()))} differ otherwise")
    sys.exit(bool(differ) or not all(seen[kind] for kind in BY_DESIGN))


main()
