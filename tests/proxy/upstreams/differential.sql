-- The corpus of test_differential.py: statements parted by empty lines, run in this order on every database.

CREATE TABLE people (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL,
  email VARCHAR(80) DEFAULT NULL,
  age TINYINT UNSIGNED,
  score DECIMAL(8,2),
  ratio DOUBLE,
  active TINYINT(1) NOT NULL DEFAULT 1,
  born DATE,
  seen DATETIME,
  kind ENUM('guest','member','staff') NOT NULL DEFAULT 'guest',
  notes TEXT,
  PRIMARY KEY (id),
  UNIQUE KEY email (email),
  KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='people'

CREATE TABLE `order` (
  id INT NOT NULL PRIMARY KEY,
  person_id INT UNSIGNED NOT NULL,
  total DECIMAL(10,2) NOT NULL DEFAULT '0.00',
  pieces INT NOT NULL,
  placed DATETIME NOT NULL,
  shipped DATE NULL,
  `select` VARCHAR(20),
  data JSON,
  KEY (person_id),
  CONSTRAINT fk_person FOREIGN KEY (person_id) REFERENCES people (id)
)

CREATE TABLE counters (name VARCHAR(20) NOT NULL, day DATE NOT NULL, hits INT NOT NULL DEFAULT 0, PRIMARY KEY (name, day))

INSERT INTO people (name, email, age, score, ratio, active, born, seen, kind, notes) VALUES
  ('Anna', 'anna@example.org', 34, 12.50, 0.5, 1, '1990-02-28', '2024-01-31 08:15:00', 'staff', 'it''s "quoted"'),
  ('Björn', 'bjoern@example.org', 51, -3.75, 1.25, 0, '1973-12-31', '2024-02-29 23:59:59', 'member', 'Größe: 5 µm'),
  ("Chloé", NULL, NULL, NULL, NULL, 1, NULL, NULL, 'guest', NULL),
  ('Dora O\'Neil', 'dora@example.org', 18, 100, -2, 1, '2006-07-04', '2023-12-31 00:00:00', 'guest', 'back\\slash'),
  ('Emil', 'emil@example.org', 65, 0.01, 1e3, 0, '1959-1-5', '2024-03-10 12:30:45', 'member', '100% sure_thing'),
  ('anton', 'anton@example.org', 34, 12.50, 3, 1, '1990-02-28', '2024-01-01 00:00:00', 'guest', '')

INSERT INTO `order` (id, person_id, total, pieces, placed, shipped, `select`, data) VALUES
  (1, 1, 19.99, 2, '2024-01-15 10:00:00', '2024-01-17', 'a', '{"tags": ["x", "y"], "gift": true, "n": 5}'),
  (2, 1, 5, 1, '2024-01-20 11:30:00', NULL, 'b', '{"tags": [], "note": "hi"}'),
  (3, 2, 250.10, 7, '2024-02-01 09:00:00', '2024-02-05', NULL, NULL),
  (4, 4, 0.99, 1, '2024-02-29 23:00:00', '2024-03-01', '10', '{"n": 1.5}'),
  (5, 5, 80, 4, '2023-12-31 23:59:59', '2024-01-02', '9abc', '{"a": {"b": [1, 2, 3]}}'),
  (6, 5, 80, 3, '2024-03-10 12:00:00', NULL, '', '[1, "two", null]')

SELECT * FROM people ORDER BY id

SELECT COUNT(*) FROM people

SELECT `id`, "a string", 'another' FROM `people` WHERE `name` = "Anna"

SELECT id, name FROM people ORDER BY id LIMIT 2, 3

SELECT id FROM people ORDER BY id LIMIT 2 OFFSET 1


SELECT p.NAME, p.ID FROM people p ORDER BY p.Id

SELECT 'it''s', "it""s", 'a\'b', 'a\\b', 'tab\there', 'new\nline', 'per\%cent', '\\''', "\\", N'n', _utf8mb4'x'

SELECT 'a' 'b' "c"

SELECT 1, 1.5, 1.50, 1e2, -1, - -1, 5--1, +3, 0x41 = 'A', TRUE, FALSE, NULL

SELECT 1 + 1, 7 - 10, 3 * 2.5, 7 / 2, 1 / 3, 7 DIV 2, -7 DIV 2, 7 % 3, -7 % 3, 7 MOD 3, 5.5 % 2

SELECT 1 / 0, 1 DIV 0, 1 % 0, 0 / 5

SELECT 2 / 3.00, 10 / 4 * 2, (1 / 3) * 3

SELECT id / 2, total / pieces, total / 3, pieces / 0 FROM `order` ORDER BY id

SELECT ratio / 2, ratio * 2, ratio + 1, -ratio FROM people ORDER BY id

SELECT 1 = 1, 1 <> 1, 1 < 2, 2 <= 1, NULL = NULL, NULL <=> NULL, 1 <=> NULL, 1 != 2

SELECT 1 AND 0, 1 OR 0, NOT 1, !0, 1 XOR 1, 1 && 2, 0 || 3, NULL AND 0, NULL OR 1

SELECT age > 30, age = 34, age IN (18, 34), age BETWEEN 30 AND 40, age IS NULL, NOT age FROM people ORDER BY id

SELECT SUM(age > 30), AVG(age > 30), COUNT(age > 30), MAX(age > 30) FROM people

SELECT age > 30 AS old, COUNT(*) FROM people GROUP BY age > 30 ORDER BY old

SELECT age > 30 AS old, COUNT(*) FROM people GROUP BY old ORDER BY old

SELECT (age > 30) + (score > 0) FROM people ORDER BY id

SELECT id FROM people WHERE 1 ORDER BY id

SELECT id FROM people WHERE age ORDER BY id

SELECT id FROM people WHERE active ORDER BY id

SELECT id FROM people WHERE NOT active ORDER BY id

SELECT id FROM people WHERE active = 1 AND age > 20 ORDER BY id

SELECT id FROM people WHERE active = TRUE ORDER BY id

SELECT id FROM people WHERE active IS TRUE ORDER BY id

SELECT id FROM people WHERE (age > 30) = 1 ORDER BY id

SELECT id FROM people WHERE (age > 30) = active ORDER BY id

SELECT id, age FROM people ORDER BY age, id

SELECT id, age FROM people ORDER BY age DESC, id DESC

SELECT id FROM people WHERE name LIKE 'a%' ORDER BY id

SELECT id FROM people WHERE name LIKE BINARY 'a%' ORDER BY id

SELECT id FROM people WHERE name NOT LIKE '%n%' ORDER BY id

SELECT id FROM people WHERE notes LIKE '%0\% sure\_%' ORDER BY id

SELECT id FROM people WHERE notes LIKE '%|%%' ESCAPE '|' ORDER BY id

SELECT id FROM people WHERE notes LIKE '%\\\\%' ORDER BY id

-- differs: sqlite: LIKE ignores the case of ASCII only
SELECT id FROM people WHERE name LIKE 'BJÖRN' ORDER BY id

SELECT id FROM people WHERE name REGEXP '^a' ORDER BY id

SELECT id FROM people WHERE name RLIKE 'n$' AND name NOT REGEXP '^e' ORDER BY id

SELECT id FROM people WHERE name REGEXP BINARY '^a' ORDER BY id

-- differs: postgres, duckdb, sqlite: equality is the database's own (its keys and joins stand on it), MySQL's ignores case
SELECT id FROM people WHERE name = 'ANNA' ORDER BY id

-- differs: postgres, duckdb, sqlite: the order of text is the database's own collation
SELECT name FROM people ORDER BY name

SELECT id FROM people WHERE name = 'Anna' COLLATE utf8mb4_bin ORDER BY id

SELECT id FROM people WHERE BINARY name = 'anna' ORDER BY id

SELECT name FROM people WHERE id < 4 ORDER BY name COLLATE utf8mb4_bin

SELECT CONCAT('a', 'b', 1, 2.50), CONCAT('a', NULL), CONCAT(id, '-', name) FROM people WHERE id = 1

SELECT CONCAT_WS(', ', 'a', NULL, 'b', ''), CONCAT_WS(NULL, 'a', 'b'), CONCAT_WS('-', 1, 2)

-- differs: sqlite: no decimals, so no zeros at their end
SELECT CONCAT(score, '|', age, '|', born, '|', seen) FROM people ORDER BY id

SELECT CONCAT(1 = 1, TRUE, 2 > 3)

SELECT IFNULL(age, 0), IFNULL(name, 'x'), IFNULL(age, 'none'), COALESCE(NULL, age, 5) FROM people ORDER BY id

SELECT IFNULL(born, 'never'), IFNULL(score, 0) FROM people ORDER BY id

SELECT IF(age > 30, 'old', 'young'), IF(age, 1, 0), IF(NULL, 1, 2), IF('a' = 'b', 1, 'x') FROM people ORDER BY id

SELECT NULLIF(age, 34), NULLIF(name, 'Anna'), NULLIF(1, 2), NULLIF(1, 1) FROM people ORDER BY id

SELECT CASE WHEN age > 50 THEN 'a' WHEN age > 30 THEN 'b' ELSE 'c' END FROM people ORDER BY id

SELECT CASE age WHEN 34 THEN 'x' WHEN 51 THEN 1 END, CASE kind WHEN 'staff' THEN 1 ELSE 0 END FROM people ORDER BY id

SELECT CASE WHEN age THEN 1 ELSE 0.5 END FROM people ORDER BY id

SELECT GREATEST(1, 2, 3), LEAST(3, 1, 2), GREATEST('a', 'b'), LEAST(age, 40), GREATEST(age, NULL) FROM people WHERE id < 3 ORDER BY id

SELECT ISNULL(age), ISNULL(1), ISNULL(1 / 0) FROM people ORDER BY id

SELECT UPPER(name), LOWER(name), UCASE('x'), LCASE('Y'), LENGTH(name), CHAR_LENGTH(name), CHARACTER_LENGTH(name) FROM people ORDER BY id

SELECT LEFT(name, 2), RIGHT(name, 2), LEFT(name, 0), LEFT(name, 99), RIGHT('abc', -1) FROM people ORDER BY id

SELECT SUBSTRING(name, 2), SUBSTRING(name, 2, 2), SUBSTR(name, -2), MID(name, 1, 1), SUBSTRING(name FROM 2 FOR 1), SUBSTRING(name, 0) FROM people ORDER BY id

SELECT SUBSTRING('abc', -5), SUBSTRING('abc', -2, 1), SUBSTRING('abc', 2, 0), SUBSTRING('abc', 9)

SELECT SUBSTRING_INDEX('www.mysql.com', '.', 2), SUBSTRING_INDEX('www.mysql.com', '.', -2), SUBSTRING_INDEX('a', '.', 1), SUBSTRING_INDEX(email, '@', 1), SUBSTRING_INDEX(email, '@', -1) FROM people ORDER BY id

SELECT LOCATE('b', 'abcb'), LOCATE('b', 'abcb', 3), LOCATE('x', 'abc'), INSTR('foobar', 'BAR'), POSITION('o' IN 'foo')

SELECT LPAD('5', 3, '0'), RPAD('ab', 5, 'xy'), LPAD('abcdef', 3, 'x'), REPEAT('ab', 3), SPACE(2), REVERSE('abc')

SELECT TRIM('  a '), LTRIM('  a'), RTRIM('a  '), TRIM(BOTH 'x' FROM 'xxaxx'), TRIM(LEADING '0' FROM '007'), TRIM(TRAILING '.' FROM 'a...')

SELECT REPLACE('aXbX', 'X', '--'), INSERT('Quadratic', 3, 4, 'What'), STRCMP('a', 'b'), STRCMP('b', 'a'), STRCMP('a', 'a')

SELECT FIND_IN_SET('b', 'a,b,c'), FIND_IN_SET('x', 'a,b'), FIND_IN_SET(NULL, 'a'), FIELD('b', 'a', 'b'), FIELD(3, 1, 2, 3), FIELD('z', 'a'), ELT(2, 'a', 'b'), ELT(9, 'a')

SELECT FORMAT(1234567.891, 2), FORMAT(0.5, 0), FORMAT(12, 2), FORMAT(score, 1) FROM people WHERE id IN (1, 2, 4) ORDER BY id

SELECT HEX('abc'), HEX(255), HEX('ä'), UNHEX('616263') = 'abc', MD5('abc'), SHA2('abc', 256), ASCII('A'), ASCII(''), CHAR_LENGTH('äöü')

SELECT BIN(10), TO_BASE64('abc'), FROM_BASE64('YWJj') = 'abc'

SELECT ABS(-5), ABS(-2.5), SIGN(-3), CEIL(1.2), CEILING(-1.2), FLOOR(1.8), FLOOR(-1.2), ROUND(2.5), ROUND(-2.5), ROUND(1.2345, 2), ROUND(1234, -2), TRUNCATE(1.999, 1), TRUNCATE(-1.999, 1)

SELECT ROUND(score), ROUND(score, 1), ROUND(ratio, 1), ROUND(age / 3, 2), TRUNCATE(score, 1) FROM people ORDER BY id

SELECT POW(2, 10), POWER(2, 0.5), SQRT(16), SQRT(-1), EXP(0), LN(1), LOG(10, 100), LOG2(8), LOG10(1000), LOG(0), MOD(10, 3)

-- differs: postgres, duckdb, sqlite: MySQL shows six digits of PI(), here all of the double
SELECT PI()

SELECT ROUND(PI(), 6)

SELECT SIN(0), COS(0), ATAN(1), DEGREES(PI()), RADIANS(180), ASIN(2)

SELECT 5 & 3, 5 | 3, 5 ^ 3, 1 << 4, 256 >> 2, BIT_COUNT(7)

SELECT YEAR(born), MONTH(born), DAY(born), DAYOFMONTH(born), QUARTER(born), DAYOFWEEK(born), WEEKDAY(born), DAYOFYEAR(born), DAYNAME(born), MONTHNAME(born), LAST_DAY(born) FROM people ORDER BY id

SELECT WEEK(born), WEEK(born, 1), WEEK(born, 3), WEEKOFYEAR(born), YEARWEEK(born), YEARWEEK(born, 1) FROM people ORDER BY id

SELECT WEEK('2024-01-01'), WEEK('2023-01-01'), WEEK('2024-12-31'), WEEK('2024-12-31', 1), WEEK('2024-12-31', 3), WEEK('2021-01-03', 5), WEEK('2021-01-03', 4), YEARWEEK('2024-01-01'), YEARWEEK('2023-01-01')

SELECT HOUR(seen), MINUTE(seen), SECOND(seen), DATE(seen), TIME(seen), HOUR(born) FROM people ORDER BY id

SELECT HOUR('10:11:12'), MINUTE('2024-01-01 10:11:12'), SECOND('10:11:12'), MICROSECOND('2024-01-01 00:00:00.000123')

SELECT YEAR('2024-02-03'), YEAR('2024-02-03 10:00:00'), MONTH('24-2-3'), DAY('20240203'), DATE('2024-02-03 10:00:00'), YEAR('nonsense')

SELECT EXTRACT(YEAR FROM seen), EXTRACT(MONTH FROM seen), EXTRACT(YEAR_MONTH FROM seen), EXTRACT(HOUR_MINUTE FROM seen), EXTRACT(DAY FROM born) FROM people ORDER BY id

SELECT DATE_FORMAT(seen, '%Y-%m-%d'), DATE_FORMAT(seen, '%d.%m.%y %H:%i:%s'), DATE_FORMAT(seen, '%W, %M %e %Y'), DATE_FORMAT(seen, '%Y-%m') FROM people ORDER BY id

-- differs: postgres: a column's name has at most 63 bytes
SELECT DATE_FORMAT('2024-03-05 14:07:09', '%a %b %c %D %d %e %H %h %I %i %j %k %l %M %m %p %r %S %s %T %W %w %Y %y %%'), DATE_FORMAT('2024-03-05', '%u %v %x'), DATE_FORMAT('2024-03-05', 'at "%Y" o''clock')

SELECT DATE_FORMAT('2024-03-01', '%D'), DATE_FORMAT('2024-03-02', '%D'), DATE_FORMAT('2024-03-11', '%D'), DATE_FORMAT('2024-03-23', '%D')

SELECT DATE_ADD(born, INTERVAL 1 DAY), DATE_ADD(born, INTERVAL 1 MONTH), DATE_SUB(born, INTERVAL 1 YEAR), born + INTERVAL 2 WEEK, born - INTERVAL 1 QUARTER, DATE_ADD(born, INTERVAL 1 HOUR) FROM people ORDER BY id

SELECT DATE_ADD(seen, INTERVAL 1 HOUR), seen - INTERVAL 90 MINUTE, seen + INTERVAL 1 SECOND, ADDDATE(seen, 3), SUBDATE(born, 3), DATE_ADD(seen, INTERVAL -1 DAY) FROM people ORDER BY id

SELECT DATE_ADD(seen, INTERVAL '1:30' HOUR_MINUTE), DATE_ADD(seen, INTERVAL '1 2' DAY_HOUR), DATE_SUB(seen, INTERVAL '1-2' YEAR_MONTH) FROM people ORDER BY id

SELECT DATE_ADD(born, INTERVAL age DAY), born + INTERVAL id MONTH FROM people ORDER BY id

SELECT DATE_ADD('2024-01-31', INTERVAL 1 MONTH), DATE_ADD('2024-01-31 10:00:00', INTERVAL 1 DAY), '2024-02-29' + INTERVAL 1 YEAR, DATE_ADD('2024-01-31', INTERVAL 1 MINUTE)

SELECT DATEDIFF(seen, born), DATEDIFF('2024-03-01', '2024-02-01'), DATEDIFF('2024-01-01 23:59:59', '2024-01-02') FROM people ORDER BY id

SELECT TIMESTAMPDIFF(YEAR, born, '2024-06-01'), TIMESTAMPDIFF(MONTH, born, seen), TIMESTAMPDIFF(DAY, born, seen), TIMESTAMPDIFF(HOUR, '2024-01-01', seen), TIMESTAMPDIFF(MINUTE, seen, '2024-01-01') FROM people ORDER BY id

SELECT TIMESTAMPDIFF(SECOND, '2024-01-01', '2024-01-01 00:01:30'), TIMESTAMPDIFF(WEEK, '2024-01-01', '2024-01-20'), TIMESTAMPDIFF(QUARTER, '2023-01-01', '2024-01-01'), TIMESTAMPDIFF(MONTH, '2024-01-31', '2024-02-29')

SELECT TIMESTAMPADD(DAY, 1, born), TIMESTAMPADD(MINUTE, 5, seen) FROM people ORDER BY id

SELECT STR_TO_DATE('31.12.2023', '%d.%m.%Y'), STR_TO_DATE('2024-01-02 03:04:05', '%Y-%m-%d %H:%i:%s'), STR_TO_DATE('5 Jan 2024', '%e %b %Y')

SELECT UNIX_TIMESTAMP('2024-01-01 00:00:00'), FROM_UNIXTIME(1704067200), FROM_UNIXTIME(1704067200, '%Y/%m/%d'), UNIX_TIMESTAMP(seen) FROM people ORDER BY id

SELECT TO_DAYS('2024-01-01'), FROM_DAYS(739251), TO_DAYS(born) FROM people ORDER BY id

SELECT SEC_TO_TIME(3661), TIME_TO_SEC('01:01:01'), MAKEDATE(2024, 60), TIMEDIFF('2024-01-02 00:00:00', '2024-01-01 12:00:00'), MAKETIME(1, 2, 3)

SELECT ADDTIME('2024-01-01 10:00:00', '01:30:00'), SUBTIME('2024-01-01 10:00:00', '00:30:00'), PERIOD_DIFF(202403, 202312), PERIOD_ADD(202312, 3)

SELECT CONVERT_TZ('2024-01-01 12:00:00', '+00:00', '+02:00'), CONVERT_TZ('2024-01-01 12:00:00', '+01:00', '-05:00')

SELECT NOW() = NOW(), CURDATE() = DATE(NOW()), NOW() > '2020-01-01', UTC_TIMESTAMP() > '2020-01-01', CURRENT_DATE() > '2020-01-01', CURRENT_TIMESTAMP > '2020-01-01', LENGTH(NOW()), LENGTH(CURTIME()), SYSDATE() > '2020-01-01'

SELECT UNIX_TIMESTAMP() > 1600000000, YEAR(NOW()) > 2020, DATE_FORMAT(NOW(), '%Y') = YEAR(CURDATE())

SELECT id FROM people WHERE born > '1980-01-01' ORDER BY id

SELECT id FROM people WHERE born = '1990-2-28' ORDER BY id

SELECT id FROM people WHERE born = '1990-02-28 00:00:00' ORDER BY id

SELECT id FROM people WHERE seen >= '2024-01-31' AND seen < '2024-03-01' ORDER BY id

SELECT id FROM people WHERE seen BETWEEN '2024-01-01' AND '2024-02-29' ORDER BY id

SELECT id FROM people WHERE DATE(seen) = '2024-02-29' ORDER BY id

SELECT id FROM people WHERE YEAR(seen) = 2024 AND MONTH(seen) = '3' ORDER BY id

SELECT id FROM people WHERE seen > born ORDER BY id

SELECT id FROM people WHERE born <> '0000-00-00' ORDER BY id

SELECT id FROM people WHERE seen > DATE_SUB('2024-03-10', INTERVAL 30 DAY) ORDER BY id

SELECT id FROM people WHERE born IN ('1990-02-28', '2006-07-04') ORDER BY id

SELECT '10' + 5, '3abc' + 1, 'abc' + 1, '1.5' * 2, '10' = 10, 'a' = 0, '1e2' + 0, -'5'

SELECT `select` + 1, `select` * 2, `select` > 5, `select` = 10 FROM `order` ORDER BY id

SELECT id FROM people WHERE id = '2' OR age = '34' ORDER BY id

SELECT id FROM people WHERE age > '50' ORDER BY id

SELECT id FROM `order` WHERE `select` = 9 ORDER BY id

SELECT id FROM `order` WHERE `select` IN (9, 10) ORDER BY id

SELECT id FROM `order` WHERE total = '80' ORDER BY id

SELECT born + 0, seen + 0 FROM people ORDER BY id

SELECT CAST('12abc' AS SIGNED), CAST(-1.6 AS SIGNED), CAST('2024-01-02' AS DATE), CAST('2024-01-02 03:04:05' AS DATETIME), CAST(12.345 AS DECIMAL(10,2)), CAST(5 AS CHAR), CAST('7' AS UNSIGNED), CAST('abc' AS CHAR(2))

SELECT CONVERT('12', SIGNED), CONVERT(3.7, CHAR), CONVERT('ä' USING utf8mb4), CAST(seen AS DATE), CAST(born AS DATETIME), CAST(age AS CHAR), CAST(score AS SIGNED), CAST(ratio AS DECIMAL(10,1)) FROM people ORDER BY id

SELECT CAST('1.5' AS DECIMAL(10,2)), CAST('x' AS DECIMAL(10,2)), CAST(NULL AS SIGNED), CAST('10:11:12' AS TIME)

SELECT COUNT(*), COUNT(age), COUNT(DISTINCT age), SUM(age), AVG(age), MIN(age), MAX(age) FROM people

SELECT SUM(score), AVG(score), MIN(score), MAX(score), SUM(ratio), AVG(ratio) FROM people

SELECT COUNT(DISTINCT age, score), COUNT(DISTINCT name, email) FROM people

SELECT ROUND(STD(age), 4), ROUND(STDDEV(score), 4), ROUND(STDDEV_SAMP(age), 4), ROUND(VAR_POP(age), 4), ROUND(VARIANCE(age), 4), ROUND(VAR_SAMP(age), 4) FROM people

-- differs: postgres, duckdb, sqlite: MariaDB cuts the digits that it shows; MySQL 8 shows the double, as here
SELECT STD(age) FROM people

SELECT BIT_AND(age), BIT_OR(age), BIT_XOR(age) FROM people

SELECT GROUP_CONCAT(name ORDER BY id), GROUP_CONCAT(name ORDER BY id SEPARATOR '; '), GROUP_CONCAT(DISTINCT age ORDER BY age DESC), GROUP_CONCAT(id ORDER BY id DESC SEPARATOR '') FROM people

SELECT GROUP_CONCAT(name, ':', id ORDER BY id), GROUP_CONCAT(age ORDER BY age) FROM people

SELECT GROUP_CONCAT(age) FROM people WHERE id > 100

SELECT SUM(age), MAX(name), COUNT(*) FROM people WHERE id > 100

SELECT kind, COUNT(*), SUM(age) FROM people GROUP BY kind ORDER BY COUNT(*) DESC, kind

SELECT kind AS k, COUNT(*) AS n FROM people GROUP BY k HAVING n > 1 ORDER BY n DESC, k

SELECT kind, COUNT(*) n FROM people GROUP BY 1 ORDER BY 2 DESC, 1

SELECT kind, AVG(score) AS avg_score FROM people GROUP BY kind HAVING AVG(score) > 0 OR kind = 'member' ORDER BY kind

SELECT YEAR(placed) AS y, MONTH(placed) AS m, SUM(total) AS t FROM `order` GROUP BY y, m ORDER BY y, m

SELECT YEAR(placed) y, SUM(total) FROM `order` GROUP BY YEAR(placed) ORDER BY y + 0

SELECT DATE_FORMAT(placed, '%Y-%m') AS month, COUNT(*) AS n, SUM(total * pieces) AS v FROM `order` GROUP BY DATE_FORMAT(placed, '%Y-%m') ORDER BY month

SELECT DATE(placed) d, COUNT(*) FROM `order` GROUP BY DATE(placed) ORDER BY d DESC LIMIT 3

SELECT p.id, p.name, COUNT(o.id), SUM(o.total) FROM people p LEFT JOIN `order` o ON o.person_id = p.id GROUP BY p.id ORDER BY p.id

SELECT p.name, SUM(o.total) AS t FROM people p JOIN `order` o ON o.person_id = p.id GROUP BY p.id, p.name HAVING t > 50 ORDER BY t DESC

SELECT age, COUNT(*) AS c, c + 1 FROM people GROUP BY age
-- an alias is not known in the select list itself

-- differs: sqlite: no ROLLUP
SELECT kind, COUNT(*) FROM people GROUP BY kind WITH ROLLUP

SELECT DISTINCT age FROM people ORDER BY age

SELECT DISTINCT kind, active FROM people ORDER BY kind, active

SELECT p.name, o.total FROM people p INNER JOIN `order` o ON p.id = o.person_id ORDER BY o.id

SELECT p.name, o.id FROM people p STRAIGHT_JOIN `order` o ON p.id = o.person_id ORDER BY o.id

SELECT p.name, o.id FROM people AS p LEFT JOIN `order` AS o ON p.id = o.person_id AND o.total > 10 ORDER BY p.id, o.id

SELECT p.name, o.id FROM `order` o RIGHT JOIN people p ON p.id = o.person_id ORDER BY p.id, o.id

SELECT COUNT(*) FROM people, `order` WHERE people.id = `order`.person_id

SELECT COUNT(*) FROM people p CROSS JOIN `order` o

SELECT COUNT(*) FROM people p JOIN `order` o

SELECT a.id, b.id FROM people a JOIN people b USING (age) WHERE a.id < b.id ORDER BY a.id

SELECT id FROM people USE INDEX (PRIMARY) WHERE id < 3 ORDER BY id

SELECT id FROM people FORCE INDEX FOR ORDER BY (PRIMARY) WHERE id < 3 ORDER BY id

SELECT SQL_NO_CACHE HIGH_PRIORITY id FROM people IGNORE INDEX (name) WHERE id < 3 ORDER BY id

SELECT /*+ MAX_EXECUTION_TIME(1000) */ /* a comment; DROP TABLE people */ id -- and another
FROM people # and one more
WHERE id /*!40000 < 3 */ ORDER BY id

SELECT name FROM people WHERE id IN (SELECT person_id FROM `order` WHERE total > 50) ORDER BY id

SELECT name FROM people p WHERE EXISTS (SELECT 1 FROM `order` o WHERE o.person_id = p.id AND o.pieces > 3) ORDER BY id

SELECT name, (SELECT MAX(total) FROM `order` o WHERE o.person_id = p.id) AS best FROM people p ORDER BY id

-- differs: sqlite: no ALL with a subquery
SELECT id FROM people WHERE age > ALL (SELECT 50) ORDER BY id

SELECT id FROM people WHERE (age, active) = (34, 1) ORDER BY id

SELECT id FROM people WHERE (age, active) IN ((34, 1), (51, 0)) ORDER BY id

SELECT X.k, X.n FROM (SELECT kind AS K, COUNT(*) AS N FROM people GROUP BY kind) X WHERE X.n > 1 ORDER BY X.K

SELECT * FROM (SELECT id, age > 30 AS old FROM people) t WHERE old ORDER BY id

SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2) t ORDER BY a

