<?php
// PDO: pdo.php HOST PORT plain|ask emulated|native [tls].
require __DIR__ . '/common.php';

function attempt(string $label, PDO $pdo, callable $call): void {
    try {
        $result = $call();
        $columns = [];
        for ($i = 0; $i < $result->columnCount(); $i++) $columns[] = $result->getColumnMeta($i)['name'];
        if ($columns) show($label, $columns, $result->fetchAll(PDO::FETCH_NUM));
        else echo "-- $label\nok: {$result->rowCount()} rows, id {$pdo->lastInsertId()}\n";
    } catch (PDOException $error) {
        [$state, $number, $message] = $error->errorInfo ?? ['', 0, $error->getMessage()];
        echo "-- $label\nerror: $number $state $message\n";
    }
}

$settings = [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::ATTR_EMULATE_PREPARES => in_array('emulated', $options),
];
if (in_array('tls', $options)) {
    $settings += [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false, PDO::MYSQL_ATTR_SSL_CIPHER => 'DEFAULT'];
}
$pdo = new PDO("mysql:host=$host;port=$port;dbname=shop;charset=utf8mb4", 'app', 'secret', $settings);
foreach (statements($part) as [$label, $sql]) attempt($label, $pdo, fn() => $pdo->query($sql));
$prepared = function (string $sql, array $given) use ($pdo): PDOStatement {
    $statement = $pdo->prepare($sql);
    $statement->execute($given);
    return $statement;
};
if ($part === 'plain') {
    foreach (PARAMETERS as $given) attempt('prepared', $pdo, fn() => $prepared(SELECT, $given));
} else {
    attempt('prepared', $pdo, fn() => $prepared('ASK ?', [QUESTION]));
    attempt('after prepared', $pdo, fn() => $pdo->query("SELECT 'alive'"));
}
