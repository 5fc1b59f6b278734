"""German."""

from nl2sql.languages.language import FollowUpWords, Language

_UNITS = {"tag": "day", "woche": "week", "monat": "month", "quartal": "quarter", "jahr": "year"}
_UNIT_FORMS = {
    **_UNITS,
    "tage": "day",
    "tagen": "day",
    "tages": "day",
    "wochen": "week",
    "monate": "month",
    "monaten": "month",
    "monats": "month",
    "quartale": "quarter",
    "quartalen": "quarter",
    "quartals": "quarter",
    "jahre": "year",
    "jahren": "year",
    "jahres": "year",
}
_NUMBERS = {
    "zwei": "2",
    "drei": "3",
    "vier": "4",
    "fünf": "5",
    "sechs": "6",
    "sieben": "7",
    "acht": "8",
    "neun": "9",
    "zehn": "10",
    "zwölf": "12",
}
_MONTHS = {
    "januar": "January",
    "jänner": "January",
    "februar": "February",
    "märz": "March",
    "april": "April",
    "mai": "May",
    "juni": "June",
    "juli": "July",
    "august": "August",
    "september": "September",
    "oktober": "October",
    "november": "November",
    "dezember": "December",
}
_LAST = r"(?:(?:in|während)\s+)?(?:(?:de[nmrs]|die|das|im|vom)\s+)?(?:letzt|vergangen|vorig)e[nmrs]?"

_FUNCTION_WORDS = """
der das dem des ein eine einer eines einem einen und oder aber nicht nur ist sind waren wurde wurden wird werden haben
hatte hatten wie viel viele wieviel wieviele welche welcher welches welchen was wer wann wo für mit nach von vom zum
zur aus bei bis seit über unter zwischen pro je im ins ohne alle aller allen jeder jede jedes jeden jedem wir uns
unser unsere sich es gibt gab zeige zeig nenne liste gib mir anzahl umsatz kunde kunden bestellung bestellungen
produkt produkte produkten monat monate monaten jahr jahre jahren woche wochen letzte letzten letzter letztes letztem
durchschnitt durchschnittlich durchschnittliche durchschnittlichen meisten wenigsten höchste höchsten niedrigsten
teuersten nie mehr als dieses diesem diesen diese dieser heute gestern aufgegeben stattdessen dasselbe davon auf
"""
_PLAIN = """
und aber oder nur der die das den dem des im in an am für pro je nach von vom mit ohne jetzt nun dann auch stattdessen
bitte ist sind war waren wie viele viel es jahr jahre jahren monat monate monaten woche wochen tag tage tagen quartal
quartale letzte letzten letzter letztes letztem vergangene vergangenen vergangenes voriges vorigen dieses diesem
diesen dieser diese heute gestern monatlich jährlich wöchentlich täglich
"""

GERMAN = Language(
    code="de",
    name="German",
    no_rows="Keine Zeile beantwortet das.",
    answer_in="Antworte auf Deutsch.",
    follows=FollowUpWords(
        opens=r"(?:und|aber|oder|was ist mit|wie (?:ist|sieht) es"
        r"|(?:jetzt\s+|zeig\w*\s+|nun\s+)*(?:das|der|die)selbe\w*"
        r"|(?:das )?gleiche\w*|davon|diese[nrms]?|ohne|außer)\b",
        leans=r"(?:nur|jetzt|nun|dann|auch|stattdessen|lieber|sortier\w*|grupp\w*)\b",
        refers=r"\b(?:stattdessen|davon|dasselbe|das gleiche)\b",
        part=r"(?:nach|pro|je|für|in|im|von|vom|seit|bis|vor|ab|während|am|aus|mit)\s+"
        r"(?:de[nmrs]\s+|die\s+|das\s+|jede[nmrs]?\s+)?{thing}(?:\s*(?:,|und|oder)\s+{thing})?",
        asks=r"\b(?:wie ?viele?|wie (?:oft|lange|hoch)|welche[nmrs]?|was|wer|wann|wo|zeig\w*|liste|gib|nenne|zähle"
        r"|finde|berechne|gibt es|haben wir)\b",
        group=r"\b(?:nach|pro|je|per)\s+(?!je)[^\W\d]\w*",
    ),
    function_words=frozenset(_FUNCTION_WORDS.split()),
    plain=frozenset(_PLAIN.split()),
    lists={"unit": _UNIT_FORMS, "number": _NUMBERS, "month": _MONTHS},
    english=(
        (rf"{_LAST}\s+(?P<n>\d{{1,4}}|{{number}})\s+(?P<unit>{{unit}})", "in the last {n} {unit}s"),
        (rf"{_LAST}\s+(?P<unit>{{unit}})", "last {unit}"),
        (r"vor\s+(?P<n>\d{1,4}|{number})\s+(?P<unit>{unit})", "{n} {unit}s ago"),
        (
            r"ohne (?:den|die|das) (?:laufende[nms]?|aktuelle[nms]?) (?P<unit>{unit})",
            "excluding the current {unit}",
        ),
        (
            r"(?:(?:in|seit)\s+)?(?:diese[nmrs]?|(?:de[mrs]|im) (?:laufenden|aktuellen))\s+(?P<unit>{unit})",
            "this {unit}",
        ),
        (r"heute", "today"),
        (r"gestern", "yesterday"),
        (r"(?:pro|je|nach|(?:für )?jede[nmrs]?)\s+(?P<unit>{unit})", "per {unit}"),
        (r"monatlich\w*|monatsweise", "monthly"),
        (r"jährlich\w*|jahresweise", "yearly"),
        (r"wöchentlich\w*", "weekly"),
        (r"täglich\w*", "daily"),
        (r"quartalsweise", "quarterly"),
        (r"(?:im |vom )?(?P<month>{month})\s+(?P<n>(?:19|20)\d\d)", "in {month} {n}"),
        (r"(?:im )?(?P<n>[1-4])\.\s*quartal\s+(?P<year>(?:19|20)\d\d)", "in Q{n} {year}"),
        (r"(?:im )?jahre?\s+(?P<n>(?:19|20)\d\d)", "in {n}"),
        (r"(?:die )?(?:top|ersten|besten|größten|höchsten|teuersten|meisten)\s+(?P<n>\d{1,3})", "the top {n}"),
        (r"(?:die )?(?P<n>\d{1,3}|{number})\s+(?:besten|größten|höchsten|teuersten|meist\w+)", "the top {n}"),
        (r"wie\s?viele", "how many"),
        (r"(?:die )?anzahl(?: der)?", "the number of"),
        (r"(?:der )?median\w*", "median"),
        (r"(?:im )?durchschnitt(?:lich\w*|s\w*)?", "average"),
        (r"in prozent|prozentsatz|prozentual\w*|(?P<n>\w*)quote", "percentage"),
        (r"(?:an)?teil(?: der| von| an)", "share of"),
        (r"am wochenende|wochenends?", "on weekends"),
        (r"werktag\w*|arbeitstag\w*|wochentag\w*", "weekdays"),
        (r"wie viele tage|wie lange", "how many days"),
        (r"wie alt|alter", "how old"),
        (r"rangliste|rang", "rank"),
    ),
)
