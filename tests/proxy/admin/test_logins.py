"""Log-ins are few, and end by themselves."""

import asyncio
import contextlib
import gc

import pytest
from starlette.exceptions import HTTPException

from conf.admin import AdminSettings
from plugins import UpstreamError
from proxy.admin.connection import Credentials, Listener, Statement
from proxy.admin.logins import Logins

APP = Credentials("app", "secret", "shop")


@contextlib.asynccontextmanager
async def log_ins(admin, **settings):
    made = Logins(AdminSettings(**settings), Listener(admin.gateway.host, admin.gateway.port, None))
    try:
        yield made
    finally:
        await made.close()


def is_there(logins, login):
    try:
        return logins.get(login.role, login.id) is login
    except HTTPException:
        return False


def test_old_ones_make_way(admin):
    async def main():
        async with log_ins(admin, logins=2) as logins:
            first, second, third = [await logins.open("admin", APP) for _ in range(3)]
            assert [is_there(logins, login) for login in (first, second, third)] == [False, True, True]
            assert not first.connection.open
            await logins.take("admin", second.id)
            other = await logins.open("reader", APP)  # each role has its own
            fourth = await logins.open("admin", APP)  # not the second, which is at work
            assert [is_there(logins, login) for login in (second, third, other, fourth)] == [True, False, True, True]
            await logins.take("admin", fourth.id)
            with pytest.raises(HTTPException) as refused:
                await logins.open("admin", APP)
            assert refused.value.status_code == 429

    asyncio.run(main())


def test_idle_ones_end(admin):
    async def main():
        async with log_ins(admin, login_idle_s=0.2) as logins:
            idle, busy = [await logins.open("admin", APP) for _ in range(2)]
            await logins.take("admin", busy.id)
            expiring = asyncio.create_task(logins.expire())
            async with asyncio.timeout(60):
                while is_there(logins, idle):
                    await asyncio.sleep(0.02)
            assert is_there(logins, busy)
            expiring.cancel()

    asyncio.run(main())


def test_a_stream_that_ends_after_all_others(admin, capfd):
    """The server cancels what is left at its end, and waits for nothing: the log-ins may be closed already."""

    async def main():
        async with log_ins(admin) as logins:
            login = await logins.open("admin", APP)
            statement = Statement(login.connection, "SELECT seq FROM seq_1_to_3000000")
            assert await login.call(statement.start)
        logins.abandon(login, statement)
        assert not asyncio.all_tasks() - {asyncio.current_task()}
        with pytest.raises(UpstreamError) as refused:
            await login.call(statement.batch)
        assert refused.value.number == 1053

    asyncio.run(main())
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err
