"""Holds the test listener against pypsrp, a PowerShell-remoting client of another project and language.

What the listener and this repository's own client agree on could still be wrong on both sides; here a client that has
met real Windows servers has to get along with the listener as well.

    cargo build -p pssession-listener
    python3 -m venv VENV && VENV/bin/pip install -r tests/interop/requirements.txt
    VENV/bin/python -m unittest discover -v tests/interop
"""

import unittest
import urllib.parse

from pypsrp.complex_objects import PSCredential
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from listener import PASSWORD, Listener

# States as pypsrp numbers them.
OPENED, DISCONNECTED = 2, 9
RUNNING, STOPPED, COMPLETED, FAILED = 1, 3, 4, 5


class Screen(PSHostUserInterface):
    """A host's screen, at which Alice answers."""

    def __init__(self):
        super().__init__()
        self.asked, self.written = [], []

    def Prompt(self, runspace, pipeline, caption, message, fields):
        self.asked += [field.extended_properties["name"] for field in fields]
        return {name: "Alice" for name in self.asked}

    def PromptForChoice(self, runspace, pipeline, caption, message, choices, default_choice):
        self.asked += [choice.extended_properties["label"] for choice in choices]
        return 2

    def PromptForCredential2(self, runspace, pipeline, caption, message, user_name, *rest):
        return PSCredential(username=user_name, password="pässwörd")

    def WriteLine2(self, runspace, pipeline, value, *colours):
        self.written.append(value)

    def WriteErrorLine(self, runspace, pipeline, message):
        self.written.append(f"error: {message}")


