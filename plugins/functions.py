"""The functions that SQL may call which nobody looked at: built-ins of MySQL and MariaDB that only compute.

Everything else is refused in generated SQL, and not put under EXPLAIN: functions that wait, lock, read files, write
sequences or tell about the server, and every name that is not built in, because a stored function may write.
https://dev.mysql.com/doc/refman/8.4/en/built-in-function-reference.html, https://mariadb.com/kb/en/function-and-operator-reference/
"""

_AGGREGATES = """
avg bit_and bit_or bit_xor count group_concat json_arrayagg json_objectagg max min std stddev stddev_pop stddev_samp
sum var_pop var_samp variance any_value median percentile_cont percentile_disc
"""
_WINDOWS = "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number"
_FLOW = """
case coalesce greatest if ifnull interval isnull least nullif nvl nvl2 exists in any some all distinct not values row
"""
_NUMBERS = """
abs acos asin atan atan2 ceil ceiling conv cos cot crc32 degrees exp floor ln log log10 log2 mod pi pow power radians
rand round sign sin sqrt tan truncate bit_count
"""
_TEXT = """
ascii bin bit_length char char_length character_length concat concat_ws elt export_set field find_in_set format
from_base64 hex insert instr lcase left length locate lower lpad ltrim make_set md5 mid natural_sort_key octet_length
ord position quote regexp_instr regexp_like regexp_replace regexp_substr replace reverse right rpad rtrim sha sha1
sha2 soundex space strcmp substr substring substring_index to_base64 trim ucase unhex upper weight_string match
against convert
"""
_DATES = """
add_months adddate addtime convert_tz curdate current_date current_time current_timestamp curtime date date_add
date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear extract from_days from_unixtime get_format
hour last_day localtime localtimestamp makedate maketime microsecond minute month monthname months_between now
period_add period_diff quarter sec_to_time second str_to_date subdate subtime sysdate time time_format time_to_sec
timediff timestamp timestampadd timestampdiff to_days to_seconds unix_timestamp utc_date utc_time utc_timestamp week
weekday weekofyear year yearweek
"""
_CASTS = "binary cast signed unsigned decimal"
_JSON = """
json_array json_contains json_contains_path json_depth json_exists json_extract json_keys json_length json_object
json_overlaps json_quote json_search json_type json_unquote json_valid json_value json_query json_compact
json_detailed json_loose json_merge_patch json_merge_preserve
"""
_OTHER = "inet_aton inet_ntoa inet6_aton inet6_ntoa is_ipv4 is_ipv6 bin_to_uuid uuid_to_bin is_uuid"

ALLOWED = frozenset(" ".join((_AGGREGATES, _WINDOWS, _FLOW, _NUMBERS, _TEXT, _DATES, _CASTS, _JSON, _OTHER)).split())