SELECT 1 UNION SELECT 2 UNION SELECT 1 ORDER BY 1

(SELECT id FROM people ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM people ORDER BY id DESC LIMIT 1) ORDER BY id

SELECT name FROM people WHERE id = 1 UNION SELECT 5 ORDER BY 1

SELECT id, 'person' AS t FROM people WHERE id < 3 UNION ALL SELECT id, 'order' FROM `order` WHERE id < 2 ORDER BY id, t

SELECT 1 FROM DUAL

SELECT 1 FROM DUAL WHERE 1 = 0

WITH old AS (SELECT * FROM people WHERE age > 30) SELECT COUNT(*), MIN(name) FROM old

WITH a (x) AS (SELECT id FROM people), b AS (SELECT x + 1 AS y FROM a) SELECT SUM(y) FROM b

WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n ORDER BY i

SELECT id, ROW_NUMBER() OVER (ORDER BY age, id), RANK() OVER (ORDER BY age), DENSE_RANK() OVER (ORDER BY age DESC) FROM people ORDER BY id

SELECT id, SUM(pieces) OVER (PARTITION BY person_id ORDER BY id), AVG(total) OVER (PARTITION BY person_id), LAG(id) OVER (ORDER BY id), LEAD(id, 2) OVER (ORDER BY id) FROM `order` ORDER BY id