class Case:
    """The story, run over each transport by a class below."""

    def connection(self, password=PASSWORD):
        raise NotImplementedError

    def setUp(self):
        self.listener = Listener()
        self.addCleanup(lambda: self.assertEqual(self.listener.stop(), 0))
        self.wsman = self.connection()
        self.addCleanup(self.wsman.close)

    def find(self, shell_id, wsman=None):
        pools = RunspacePool.get_runspace_pools(wsman or self.wsman)
        return next(pool for pool in pools if pool.id == shell_id)

    def invoke(self, pool, script, **arguments):
        shell = PowerShell(pool)
        shell.add_script(script)
        return shell, shell.invoke(**arguments)

    def test_a_session_that_was_left_is_found_connected_used_and_deleted(self):
        idle = self.listener.add(name="ITTask", configuration="Microsoft.PowerShell")
        busy = self.listener.add(name="Backups", script="1..3 | ForEach-Object { $_ }; 'done'")
        self.listener.add(name="NotMine", owner="bob")
        self.assertEqual([pool.id for pool in RunspacePool.get_runspace_pools(self.wsman)], [busy, idle])

        pool = self.find(busy)
        pool.connect()
        # pypsrp waits for a state that no server sends here; its second connect is a Reconnect, which shows it.
        pool.connect()
        self.assertEqual(pool.state, OPENED)
        (left,) = pool.create_disconnected_power_shells()
        self.assertEqual(left.connect(), [1, 2, 3, "done"])

        _, output = self.invoke(pool, "'hello'; 42")
        self.assertEqual(output, ["hello", 42])
        pool.disconnect()
        self.assertEqual(pool.state, DISCONNECTED)
        pool.connect()
        _, output = self.invoke(pool, "'again'")
        self.assertEqual(output, ["again"])
        pool.close()
        self.assertEqual([pool.id for pool in RunspacePool.get_runspace_pools(self.wsman)], [idle])

    def test_output_is_kept_while_nobody_is_connected(self):
        pool = RunspacePool(self.wsman)
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("'before'; Start-Sleep -Milliseconds 200; 'after'")
        shell.begin_invoke()
        pool.disconnect()

        # Another client, with a session id and a connection of its own.
        other = self.connection()
        self.addCleanup(other.close)
        pool = self.find(pool.id, other)
        pool.connect()
        (left,) = pool.create_disconnected_power_shells()
        self.assertEqual(left.connect(), ["before", "after"])
        self.assertEqual(left.state, COMPLETED)
        pool.close()

    def test_streams_arrive_as_what_they_are(self):
        with RunspacePool(self.wsman) as pool:
            shell, output = self.invoke(
                pool,
                "Write-Error 'bad'; Write-Warning 'careful'; Write-Verbose 'v' -Verbose; Write-Debug 'd' -Debug;"
                "Write-Host 'h'; Get-Nothing; Get-Job",
            )
            self.assertEqual([str(record) for record in shell.streams.error][0], "bad")
            self.assertIn("CommandNotFound", shell.streams.error[1].fq_error)
            self.assertEqual([str(record) for record in shell.streams.warning], ["careful"])
            self.assertEqual([str(record) for record in shell.streams.verbose], ["v"])
            self.assertEqual([str(record) for record in shell.streams.debug], ["d"])
            self.assertEqual([str(record.message_data) for record in shell.streams.information], ["h"])
            self.assertEqual(shell.streams.progress[0].activity, "Preparing modules for first use.")
            self.assertEqual(output[0].adapted_properties["Name"], "Job2")
            self.assertEqual(shell.state, COMPLETED)

    def test_pipelines_take_input_fail_and_are_stopped(self):
        with RunspacePool(self.wsman) as pool:
            _, output = self.invoke(pool, "$input", input=["x", 3, "ä\u0001\U0001f600"])
            self.assertEqual(output, ["x", 3, "ä\u0001\U0001f600"])
            shell, _ = self.invoke(pool, "'first'; throw 'boom'")
            self.assertEqual((shell.state, shell.had_errors), (FAILED, True))
            self.assertEqual(str(shell.streams.error[0]), "boom")
            shell = PowerShell(pool)
            shell.add_script("Wait-Event")
            shell.begin_invoke()
            shell.stop()
            self.assertEqual(shell.state, STOPPED)
            shell = PowerShell(pool)
            shell.add_cmdlet("Write-Output").add_argument("it's a cmdlet")
            self.assertEqual(shell.invoke(), ["it's a cmdlet"])

    def test_a_running_pipeline_is_left_and_taken_up_again(self):
        pool = RunspacePool(self.wsman)
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("1..60 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }")
        shell.begin_invoke()
        left = 0
        while shell.state == RUNNING:
            shell.poll_invoke()
            if shell.state == RUNNING and len(shell.output) // 10 > left:
                left += 1
                pool.disconnect()
                pool.connect()
                shell.connect_async()
        self.assertEqual((shell.output, shell.state), (list(range(1, 61)), COMPLETED))
        self.assertGreater(left, 3)
        pool.close()

    def test_a_running_pipeline_is_stopped_after_some_output(self):
        with RunspacePool(self.wsman) as pool:
            shell = PowerShell(pool)
            shell.add_script("1..1000 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }")
            shell.begin_invoke()
            while len(shell.output) < 5:
                shell.poll_invoke()
            shell.stop()
            self.assertEqual(shell.state, STOPPED)
            self.assertEqual(shell.output, list(range(1, len(shell.output) + 1)))
            _, output = self.invoke(pool, "'the session is there still'")
            self.assertEqual(output, ["the session is there still"])

    def test_the_host_is_asked_and_shown_what_is_written(self):
        screen = Screen()
        host = PSHost(None, None, False, "host", None, screen, "1.0")
        with RunspacePool(self.wsman, host=host) as pool:
            shell, output = self.invoke(pool, "Read-Host 'Your name'; Write-Host 'written'; 'after'")
            self.assertEqual((output, shell.state), (["Alice", "after"], COMPLETED))
            self.assertEqual((screen.asked, screen.written), (["Your name"], ["written"]))
        with RunspacePool(self.wsman) as pool:
            shell, output = self.invoke(pool, "Read-Host 'Your name'; 'after'")
            self.assertIn("HostFunctionNotImplemented", shell.streams.error[0].fq_error)
            self.assertEqual(output, ["after"])

    def test_the_host_chooses_and_gives_credentials(self):
        screen = Screen()
        host = PSHost(None, None, False, "host", None, screen, "1.0")
        with RunspacePool(self.wsman, host=host) as pool:
            choice = "$Host.UI.PromptForChoice('Caption', 'Message', @('&Yes', '&No', 'Ma&ybe'), 1)"
            self.assertEqual(self.invoke(pool, f'$c = {choice}; "choice $c"')[1], ["choice 2"])
            self.assertEqual(screen.asked, ["&Yes", "&No", "Ma&ybe"])
            pool.exchange_keys()
            script = "$c = Get-Credential -UserName CORP\\alice; $c.UserName; $c.Password.Length"
            self.assertEqual(self.invoke(pool, script)[1], ["CORP\\alice", 8])

    def test_secure_strings_need_the_key_that_is_exchanged(self):
        with RunspacePool(self.wsman) as pool:
            pool.exchange_keys()
            _, output = self.invoke(pool, "ConvertTo-SecureString 's3cret ä' -AsPlainText -Force")
            self.assertEqual(output, ["s3cret ä"])

    def test_commands_are_joined_and_take_arguments(self):
        screen = Screen()
        host = PSHost(None, None, False, "host", None, screen, "1.0")
        with RunspacePool(self.wsman, host=host) as pool:
            shell = PowerShell(pool)
            shell.add_cmdlet("Get-Service").add_parameter("Name", ["WinRM"])
            shell.add_cmdlet("Out-String").add_parameter("Stream", True)
            lines = ["", "Status  Name  DisplayName", "------  ----  -----------"]
            lines += ["Running WinRM Windows Remote Management (WS-Management)", ""]
            self.assertEqual(shell.invoke(), lines)

            shell = PowerShell(pool)
            shell.add_script('param($a, $b) "a=$a b=$b rest=$args"')
            shell.add_argument("x y").add_parameter("b", 5).add_argument(7)
            self.assertEqual(shell.invoke(), ["a=x y b=5 rest=7"])

            shell = PowerShell(pool)
            shell.add_script("'one'; Write-Error 'bad'").add_cmdlet("Out-Default")
            shell.merge_previous(True)
            shell.invoke()
            self.assertEqual(screen.written, ["one", "error: Write-Error: bad"])

            shell = PowerShell(pool)
            shell.add_cmdlet("TabExpansion2").add_argument("Get-Cr").add_argument(6)
            (completion,) = shell.invoke()
            matches = completion.adapted_properties["CompletionMatches"]
            self.assertEqual([match.adapted_properties["CompletionText"] for match in matches], ["Get-Credential"])

    def test_an_endpoint_without_a_language_takes_commands_only(self):
        with RunspacePool(self.wsman, configuration_name="Restricted") as pool:
            shell, _ = self.invoke(pool, "1")
            self.assertEqual((shell.state, shell.streams.error[0].fq_error), (FAILED, "ScriptsNotAllowed"))
            shell = PowerShell(pool)
            shell.add_cmdlet("Get-Process").add_cmdlet("Out-String")
            shell.invoke()
            self.assertEqual((shell.state, shell.streams.error[0].fq_error), (FAILED, "CommandNotFoundException"))
            shell = PowerShell(pool)
            shell.add_cmdlet("Get-Process").add_parameter("Name", "System")
            self.assertEqual([process.adapted_properties["Id"] for process in shell.invoke()], [4])

    def test_a_user_has_thirty_shells_and_no_more(self):
        for _ in range(30):
            self.listener.add()
        with self.assertRaises(WSManFaultError) as caught:
            RunspacePool(self.wsman).open()
        self.assertEqual(caught.exception.code, 2150859173)

    def test_large_output_comes_whole(self):
        with RunspacePool(self.wsman) as pool:
            text = "x" * 200_000
            _, output = self.invoke(pool, f"'{text}'; 1..300; 'ab' * 524288")
            self.assertEqual(output, [text, *range(1, 301), "ab" * 524_288])

    def test_the_pool_answers_questions_about_its_runspaces(self):
        with RunspacePool(self.wsman) as pool:
            self.assertEqual(pool.get_available_runspaces(), 1)
            pool.max_runspaces = 3
            self.assertEqual(pool.get_available_runspaces(), 3)
            self.assertTrue(pool.is_alive())

    def test_faults_have_the_numbers_that_the_client_knows(self):
        elsewhere = self.listener.add(name="Busy", state="connected-elsewhere")
        with self.assertRaises(WSManFaultError) as caught:
            self.find(elsewhere).connect()
        self.assertEqual(caught.exception.code, 2150859213)
        with self.assertRaises(WSManFaultError) as caught:
            RunspacePool(self.wsman, configuration_name="Nowhere").open()
        self.assertEqual(caught.exception.code, 2150858811)
        # The listener's own check of the fault's shape: a provider's fault inside the service's.
        pool = self.find(self.listener.add(name="Gone"))
        pool.connect()
        pool.close()
        self.assertFalse(pool.is_alive())

    def test_a_wrong_password_is_refused(self):
        with self.assertRaises(AuthenticationError):
            RunspacePool.get_runspace_pools(self.connection(password="wrong"))


class NtlmOverHttp(Case, unittest.TestCase):
    """Bare NTLM, every message sealed."""

    AUTH = "ntlm"

    def connection(self, password=PASSWORD):
        url = urllib.parse.urlsplit(self.listener.info["http"])
        return WSMan(
            url.hostname, port=url.port, ssl=False, auth=self.AUTH, username="alice", password=password
        )


class NegotiateOverHttp(NtlmOverHttp):
    """NTLM inside SPNEGO, every message sealed."""

    AUTH = "negotiate"


class BasicOverHttps(Case, unittest.TestCase):
    AUTH = "basic"

    def connection(self, password=PASSWORD):
        url = urllib.parse.urlsplit(self.listener.info["https"])
        return WSMan(
            url.hostname,
            port=url.port,
            ssl=True,
            auth=self.AUTH,
            username="alice",
            password=password,
            cert_validation=self.listener.info["ca"],
        )


class NtlmOverHttps(BasicOverHttps):
    """NTLM bound to the TLS channel."""

    AUTH = "ntlm"


if __name__ == "__main__":
    unittest.main()
