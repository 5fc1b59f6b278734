"""The naive peer: mysql-mimic in front, a driver behind; every result is decoded and encoded again.

python -m tests.bench.mimic_proxy PORT UPSTREAM_PORT
"""

import asyncio
import logging
import sys
from typing import Any

import aiomysql
from mysql_mimic import IdentityProvider, MysqlServer, NativePasswordAuthPlugin, Session, User

from tests.bench import peers


class Identity(IdentityProvider):
    """One account, known here too: this kind of proxy ends the log-in itself."""

    def get_plugins(self) -> list[Any]:
        return [NativePasswordAuthPlugin()]

    async def get_user(self, username: str) -> User | None:
        password = NativePasswordAuthPlugin.create_auth_string(peers.PASSWORD)
        return User(name=username, auth_string=password, auth_plugin=NativePasswordAuthPlugin.name)


class Forwarding(Session):  # type: ignore[misc]  # mysql-mimic is not typed
    """Sends every statement on as it came."""

    upstream: aiomysql.Connection | None = None

    async def handle_query(self, sql: str, attrs: dict[str, str]) -> Any:
        if self.upstream is None:
            self.upstream = await aiomysql.connect(
                host="127.0.0.1",
                port=int(sys.argv[2]),
                user=peers.USER,
                password=peers.PASSWORD,
                db=peers.DATABASE,
                autocommit=True,
            )
        async with self.upstream.cursor() as cursor:
            await cursor.execute(sql)
            if not cursor.description:
                return None
            return await cursor.fetchall(), [column[0] for column in cursor.description]

    async def close(self) -> None:
        if self.upstream is not None:
            self.upstream.close()


async def main() -> None:
    logging.disable(logging.CRITICAL)
    server = MysqlServer(session_factory=Forwarding, identity_provider=Identity())
    await server.serve_forever(host="127.0.0.1", port=int(sys.argv[1]))


if __name__ == "__main__":
    asyncio.run(main())