SELECT id, FIRST_VALUE(id) OVER w, COUNT(*) OVER w FROM people WINDOW w AS (PARTITION BY kind ORDER BY id) ORDER BY id

-- differs: postgres: a column's name has at most 63 bytes
SELECT id, SUM(pieces) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), NTILE(2) OVER (ORDER BY id) FROM `order` ORDER BY id

SELECT id, score FROM people ORDER BY score IS NULL, score DESC, id

SELECT id FROM people ORDER BY FIELD(kind, 'staff', 'member', 'guest'), id

SELECT id, -score AS s FROM people ORDER BY s * 2, id

SELECT id AS x FROM people ORDER BY -x

SELECT name AS id FROM people WHERE id < 3 ORDER BY people.id

SELECT id FROM people ORDER BY age % 10, id

SELECT JSON_UNQUOTE(JSON_EXTRACT(data, '$.note')), JSON_EXTRACT(data, '$.n'), JSON_EXTRACT(data, '$.a.b[1]') FROM `order` ORDER BY id

SELECT id FROM `order` WHERE JSON_EXTRACT(data, '$.n') = 5

SELECT id FROM `order` WHERE JSON_UNQUOTE(JSON_EXTRACT(data, '$.note')) = 'hi'

SELECT JSON_LENGTH('[1, 2, 3]'), JSON_LENGTH('{"a": 1, "b": 2}'), JSON_TYPE('[]'), JSON_TYPE('{}'), JSON_CONTAINS('[1, 2]', '1')

