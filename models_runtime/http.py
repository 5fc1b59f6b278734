"""``GET /v1/models`` of the admin endpoint: what SHOW AI MODELS shows."""

from fastapi import APIRouter
from pydantic import BaseModel

from conf.settings import Settings
from models_runtime import show
from models_runtime.registry import Models


class ModelShown(BaseModel):
    name: str
    engine: str
    tasks: str
    state: str
    circuit: str
    waiting: int
    in_flight: int
    answered: int
    failed: int
    first_token_ms: int | None
    tokens_per_s: float | None
    cached_percent: int | None


class ModelList(BaseModel):
    models: list[ModelShown]


def router(settings: Settings, models: Models) -> APIRouter:
    """Of the process that answers: each of several workers counts its own requests."""
    router = APIRouter(tags=["models"])
    names = [column.name for column in show.COLUMNS]

    @router.get("/models")
    async def list_models() -> ModelList:
        """Every model that can be asked for, what it is for, and how it does."""
        shown = (dict(zip(names, row, strict=True)) for row in show.rows(settings, models))
        return ModelList(models=[ModelShown.model_validate(row) for row in shown])

    return router
