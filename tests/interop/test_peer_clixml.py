"""CLIXML, beside two other readers: psrpcore and, where PSSESSION_PWSH names one, PowerShell.

`examples/clixml` writes again what it reads. Another reader must make of that what it makes of the original; and what one
takes for a value and the other does not is a difference that is explained here. The inputs are the fuzzers' corpus, and
what is near.
"""

import base64
import collections
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import peer

CORPUS = peer.REPOSITORY / "fuzz" / "corpus" / "clixml"
READER = peer.REPOSITORY / "target" / "debug" / "examples" / "clixml"
NAMESPACE = "http://schemas.microsoft.com/powershell/2004/04"
MUTATIONS = int(os.environ.get("PSSESSION_MUTATIONS", "40"))
PIECES = [
    "<S>a</S>", "<Nil />", "<I32>-1</I32>", "_x000A_", "_xD83D_", "_x005F_", "&lt;", "&#x41;", "<Obj RefId=\"7\"><MS /></Obj>", "<!-- c -->", "<![CDATA[x]]>", "1", "9", "-", "+", ".", "E", "T", "Z", ":", " ", "\n", "é",
    "😀", "x", "0",
]  # fmt: skip


def mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 2)):
        at = chance.randint(0, len(text))
        # Mostly what is between the tags, where types have their forms.
        if chance.random() < 0.6:
            at = text.find(">", at) + 1
        end = at + chance.choice([0, 0, 1, 2, 8])
        text = text[:at] + chance.choice([*PIECES, text[at:end] * 2, ""]) + text[end:]
    return text


def inputs() -> list[str]:
    """Values alone: a message may begin with a declaration, a document may not have one in its middle. And neither secrets,
    which are encrypted for a session, nor what other readers do not know, nor cycles, which can end PowerShell."""
    chance = random.Random(1)
    whole = [file.read_text(encoding="utf-8", errors="replace") for file in sorted(CORPUS.iterdir())]
    unknown = "<SS>AAAA</SS>", "<SemanticVersion>7.6.9</SemanticVersion>"
    whole = ["".join(re.split("|".join(unknown), text)) for text in whole if "<?xml" not in text]
    texts = whole + [mutate(chance.choice(whole), chance) for _ in range(len(whole) * MUTATIONS)]
    return [text for text in texts if not re.search('<Ref [^>]*RefId *= *"0"', text)]


class Refused(str):
    """Why a text is no value."""