-- differs: postgres: no JSON_VALID before PostgreSQL 16
SELECT JSON_VALID('{}')

SELECT JSON_LENGTH(data) FROM `order` ORDER BY id

-- differs: duckdb, sqlite: JSON text is written without blanks
SELECT JSON_OBJECT('a', 1, 'b', 'x'), JSON_ARRAY(1, 'a', NULL)

SELECT JSON_EXTRACT(JSON_OBJECT('a', id, 'n', name), '$.a') FROM people ORDER BY id

SELECT JSON_ARRAYAGG(id) IS NOT NULL FROM people

SELECT INTERVAL 1 DAY + '2024-01-01'

SELECT REGEXP_REPLACE('abc', 'b', 'X'), REGEXP_SUBSTR('foo123', '[0-9]+')

SELECT 'abc' REGEXP 'B', 'abc' NOT REGEXP 'x', 'a.c' REGEXP 'a\\.c'

SELECT 'a' LIKE 'A', 'abc' LIKE '_b%', NULL LIKE 'a', 5 LIKE '5%', '50%' LIKE '50\%'

SELECT 'a' < 'b', 'Z' < 'a' COLLATE utf8mb4_bin

-- differs: postgres, duckdb, sqlite: blanks at the end count, as in MySQL 8's default collation; MariaDB pads
SELECT 'a' = 'a '

SELECT id FROM people WHERE notes = '' ORDER BY id

SELECT id FROM people WHERE notes <> '' ORDER BY id

SELECT LENGTH(notes), notes FROM people ORDER BY id

SELECT MIN(born), MAX(seen), MIN(name), MAX(kind) FROM people

SELECT 18446744073709551615, 9223372036854775807 + 0, 0.1 + 0.2, 1e-5, 123456789012345678901234567890

SELECT COUNT(*) c, kind FROM people WHERE name != 'x' GROUP BY kind HAVING COUNT(*) >= 1 AND c < 10 ORDER BY kind

SELECT IF(SUM(age) > 100, 'many', 'few'), IFNULL(SUM(score), 0), ROUND(AVG(age), 1), MAX(age) - MIN(age) FROM people

SELECT ROUND(SUM(total) / COUNT(*), 2), SUM(total) / SUM(pieces), SUM(total * pieces) / 100 FROM `order`

SELECT COUNT(CASE WHEN active = 1 THEN 1 END), SUM(CASE WHEN active THEN score ELSE 0 END), SUM(IF(active, 1, 0)) FROM people

SELECT id, name FROM people WHERE name LIKE CONCAT('%', 'nn', '%') ORDER BY id

SELECT LEFT(UPPER(name), 1) AS initial, COUNT(*) FROM people GROUP BY initial ORDER BY initial

SELECT id FROM people WHERE email IS NULL OR email LIKE '%@example.org' ORDER BY id

SELECT EXISTS(SELECT 1 FROM people), EXISTS(SELECT 1 FROM people WHERE id = 99)

SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM `order`)

SELECT missing FROM people

SELECT * FROM nowhere

SELECT FROM people

SELECT id FROM people WHERE

SELECT UNKNOWN_FUNCTION(1)

INSERT INTO counters VALUES ('a', '2024-01-01', 1)

