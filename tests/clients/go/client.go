// go-sql-driver/mysql: client HOST PORT plain|ask|grafana STATEMENTS-FILE DSN-OPTIONS.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

const (
	question = "how many customers are there"
	choice   = "SELECT id, name, ? AS given FROM regions WHERE id >= ? ORDER BY id"
	rest     = 20 * time.Millisecond // between two looks for something that another connection does
)

var background = context.Background()

func main() {
	host, port, part, file, options := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pool := must(sql.Open("mysql", "app:secret@tcp("+host+":"+port+")/shop?"+options))
	defer pool.Close()
	statements := readStatements(file)
	if part == "grafana" {
		panels(pool, statements)
		return
	}
	conn := must(pool.Conn(background))
	defer conn.Close()
	for _, statement := range statements {
		run(conn, statement.label, statement.sql)
	}
	if part == "ask" {
		prepared(conn, "prepared", "ASK ?", [][]any{{question}, {question}})
	} else {
		plain(pool, conn, strings.Contains(options, "multiStatements=true"))
	}
	run(conn, "after prepared", "SELECT 'alive'")
}

func plain(pool *sql.DB, conn *sql.Conn, several bool) {
	for _, given := range [][]any{{"grüße", 2}, {nil, 4}, {12.5, 5}} {
		run(conn, "prepared", choice, given...)
	}
	prepared(conn, "kept statement", choice, [][]any{{[]byte{0, 255}, 5}, {true, 5}, {int64(-1), 4}})
	if several {
		run(conn, "several results", "SELECT 1; SELECT 'two'; SELECT 3")
	}
	transaction(conn)
	closedEarly(conn)
	cancelled(pool)
	replaced(pool)
}

// prepared uses one server-side statement for all that is given.
func prepared(conn *sql.Conn, label, text string, given [][]any) {
	statement := must(conn.PrepareContext(background, text))
	defer statement.Close()
	for _, values := range given {
		rows, err := statement.QueryContext(background, values...)
		if err != nil {
			showError(label, err)
			continue
		}
		showRows(label, rows, names)
	}
}

func transaction(conn *sql.Conn) {
	options := &sql.TxOptions{Isolation: sql.LevelReadCommitted, ReadOnly: true}
	tx := must(conn.BeginTx(background, options))
	_, err := tx.Exec("DELETE FROM orders")
	fmt.Printf("-- change while read-only\nrefused: %d\n", told(err).Number)
	check(tx.Rollback())
}

// closedEarly leaves most of a result unread; the driver has to read it all before the connection's next statement.
func closedEarly(conn *sql.Conn) {
	rows := must(conn.QueryContext(background, "SELECT id FROM orders ORDER BY id"))
	rows.Next()
	check(rows.Close())
	run(conn, "after a result closed early", "SELECT 'in step'")
}

// cancelled ends a context while its statement runs. The driver drops the connection then, and no more: programs that do
// not want the statement to run on send a KILL by another.
func cancelled(pool *sql.DB) {
	const long = "SELECT MAX(a.id) FROM orders a, orders b, orders c, orders d WHERE a.id + b.id + c.id + d.id = -1"
	const running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT MAX%'"
	runner, killer := must(pool.Conn(background)), must(pool.Conn(background))
	defer killer.Close()
	id := str(number(runner, "SELECT CONNECTION_ID()"))
	ctx, cancel := context.WithCancel(background)
	done := make(chan error)
	go func() {
		_, err := runner.ExecContext(ctx, long)
		done <- err
	}()
	waitFor(func() bool { return number(killer, running) == 1 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		panic(err)
	}
	runner.Close()
	_, _ = killer.ExecContext(background, "KILL "+id) // refused where the server has noticed by itself
	waitFor(func() bool { return number(killer, running) == 0 })
	run(killer, "after a cancelled statement", "SELECT 'alive'")
}

// replaced ends a connection that waits in the pool; the pool notices and opens another.
func replaced(pool *sql.DB) {
	killer := must(pool.Conn(background))
	defer killer.Close()
	pool.SetMaxOpenConns(pool.Stats().InUse + 1)
	waiting := number(pool, "SELECT CONNECTION_ID()")
	must(killer.ExecContext(background, "KILL "+str(waiting)))
	waitFor(func() bool {
		var id int64
		err := pool.QueryRow("SELECT CONNECTION_ID()").Scan(&id)
		return err == nil && id != waiting
	})
}
