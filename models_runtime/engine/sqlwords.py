"""The words of a SELECT statement in MariaDB's dialect that are no names, in lower case."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words after which an operand is complete.
OPERANDS = _words(
    """
    current current_date current_time current_timestamp current_user default false null true unbounded unknown
    utc_date utc_time utc_timestamp
    """
)

# What an operand may be or begin with, except functions and names.
EXPRESSION = OPERANDS | _words(
    """
    all any binary both case distinct distinctrow exists from interval leading not select some straight_join
    trailing values when with
    """
)

# Words after an operand that are followed by another one.
BEFORE_OPERAND = _words(
    """
    all and any between by distinct div else escape having in interval like limit mod offset on or qualify regexp
    rlike separator some then using values when where xor
    """
)

# Words that follow an operand and are no alias.
AFTER_OPERAND = BEFORE_OPERAND | _words(
    """
    against as asc case collate cross desc end except false fetch first following for force from full group ignore
    index inner intersect into is join key last lateral left lock minus mode natural next not null nulls only order
    outer over partition percent preceding procedure range right rollup row rows select set share straight_join
    ties true unbounded union unknown update use window with microsecond second minute hour day week month quarter
    year second_microsecond minute_microsecond minute_second hour_microsecond hour_second hour_minute
    day_microsecond day_second day_minute day_hour year_month
    """
)

# Functions whose first argument may be a unit of time or a word of their own.
UNIT_FIRST = _words("extract get_format timestampadd timestampdiff")
# Functions in whose parentheses FROM is no clause.
FROM_INSIDE = _words("extract mid substr substring trim")

# Functions that only compute; what waits, locks, reads files or asks for the server's state is left out.
FUNCTIONS = _words(
    """
    abs acos adddate add_months addtime ascii asin atan atan2 avg bin bit_and bit_count bit_length bit_or bit_xor
    cast ceil ceiling char character_length char_length charset chr coalesce coercibility collation concat
    concat_ws conv convert convert_tz cos cot count crc32 cume_dist curdate current_date current_time
    current_timestamp curtime date date_add date_format date_sub datediff day dayname dayofmonth dayofweek
    dayofyear degrees dense_rank elt exp extract extractvalue field find_in_set first_value floor format
    from_base64 from_days from_unixtime get_format greatest group_concat hex hour if ifnull inet6_aton inet6_ntoa
    inet_aton inet_ntoa insert instr interval isnull json_array json_arrayagg json_contains json_contains_path
    json_depth json_exists json_extract json_keys json_length json_object json_objectagg json_overlaps json_query
    json_quote json_search json_type json_unquote json_valid json_value lag last_day last_value lcase lead least
    left length lengthb ln localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate
    maketime match max md5 median microsecond mid min minute mod month monthname now nth_value ntile nullif nvl
    nvl2 oct octet_length ord percent_rank percentile_cont percentile_disc period_add period_diff pi position pow
    power quarter quote radians rand rank regexp_instr regexp_like regexp_replace regexp_substr repeat replace
    reverse right round row_number rpad rtrim sec_to_time second sha sha1 sha2 sign sin soundex space sqrt std
    stddev stddev_pop stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum sysdate
    tan time time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_char to_days
    to_seconds trim truncate ucase unhex unix_timestamp upper utc_date utc_time utc_timestamp var_pop var_samp
    variance week weekday weekofyear year yearweek
    """
)