INSERT INTO counters (name, day, hits) VALUES ('a', '2024-01-01', 5) ON DUPLICATE KEY UPDATE hits = hits + VALUES(hits)

INSERT INTO counters SET name = 'b', day = '2024-1-2', hits = '7' ON DUPLICATE KEY UPDATE hits = 0

INSERT INTO counters (name, day) VALUES ('b', '2024-01-02'), ('c', 20240103) ON DUPLICATE KEY UPDATE hits = hits * 2, name = VALUES(name)

INSERT IGNORE INTO counters (name, day, hits) VALUES ('a', '2024-01-01', 99), ('d', '2024-01-04', 4)

INSERT INTO counters (name, day, hits) VALUES ('a', '2024-01-01', 5)

REPLACE INTO counters (name, day) VALUES ('d', '2024-01-04')

SELECT * FROM counters ORDER BY name, day

INSERT INTO counters (name, day, hits) SELECT LEFT(name, 20), born, age FROM people WHERE born IS NOT NULL

INSERT INTO counters (name, day, hits) SELECT name, '2024-05-05', id FROM people ON DUPLICATE KEY UPDATE hits = VALUES(hits)

SELECT name, day, hits FROM counters ORDER BY BINARY name, day

UPDATE counters SET hits = hits + 1 WHERE name = 'a'

UPDATE counters SET hits = 1000 ORDER BY hits DESC, name DESC LIMIT 1

UPDATE counters c JOIN people p ON p.name = c.name SET c.hits = p.age * 10 WHERE c.day = '2024-05-05' AND p.age IS NOT NULL

UPDATE counters, people SET counters.hits = 7 WHERE counters.name = people.name AND people.kind = 'staff' AND counters.day < '2000-01-01'

UPDATE counters SET day = DATE_ADD(day, INTERVAL 1 DAY), hits = hits > 5 WHERE name = 'b'

SELECT name, day, hits FROM counters ORDER BY BINARY name, day

DELETE FROM counters WHERE name = 'c'

DELETE FROM counters ORDER BY day, name LIMIT 1

DELETE c FROM counters c JOIN people p ON p.name = c.name WHERE p.active = 0

DELETE FROM counters USING counters LEFT JOIN people ON people.name = counters.name WHERE people.id IS NULL AND counters.name = 'd'

SELECT name, day, hits FROM counters ORDER BY BINARY name, day

INSERT INTO people (id, name) VALUES (NULL, 'Frida')

INSERT INTO people VALUES (DEFAULT, 'Gustav', 'g@example.org', '44', '9.999', '1.5', 0, '2000-01-01', '2024-04-01', 'member', NULL)

INSERT INTO people (name, born) VALUES ('Zero', '0000-00-00')

INSERT INTO people (name, email) VALUES ('Twice', 'anna@example.org')

INSERT INTO people (name) VALUES (NULL)

INSERT INTO people (name, kind) VALUES ('Bad', 'nobody')

UPDATE people SET score = score * 1.1, seen = '2024-04-02 10:00', notes = CONCAT(name, '!') WHERE name IN ('Frida', 'Gustav')

SELECT name, email, age, score, ratio, active, born, seen, kind, notes FROM people WHERE name IN ('Frida', 'Gustav') ORDER BY id

CREATE TABLE copies AS SELECT id, name, age / 2 AS half, born FROM people WHERE id < 3

SELECT * FROM copies ORDER BY id

ALTER TABLE copies ADD COLUMN extra VARCHAR(10) DEFAULT 'x'

ALTER TABLE copies RENAME COLUMN half TO `Half of it`

CREATE UNIQUE INDEX by_id ON copies (id)

INSERT INTO copies (id, name) VALUES (1, 'again')

SELECT `half of it`, extra FROM copies ORDER BY id

DROP INDEX by_id ON copies

INSERT INTO copies (id, name) VALUES (1, 'again')

CREATE VIEW seniors AS SELECT name, age, age > 60 AS retired FROM people WHERE age > 40

SELECT * FROM seniors ORDER BY age

SELECT name FROM seniors WHERE retired ORDER BY age

DROP VIEW seniors

CREATE TEMPORARY TABLE scratchpad (id INT PRIMARY KEY, v VARCHAR(10))

INSERT INTO scratchpad VALUES (1, 'a'), (2, 'b')

SELECT * FROM scratchpad ORDER BY id

TRUNCATE TABLE copies

SELECT COUNT(*) FROM copies

DROP TABLE copies

DROP TABLE IF EXISTS copies, nothing

LOCK TABLES counters WRITE

UNLOCK TABLES

-- the second round: what people and tools write

SELECT o.id, o.placed, p.name, p.email, o.total * 1.19 AS gross FROM `order` AS o INNER JOIN `people` AS p ON (p.`id` = o.`person_id`) WHERE o.`placed` >= '2024-01-01 00:00:00' AND o.`placed` < '2024-03-01 00:00:00' ORDER BY o.`placed` DESC, o.`id` ASC LIMIT 0, 100

SELECT `people`.`kind` AS `kind`, COUNT(DISTINCT `people`.`id`) AS `cnt:people:ok`, SUM(`people`.`score`) AS `sum` FROM `people` GROUP BY 1 ORDER BY 1

SELECT DATE(DATE_SUB(placed, INTERVAL DAYOFWEEK(DATE_SUB(placed, INTERVAL 1 DAY)) - 1 DAY)) AS week, COUNT(*) FROM `order` GROUP BY week ORDER BY week

SELECT STR_TO_DATE(CONCAT(DATE_FORMAT(placed, '%Y-%m'), '-01'), '%Y-%m-%d') AS month, SUM(total) AS total FROM `order` GROUP BY STR_TO_DATE(CONCAT(DATE_FORMAT(placed, '%Y-%m'), '-01'), '%Y-%m-%d') ORDER BY month

SELECT MAKEDATE(YEAR(placed), 1) + INTERVAL QUARTER(placed) QUARTER - INTERVAL 1 QUARTER AS quarter, COUNT(*) FROM `order` GROUP BY quarter ORDER BY quarter

SELECT YEAR(o.placed) AS y, QUARTER(o.placed) AS q, p.kind, SUM(o.total) AS t FROM `order` o, people p WHERE o.person_id = p.id GROUP BY y, q, p.kind ORDER BY y DESC, q, t DESC

SELECT CASE WHEN age < 30 THEN '<30' WHEN age < 60 THEN '30-59' WHEN age IS NULL THEN '?' ELSE '60+' END AS bracket, COUNT(*) AS n FROM people GROUP BY bracket ORDER BY bracket

SELECT DATE_FORMAT(placed, '%x-%v'), HOUR(placed), COUNT(*) FROM `order` GROUP BY 1, 2 ORDER BY 1, 2

SELECT name, SUBSTRING_INDEX(email, '@', 1) AS login, LENGTH(email) - LENGTH(REPLACE(email, 'a', '')) AS letters FROM people WHERE email LIKE '%@%' ORDER BY login

SELECT p.name, IFNULL(SUM(o.total), 0) AS total, COUNT(o.id) AS orders, IFNULL(SUM(o.total) / NULLIF(COUNT(o.id), 0), 0) AS average FROM people p LEFT JOIN `order` o ON o.person_id = p.id GROUP BY p.id, p.name ORDER BY total DESC, p.id

SELECT p.name FROM people p WHERE NOT EXISTS (SELECT * FROM `order` WHERE person_id = p.id) ORDER BY p.id

SELECT p.name FROM people p WHERE p.id NOT IN (SELECT person_id FROM `order`) ORDER BY p.id

SELECT t.name, t.n FROM (SELECT p.name, COUNT(*) AS n FROM people p JOIN `order` o ON o.person_id = p.id GROUP BY p.id) t WHERE t.n = (SELECT MAX(c) FROM (SELECT COUNT(*) AS c FROM `order` GROUP BY person_id) x) ORDER BY t.name

SELECT id, total, SUM(total) OVER (ORDER BY id) AS running, total - AVG(total) OVER () AS off, total / SUM(total) OVER () * 100 AS share FROM `order` ORDER BY id

SELECT id, RANK() OVER (PARTITION BY person_id ORDER BY total DESC) AS r FROM `order` ORDER BY id

-- differs: postgres: jsonb orders the keys, as MySQL's JSON does; MariaDB keeps the text
SELECT * FROM (SELECT o.*, ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY placed DESC) AS rn FROM `order` o) ranked WHERE rn = 1 ORDER BY id

WITH monthly AS (SELECT DATE_FORMAT(placed, '%Y-%m') AS m, SUM(total) AS t FROM `order` GROUP BY m) SELECT m, t, t - LAG(t) OVER (ORDER BY m) AS growth, ROUND(t / LAG(t) OVER (ORDER BY m) * 100, 1) AS pct FROM monthly ORDER BY m

