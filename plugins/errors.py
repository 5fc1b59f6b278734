"""The conditions that askwire itself reports, as data. ``docs/errors.md`` is checked against this table.

Everything the upstream reports is passed on as it is; only these conditions are askwire's own.
"""

from enum import Enum

SQLSTATE = "45000"


class ErrorCode(Enum):
    """One code per condition: the number on the wire, and what the person should do next."""

    SYNTAX = 57001, "Write it as the message shows; docs/statements.md lists every form."
    NO_MODEL = 57002, "Start the gateway with a model (--model NAME); 'askwire model list' shows the names."
    MODEL_UNAVAILABLE = 57003, "See the gateway's log; SHOW AI MODELS tells when the model is back."
    MODEL_BUSY = 57004, "Try again in a moment; model.queue_size and SET ASK deadline say how many wait, and how long."
    DEADLINE = 57005, "Ask a narrower question, or raise it: SET ASK deadline = <seconds>."
    NOT_ANSWERABLE = 57006, "Name the tables or columns you mean, or select the database that holds them."
    REFUSED = 57007, "ASK only reads. Write the statement yourself if you mean it."
    NO_VALID_SQL = 57008, "Rephrase the question; ASK TRACE shows what was tried and why it failed."
    NO_DATABASE = 57009, "Select a database first: USE <database>."
    NO_TABLES = 57010, "Ask for rights on the tables, or select another database."
    UNKNOWN_OPTION = 57011, "SHOW ASK OPTIONS lists the options."
    BAD_OPTION_VALUE = 57012, "SHOW ASK OPTIONS shows each option's values."
    UNKNOWN_MODEL = 57013, "SHOW AI MODELS lists the models."
    QUESTION_TOO_LONG = 57014, "Shorten the question, or raise ask.max_question_chars."
    BAD_PARAMETER = 57015, "Bind the question as a string and LIMIT as a whole number."
    NAME_TAKEN = 57031, "Use CREATE OR REPLACE, or another name."
    NOT_KNOWN = 57032, "SHOW AI TERMS, SHOW AI QUERIES or SHOW AI KNOWLEDGE lists what there is for you."
    NOT_YOURS = 57033, "Ask one of the editors that the gateway's settings list ([knowledge] editors)."
    TOO_MANY = 57034, "Drop some that are no longer needed."
    KNOWLEDGE_UNAVAILABLE = 57035, "See the gateway's log; plain SQL and ASK go on without it."
    NOTHING_ASKED = (
        57036,
        "Ask first: FEEDBACK LAST is about this session's last question; SHOW AI HISTORY numbers the others.",
    )
    BAD_SQL = 57037, "Write one SELECT over tables and columns that you may read."
    NOTHING_TO_CONFIRM = 57041, "Ask again: a rehearsal is confirmed once, in its own session, within ask.confirm_s."
    CHANGED_MEANWHILE = 57042, "Nothing was changed. Ask again and look at the new rehearsal."
    TOO_MANY_ROWS = 57043, "Nothing was changed. Ask for fewer rows, or raise ask.max_changed_rows."
    CANNOT_REHEARSE = 57044, "Write the statement yourself if you mean it."
    CANNOT_LOAD = 57051, "Name a file of the import folder, or the address of a public web page."
    CANNOT_DIAGNOSE = (
        57061,
        "Write one SELECT, INSERT … SELECT, UPDATE or DELETE after EXPLAIN AI, as this gateway's database takes it.",
    )
    NO_SCRATCH = 57062, "The advice is shown all the same, without having been tried."
    NOTHING_TO_EXPLAIN = 57063, "Send the statement first, or write it after EXPLAIN AI."
    PLUGIN_FAILED = 57071, "SHOW AI PLUGINS says why; everything else goes on without it."
    AUDIT_UNAVAILABLE = (
        57072,
        "Tell who runs the gateway; plain SQL goes on, AI statements when the log can be written.",
    )
    MASKED = (
        57073,
        "Only select masked columns, or ask for an exception; docs/masking.md says what may be done.",
    )
    INTERNAL = 57017, "This is a fault of askwire; the log has the details under this statement's id."

    def __init__(self, number: int, advice: str) -> None:
        self.number = number
        self.advice = advice


class AskwireError(Exception):
    """A condition of ``ErrorCode``, raised by a handler; the proxy turns it into an ERR packet (SQLSTATE 45000).

    ``message`` says what happened in this case. What to do next is appended: ``advice`` where this case has its own,
    else the table's.
    """

    def __init__(self, code: ErrorCode, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.advice = advice or code.advice

    def __str__(self) -> str:
        return f"{self.message.rstrip('. ')}. {self.advice}"
