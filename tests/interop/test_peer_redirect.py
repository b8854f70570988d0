"""Servers that send the connection elsewhere, and session options that the server sees.

How to run it, and against what: see test_peer.py.
"""

from peer import Peer, PeerCase, query_failed, row, table

ELSEWHERE = "The computer 127.0.0.1 redirects the connection."


class Redirections(PeerCase):
    """Both ways of sending a client elsewhere, in the words of other authors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = Peer(*cls.OPTIONS)
        cls.addClassCleanup(cls.there.stop)

    def setUp(self):
        super().setUp()
        self.there.reset()
        self.uri = f"http://127.0.0.1:{self.there.http_port}/wsman"

    def visit(self, *arguments):
        uri = f"http://127.0.0.1:{self.peer.http_port}/wsman"
        return self.home.connect("-ConnectionUri", uri, "-Name", "ITTask", *arguments)

    def test_it_is_followed_where_that_is_allowed(self):
        warning = f'WARNING: Your connection has been redirected to the following URI: "{self.uri}"\n'
        for number, (kind, rule) in enumerate(
            [("redirect", {}), ("redirect-fault", {}), ("redirect", {"stage": "http"})], start=1
        ):
            shell_id, = self.there.add("ITTask")
            self.peer.spoil(kind, params={"location": self.uri}, **rule)
            outcome = self.visit("-AllowRedirection")
            self.assert_outcome(outcome, 0, table(row(number, "ITTask")), warning)
            self.assertEqual(self.home.rows()[shell_id]["connection_uri"], self.uri)
            self.there.reset()

    def test_it_is_not_followed_where_nobody_allowed_it(self):
        hint = "-AllowRedirection follows it"
        for kind, said in [("redirect", ELSEWHERE), ("redirect-fault", f"REDIRECT_LOCATION: {self.uri}.")]:
            self.peer.spoil(kind, params={"location": self.uri})
            message = f"{said} Redirect location reported: {self.uri}."
            expected = query_failed("127.0.0.1", message, "RedirectInformationRequired", hint)
            self.assert_outcome(self.visit(), 1, stderr=expected)
        self.assertEqual(self.there.counters["connections_opened"], 0)

    def test_it_leads_to_nobody_else(self):
        uri = self.uri.replace("127.0.0.1", "localhost")
        self.peer.spoil("redirect", params={"location": uri})
        message = (
            f"{ELSEWHERE} It is not followed: that is another computer, and the credential is not meant for it. "
            f"Redirect location reported: {uri}."
        )
        hint = "if that computer is to have the credential, name it yourself with -ConnectionUri"
        expected = query_failed("127.0.0.1", message, "RedirectLocationInvalid", hint)
        self.assert_outcome(self.visit("-AllowRedirection"), 1, stderr=expected)
        self.assertEqual(self.there.counters["connections_opened"], 0)


class Options(PeerCase):
    """What is given with -SessionOption."""

    def test_the_buffering_mode_and_utf_16(self):
        for place in (self.http, (*self.https, *self.trusting, "-Authentication", "Basic")):
            shell_id, = self.peer.add("ITTask")
            option = "OutputBufferingMode=Drop,UseUTF16=true"
            outcome = self.home.connect(*place, "-Name", "ITTask", "-SessionOption", option)
            self.assertEqual((outcome.status, outcome.stderr), (0, ""))
            self.assertEqual(self.peer.shells()[shell_id]["buffer_mode"], "Drop")
            self.peer.reset()
