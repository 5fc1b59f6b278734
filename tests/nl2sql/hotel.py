"""A small database in which right statements, and the mends of wrong ones, are tried."""

from nl2sql.asked import Asked
from nl2sql.catalog import Catalog, read_catalog
from nl2sql.guard import Guarded, check
from nl2sql.samples import with_samples
from tests.nl2sql.direct import DirectSession

HOTEL = """
SET sql_mode = CONCAT(@@sql_mode, ',NO_UNSIGNED_SUBTRACTION'); CREATE DATABASE hotel; USE hotel;
CREATE TABLE cities (id INT PRIMARY KEY, name VARCHAR(30));
CREATE TABLE guests (id INT PRIMARY KEY, full_name VARCHAR(40), born DATE, birth_year INT, city_id INT,
  invited_by INT, joined_on DATE, valid_until DATETIME, FOREIGN KEY (city_id) REFERENCES cities (id));
CREATE TABLE guest_cards (id INT PRIMARY KEY, code VARCHAR(12), referred_by INT,
  FOREIGN KEY (referred_by) REFERENCES guests (id));
CREATE TABLE rooms (id INT PRIMARY KEY, label VARCHAR(12), beds INT, class VARCHAR(12), year_start INT);
CREATE TABLE stays (id INT PRIMARY KEY, guest_id INT, room_id INT, arrived DATETIME, left_on DATE, status VARCHAR(12),
  amount DECIMAL(10,2), FOREIGN KEY (guest_id) REFERENCES guests (id), FOREIGN KEY (room_id) REFERENCES rooms (id));
CREATE TABLE extras (stay_id INT, line INT, what VARCHAR(12), price DECIMAL(8,2), PRIMARY KEY (stay_id, line),
  FOREIGN KEY (stay_id) REFERENCES stays (id));
CREATE TABLE refunds (stay_id INT, line INT, given DECIMAL(8,2), PRIMARY KEY (stay_id, line));
CREATE TABLE offers (id INT PRIMARY KEY, code VARCHAR(12), valid_on DATE, ends_on DATE);
INSERT INTO cities VALUES (1,'Lisbon'),(2,'Oslo'),(3,'Quito');
INSERT INTO guests SELECT seq, CONCAT('Guest ', seq), '1950-05-05' + INTERVAL seq * 300 DAY, 1950 + seq,
  IF(seq % 7 = 0, NULL, 1 + seq % 3), IF(seq > 5, seq - 5, NULL), CURDATE() - INTERVAL seq * 11 DAY,
  NOW() + INTERVAL seq - 20 DAY FROM seq_1_to_40;
INSERT INTO guests VALUES (41,'Oslo','1999-01-01',1999,1,1,CURDATE(),NOW() + INTERVAL 1 DAY);
INSERT INTO guest_cards SELECT seq, CONCAT('C', seq), 1 + seq % 3 FROM seq_1_to_20;
INSERT INTO rooms SELECT seq, CONCAT('R', seq), 1 + seq % 4, ELT(1 + seq % 3,'single','double','suite'), 20260101
  FROM seq_1_to_12;
INSERT INTO stays SELECT seq, 1 + seq % 30, 1 + seq % 12, '2026-01-01 00:00:00' + INTERVAL seq * 7 HOUR,
  '2026-01-03' + INTERVAL seq * 7 HOUR, ELT(1 + seq % 3,'paid','open','late'), seq * 1.5 FROM seq_1_to_200;
INSERT INTO stays SELECT 200 + seq, 1 + seq % 30, 1, CURDATE() - INTERVAL seq * 5 DAY +
  INTERVAL IF(seq > 36, 600, 0) DAY, NULL, 'open', seq FROM seq_1_to_40;
INSERT INTO extras SELECT seq, 1 + seq % 2, ELT(1 + seq % 2,'spa','bar'), seq FROM seq_1_to_60;
INSERT INTO refunds SELECT seq, 1 + seq % 2, seq / 2 FROM seq_1_to_30;
INSERT INTO offers SELECT seq, CONCAT('O', seq), CURDATE() + INTERVAL seq - 5 DAY, CURDATE() + INTERVAL seq DAY
  FROM seq_1_to_10;
"""


async def hotel_catalog(session: DirectSession) -> Catalog:
    """The catalog with its example values."""
    return await with_samples(session, await read_catalog(session))


def rows(session: DirectSession, sql: str) -> list[tuple[str | bytes | None, ...]]:
    """All rows, sorted: mends may not change which there are."""
    return sorted(session.run(sql).rows, key=repr)


def checked(sql: str, catalog: Catalog, question: str = "", values: tuple = ()) -> Guarded:
    """What the guard makes of a candidate for ``question``."""
    return check(sql, catalog, 10_000, Asked(question, values))