def rewritten(texts: list[str]) -> list[str]:
    """What the example makes of each."""
    with tempfile.TemporaryDirectory() as directory:
        files = [pathlib.Path(directory) / str(number) for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
        lines: list[str] = []
        for start in range(0, len(files), 500):
            done = subprocess.run([READER, *files[start : start + 500]], capture_output=True, text=True, check=False)
            lines += done.stdout.splitlines()
    return [Refused(line.split(": ", 1)[1]) if line.startswith(directory) else line for line in lines]


def document(text: str) -> str:
    """A value as Import-Clixml wants it."""
    return f'<Objs Version="1.1.0.1" xmlns="{NAMESPACE}">{text}</Objs>'


def by_psrpcore(texts: list[str]) -> list[str | None]:
    import psrpcore._crypto
    import psrpcore.types

    cipher = psrpcore._crypto.PSRemotingCrypto()

    def read(text: str) -> str | None:
        try:
            values = psrpcore.types.deserialize_clixml(document(text), cipher)
            return psrpcore.types.serialize_clixml(values, cipher) if len(values) == 1 else None
        except Exception:  # noqa: BLE001: any error is a refusal
            return None

    return [read(text) for text in texts]


POWERSHELL = r"""
$utf8 = [Text.Encoding]::UTF8
foreach ($line in [IO.File]::ReadLines($args[0])) {
    try {
        $text = $utf8.GetString([Convert]::FromBase64String($line))
        $values = [Management.Automation.PSSerializer]::DeserializeAsList($text)
        if ($values.Count -ne 1) { throw 'not one value' }
        $again = [Management.Automation.PSSerializer]::Serialize($values[0], 12)
        [Console]::Out.WriteLine([Convert]::ToBase64String($utf8.GetBytes($again)))
    } catch {
        [Console]::Out.WriteLine('-')
    }
}
"""


def by_powershell(texts: list[str]) -> list[str | None]:
    with tempfile.TemporaryDirectory() as directory:
        script, lines = pathlib.Path(directory) / "read.ps1", pathlib.Path(directory) / "lines"
        script.write_text(POWERSHELL)
        encoded = [base64.b64encode(document(text).encode("utf-8", "surrogatepass")).decode() for text in texts]
        lines.write_text("\n".join(encoded) + "\n")
        command = [peer.PWSH, "-NoLogo", "-NoProfile", "-File", str(script), str(lines)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    return [None if answer == "-" else base64.b64decode(answer).decode() for answer in answers]


# Texts that other readers take and this one does not: nobody writes them.
REFUSED = {
    "of a type": "the text of an element",
    "an element": "is not expected here",
    "text between elements": "there is text between elements",
    "a nameless property": "a property has no name",
    "an odd entry": "an entry of a dictionary",
    "a number twice": "have the number",
    "a reference": "is referenced before it is defined",
    "an object without a number": "needs a number as its RefId",
}


def is_well_formed(text: str) -> bool:
    try:
        xml.etree.ElementTree.fromstring(document(text))
    except xml.etree.ElementTree.ParseError:
        return False
    return True


def explanation(text: str, ours: str, theirs: str | None) -> str | None:
    """Why two readers disagree, where that is known."""
    if isinstance(ours, Refused):
        return next((why for why, words in REFUSED.items() if words in ours), None)
    if not is_well_formed(text):
        return "attributes and ends of CDATA are not looked at where they mean nothing"
    if re.search(r'RefId="[^"]*\s', text):
        return "blanks around a number do not count"
    if theirs is not None and re.search("_x[dD][89a-fA-F][0-9a-fA-F]{2}_", text):
        return "half a character is U+FFFD"
    return None


class Clixml(unittest.TestCase):
    """Each input by both."""

    def compare(self, read, known: dict[str, str]) -> None:
        texts = inputs()
        ours = rewritten(texts)
        self.assertEqual(len(ours), len(texts))
        theirs = read(texts)
        again = read(["" if isinstance(text, Refused) else text for text in ours])
        counted: collections.Counter = collections.Counter()
        for text, our, their, their_again in zip(texts, ours, theirs, again, strict=True):
            is_value = not isinstance(our, Refused)
            if is_value == (their is not None) and (not is_value or their == their_again):
                counted["the same value" if is_value else "no value"] += 1
                continue
            why = explanation(text, our, their) or next((why for why, what in known.items() if re.search(what, text)), None)
            self.assertIsNotNone(why, f"{text!r}:\n{our!r}\n{their!r}\n{their_again!r}")
            counted[why] += 1
        if os.environ.get("PSSESSION_COUNTS"):
            print(dict(counted))
        self.assertGreater(counted["the same value"], len(texts) / 20)

    @unittest.skipUnless(peer.PEER, peer.SKIP_REASON)
    def test_psrpcore_reads_the_same(self) -> None:
        known = {
            "sets of members are not read": '<MS N="s"',
            "type names need a number": '<TN(?! RefId="[0-9])',
            "the order of parts matters": "<PR>",
        }
        self.compare(by_psrpcore, known)

    @unittest.skipUnless(peer.PWSH, "PSSESSION_PWSH does not name PowerShell's program")
    def test_powershell_reads_the_same(self) -> None:
        self.compare(by_powershell, {"XML is looked into": "<XD>", "the order of parts matters": "<PR>"})


if __name__ == "__main__":
    unittest.main()
