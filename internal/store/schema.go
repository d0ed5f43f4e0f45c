package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// tableShape is a table and its columns, each in the order in which the migrations make them: a table follows those that
// it points at.
type tableShape struct {
	name    string
	columns []string
}

// schemaOf gives the tables that these migrations make, the record of migrations first.
func schemaOf(ctx context.Context, taken []Migration) ([]tableShape, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if _, err := db.ExecContext(ctx, makeRecord); err != nil {
		return nil, err
	}
	for _, m := range taken {
		if _, err := db.ExecContext(ctx, m.Text); err != nil {
			return nil, err
		}
	}
	rows, err := db.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.rowid, c.cid`)
	if err != nil {
		return nil, err
	}
	var tables []tableShape
	_, err = collect(rows, func(row scanner) (none struct{}, err error) {
		var table, column string
		err = row.Scan(&table, &column)
		if n := len(tables); n == 0 || tables[n-1].name != table {
			tables = append(tables, tableShape{name: table})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, column)
		return none, err
	})
	return tables, err
}

// count gives the number of rows of a table.
func count(ctx context.Context, t *sql.Tx, table string) (rows int64, err error) {
	err = t.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&rows)
	return rows, err
}

// copyTables copies all rows of the tables from one transaction to another, of whichever engine.
func copyTables(ctx context.Context, to, from *sql.Tx, tables []tableShape) error {
	for _, t := range tables {
		if err := copyTable(ctx, to, from, t); err != nil {
			return errors.Join(errors.New("copying table "+t.name), err)
		}
	}
	return nil
}

func copyTable(ctx context.Context, to, from *sql.Tx, t tableShape) error {
	numbers := make([]string, len(t.columns))
	into, row := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range t.columns {
		numbers[i], into[i] = "$"+strconv.Itoa(i+1), &row[i]
	}
	columns := strings.Join(t.columns, ", ")
	insert, err := to.PrepareContext(ctx, "INSERT INTO "+t.name+" ("+columns+") VALUES ("+strings.Join(numbers, ", ")+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	rows, err := from.QueryContext(ctx, "SELECT "+columns+" FROM "+t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return rows.Err()
}