WITH RECURSIVE days AS (SELECT CAST('2024-01-15' AS DATE) AS d UNION ALL SELECT d + INTERVAL 1 DAY FROM days WHERE d < '2024-01-20') SELECT d, COUNT(o.id) FROM days LEFT JOIN `order` o ON DATE(o.placed) = d GROUP BY d ORDER BY d

WITH RECURSIVE seq (n, s) AS (SELECT 1, CAST('a' AS CHAR(20)) UNION ALL SELECT n + 1, CONCAT(s, 'b') FROM seq WHERE n < 3) SELECT * FROM seq ORDER BY n

SELECT COUNT(*) FROM people WHERE name = '' OR name IS NULL OR 1 = 0

SELECT SUM(pieces), SUM(pieces) / COUNT(*), SUM(pieces) DIV 2, SUM(pieces) % 5, AVG(pieces * 1.0) FROM `order`

SELECT MAX(total) - MIN(total), MAX(placed), DATEDIFF(MAX(placed), MIN(placed)) FROM `order`

SELECT COUNT(IF(shipped IS NULL, 1, NULL)) AS open, SUM(shipped IS NOT NULL) AS sent, AVG(DATEDIFF(shipped, placed)) AS days FROM `order`

SELECT id, IF(shipped, 'sent', 'open') FROM `order` ORDER BY id

SELECT DATE_FORMAT(shipped, '%d.%m.%Y') AS d, IFNULL(DATE_FORMAT(shipped, '%d.%m.%Y'), '-') FROM `order` ORDER BY id

SELECT shipped - INTERVAL 1 DAY, LAST_DAY(shipped), DATE_FORMAT(LAST_DAY(placed), '%d') FROM `order` ORDER BY id

SELECT TIMESTAMPDIFF(DAY, placed, IFNULL(shipped, '2024-04-01')) FROM `order` ORDER BY id

SELECT id FROM `order` WHERE placed > '2024-02-29' AND HOUR(placed) >= 12 ORDER BY id

SELECT id FROM `order` WHERE DATE_FORMAT(placed, '%Y%m') = 202402 ORDER BY id

SELECT id FROM `order` WHERE DATE_FORMAT(placed, '%Y%m') = '202402' ORDER BY id

SELECT id FROM `order` WHERE YEAR(placed) * 100 + MONTH(placed) = 202402 ORDER BY id

SELECT id FROM `order` WHERE placed = '2024-01-15 10:00' ORDER BY id

SELECT id FROM `order` WHERE placed + INTERVAL 1 MONTH > '2024-03-01' ORDER BY id

SELECT id FROM `order` WHERE CAST(placed AS DATE) BETWEEN '2024-01-01' AND '2024-01-31' ORDER BY id

SELECT id FROM `order` WHERE TIME(placed) < '10:30:00' ORDER BY id

SELECT id FROM `order` WHERE shipped IS NULL AND NOT (pieces > 2 OR total < 10) ORDER BY id

SELECT id FROM `order` WHERE NOT pieces > 2 ORDER BY id

SELECT id FROM `order` WHERE `select` IS NOT NULL AND `select` + 0 > 0 ORDER BY id

SELECT id FROM `order` WHERE `select` BETWEEN 1 AND 9 ORDER BY id

SELECT id FROM `order` WHERE pieces & 1 ORDER BY id

SELECT id FROM `order` WHERE pieces % 2 = 1 AND MOD(id, 2) = 0 ORDER BY id

SELECT id FROM people WHERE IF(age > 40, active, 1) ORDER BY id

SELECT id FROM people WHERE COALESCE(age, 0) ORDER BY id

SELECT id FROM people WHERE CASE WHEN age > 40 THEN 1 ELSE 0 END = 1 ORDER BY id

SELECT id FROM people WHERE CASE WHEN age > 40 THEN active ELSE 0 END ORDER BY id

SELECT id FROM people WHERE active <> 0 XOR age > 40 ORDER BY id

SELECT id FROM people WHERE ISNULL(age) OR age < 20 ORDER BY id

SELECT id FROM people WHERE age <=> NULL ORDER BY id

SELECT id FROM people WHERE NOT(age <=> 34) ORDER BY id

SELECT id FROM people WHERE born IS NULL = 1 ORDER BY id

SELECT id, age BETWEEN 20 AND 40 AND active FROM people ORDER BY id

SELECT id, age IN (34, NULL) FROM people ORDER BY id

SELECT 1 IN (SELECT id FROM people), 99 NOT IN (SELECT id FROM people), (SELECT 1) = 1, EXISTS (SELECT 1) + 1

SELECT (1, 2) = (1, 2), (1, 2) = (1, 3), ROW(1, 2) = ROW(1, 2)

SELECT -(-3), -(2 + 3), 2 - (3 - 4), 2 * (3 + 4), (2 + 3) * 4 % 7, 10 - 2 - 3, 100 / 10 / 2, 2 + 3 = 5, NOT 1 = 2, 1 + 1 > 1 AND 2

SELECT 5 DIV 2 * 2, 7 % 4 * 2, -7 % 3, 1 - -1, 3 ^ 2 + 1, 1 | 2 ^ 2, 6 & 3 | 8, ~0 & 255, 1 << 2 + 1

SELECT DATEDIFF('2024-03-01', '2024-01-01') * 2, YEAR('2024-01-01') - 1, DAYOFWEEK('2024-01-01') % 7, (LENGTH('abc') + 1) * 2, 10 - LENGTH('abc') - 1

SELECT 'a' || 'b', 1 || 0, 'x' && 1

SELECT CONCAT('a', 1 + 1, 'b'), CONCAT(NOT 1, -1), CONCAT('x', (SELECT MAX(id) FROM `order`))

SELECT GROUP_CONCAT(DISTINCT kind ORDER BY kind SEPARATOR '|'), GROUP_CONCAT(IF(active, name, NULL) ORDER BY id) FROM people WHERE id <= 6

SELECT kind, GROUP_CONCAT(name ORDER BY age DESC, name SEPARATOR ', ') FROM people WHERE id <= 6 GROUP BY kind ORDER BY kind

SELECT COUNT(DISTINCT CASE WHEN age > 30 THEN kind END), COUNT(DISTINCT YEAR(born)) FROM people

SELECT MIN(name), MAX(LENGTH(name)), SUM(LENGTH(name)), AVG(LENGTH(name)) FROM people WHERE id <= 6

SELECT SUM(DISTINCT age), AVG(DISTINCT age), COUNT(*) * 2 FROM people WHERE id <= 6

SELECT name FROM people WHERE id <= 6 GROUP BY name HAVING COUNT(*) = 1 AND MAX(age) > 30 ORDER BY MAX(age), name

SELECT kind, MAX(age) AS m FROM people GROUP BY kind HAVING m > 40 AND COUNT(*) > 1 ORDER BY m DESC

SELECT active, AVG(age) a FROM people GROUP BY active HAVING a > 1 ORDER BY a DESC

SELECT kind k, active a, COUNT(*) FROM people WHERE id <= 6 GROUP BY k, a ORDER BY k, a

SELECT age + 1 AS age FROM people WHERE age = 34 GROUP BY age ORDER BY age

SELECT UPPER(kind) AS kind, COUNT(*) FROM people GROUP BY UPPER(kind) ORDER BY kind

SELECT DISTINCT YEAR(placed) AS y FROM `order` ORDER BY y DESC

SELECT DISTINCT p.kind FROM people p JOIN `order` o ON o.person_id = p.id ORDER BY p.kind

SELECT id FROM people WHERE id IN (1, 2) UNION SELECT id + 10 FROM people WHERE id = 3 UNION ALL SELECT NULL ORDER BY id

SELECT 'a' AS x, 1 AS y UNION ALL SELECT 'b', NULL UNION ALL SELECT NULL, 2.5 ORDER BY y, x

SELECT COUNT(*) FROM (SELECT id FROM people UNION SELECT id FROM `order`) u

SELECT id FROM people WHERE id < 5 EXCEPT SELECT person_id FROM `order` ORDER BY id

SELECT id FROM people INTERSECT SELECT person_id FROM `order` ORDER BY id

SELECT a.name, b.name FROM people a LEFT JOIN people b ON b.age = a.age AND b.id <> a.id WHERE a.id <= 6 ORDER BY a.id

SELECT p.id, o.id FROM people p LEFT JOIN (`order` o JOIN counters c ON c.hits = o.pieces) ON o.person_id = p.id WHERE p.id <= 3 ORDER BY p.id

SELECT people.*, 1 AS one FROM people WHERE id = 1

SELECT p.*, o.total FROM people p JOIN `order` o ON o.person_id = p.id WHERE o.id = 3

-- differs: sqlite: one schema, main
SELECT differential.people.name FROM differential.people WHERE differential.people.id = 1

SELECT `p`.`name` `the name` FROM `people` `p` WHERE `p`.`id` = 1

SELECT name AS 'quoted alias', age "other alias" FROM people WHERE id = 1

