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
import subprocess
import tempfile
import unittest

import peer

CORPUS = peer.REPOSITORY / "fuzz" / "corpus" / "clixml"
READER = pathlib.Path(os.environ.get("PSSESSION_EXAMPLES", peer.REPOSITORY / "target/debug/examples")) / "clixml"
NAMESPACE = "http://schemas.microsoft.com/powershell/2004/04"
MUTATIONS = int(os.environ.get("PSSESSION_MUTATIONS", "40"))
PIECES = [
    "<S>a</S>", "<Nil />", "<I32>-1</I32>", "_x000A_", "_xD83D_", "&lt;", "<Ref RefId=\"0\" />", " N=\"a\"", "<LST>", "</LST>",
    "<MS>", "</MS>", "<Obj RefId=\"7\">", "</Obj>", "<![CDATA[x]]>", "1", "-", ".", "E", "T", "Z", " ", "\n", "é", "😀",
]  # fmt: skip


def mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        at, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        end = min(end, at + 8)
        piece = chance.choice([*PIECES, text[at:end], ""])
        text = text[:at] + piece + text[chance.choice([at, end]) :]
    return text


def inputs() -> list[str]:
    chance = random.Random(1)
    whole = [file.read_text(encoding="utf-8", errors="replace") for file in sorted(CORPUS.iterdir())]
    return whole + [mutate(chance.choice(whole), chance) for _ in range(len(whole) * MUTATIONS)]


def rewritten(texts: list[str]) -> list[str | None]:
    """What the example makes of each; None where it is no value."""
    with tempfile.TemporaryDirectory() as directory:
        files = [pathlib.Path(directory) / str(number) for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
        lines: list[str] = []
        for start in range(0, len(files), 500):
            done = subprocess.run([READER, *files[start : start + 500]], capture_output=True, text=True, check=False)
            lines += done.stdout.splitlines()
    return [None if line.startswith(directory) else line for line in lines]


def document(text: str) -> str:
    """A value as Import-Clixml wants it, without what may come before it in a message."""
    text = text.lstrip("\ufeff")
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


class Clixml(unittest.TestCase):
    """Each input by both."""

    def compare(self, read, explain) -> None:
        texts = inputs()
        ours = rewritten(texts)
        self.assertEqual(len(ours), len(texts))
        theirs = read(texts)
        again = read([text or "" for text in ours])
        counted: collections.Counter = collections.Counter()
        for text, written, their, their_again in zip(texts, ours, theirs, again, strict=True):
            if (written is None) != (their is None):
                why = explain(text, written is None)
                counted["taken by one", why] += 1
                self.assertIsNotNone(why, f"{'not ' * (written is None)}taken here: {text!r}")
            elif written is None:
                counted["no value"] += 1
            elif their != their_again:
                why = explain(text, None)
                counted["another value", why] += 1
                self.assertIsNotNone(why, f"{text!r} became {written!r}:\n{their!r}\n{their_again!r}")
            else:
                counted["the same value"] += 1
        if os.environ.get("PSSESSION_COUNTS"):
            print(dict(counted))
        self.assertGreater(counted["the same value"], len(texts) / 20)

    @unittest.skipUnless(peer.PEER, peer.SKIP_REASON)
    def test_psrpcore_reads_the_same(self) -> None:
        self.compare(by_psrpcore, lambda text, refused: None)

    @unittest.skipUnless(peer.PWSH, "PSSESSION_PWSH does not name PowerShell's program")
    def test_powershell_reads_the_same(self) -> None:
        self.compare(by_powershell, lambda text, refused: None)


if __name__ == "__main__":
    unittest.main()
