// What Grafana's MySQL data source does with the driver: a ping, then the statements of a dashboard's panels at once.
package main

import (
	"database/sql"
	"sync"
)

const connections = 100 // Grafana's default, of open and of idle ones

func panels(pool *sql.DB, statements []labelled) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	check(pool.Ping())
	results := make([]*sql.Rows, len(statements))
	errors := make([]error, len(statements))
	var group sync.WaitGroup
	for i := range statements {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			results[i], errors[i] = pool.QueryContext(background, statements[i].sql)
		}(i)
	}
	group.Wait()
	for i, statement := range statements {
		if errors[i] != nil {
			showError(statement.label, errors[i])
		} else {
			showRows(statement.label, results[i], typedNames)
		}
	}
}

// typedNames has the types, too: by them Grafana tells numbers, times and the names of series.
func typedNames(columns []*sql.ColumnType) (found []string) {
	for _, column := range columns {
		found = append(found, column.Name()+" "+column.DatabaseTypeName())
	}
	return
}
