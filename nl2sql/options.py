"""The session's options: ``SET ASK name = value``, ``SHOW ASK OPTIONS``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conf.settings import Settings
from plugins import AskwireError, ErrorCode, Session
from plugins.words import ENGLISH, LANGUAGES, STATE, translated

_STATE = "nl2sql.options"
DEFAULT = "default"
SHOWN = ("rows", "sql")
WRITES = ("off", "rehearse")


@dataclass(frozen=True, slots=True)
class Options:
    """What this session asks for; None: as the settings say."""

    limit: int
    show: str
    model: str | None
    deadline: float
    time_limit: float
    repair: int
    candidates: int
    writes: str = "off"
    language: str = ENGLISH
    knowledge: tuple[str, ...] = ()  # bases


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its values in words, and how a value is read (raises ValueError)."""

    values: str
    read: Callable[[str], Any]
    describes: str


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text) if text.isdecimal() and len(text) < 12 else -1
        if not low <= value <= high:
            raise ValueError
        return value

    return read


def _seconds(high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not 0.1 <= value <= high:  # also refuses NaN
            raise ValueError
        return value

    return read


def _show(text: str) -> str:
    if text.lower() not in SHOWN:
        raise ValueError
    return text.lower()


def _writes(may_write: bool) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in WRITES[: 1 + may_write]:
            raise ValueError
        return text.lower()

    return read


def _language(text: str) -> str:
    if text.lower() not in LANGUAGES:
        raise ValueError
    return text.lower()


def _model(text: str) -> str:
    if not text or len(text) > 100 or not text.isprintable():
        raise ValueError
    return text


def _bases(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip())))
    if len(text) > 1_000 or not text.isprintable():
        raise ValueError
    return names


class SessionOptions:
    """Reads and changes a session's options; they live as long as the client's session."""

    def __init__(self, settings: Settings) -> None:
        ask = settings.ask
        self._defaults = Options(
            ask.limit, ask.show, None, ask.deadline_s, ask.time_limit_s, ask.repair_rounds, ask.candidates,
            language=settings.language,
        )  # fmt: skip
        self.known = {
            "limit": Option(f"1 to {ask.limit} rows", _whole(1, ask.limit), "largest number of rows"),
            "show": Option(", ".join(SHOWN), _show, "what ASK does by itself: run the SQL or only show it"),
            "model": Option("a model's name", _model, "the model that answers"),
            "deadline": Option("0.1 to 3600 seconds", _seconds(3600), "for the whole answer, the model included"),
            "time_limit": Option(
                f"0.1 to {ask.time_limit_s:g} seconds", _seconds(ask.time_limit_s), "for the generated SQL"
            ),
            "candidates": Option(
                "1 to 16 statements", _whole(1, 16), "how many statements compete when the first is in doubt"
            ),
            "writes": Option(
                ", ".join(WRITES) if ask.max_changed_rows else "off (the settings allow no more)",
                _writes(ask.max_changed_rows > 0),
                "what becomes of a question that wants to change data: refused, or tried and shown",
            ),
            "language": Option(", ".join(LANGUAGES), _language, "of messages and notes"),
            "knowledge": Option("names of knowledge bases", _bases, "where ASK and ASK DOCS look when they name none"),
            "repair": Option("0 to 5 times", _whole(0, 5), "how often SQL that fails a check goes back to the model"),
        }

    def of(self, session: Session) -> Options:
        """The options in force."""
        options: Options = session.state.get(_STATE, self._defaults)
        return options

    def read(self, name: str, value: str) -> Any:
        """The value that ``value`` writes. Raises UNKNOWN_OPTION and BAD_OPTION_VALUE."""
        option = self.known.get(name)
        if option is None:
            raise AskwireError(ErrorCode.UNKNOWN_OPTION, f"SET ASK does not know {name[:40]!r}")
        if value.lower() == DEFAULT:
            return getattr(self._defaults, name)
        try:
            return option.read(value)
        except ValueError:
            said = f"{name} takes {option.values}, not {value[:40]!r}"
            raise AskwireError(ErrorCode.BAD_OPTION_VALUE, said) from None

    def set(self, session: Session, name: str, value: Any) -> None:
        """``value``: as ``read`` gives it."""
        session.state[_STATE] = replace(self.of(session), **{name: value})
        if name == "language":
            session.state[STATE] = value

    def rows(self, session: Session) -> list[tuple[str, str, str, str]]:
        """(option, value, values, meaning) of each option."""
        now = self.of(session)
        said = {name: translated(o.describes, now.language) for name, o in self.known.items()}
        takes = {name: translated(o.values, now.language) for name, o in self.known.items()}
        return [(name, _text(getattr(now, name)), takes[name], said[name]) for name in self.known]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "default" if value is None else f"{value}"
