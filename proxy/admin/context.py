"""What the routes of one admin endpoint share."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from proxy.admin.crew import Crew
from proxy.admin.logins import Logins
from proxy.admin.tokens import Role
from proxy.hub import Hub


@dataclass(frozen=True, slots=True)
class Context:
    hub: Hub
    crew: Crew
    logins: Logins


def _role(request: Request) -> Role:
    return Role(request.state.role)


RoleOfCaller = Annotated[Role, Depends(_role)]
