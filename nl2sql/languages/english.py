"""English."""

from nl2sql.languages.language import FollowUpWords, Language

_PLAIN = "daily weekly monthly quarterly yearly annual annually percent percentage totals ones instead again"

ENGLISH = Language(
    code="en",
    name="English",
    follows=FollowUpWords(
        opens=r"(?:and|but|or|plus|what about|how about|(?:(?:now|do|show|give)\s+)*(?:me\s+)?(?:the\s+)?same"
        r"|of (?:those|these|them|that)|(?:those|these|them|it)|without|except(?:ing)?|excluding|exclude|leave out"
        r"|(?:now\s+)?(?:break|split) (?:it|that|this|them|those|these))\b",
        leans=r"(?:only|just|now|then|also|instead|this time|include|including|add|sort"
        r"|order(?:ed)? (?:by|it|them)|rank|group|limit|compare|as)\b",
        refers=r"\binstead\W*$|\b(?:of|for|among|by|with|about|sort|order|group|show) (?:those|these|them|it)\b",
        part=r"(?:not\s+)?(?:by|per|for|in|of|since|from|to|during|until|before|after|on|at|over|under|with|sorted by"
        r"|ordered by|grouped by|for each|for every)\s+(?:the\s+|each\s+|every\s+)?{thing}"
        r"(?:\s*(?:,|and|or)\s+{thing})?",
        asks=r"\b(?:how (?:many|much|often|long|old)|which|what|whats|who|whose|when|where|why|list|show|give|find"
        r"|count|return|calculate|compute|display|get|tell|is there|are there|do we)\b",
        group=r"\b(?:by|per|for each|in each)\s+(?!of\b)[^\W\d]\w*"
        r"(?:\s+(?!(?:in|of|for|from|since|during|this|last|past|or|by|per|with|without|where|who|that|over|until|before|after"
        r"|the|to|instead|now|please|too|also|then|and|only)\b)[^\W\d]\w*)?(?:\s+and\s+(?!by\b|per\b)[^\W\d]\w*)?",
    ),
    plain=frozenset(_PLAIN.split()),
)
