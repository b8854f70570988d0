"""Starts winrm_peer with something about it that is not as usual:

    python odd_peer.py TRAIT [THE PEER'S OPTIONS]

in the peer's folder. The functions below describe what it can be; the tests start it through peer.Peer.
"""

import asyncio
import os
import sys

sys.path.insert(0, os.getcwd())

import spnego
import winrm_peer.__main__
from spnego import _credssp, _ntlm
from spnego.exceptions import BadMICError, InvalidTokenError, SpnegoError
from winrm_peer import auth

NTLM, SPNEGO = "1.3.6.1.4.1.311.2.2.10", "1.3.6.1.5.5.2"


def gss_ntlmssp():
    """NTLM is accepted by gss-ntlmssp, a library in C of other authors again, and SPNEGO by MIT's GSS-API."""
    import gssapi
    from gssapi import raw

    class Context:
        """What the peer expects of pyspnego's contexts, by means of GSS-API's."""

        negotiated_protocol = "ntlm"

        def __init__(self):
            mechanisms = [gssapi.OID.from_int_seq(oid) for oid in (NTLM, SPNEGO)]
            self.credentials = gssapi.Credentials(usage="accept", mechs=mechanisms)
            self.context, self.complete, self.client_principal = None, False, None

        def step(self, token, channel_bindings=None):
            if channel_bindings is not None:
                channel_bindings = raw.ChannelBindings(application_data=channel_bindings.application_data)
            try:
                result = raw.accept_sec_context(token, self.credentials, self.context, channel_bindings)
            except raw.GSSError as error:
                raise InvalidTokenError(base_error=error) from error
            self.context, self.complete = result.context, not result.more_steps
            if self.complete:
                assert result.mech.dotted_form == NTLM, result.mech
                # The library counts the end of the text in.
                self.client_principal = raw.display_name(result.initiator_name).name.decode().rstrip("\0")
            return result.token

        def wrap(self, text):
            sealed = raw.wrap(self.context, text, confidential=True)
            assert sealed.encrypted
            return spnego.WrapResult(data=sealed.message, encrypted=True)

        def unwrap(self, sealed):
            try:
                unsealed = raw.unwrap(self.context, sealed)
            except raw.GSSError as error:
                raise BadMICError(base_error=error) from error
            if not unsealed.encrypted:
                raise ValueError("it is signed and not sealed")
            return spnego.UnwrapResult(data=unsealed.message, encrypted=True, qop=0)

        def wrap_winrm(self, text):
            sealed = self.wrap(text).data
            return spnego.WinRMWrapResult(header=sealed[:16], data=sealed[16:], padding_length=0)

        def unwrap_winrm(self, signature, data):
            return self.unwrap(signature + data).data

    def new_context(self, kind):
        if kind == "credssp":
            return spnego.server(protocol="credssp", credssp_negotiate_context=Context())
        return Context()

    auth.ConnectionAuth._new_context = new_context


def forged_key():
    """In CredSSP it proves another key than that of its TLS, as a machine in the middle would have to."""
    proof = _credssp._get_pub_key_auth

    def forged(public_key, usage, **nonce):
        return proof(public_key if usage == "initiate" else public_key[::-1], usage, **nonce)

    _credssp._get_pub_key_auth = forged


def locked_out():
    """NTLM finds the account locked out, whatever the password. Only inside CredSSP there are words for that."""

    def locked(*arguments, **more):
        raise SpnegoError(error_code=0xC0000234)  # STATUS_ACCOUNT_LOCKED_OUT

    _ntlm.NTLMProxy._step_accept_authenticate = locked


def everywhere():
    """It listens on all addresses of its network, of either family, where its port is given."""
    create_server = asyncio.base_events.BaseEventLoop.create_server

    async def create(loop, make, host, port, **more):
        return await create_server(loop, make, None if port else host, port, **more)

    asyncio.base_events.BaseEventLoop.create_server = create


TRAITS = {"gss-ntlmssp": gss_ntlmssp, "forged-key": forged_key, "locked-out": locked_out, "everywhere": everywhere}

if __name__ == "__main__":
    trait = sys.argv.pop(1)
    TRAITS[trait]()
    winrm_peer.__main__.main()
