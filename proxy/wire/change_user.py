"""COM_CHANGE_USER: a session logs in again on the connection that it has. Sans-IO.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html
"""

from proxy.wire.actions import Action, Legs, LoginResult, Rsa, UserChanged
from proxy.wire.auth import AuthExchange, must_withdraw
from proxy.wire.conversation import Conversation, Event, State
from proxy.wire.packets import out_of_order
from proxy.wire.response import ChangeUserRequest, parse_change_user


class ChangeUser(Conversation):
    """Feed the client's command (sequence id 0), then the packets of both legs until UserChanged or Refused.

    ``session`` is the result of the log-in, ``nonce`` the latest one: of the log-in, or of the last ``UserChanged``.
    An ERR ends the session, whatever the upstream itself would allow after it.
    """

    def __init__(self, session: LoginResult, nonce: bytes, rsa: Rsa) -> None:
        super().__init__(Legs(client_tls=session.client_tls, upstream_tls=session.upstream_tls), State.RESPONSE)
        self._capabilities = session.capabilities
        self._nonce = nonce
        self._rsa = rsa
        self._request: ChangeUserRequest | None = None

    def _step(self, event: Event, payload: bytes) -> list[Action]:
        match self.state, event:
            case State.RESPONSE, Event.CLIENT_PACKET:
                return self._on_command(payload)
            case State.AUTHENTICATION, _:
                return self._authenticate(event, payload)
        raise out_of_order()

    def _on_command(self, payload: bytes) -> list[Action]:
        request = self._request = parse_change_user(payload, self._capabilities)
        self._exchange = AuthExchange(
            self._legs,
            self._rsa,
            request.auth,
            user=request.user,
            nonce=self._nonce,
            capabilities=self._capabilities,
        )
        self.state = State.AUTHENTICATION
        withdraw = must_withdraw(request.auth, self._legs)
        return [self._legs.to_upstream(request.auth.withdrawn(payload) if withdraw else payload)]

    def _success(self, nonce: bytes, status: int) -> Action:
        assert self._request is not None
        request = self._request
        return UserChanged(request.user, request.database, request.charset, nonce, status)
