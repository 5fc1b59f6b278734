"""Spanish."""

from nl2sql.languages.language import FollowUpWords, Language

_UNITS = {
    "día": "day",
    "dia": "day",
    "días": "day",
    "dias": "day",
    "semana": "week",
    "semanas": "week",
    "mes": "month",
    "meses": "month",
    "trimestre": "quarter",
    "trimestres": "quarter",
    "año": "year",
    "años": "year",
}
_NUMBERS = {
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
    "diez": "10",
    "doce": "12",
}
_MONTHS = {
    "enero": "January",
    "febrero": "February",
    "marzo": "March",
    "abril": "April",
    "mayo": "May",
    "junio": "June",
    "julio": "July",
    "agosto": "August",
    "septiembre": "September",
    "setiembre": "September",
    "octubre": "October",
    "noviembre": "November",
    "diciembre": "December",
}
_IN_THE = r"(?:(?:en|durante|de|del)\s+)?(?:(?:el|la|los|las)\s+)?"

_FUNCTION_WORDS = """
el la los las del un una unos unas y o pero con sin por para según entre desde hasta sobre cada todos todas todo toda
qué que cuál cuáles cual cuales cuánto cuánta cuántos cuántas cuantos cuantas quién quiénes dónde cuándo cómo es son
fue fueron hay han ha hemos tiene tienen nunca más menos mayor mayores menor mejores nuestro nuestra muestra muéstrame
lista dame número cantidad promedio medio media ventas venta ingresos clientes cliente pedidos pedido productos
producto mes meses año años semana semanas día días último última últimos últimas pasado pasada este esta estos estas
hoy ayer vendidos vendido en su se al nos país región lo mismo solo sólo ahora también
"""
_PLAIN = """
y o pero el la los las de del en por para con sin solo sólo ahora entonces también lo mismo qué tal que hay es son fue
año años mes meses semana semanas día días trimestre último última últimos últimas pasado pasada este esta hoy ayer
mensual mensualmente anual anualmente semanal diario diariamente su lugar vez eso cuántos cuántas
"""

SPANISH = Language(
    code="es",
    name="Spanish",
    no_rows="Ninguna fila responde a esto.",
    answer_in="Responde en español.",
    follows=FollowUpWords(
        opens=r"(?:y|e|pero|o|qué tal|qué hay de|(?:ahora\s+)?lo mismo|el mismo|la misma|de es[oae]s?|es[oae]s|sin"
        r"|excepto|excluyendo|en lugar de)\b",
        leans=r"(?:solo|sólo|solamente|únicamente|ahora|entonces|también|mejor|ordena\w*|agrupa\w*)\b",
        refers=r"\b(?:en su lugar|en vez de eso|lo mismo|de ellos|de ellas|de esos|de esas)\b",
        part=r"(?:por|para|en|de|del|desde|hasta|durante|antes de|después de|con|según|a)\s+"
        r"(?:el\s+|la\s+|los\s+|las\s+|cada\s+)?{thing}(?:\s*(?:,|y|o)\s+{thing})?",
        asks=r"\b(?:cu[aá]nt[oa]s?|cu[aá]l(?:es)?|qu[eé]|qui[eé]n(?:es)?|cu[aá]ndo|d[oó]nde|muestra\w*|lista|dame|enumera"
        r"|encuentra|calcula|hay|tenemos)\b",
        group=r"\b(?:por|per)\s+[^\W\d]\w*",
    ),
    function_words=frozenset(_FUNCTION_WORDS.split()),
    plain=frozenset(_PLAIN.split()),
    lists={"unit": _UNITS, "number": _NUMBERS, "month": _MONTHS},
    english=(
        (rf"{_IN_THE}últim[oa]s\s+(?P<n>\d{{1,4}}|{{number}})\s+(?P<unit>{{unit}})", "in the last {n} {unit}s"),
        (rf"{_IN_THE}(?P<unit>{{unit}})\s+(?:pasad[oa]|anterior)", "last {unit}"),
        (rf"{_IN_THE}últim[oa]\s+(?P<unit>{{unit}})", "last {unit}"),
        (r"hace\s+(?P<n>\d{1,4}|{number})\s+(?P<unit>{unit})", "{n} {unit}s ago"),
        (r"sin (?:contar )?(?:el|la) (?P<unit>{unit}) (?:actual|en curso)", "excluding the current {unit}"),
        (r"(?:(?:en|de)\s+)?est[ea]\s+(?P<unit>{unit})", "this {unit}"),
        (rf"{_IN_THE}(?P<unit>{{unit}}) (?:actual|en curso)", "this {unit}"),
        (r"hoy", "today"),
        (r"ayer", "yesterday"),
        (r"(?:por|cada|al)\s+(?P<unit>{unit})", "per {unit}"),
        (r"mensual(?:es|mente)?", "monthly"),
        (r"anual(?:es|mente)?", "yearly"),
        (r"semanal(?:es|mente)?", "weekly"),
        (r"diari[oa]s?|diariamente", "daily"),
        (r"trimestral(?:es|mente)?", "quarterly"),
        (r"en (?P<month>{month})(?: de(?:l)?)?\s+(?P<n>(?:19|20)\d\d)", "in {month} {n}"),
        (r"(?:en )?(?:el )?(?P<n>[1-4])[.ºo]*\s*trimestre de(?:l)?\s+(?P<year>(?:19|20)\d\d)", "in Q{n} {year}"),
        (r"en (?:el )?(?:año )?(?P<n>(?:19|20)\d\d)", "in {n}"),
        (r"(?:l[oa]s )?(?:top|primer[oa]s|mejores|mayores)\s+(?P<n>\d{1,3})", "the top {n}"),
        (r"l[oa]s (?P<n>\d{1,3}|{number}) (?P<kept>\w+) (?:con )?más (?P<most>\w+)", "the top {n} {kept} by {most}"),
        (r"l[oa]s (?P<n>\d{1,3}|{number}) (?:mejores|mayores)", "the top {n}"),
        (r"cu[aá]nt[oa]s", "how many"),
        (r"(?:el )?número(?: de)?|(?:la )?cantidad(?: de)?", "the number of"),
        (r"(?:la )?mediana", "median"),
        (r"(?:el |la |en )?promedio|(?:valor )?medi[oa] de", "average"),
        (r"porcentaje(?: de)?|en porcentaje|tasa de", "percentage of"),
        (r"proporción(?: de)?", "share of"),
        (r"(?:en |los )?fin(?:es)? de semana", "on weekends"),
        (r"días (?:laborables|hábiles)", "weekdays"),
        (r"cuántos días|cuánto tiempo", "how many days"),
        (r"edad", "age"),
        (r"clasificación|ranking", "rank"),
    ),
)
