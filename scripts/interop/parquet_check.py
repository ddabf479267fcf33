"""Checks with pyarrow and DuckDB what Belay wrote as Parquet.

parquet_check.py FILE CSV NDJSON: reads FILE by both, and compares every cell with the csv and the ndjson that `belay export`
wrote of the same trials: values, types, and the lists of the splits.

Prints one JSON document; exits with 1 and says what differs otherwise.
"""

import csv
import json
import sys
from datetime import datetime, timezone

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def text_of(value):
    """A cell as the csv has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"
    return value


def same(cell, text):
    """Whether a cell is what a text of the csv says; numbers are compared as numbers, lists and details as JSON."""
    if isinstance(cell, list):
        return cell == json.loads(text or "[]")
    value = text_of(cell)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return text != "" and float(text) == value
    if value.startswith("{"):
        return json.loads(value) == json.loads(text)
    return value == text


def expect(ok, *what):
    if not ok:
        print("differs:", *what, file=sys.stderr)
        sys.exit(1)


def lists_of(trial, several):
    """The lists of the splits, as the ndjson has them, with null where a split is not recorded."""
    splits = {split["split"]: split for split in trial["splits"]}
    of = range(max(splits) + 1) if splits else []
    get = lambda key: [splits[i][key] if i in splits else None for i in of]
    values = get("values")
    at = lambda k: [None if each is None or len(each) <= k else each[k] for each in values]
    found = {f"splitValues.{k}": at(k) for k in range(several)} if several > 1 else {"splitValues": at(0)}
    return {**found, "splitDurationsMs": get("durationMs"), "splitRssBytes": get("rssBytes")}


def main(path, csv_path, ndjson_path):
    file = pq.ParquetFile(path)
    table = file.read()
    own = duckdb.sql("SET TimeZone = 'UTC'") or duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    with open(csv_path, newline="") as handle:
        reader = csv.reader(handle)
        head = next(reader)
        expect(table.column_names[: len(head)] == head, "columns", table.column_names, head)
        expect(own.columns == table.column_names, "columns of DuckDB", own.columns)
        cells = 0
        columns = {name: table[name].to_pylist() for name in table.column_names}
        with open(ndjson_path) as lines:
            number = -1
            for number, (row, line, read) in enumerate(zip(reader, lines, iter(own.fetchone, None), strict=True)):
                trial = json.loads(line)
                several = sum(name == "splitValues" or name.startswith("splitValues.") for name in table.column_names)
                for k, name in enumerate(table.column_names):
                    cell = columns[name][number]
                    # DuckDB and pyarrow each read the file by code of their own
                    expect(text_of(cell) == text_of(read[k]), name, number, cell, read[k])
                    if k < len(head):
                        expect(same(cell, row[k]), name, number, cell, row[k])
                    else:
                        wanted = lists_of(trial, several)[name]
                        expect(cell == wanted, name, number, cell, wanted)
                    cells += 1
    expect(table.num_rows == number + 1, "rows", table.num_rows, number + 1)
    types = {field.name: str(field.type) for field in table.schema}
    print(json.dumps({"trials": table.num_rows, "cells": cells, "groups": file.num_row_groups, "types": types,
                      "belay": json.loads(file.metadata.metadata[b"belay"])}))


main(*sys.argv[1:])
