"""COM_CHANGE_USER on a running session: the log-in's conversation over connections that are already there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from plugins import UpstreamError
from proxy.borrow import Borrowed
from proxy.respond import describe
from proxy.wire import encode
from proxy.wire.actions import Action, Refused, ToClient, ToUpstream, UserChanged
from proxy.wire.change_user import ChangeUser
from proxy.wire.commands import Command
from proxy.wire.errors import ProtocolError
from proxy.wire.packets import PacketReader

if TYPE_CHECKING:
    from proxy.relay import Relay


log = structlog.get_logger("askwire.session")


async def change_user(relay: "Relay", command: Command) -> None:
    """Relay the exchange until the upstream says OK; anything else ends the session.

    As at the log-in, the client gets the OK once nothing speaks against the new user, and else an error in its place.
    """
    session = relay.turn.borrow()
    try:
        await session.acquire()
        agreed = await _exchange(relay, session, command)
    except (UpstreamError, ProtocolError) as error:
        relay.client.write(encode.error(1, *describe(error)))
        agreed = None
    if agreed is None:
        relay.close()
        return
    changed, welcome = agreed
    relay.nonce = changed.nonce
    relay.login = replace(relay.login, user=changed.user, database=changed.database)
    try:
        relay.guard_user()
    except Exception as error:
        log.exception("session_refused", connection=relay.login.connection_id)
        relay.client.write(encode.error(welcome[3], *describe(error)))
        relay.close()
        return
    relay.client.write(welcome)
    if relay.observer is not None:
        relay.observer.user, relay.observer.database = changed.user, changed.database
    if changed.database:
        relay.idle.database_selected()


async def _exchange(relay: "Relay", session: Borrowed, command: Command) -> tuple[UserChanged, bytes] | None:
    """What was agreed on, and the OK that the client is still to get; None where it was refused."""
    conversation = ChangeUser(relay.login, relay.nonce, relay.hub.rsa)
    ended: asyncio.Future[tuple[UserChanged, bytes] | None] = asyncio.get_running_loop().create_future()
    session.fail_when_lost(ended)

    def act(actions: list[Action]) -> None:
        welcome = b""
        ends = any(isinstance(action, UserChanged) for action in actions)
        for action in actions:
            match action:
                case ToClient(data) if ends:
                    welcome += data
                case ToClient(data):
                    relay.client.write(data)
                case ToUpstream(data):
                    relay.upstream.write(data)
                case UserChanged() if not ended.done():
                    relay.exchange_listener = None  # what it sends from now on are commands
                    ended.set_result((action, welcome))
                case Refused() if not ended.done():
                    ended.set_result(None)

    def feeding(take: Callable[[int, bytes], list[Action]]) -> Callable[[bytes], None]:
        reader = PacketReader()

        def feed(data: bytes) -> None:
            try:
                reader.feed(data)
                for sequence, payload in reader:
                    act(take(sequence, payload))
            except ProtocolError as error:
                act(conversation.refuse(error))

        return feed

    relay.upstream_leg.listener = feeding(conversation.upstream_packet)
    relay.exchange_listener = feeding(conversation.client_packet)
    act(conversation.client_packet(0, command.raw[4:]))
    return await ended
