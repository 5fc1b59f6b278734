// Which statements are run, and how what came of them is printed.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
)

type labelled struct{ label, sql string }

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readStatements(file string) (found []labelled) {
	for _, line := range strings.Split(strings.TrimSpace(string(must(os.ReadFile(file)))), "\n") {
		label, text, _ := strings.Cut(line, "\t")
		found = append(found, labelled{label, text})
	}
	return
}

// run prints the outcome; without parameters the statement goes by the text protocol.
func run(conn *sql.Conn, label, text string, given ...any) {
	if !hasRows(text) {
		result, err := conn.ExecContext(background, text, given...)
		if err != nil {
			showError(label, err)
			return
		}
		fmt.Printf("-- %s\nok: %d rows, id %d\n", label, must(result.RowsAffected()), must(result.LastInsertId()))
		return
	}
	rows, err := conn.QueryContext(background, text, given...)
	if err != nil {
		showError(label, err)
		return
	}
	showRows(label, rows, names)
}

// hasRows says whether a result set is to be expected: the driver has one call for those, and one for the others.
func hasRows(text string) bool {
	for _, word := range []string{"SELECT", "SHOW", "ASK", "/*"} {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// showRows prints every result set of rows, headed by what heading makes of its columns.
func showRows(label string, rows *sql.Rows, heading func([]*sql.ColumnType) []string) {
	for more := true; more; more = rows.NextResultSet() {
		columns := must(rows.ColumnTypes())
		fmt.Printf("-- %s\ncolumns: %s\n", label, strings.Join(heading(columns), " | "))
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		for rows.Next() {
			check(rows.Scan(places...))
			texts := make([]string, len(values))
			for i, value := range values {
				texts[i] = str(value)
			}
			fmt.Println(strings.Join(texts, " | "))
		}
	}
	check(rows.Err())
	check(rows.Close())
}

func names(columns []*sql.ColumnType) (found []string) {
	for _, column := range columns {
		found = append(found, column.Name())
	}
	return
}

func showError(label string, err error) {
	fmt.Printf("-- %s\nerror: %d %s\n", label, told(err).Number, told(err).Message)
}

// told is the server's error; any other one ends the program.
func told(err error) *mysql.MySQLError {
	var found *mysql.MySQLError
	if !errors.As(err, &found) {
		panic(err)
	}
	return found
}

func str(value any) string {
	switch value := value.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return value.Format("2006-01-02 15:04:05.999999")
	case []byte:
		if utf8.Valid(value) && !bytes.Contains(value, []byte{0}) {
			return string(value)
		}
		return "0x" + hex.EncodeToString(value)
	default:
		return fmt.Sprint(value)
	}
}

func number(from queryer, text string) (found int64) {
	check(from.QueryRowContext(background, text).Scan(&found))
	return
}

// waitFor ends when whoever started this program loses patience, at the latest.
func waitFor(condition func() bool) {
	for !condition() {
		time.Sleep(rest)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
