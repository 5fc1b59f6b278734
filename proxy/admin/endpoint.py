"""Starts and ends the admin endpoint of a running gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from plugins.http import DatabaseLogins
from proxy.admin.app import build
from proxy.admin.connection import listener_of
from proxy.admin.context import Context
from proxy.admin.control import Control
from proxy.admin.crew import Crew, answering
from proxy.admin.logins import Logins
from proxy.admin.server import serving
from proxy.admin.tokens import Tokens
from proxy.gateway import Gateway
from proxy.workers import Siblings


@asynccontextmanager
async def admin_endpoint(gateway: Gateway, siblings: Siblings | None = None) -> AsyncIterator[tuple[str, int] | None]:
    """Serve it while entered; gives (host, port), or None where it is switched off or another worker's.

    Raises ``SettingsError`` for a token file that others may read, OSError when the address cannot be used.
    """
    hub, settings = gateway.hub, gateway.settings
    control = Control(hub)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(answering(control, siblings))
        if settings.admin.address is None or (siblings is not None and siblings.asked is not None):
            yield None
            return
        tokens = Tokens(settings.data_path)
        tokens.make()
        crew = Crew(control)
        if siblings is not None:
            await crew.connect(siblings, stack)
        context = Context(hub, crew, await _logins(gateway, stack))
        host, port = settings.admin.address
        address = serving(build(context, tokens), host, port, settings.admin.connections)
        yield await stack.enter_async_context(address)


async def _logins(gateway: Gateway, stack: AsyncExitStack) -> Logins:
    """Open to plugins too."""
    logins = Logins(gateway.settings.admin, listener_of(gateway.settings, gateway.address))
    stack.push_async_callback(logins.close)
    expiring = asyncio.create_task(logins.expire())
    stack.callback(expiring.cancel)
    gateway.hub.plugins.services.add(DatabaseLogins(logins.run))
    return logins
