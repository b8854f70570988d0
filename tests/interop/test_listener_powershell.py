"""The listener with a real PowerShell behind its shells, seen by pypsrp.

PSSESSION_PWSH is the command that starts PowerShell; without it there is nothing to test.
"""

import os
import pathlib
import time
import unittest
import urllib.parse

from pypsrp.exceptions import WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from listener import PASSWORD, Listener

PWSH = os.environ.get("PSSESSION_PWSH")

COMPLETED, STOPPED, FAILED = 4, 3, 5


class Screen(PSHostUserInterface):
    """A host's screen, at which Alice answers."""

    def __init__(self):
        super().__init__()
        self.written = []

    def Prompt(self, runspace, pipeline, caption, message, fields):
        return {field.extended_properties["name"]: "Alice" for field in fields}

    def WriteLine2(self, runspace, pipeline, value, *colours):
        self.written.append(value)

    def WriteLine3(self, runspace, pipeline, *colours_and_value):
        self.written.append(colours_and_value[-1])


@unittest.skipUnless(PWSH, "PSSESSION_PWSH names no PowerShell")
class WithPowerShell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.listener = Listener(f"{PWSH} -s -NoLogo -NoProfile")

    @classmethod
    def tearDownClass(cls):
        assert cls.listener.stop() == 0

    def connection(self, **options):
        url = urllib.parse.urlsplit(self.listener.info["http"])
        wsman = WSMan(
            url.hostname, port=url.port, ssl=False, auth="ntlm", username="alice", password=PASSWORD, **options
        )
        self.addCleanup(wsman.close)
        return wsman

    def pool(self, **options):
        pool = RunspacePool(self.connection(), **options)
        pool.open()
        self.addCleanup(pool.close)
        return pool

    def find(self, shell_id):
        """The session as another client finds and connects it, and its command."""
        pools = RunspacePool.get_runspace_pools(self.connection())
        pool = next(pool for pool in pools if pool.id == shell_id)
        pool.connect()
        return pool, pool.create_disconnected_power_shells()

    def invoke(self, pool, script, **arguments):
        shell = PowerShell(pool)
        shell.add_script(script)
        return shell, shell.invoke(**arguments)

    def test_scripts_run_in_the_same_runspace(self):
        pool = self.pool()
        self.assertEqual(self.invoke(pool, "$PSVersionTable.PSVersion.Major")[1], [7])
        self.invoke(pool, "$x = 1..3")
        shell, output = self.invoke(pool, "$x; Write-Error bad; Write-Warning careful; 'y' * 2000000")
        self.assertEqual(output, [1, 2, 3, "y" * 2_000_000])
        self.assertEqual([str(record) for record in shell.streams.error], ["bad"])
        self.assertEqual([str(record) for record in shell.streams.warning], ["careful"])
        self.assertEqual(self.invoke(pool, "$input | % { \"<$_>\" }", input=list(range(500)))[1],
                         [f"<{n}>" for n in range(500)])
        self.assertEqual(self.invoke(pool, "'first'; throw 'boom'")[0].state, FAILED)
        long = "#" + "x" * 300_000 + "\n'after a long comment'"
        self.assertEqual(self.invoke(pool, long)[1], ["after a long comment"])

    def test_a_command_goes_on_while_nobody_is_connected(self):
        pool = RunspacePool(self.connection())
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("$kept = 'kept'; 1..5 | % { $_; Start-Sleep -Milliseconds 200 }; $PID")
        shell.begin_invoke()
        pool.disconnect()
        time.sleep(1.5)
        pool, (left,) = self.find(pool.id)
        output = left.connect()
        self.assertEqual((output[:5], left.state), ([1, 2, 3, 4, 5], COMPLETED))
        self.assertEqual(self.invoke(pool, "$PID; $kept")[1], [output[5], "kept"])
        pool.close()
        self.gone(output[5])

    def gone(self, pid):
        """A process ends, with its shell and soon."""
        for _ in range(100):
            if not pathlib.Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)
        self.fail(f"PowerShell {pid} runs on")

    def test_a_full_buffer_makes_the_command_wait(self):
        pool = RunspacePool(self.connection())
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("1..300 | % { [string]$_ + 'x' * 20000 }")
        shell.begin_invoke()
        pool.disconnect()
        time.sleep(2)
        pool, (left,) = self.find(pool.id)
        self.assertEqual([line.rstrip("x") for line in left.connect()], [str(n) for n in range(1, 301)])
        pool.close()

    def test_a_command_is_stopped_and_the_session_goes_on(self):
        pool = self.pool()
        shell = PowerShell(pool)
        shell.add_script("1; Start-Sleep 600")
        shell.begin_invoke()
        while not shell.output:
            shell.poll_invoke()
        shell.stop()
        self.assertEqual((shell.state, shell.output), (STOPPED, [1]))
        self.assertEqual(self.invoke(pool, "'still there'")[1], ["still there"])

    def test_the_host_is_asked(self):
        screen = Screen()
        host = PSHost(None, None, False, "host", None, screen, "1.0")
        pool = self.pool(host=host)
        _, output = self.invoke(pool, "$name = Read-Host 'Your name'; Write-Host 'written'; \"hello $name\"")
        self.assertEqual((output, screen.written), (["hello Alice"], ["written"]))

    def test_a_session_that_was_left_is_connected(self):
        shell_id = self.listener.add(name="ITTask", script="'left'; 1..3")
        pool, (left,) = self.find(shell_id)
        self.assertEqual(left.connect(), ["left", 1, 2, 3])
        self.assertEqual(self.invoke(pool, "'used'")[1], ["used"])
        pool.close()

    def test_a_shell_goes_with_its_powershell(self):
        pool = RunspacePool(self.connection())
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("Stop-Process -Id $PID -Force; Start-Sleep 600")
        with self.assertRaises(WSManFaultError) as caught:
            shell.invoke()
        self.assertEqual(caught.exception.code, 2150858843)


if __name__ == "__main__":
    unittest.main()
