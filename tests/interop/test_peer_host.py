"""What a script asks of its client's host, in a real PowerShell behind winrm_peer, as the example `prompts` answers it.

test_peer.py says how to run this. PSSESSION_PWSH names PowerShell's program, and `cargo build --example prompts` builds the
example.
"""

import pathlib
import subprocess
import unittest

from peer import POWERSHELL, REPOSITORY, PeerCase, finish

PROMPTS = REPOSITORY / "target" / "debug" / "examples" / "prompts"

CHOICES = "[System.Management.Automation.Host.ChoiceDescription[]]@('&One', '&Two', 'T&hree')"


@unittest.skipUnless(POWERSHELL, "PSSESSION_PWSH does not name the program of PowerShell")
class HostCalls(PeerCase):
    OPTIONS = POWERSHELL

    @classmethod
    def setUpClass(cls):
        if not PROMPTS.exists():
            raise unittest.SkipTest(f"there is no {PROMPTS}: cargo build --example prompts")
        super().setUpClass()

    def invoke(self, script, *answers):
        process = subprocess.Popen(
            [PROMPTS, self.peer.info["http"], "alice", script, *answers],
            env=self.home.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return finish(process)

    def assert_output(self, expected, script, *answers):
        self.assert_outcome(self.invoke(script, *answers), 0, expected)

    def test_write_host(self):
        script = "Write-Host 'red' -ForegroundColor Red; Write-Host -NoNewline 'a'; Write-Host; 'output'"
        self.assert_output("red\na\noutput\n", script)

    def test_read_host(self):
        self.assert_output("hello Alice\n", "$n = Read-Host 'Your name'; \"hello $n\"", "Alice")

    def test_a_secure_string_is_typed_and_comes_back(self):
        script = "$s = Read-Host 'Password' -AsSecureString; $s.Length; $s"
        self.assert_output("8\nsecret pässwörd\n", script, "pässwörd")

    def test_masked_input(self):
        self.assert_output("got secret\n", "$s = Read-Host 'Masked' -MaskInput; \"got $s\"", "secret")

    def test_get_credential(self):
        script = "$c = Get-Credential -Message m -UserName bob; $c.UserName; $c.GetNetworkCredential().Password"
        self.assert_output("bob\npw\n", script, "bob:pw")

    def test_secure_strings_in_the_output_are_secrets(self):
        make = "$s = [securestring]::new(); 's3cret'.ToCharArray() | ForEach-Object { $s.AppendChar($_) }"
        self.assert_output("secret s3cret\nsecret s3cret\n", f"{make}; $s; [pscredential]::new('bob', $s)")

    def test_one_choice(self):
        self.assert_output("2\n", f"$Host.UI.PromptForChoice('Caption', 'Message', {CHOICES}, 1)", "2")

    def test_several_choices(self):
        script = f"$r = $Host.UI.PromptForChoice('Pick', 'Several', {CHOICES}, [int[]]@(0, 2)); \"picked $r\""
        self.assert_output("picked 0 1\n", script, "0,1")

    def test_mandatory_parameters(self):
        function = "function Need { param([Parameter(Mandatory)][string[]]$Name, [Parameter(Mandatory)][int]$Count) "
        self.assert_output("a+b x 3\n", function + '"$($Name -join "+") x $Count" }; Need', "a", "b", "", "3")

    def test_lines_and_keys(self):
        script = (
            "$Host.UI.ReadLine(); $Host.UI.ReadLineAsSecureString(); "
            "$Host.UI.RawUI.ReadKey('NoEcho,IncludeKeyDown').Character"
        )
        self.assert_output("line\nsecret hidden\nq\n", script, "line", "hidden", "q")

    def test_the_terminal_is_described(self):
        script = "$r = $Host.UI.RawUI; \"$($r.WindowSize) $($r.BufferSize) $([int]$r.ForegroundColor)\""
        self.assert_output("120,50 120,50 -1\n", script)

    def test_a_refused_question_ends_its_statement_only(self):
        outcome = self.invoke("$n = Read-Host 'nobody'; 'after'")
        self.assertEqual((outcome.status, outcome.stdout), (0, "after\n"))
        self.assertIn("There are no more answers.", outcome.stderr)

    def run_program(self, script, *options):
        return self.home.cmdlet(
            "Invoke-Command", *self.http, "-Credential", "alice", *options, "-ScriptBlock", script
        )

    def test_the_program_answers_from_a_file(self):
        script = "Read-Host 'Your name'; $s = Read-Host 'Pin' -AsSecureString; $s.Length; Read-Host 'City'"
        answers = pathlib.Path(self.home.folder.name, "answers")
        answers.write_text("Your name = Alice\nsecret\nParis\n")
        self.assert_outcome(self.run_program(script, "--answer", answers), 0, "Alice\n6\nParis\n")


if __name__ == "__main__":
    unittest.main()
