"""Knowledge bases over the admin endpoint: whoever has its token is the operator and owns every base."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from knowledge.bases import Bases
from knowledge.documents import Documents
from knowledge.ingest import Ingest
from knowledge.loading.loaders import Loaders
from knowledge.loads import Loads
from knowledge.records import OPERATOR, Base
from knowledge.retrieval import Retriever
from knowledge.statements import Knowledge
from plugins import AskwireError, ErrorCode

Account = Annotated[str, Field(min_length=1, max_length=350, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f ][^\x00-\x1f\x7f]*$")
]

Uploaded = Annotated[list[UploadFile], File(min_length=1, max_length=100)]


class NewBase(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Name
    readers: list[Account] = Field([], max_length=100)


class NewDocument(BaseModel):
    """A web page, or a file or folder of the import folder."""

    model_config = ConfigDict(extra="forbid")
    source: str = Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")


class BaseShown(BaseModel):
    """``done``, ``total``: chunks of what is being loaded."""

    name: str
    owner: str
    owners: list[str]
    readers: list[str]
    documents: int
    chunks: int
    state: str
    done: int
    total: int
    failed: int
    embedder: str
    backend: str


class BasesShown(BaseModel):
    bases: list[BaseShown]


class DocumentShown(BaseModel):
    id: int
    source: str
    title: str
    chunks: int
    bytes: int
    changed_at: str


class LoadShown(BaseModel):
    id: int
    name: str
    state: str
    error: str
    done: int
    total: int


class DocumentsShown(BaseModel):
    documents: list[DocumentShown]
    loads: list[LoadShown]


class LoadsBegun(BaseModel):
    loads: list[int]


class PassageShown(BaseModel):
    source: str
    title: str
    place: str
    text: str
    score: float


class PassagesShown(BaseModel):
    passages: list[PassageShown]


class _Routes:
    def __init__(
        self,
        bases: Bases,
        loads: Loads,
        documents: Documents,
        ingest: Ingest,
        knowledge: Knowledge,
        retriever: Retriever,
    ) -> None:
        self._ingest = ingest
        self._bases = bases
        self._loads = loads
        self._documents = documents
        self._knowledge = knowledge
        self._retriever = retriever

    async def show_all(self) -> BasesShown:
        """All knowledge bases."""
        return BasesShown(bases=[await self._shown(base) for base in await self._bases.visible(OPERATOR)])

    async def create(self, asked: NewBase) -> BaseShown:
        """Make an empty knowledge base; nobody but the editors reads it unless readers are named."""
        name = " ".join(asked.name.split())
        base = await self._bases.create(OPERATOR, name, self._knowledge.embedder, asked.readers)
        return await self._shown(base)

    async def show(self, base: str) -> BaseShown:
        """One knowledge base."""
        return await self._shown(await self._bases.owned(OPERATOR, base))

    async def drop(self, base: str) -> Response:
        """Drop a knowledge base and all that it holds."""
        await self._knowledge.drop(OPERATOR, base)
        return Response(status_code=204)

    async def admit_reader(self, base: str, account: Account) -> Response:
        """Let an account (user, user@host, or * for everybody) search the base."""
        await self._bases.admit(OPERATOR, base, account, "reader")
        return Response(status_code=204)

    async def dismiss_reader(self, base: str, account: Account) -> Response:
        """Take that away again."""
        await self._bases.dismiss(OPERATOR, base, account, "reader")
        return Response(status_code=204)

    async def admit_owner(self, base: str, account: Account) -> Response:
        """Let an account load into the base, drop it, and say who reads it."""
        await self._bases.admit(OPERATOR, base, account, "owner")
        return Response(status_code=204)

    async def dismiss_owner(self, base: str, account: Account) -> Response:
        """Take that away again."""
        await self._bases.dismiss(OPERATOR, base, account, "owner")
        return Response(status_code=204)

    async def documents(self, base: str) -> DocumentsShown:
        """The documents of a base, and the loads that run or failed."""
        found = await self._bases.owned(OPERATOR, base)
        stored = await self._documents.stored(found)
        loads = await self._loads.listed(found)
        return DocumentsShown(
            documents=[DocumentShown(**{k: getattr(d, k) for k in DocumentShown.model_fields}) for d in stored],
            loads=[LoadShown(**{k: getattr(load, k) for k in LoadShown.model_fields}) for load in loads],
        )

    async def upload(self, base: str, file: Uploaded) -> LoadsBegun:
        """Load files into the base, or none when one has no fit name; each replaces what its name brought before."""
        found = await self._bases.owned(OPERATOR, base)
        names = [_file_name(one, self._ingest.loaders) for one in file]
        twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if twice is not None:
            raise AskwireError(ErrorCode.CANNOT_LOAD, f"Two files are called {twice}; one would replace the other")
        together = zip(names, file, strict=True)
        return LoadsBegun(loads=[await self._knowledge.upload(found, n, f.file, "operator") for n, f in together])

    async def fetch(self, base: str, asked: NewDocument) -> LoadsBegun:
        """Load a web page by its URL, or a file or folder of the import folder."""
        found = await self._bases.owned(OPERATOR, base)
        return LoadsBegun(loads=await self._knowledge.enqueue(found, asked.source, "operator"))

    async def remove(self, base: str, document: int) -> Response:
        """Take a document out of the base."""
        found = await self._bases.owned(OPERATOR, base)
        if not await self._documents.remove(found, document):
            raise AskwireError(ErrorCode.NOT_KNOWN, f"{found.name} has no document {document}", _listed(found))
        self._ingest.wake()
        return Response(status_code=204)

    async def cancel(self, base: str, load: int) -> Response:
        """Stop a load; what of it is complete stays."""
        found = await self._bases.owned(OPERATOR, base)
        if not await self._loads.cancel(found, load):
            raise AskwireError(ErrorCode.NOT_KNOWN, f"{found.name} has no load {load} that runs", _listed(found))
        self._ingest.wake()
        return Response(status_code=204)

    async def search(
        self,
        base: str,
        q: Annotated[str, Query(min_length=1, max_length=4000)],
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        source: Annotated[str, Query(max_length=2000)] = "",
    ) -> PassagesShown:
        """The passages nearest to a question; of the documents whose source is LIKE ``source`` if that is given."""
        found = await self._bases.owned(OPERATOR, base)
        passages = await self._retriever.search(q, [found], limit, source)
        return PassagesShown(
            passages=[PassageShown(**{k: getattr(p, k) for k in PassageShown.model_fields}) for p in passages]
        )

    async def _shown(self, base: Base) -> BaseShown:
        counts = await self._documents.counts(base)
        members = await self._bases.members(base)
        return BaseShown(
            name=base.name,
            owner=base.owner,
            owners=[account for account, role in members if role == "owner"],
            readers=[account for account, role in members if role == "reader"],
            documents=counts.documents,
            chunks=counts.chunks,
            state=counts.state,
            done=counts.done,
            total=counts.total,
            failed=counts.failed,
            embedder=base.embedder,
            backend=base.backend,
        )


def _listed(base: Base) -> str:
    return f"GET /v1/knowledge/{quote(base.name, safe='')}/documents lists its documents and loads."


def _file_name(file: UploadFile, loaders: Loaders) -> str:
    """Without folders. Raises CANNOT_LOAD."""
    name = PurePath((file.filename or "").replace("\\", "/")).name
    if not name.isprintable() or not 0 < len(name) <= 255:
        raise AskwireError(ErrorCode.CANNOT_LOAD, "The file has no name of 1 to 255 printable characters")
    if not loaders.reads(name):
        raise AskwireError(ErrorCode.CANNOT_LOAD, f"{name} {loaders.why_not(name)}")
    return name


def routes(
    bases: Bases, loads: Loads, documents: Documents, ingest: Ingest, knowledge: Knowledge, retriever: Retriever
) -> Sequence[APIRouter]:
    """What ``/v1/knowledge`` offers."""
    its = _Routes(bases, loads, documents, ingest, knowledge, retriever)
    router = APIRouter(prefix="/knowledge", tags=["knowledge"])
    router.get("")(its.show_all)
    router.post("", status_code=201)(its.create)
    router.get("/{base}")(its.show)
    router.delete("/{base}", status_code=204)(its.drop)
    for what, admit, dismiss in (
        ("readers", its.admit_reader, its.dismiss_reader),
        ("owners", its.admit_owner, its.dismiss_owner),
    ):
        router.put(f"/{{base}}/{what}/{{account}}", status_code=204)(admit)
        router.delete(f"/{{base}}/{what}/{{account}}", status_code=204)(dismiss)
    router.get("/{base}/documents")(its.documents)
    router.post("/{base}/documents", status_code=202, openapi_extra={"x-upload": True})(its.upload)
    router.post("/{base}/sources", status_code=202)(its.fetch)
    router.delete("/{base}/documents/{document}", status_code=204)(its.remove)
    router.delete("/{base}/loads/{load}", status_code=204)(its.cancel)
    router.get("/{base}/search")(its.search)
    return [router]