SELECT id AS `select`, name AS `from` FROM people WHERE id = 1 ORDER BY `select`

SELECT NULL AS n, NULL + 1, NULL || 1, CONCAT(NULL), IFNULL(NULL, NULL), COALESCE(NULL, 'x')

-- differs: sqlite: no decimals
SELECT 0.1 + 0.2 = 0.3, 1.10 = 1.1, '1.10' = 1.1, 1 = 1.0, 1e0 = 1

SELECT 1.5 + 1.25, 1.50 * 2.00, 3.00 - 1, 10.0 / 3, 1.00 + 1e0, 2.0 % 1.5, -1.5, ABS(-1.50), 5.0 DIV 2

SELECT ROUND(1234.5678, 2), ROUND(1234.5678), ROUND(0.5), ROUND(1.5), ROUND(-0.5), CEIL(-0.5), FLOOR(2.0), TRUNCATE(1234.5678, -2), ROUND(5), ROUND(15, -1), ROUND(1e0 / 3, 3)

SELECT CAST(1.5 AS SIGNED), CAST(2.5 AS SIGNED), CAST('2.5' AS SIGNED), CAST(1e3 AS SIGNED), CAST(TRUE AS SIGNED), CAST(1 = 1 AS CHAR), CAST(3 AS DECIMAL(5,2)) = 3, CAST(1.005 AS DECIMAL(5,2)), CAST(-0.5 AS SIGNED)

SELECT CAST('2024-01-02' AS DATETIME), CAST('2024-01-02 10:00:00' AS CHAR), CAST(20240102 AS DATE), DATE('2024-01-02'), CAST(NOW() AS DATE) = CURDATE(), TIMESTAMP('2024-01-02'), TIMESTAMP('2024-01-02 01:00:00')

SELECT DATE '2024-01-02', TIMESTAMP '2024-01-02 03:04:05', TIME '03:04:05', {d '2024-01-02'}, {ts '2024-01-02 03:04:05'}

SELECT DATE '2024-01-31' + INTERVAL 1 MONTH, TIMESTAMP '2024-01-31 12:00:00' - INTERVAL 36 HOUR

SELECT DATE_ADD('2024-02-28', INTERVAL 1 DAY), DATE_ADD('2023-02-28', INTERVAL 1 DAY), DATE_SUB('2024-03-31', INTERVAL 1 MONTH), DATE_ADD('2024-12-31 23:59:59', INTERVAL 1 SECOND), DATE_ADD('2024-01-01', INTERVAL '1 01:01:01' DAY_SECOND)

SELECT DATE_FORMAT('2024-01-05', '%y%c%e'), DATE_FORMAT('2024-01-05 00:05:00', '%l:%i %p'), DATE_FORMAT('2024-01-05 12:05:00', '%h%I%l'), TIME_FORMAT('15:04:05', '%H-%i-%s'), DATE_FORMAT(NULL, '%Y')

SELECT STR_TO_DATE('01,5,2013', '%d,%m,%Y'), STR_TO_DATE('09:30:17', '%H:%i:%s'), STR_TO_DATE('20240102', '%Y%m%d')

-- differs: duckdb, sqlite: blanks that the pattern does not have are not skipped
SELECT STR_TO_DATE('May 1, 2013', '%M %d,%Y')

SELECT HOUR(TIMEDIFF('2024-01-03 10:00:00', '2024-01-01 09:30:00')), MINUTE(SEC_TO_TIME(3725)), SECOND(SEC_TO_TIME(3725)), TIME_TO_SEC('01:00:00')

SELECT LEFT('äöü', 2), RIGHT('äöü', 1), UPPER('äöü'), LOWER('ÄÖÜ'), REVERSE('äö'), SUBSTRING('日本語', 2, 1), LPAD('ä', 3, 'ö'), LOCATE('ö', 'äöü'), INSTR('日本語', '語'), REPLACE('äöü', 'ö', 'o')

SELECT REPEAT('a', 0), REPEAT('a', -1), SPACE(0), LPAD('a', 0, 'x'), CONCAT('', ''), TRIM(''), LENGTH(''), REVERSE(''), LEFT('', 1), SUBSTRING('', 1)

-- differs: postgres, duckdb, sqlite: no NUL character in a string: it is refused
SELECT 'a\0b'

SELECT ORD('a'), HEX('a'), CHAR(72, 105) = 'Hi'

SELECT TRUNCATE(1.15, 2), TRUNCATE(-1.15, 1), TRUNCATE(122, -2), TRUNCATE(9007199254740993, 2), ROUND(25E-1), ROUND(1.55, '1')

SELECT FIND_IN_SET('', ''), FIND_IN_SET('', 'a,,b'), ORD('é'), ORD(''), ORD(NULL), ASCII(NULL), ASCII('é'), INSERT('abc', 2, -1, 'x'), INSERT('abc', 4, 1, 'x'), INSERT('abc', 0, 1, 'x'), INSERT('abc', 2, 9, 'x')

SELECT SUBSTRING_INDEX('a.b', '', 1), LOCATE('b', 'abc', 0), LOCATE('b', 'abc', -1), LPAD('ab', -1, 'x'), RPAD('ab', -1, 'x'), LPAD('ab', 1, '')

SELECT MAKEDATE(70, 1), MAKEDATE(12, 60), MAKEDATE(2011, 0), MAKETIME(-1, 30, 0), MAKETIME(1, 60, 0), MAKETIME(1, 0, 60), MAKETIME(0, 59, 59)

-- differs: postgres, duckdb: not translated
SELECT CONV(-1, 10, 16), CONV(-17, 10, -18), CONV('-1', 16, 10), CONV('zz', 10, 2)

SELECT JSON_CONTAINS('[1]', 'true'), JSON_CONTAINS('true', '1'), JSON_CONTAINS('[1, true]', 'true')

-- differs: postgres, duckdb: not translated
SELECT JSON_LENGTH('{"a": [1, 2]}', '$.a'), JSON_LENGTH('{"a": 1}', '$.b')

-- differs: postgres: not translated
SELECT JSON_KEYS('{"é": 1}'), JSON_KEYS('[1]')

-- differs: duckdb: not translated
SELECT REGEXP_INSTR('aba', 'a$'), REGEXP_INSTR('xay', 'a'), REGEXP_INSTR('x', 'a')

SELECT TIME '10:00:00' < '10:00:01' AS earlier, CAST('10:00' AS TIME) = '10:00:00' AS same

-- differs: postgres, duckdb: not translated
SELECT CONV('ff', 16, 10)

-- differs: duckdb: not translated
SELECT INET_ATON('1.2.3.4')

-- differs: postgres, duckdb, sqlite: text; MySQL's is a binary string
SELECT CHAR(72, 105)

-- differs: postgres, duckdb, sqlite: equality is the database's own
SELECT FIELD('B', 'a', 'b'), STRCMP('a', 'A')

-- differs: sqlite: LIKE ignores the case of ASCII only
SELECT 'ABC' LIKE 'abc', 'Ä' LIKE 'ä', LOCATE('B', 'abc')

SELECT name FROM people WHERE name LIKE 'D%' AND notes LIKE '%\\slash' ORDER BY id

SELECT name FROM people WHERE notes REGEXP 'q[a-z]+d' OR name REGEXP '^(Anna|Emil)$' ORDER BY id

SELECT name FROM people WHERE name REGEXP '[[:space:]]' ORDER BY id

SELECT name FROM people WHERE email LIKE 'anna@%' OR (age > 60 AND kind IN ('member', 'staff')) ORDER BY name LIMIT 5

SELECT LEAST(born, '1980-01-01'), GREATEST(seen, '2024-02-01') FROM people WHERE born IS NOT NULL AND id <= 6 ORDER BY id

SELECT IFNULL(seen, NOW()) >= '2023-01-01', COALESCE(born, seen) IS NULL FROM people WHERE id <= 6 ORDER BY id

SELECT IF(born > '1980-01-01', born, seen), CASE WHEN id = 1 THEN born ELSE 'none' END, IF(id > 2, score, 0) FROM people WHERE id <= 4 ORDER BY id

SELECT age + score, age * ratio, score * score, score / age, age / ratio, score + 0.001, age DIV 10, age + 40 FROM people WHERE id <= 6 ORDER BY id

SELECT SUM(age * 1.5), SUM(score * age), SUM(ratio * 2), SUM(age) / SUM(score), AVG(score * 2), AVG(age / 2) FROM people WHERE id <= 6

SELECT id FROM people ORDER BY active DESC, age IS NULL, age, id LIMIT 4

SELECT id FROM people ORDER BY IF(kind = 'staff', 0, 1), born DESC, id

SELECT id FROM people ORDER BY kind = 'staff' DESC, id LIMIT 3

SELECT id, name AS n FROM people ORDER BY LENGTH(n) DESC, id LIMIT 3

