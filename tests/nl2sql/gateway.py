"""The AI plugins without the gateway around them: statements on a session of one's own, with a scripted model."""

import contextlib

from conf.settings import load_settings
from knowledge import plugin as knowledge
from nl2sql import plugin
from plugins import load_plugins
from tests.nl2sql.scripted import scripted_models

BY_STATUS = "SELECT status, COUNT(*) AS n FROM orders GROUP BY status"


@contextlib.asynccontextmanager
async def gateway(folder, session, script, editors=(), **ask):
    """The plugin as the gateway runs it; gives a function that handles a statement."""
    known = {"editors": list(editors)}
    settings = load_settings(data_dir=str(folder), upstream=session.upstream, ask=ask, knowledge=known)
    services = load_plugins(settings=settings.plugins).services
    if script is not None:
        services.add(scripted_models(settings, script))
    async with knowledge.askwire_lifespan(settings, services), plugin.askwire_lifespan(settings, services):
        statements = plugin.askwire_statements(services)

        async def handle(text, by=session):
            for statement in statements:
                words = text.upper().split()
                opened = statement.opening and tuple(words[: len(statement.opening)]) == statement.opening
                marked = statement.marker and text.lower().startswith(f"/*{statement.marker}*/")
                called = statement.function and f"{statement.function}(" in text and words[0] in ("SELECT", "WITH")
                if (opened or marked or called) and statement.accepts(text):
                    return await statement.handle(by, text)
            return None

        handle.services = services
        yield handle


def code_of(error):
    return error.value.code
