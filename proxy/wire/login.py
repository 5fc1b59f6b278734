"""The log-in of a client to the upstream, sans-IO: packets in, actions out.

The upstream's greeting goes to the client, the client's answer goes to the upstream, and what follows is relayed until
the upstream says OK or ERR. So there is no user table here: the upstream decides. A refusal is a state that nothing
leads out of.

The caller has to hand over one packet at a time, and must not read past it: the bytes behind a packet that starts TLS
belong to the TLS handshake, never to the log-in.

Upstreams on a Unix socket are not supported on purpose: through MariaDB's unix_socket and MySQL's auth_socket plugin
every client could log in as the operating system's user that the gateway runs as.
"""

from dataclasses import dataclass
from typing import Literal

from proxy.wire import capabilities as caps
from proxy.wire.actions import Action, Legs, LoggedIn, LoginResult, Rsa, StartClientTls, StartUpstreamTls
from proxy.wire.auth import AuthExchange, must_withdraw
from proxy.wire.conversation import Conversation, Event, State
from proxy.wire.errors import ProtocolError
from proxy.wire.greeting import Greeting, bad_handshake, parse_greeting
from proxy.wire.packets import out_of_order
from proxy.wire.response import SSL_REQUEST_SIZE, HandshakeResponse, client_capabilities, is_ssl_request, parse_response


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """``settings.tls``. To the log-in "verify" is "required": the caller checks the certificate.

    ``in_process``: the upstream is the gateway's own server. No one can listen in between, so a password goes there in
    clear; the SSL flag of the response tells it whether the client's leg has TLS.
    """

    client_tls: Literal["off", "on", "required"]
    upstream_tls: Literal["off", "preferred", "required", "verify"]
    in_process: bool = False


class Login(Conversation):
    """One client's log-in: feed the packets of both legs, do what the actions say, until LoggedIn or Refused."""

    def __init__(self, policy: LoginPolicy, rsa: Rsa) -> None:
        super().__init__(Legs(), State.GREETING)
        self._policy = policy
        self._rsa = rsa
        self._offer = 0
        self._mariadb_offer = 0
        self._greeting: Greeting | None = None
        self._response: HandshakeResponse | None = None

    def client_tls_started(self) -> list[Action]:
        return self._on(Event.CLIENT_TLS_STARTED)

    def upstream_tls_started(self) -> list[Action]:
        return self._on(Event.UPSTREAM_TLS_STARTED)

    def _step(self, event: Event, payload: bytes) -> list[Action]:
        match self.state, event:
            case State.GREETING, Event.UPSTREAM_PACKET:
                return self._on_greeting(payload)
            case State.RESPONSE, Event.CLIENT_PACKET if is_ssl_request(payload):
                return self._on_ssl_request()
            case ((State.RESPONSE | State.RESPONSE_IN_TLS), Event.CLIENT_PACKET):
                return self._on_response(payload)
            case State.CLIENT_TLS, Event.CLIENT_TLS_STARTED:
                self._legs.client.tls = True
                self.state = State.RESPONSE_IN_TLS
                return []
            case State.UPSTREAM_TLS, Event.UPSTREAM_TLS_STARTED:
                self._legs.upstream.tls = True
                return self._send_response()
            case State.AUTHENTICATION, _:
                return self._authenticate(event, payload)
        raise bad_handshake() if event is Event.CLIENT_PACKET else out_of_order()

    def _on_greeting(self, payload: bytes) -> list[Action]:
        greeting = self._greeting = parse_greeting(payload)
        must = self._policy.upstream_tls in ("required", "verify") and not self._policy.in_process
        if must and not greeting.capabilities & caps.SSL:
            raise ProtocolError(
                1043, "08S01", "Bad handshake: the gateway must use TLS to the database, which does not offer it"
            )
        self._offer = caps.offered(greeting.capabilities, tls=self._policy.client_tls != "off")
        self._mariadb_offer = caps.mariadb_offered(greeting.mariadb_capabilities)
        self.state = State.RESPONSE
        return [self._legs.to_client(greeting.offering(self._offer, self._mariadb_offer))]

    def _on_ssl_request(self) -> list[Action]:
        if self._policy.client_tls == "off":
            raise bad_handshake()
        self.state = State.CLIENT_TLS
        return [StartClientTls()]

    def _on_response(self, payload: bytes) -> list[Action]:
        assert self._greeting is not None
        self._response = parse_response(payload, self._offer)
        if not self._legs.client.tls:
            # A whole response where TLS was announced: an upstream would take it for an SSLRequest.
            if client_capabilities(payload) & self._offer & caps.SSL:
                raise bad_handshake()
            if self._policy.client_tls == "required":
                raise ProtocolError(3159, "HY000", "Connections using insecure transport are prohibited by the gateway")
        if self._policy.in_process:
            self._legs.upstream.tls = True
            return self._send_response()
        if self._policy.upstream_tls == "off" or not self._greeting.capabilities & caps.SSL:
            return self._send_response()
        self.state = State.UPSTREAM_TLS
        request = self._upstream_response(tls=True, withdraw_auth=False)[:SSL_REQUEST_SIZE]
        return [self._legs.to_upstream(request), StartUpstreamTls()]

    def _send_response(self) -> list[Action]:
        assert self._greeting is not None
        assert self._response is not None
        auth = self._response.auth
        self._exchange = AuthExchange(
            self._legs,
            self._rsa,
            auth,
            user=self._response.user,
            nonce=self._greeting.nonce,
            capabilities=self._negotiated,
        )
        self.state = State.AUTHENTICATION
        tls = self._legs.client.tls if self._policy.in_process else self._legs.upstream.tls
        response = self._upstream_response(tls=tls, withdraw_auth=must_withdraw(auth, self._legs))
        return [self._legs.to_upstream(response)]

    def _upstream_response(self, *, tls: bool, withdraw_auth: bool) -> bytes:
        assert self._response is not None
        capabilities = self._negotiated | (caps.SSL if tls else 0)
        return self._response.asking(capabilities, self._mariadb_negotiated, withdraw_auth=withdraw_auth)

    @property
    def _negotiated(self) -> int:
        assert self._response is not None
        return caps.negotiated(self._response.capabilities, self._offer)

    @property
    def _mariadb_negotiated(self) -> int:
        assert self._response is not None
        return self._response.mariadb_capabilities & self._mariadb_offer

    def _success(self, nonce: bytes, status: int) -> Action:
        assert self._greeting is not None
        assert self._response is not None
        return LoggedIn(
            LoginResult(
                capabilities=self._negotiated,
                mariadb_capabilities=self._mariadb_negotiated,
                connection_id=self._greeting.connection_id,
                server_version=self._greeting.server_version,
                is_mariadb=self._greeting.is_mariadb,
                user=self._response.user,
                database=self._response.database,
                charset=self._response.charset,
                nonce=nonce,
                status=status,
                client_tls=self._legs.client.tls,
                upstream_tls=self._legs.upstream.tls,
            )
        )