SELECT id FROM people ORDER BY NULL LIMIT 0

SELECT id FROM people LIMIT 0

SELECT DISTINCT active FROM people ORDER BY active DESC

SELECT * FROM counters WHERE name = 'nothing'

SELECT COUNT(*), COUNT(1), COUNT(NULL), SUM(1), MAX(NULL) FROM counters WHERE name = 'nothing'

INSERT INTO `order` (id, person_id, total, pieces, placed) VALUES (100, 1, 1.005, '3', '2024-04-01'), (101, 2, '2.50', 2.6, 20240402101500)

SELECT id, total, pieces, placed, shipped, `select`, data FROM `order` WHERE id >= 100 ORDER BY id

INSERT INTO `order` (id, person_id, total, pieces, placed) SELECT id + 100, person_id, total * 2, pieces + 1, placed + INTERVAL 1 YEAR FROM `order` WHERE id < 3

UPDATE `order` SET total = total + 1, shipped = placed, data = '{"a": 1}' WHERE id = 100

UPDATE `order` o SET o.pieces = o.pieces * 2 WHERE o.id = 101

UPDATE `order` SET `select` = IF(pieces > 3, 'many', 'few'), total = ROUND(total / 3, 2) WHERE id > 100

UPDATE `order` SET shipped = NULL WHERE id = 102 AND shipped = '0000-00-00'

UPDATE people p LEFT JOIN `order` o ON o.person_id = p.id SET p.notes = 'no orders' WHERE o.id IS NULL

UPDATE people SET score = (SELECT SUM(total) FROM `order` WHERE person_id = people.id) WHERE id IN (1, 2)

SELECT id, total, pieces, placed, shipped, `select` FROM `order` WHERE id >= 100 ORDER BY id

SELECT id, score, notes FROM people WHERE id <= 6 ORDER BY id

DELETE FROM `order` WHERE id >= 100 LIMIT 2

DELETE o FROM `order` o INNER JOIN people p ON p.id = o.person_id WHERE o.id >= 100 AND p.name = 'Anna'

SELECT COUNT(*) FROM `order`

INSERT INTO `order` (id, person_id, pieces, placed) VALUES (500, 999, 1, '2024-01-01')

CREATE TABLE kinds (
  `a` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, `b` SMALLINT(5) UNSIGNED DEFAULT '7', `c` MEDIUMINT, `d` FLOAT, `e` DECIMAL(20,6) DEFAULT 1.5,
  `f` CHAR(3) NOT NULL DEFAULT 'x', `g` VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci DEFAULT 'it''s', `h` TINYTEXT, `i` MEDIUMTEXT,
  `j` LONGTEXT, `k` BLOB, `l` VARBINARY(16), `m` DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3), `n` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `o` TIME, `p` YEAR, `q` BOOLEAN DEFAULT FALSE, `r` SET('a','b'), `s` INT CHECK (`s` > 0), `t` INT GENERATED ALWAYS AS (`s` + 1) STORED,
  PRIMARY KEY (`a`), UNIQUE KEY `by_g` (`g`(100), `f`), KEY `by_b` (`b` DESC), FULLTEXT KEY `ft` (`j`)
) ENGINE=InnoDB AUTO_INCREMENT=10 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=DYNAMIC COMMENT='all kinds; "of" them'

INSERT INTO kinds (c, d, h, k, l, m, o, p, q, r, s) VALUES (-5, 1.5, 'tiny', 'bin', 0x4142, '2024-01-01 10:00:00.123', '12:13:14', 2024, TRUE, 'a,b', 5)

INSERT INTO kinds (g, s, k, q) VALUES ('second', 6, x'00ff', 1 > 2)

INSERT INTO kinds (s) VALUES (0)

SELECT a, b, c, d, e, f, g, h, k, l, o, p, q, r, s, t, n IS NOT NULL, m > '2023-01-01' FROM kinds ORDER BY a

SELECT HEX(k), HEX(l), LENGTH(k), l = 'AB', k IS NULL, q + 1, o > '12:00:00', p - 1, t * 2, e / 2, b + 10 FROM kinds ORDER BY a

SELECT a FROM kinds WHERE l = 'AB' AND q AND o BETWEEN '12:00' AND '13:00:00' AND p = '2024' AND d = 1.5 AND r LIKE '%b'

DROP TABLE kinds

CREATE TABLE changing (a INT NOT NULL PRIMARY KEY, f CHAR(3), h TEXT, c INT)

INSERT INTO changing VALUES (1, 'x', 'long', 5), (2, NULL, '7', 6)

ALTER TABLE changing ADD COLUMN u INT UNSIGNED NOT NULL DEFAULT '3' COMMENT 'new' AFTER a, ADD COLUMN v DATE

ALTER TABLE changing DROP COLUMN c

ALTER TABLE changing RENAME COLUMN f TO ff

-- differs: sqlite: ALTER TABLE cannot change a column
ALTER TABLE changing ALTER COLUMN u SET DEFAULT 4

INSERT INTO changing (a, ff, u) VALUES (3, 'z', 4)

SELECT a, u, ff, h, v FROM changing ORDER BY a

-- differs: sqlite: ALTER TABLE cannot change a column
ALTER TABLE changing MODIFY COLUMN h VARCHAR(50) DEFAULT 'none', CHANGE COLUMN v w DATETIME NULL

-- differs: sqlite: the column was not changed
INSERT INTO changing (a, w) VALUES (4, '2024-01-01 10:00:00')

-- differs: sqlite: the column was not changed
SELECT a, h, w FROM changing ORDER BY a

ALTER TABLE changing ADD UNIQUE KEY by_ff (ff), ADD INDEX by_h (h)

INSERT INTO changing (a, ff) VALUES (5, 'z')

DROP INDEX by_h ON changing

-- differs: duckdb: a table that has an index cannot be altered
RENAME TABLE changing TO changed

-- differs: duckdb: it was not renamed
ALTER TABLE changed RENAME TO changing

-- differs: sqlite: one row less: its column was not changed
SELECT COUNT(*) FROM changing

DROP TABLE changing

CREATE TABLE IF NOT EXISTS counters (x INT)

CREATE TABLE counters (x INT)

CREATE TABLE twin LIKE counters

INSERT INTO twin SELECT * FROM counters

SELECT COUNT(*) = (SELECT COUNT(*) FROM counters) FROM twin

DROP TABLE twin

SELECT COALESCE(SUM(pieces), 0) + 1, MAX(IF(pieces > 2, pieces, NULL)), MIN(NULLIF(pieces, 1)) FROM `order`

SELECT kind, SUM(score > 0), COUNT(*) - COUNT(score), ROUND(SUM(score) / NULLIF(COUNT(score), 0), 1) FROM people GROUP BY kind ORDER BY kind

SELECT FLOOR(age / 10) * 10 AS decade, COUNT(*) FROM people WHERE age IS NOT NULL GROUP BY decade ORDER BY decade

SELECT JSON_UNQUOTE(JSON_EXTRACT(data, '$.note')) AS note, LENGTH(JSON_EXTRACT(data, '$.n')) FROM `order` WHERE JSON_EXTRACT(data, '$.n') > 2 OR JSON_UNQUOTE(JSON_EXTRACT(data, '$.gift')) = 'true' ORDER BY id

UPDATE people SET active = NOT active, age = IFNULL(age, 0) + 1 WHERE id = 3

SELECT active, age FROM people WHERE id = 3

SELECT TIME_FORMAT('-25:00:00', '%H:%i'), TIME_FORMAT('-00:30:05', '%k %i %T'), TIME_FORMAT(NULL, '%H'), TIME_FORMAT('26:05:00', '%%H %H%%k%k')

SELECT TIME_FORMAT(SEC_TO_TIME(100000), '%H:%i'), TIME_FORMAT('-838:59:59', '%T'), TIME_FORMAT('26:00:00', '%p %r %h %l'), DATE_FORMAT(TIME('30:00:00'), '%H:%i')

SELECT SEC_TO_TIME(3020399), SEC_TO_TIME(3020400), SEC_TO_TIME(-99999999), SEC_TO_TIME(NULL)

SELECT CONVERT_TZ('2026-01-01 00:00:00', 'Nowhere/Land', '+00:00'), CONVERT_TZ('2026-01-01 00:00:00', '+00:00', ''), CONVERT_TZ('2026-01-01 00:00:00', '+99:00', '+00:00')

SELECT DATE_FORMAT('2026-01-02', ''), DATE_FORMAT(NULL, ''), TIME_FORMAT('10:00:00', '')

SELECT QUOTE('it''s'), QUOTE('a\\b'), QUOTE(''), QUOTE(5), QUOTE('b\Zc')

SELECT LENGTH(QUOTE(NULL)), TIME_FORMAT(CURTIME(), 'x'), TIME_FORMAT(TIME('2026-01-02 03:04:05'), '%T')
