"""The addresses that a crawl has met and not asked for yet, nearest first."""

from collections import Counter, deque
from urllib.parse import urlsplit

from plugins.builtin.crawl.scope import Scope, is_text

QUERIES_PER_PATH = 20


class Frontier:
    """Begins with the base of ``scope``; no address comes twice."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._waiting: deque[tuple[str, int]] = deque([(scope.base, 0)])
        self._met = {scope.base}
        self._queries: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, url: str) -> bool:
        """Whether it was met, be it asked for or not."""
        return url in self._met

    def next(self) -> tuple[str, int]:
        """An address, and how many links it is away from the base."""
        return self._waiting.popleft()

    def meet(self, link: str, depth: int, base: str) -> None:
        """``link``, which stands on ``base``, leads to an address that may be the crawl's, and new."""
        url = self._scope.link(base, link)
        if url is None or url in self._met or not is_text(url):
            return
        parts = urlsplit(url)
        if parts.query:
            self._queries[parts.path] += 1
            if self._queries[parts.path] > QUERIES_PER_PATH:
                return
        self._met.add(url)
        self._waiting.append((url, depth))
