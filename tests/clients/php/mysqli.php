<?php
// mysqli: mysqli.php HOST PORT plain|ask [tls]; text protocol and server-side prepared statements.
require __DIR__ . '/common.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function attempt(string $label, mysqli $link, callable $call): void {
    try {
        $result = $call();
        if ($result instanceof mysqli_result) {
            show($label, array_column($result->fetch_fields(), 'name'), $result->fetch_all(MYSQLI_NUM));
        } else {
            echo "-- $label\nok: {$link->affected_rows} rows, id {$link->insert_id}\n";
        }
    } catch (mysqli_sql_exception $error) {
        echo "-- $label\nerror: {$error->getCode()} {$error->getSqlState()} {$error->getMessage()}\n";
    }
}

$link = mysqli_init();
$tls = in_array('tls', $options) ? MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT : 0;
$link->real_connect($host, 'app', 'secret', 'shop', (int) $port, null, $tls);
$link->set_charset('utf8mb4');
foreach (statements($part) as [$label, $sql]) attempt($label, $link, fn() => $link->query($sql));
if ($part === 'plain') {
    foreach (PARAMETERS as $given) {
        attempt('prepared', $link, fn() => $link->execute_query(SELECT, $given));
    }
    $link->change_user('app', 'secret', 'scratch');
    attempt('after change of user', $link, fn() => $link->query('SELECT DATABASE(), @a'));
    $link->multi_query("SELECT 1; SELECT 'two'; SELECT 3");
    do attempt('multi', $link, fn() => $link->store_result());
    while ($link->more_results() && $link->next_result());
} else {
    attempt('prepared', $link, fn() => $link->execute_query('ASK ?', [QUESTION]));
    attempt('after prepared', $link, fn() => $link->query("SELECT 'alive'"));
}
$link->close();
