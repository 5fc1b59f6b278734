<?php
// What the PHP clients share: which statements they run, and how they print what they got.
[, $host, $port, $part] = $argv;
$options = array_slice($argv, 4);
const QUESTION = 'how many customers are there';
const SELECT = 'SELECT id, name, ? AS given FROM regions WHERE id >= ? ORDER BY id';
const PARAMETERS = [['grüße', 2], [null, 4], [12.5, 5]];

function statements(string $part): array {
    $lines = file(__DIR__ . "/../$part.txt", FILE_IGNORE_NEW_LINES);
    return array_map(fn($line) => explode("\t", $line), $lines);
}

function text(mixed $value): string {
    if ($value === null) return 'NULL';
    return mb_check_encoding_or_hex((string) $value);
}

// mbstring is not part of php-cli, so UTF-8 is told by a regular expression.
function mb_check_encoding_or_hex(string $value): string {
    return preg_match('//u', $value) && !str_contains($value, "\0") ? $value : '0x' . bin2hex($value);
}

function show(string $label, array $columns, iterable $rows): void {
    echo "-- $label\ncolumns: ", implode(' | ', $columns), "\n";
    foreach ($rows as $row) echo implode(' | ', array_map('text', $row)), "\n";
}
