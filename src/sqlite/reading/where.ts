import { BelayError } from "../../core/error.ts";
import type {
  Comparison,
  Field,
  FieldName,
  Filter,
  FilterValue,
  OrderKey,
  Side,
} from "../../store/filter.ts";

/** A condition in SQL on `trials AS t` and the final row of `memory_log AS m`; every value is a bound parameter. */
export interface SqlCondition {
  readonly sql: string;
  readonly bind: readonly FilterValue[];
}

/** Limits a little below SQLite's own: 32,766 parameters and a statement of a million bytes. */
const MAX_VALUES = 30_000;
const MAX_LENGTH = 950_000;

const COLUMNS: Readonly<Record<FieldName, string>> = {
  number: "t.number",
  state: "t.state",
  reason: "t.reason",
  detail: "t.detail",
  value: "t.value",
  estimate: "(CASE t.state WHEN 'pruned' THEN json_extract(t.detail, '$.estimate') END)",
  values: "t.all_values",
  constraints: "t.constraints",
  violation: "t.violation",
  feasible: "(t.violation = 0)",
  invalid: "(t.invalid IS NOT NULL)",
  params: "t.params",
  proposer: "t.proposer",
  why: "t.why",
  attempts: "t.attempts",
  startedAtMs: "t.started_at",
  finishedAtMs: "t.finished_at",
  durationMs: "t.duration_ms",
  splitCount: "(SELECT count(*) FROM splits WHERE trial_id = t.id)",
  "memory.baselineBytes": "m.baseline_bytes",
  "memory.peakBytes": "m.peak_bytes",
  "memory.rssBytes": "m.rss_bytes",
  "memory.tensors": "m.tensors",
  "memory.source": "m.source",
  "error.message": "json_extract(t.error, '$.message')",
};

/** Equality is IS, which is defined for null: a trial without a reason has a reason that is not `pruner`. */
const OPERATORS: Readonly<Record<Comparison, string>> = {
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "=": "IS",
  "!=": "IS NOT",
};

/**
 * Compiles a filter to SQL.
 *
 * @throws BelayError `usage`: it has more values or comparisons than SQLite accepts.
 */
export function compileFilter(filter: Filter): SqlCondition {
  const bind: FilterValue[] = [];
  const sql = compile(filter, bind);
  if (bind.length > MAX_VALUES)
    throw new BelayError("usage", `--where: expected at most ${MAX_VALUES} values, got ${bind.length}`);
  if (sql.length > MAX_LENGTH)
    throw new BelayError(
      "usage",
      "--where: expected a shorter expression, got more comparisons than SQLite takes",
    );
  return { sql, bind };
}

/** Compiles sort keys to the terms of an ORDER BY clause. */
export function compileOrder(order: readonly OrderKey[]): string[] {
  return order.map(({ field, descending }) => `${fieldSql(field)} ${descending ? "DESC" : "ASC"} NULLS LAST`);
}

function compile(filter: Filter, bind: FilterValue[]): string {
  switch (filter.kind) {
    case "not":
      return `NOT coalesce(${compile(filter.inner, bind)}, 0)`;
    case "compare": {
      // SQLite takes the type of a column for a hint, and would find that a text equals the number of the other column.
      const plain = "field" in filter.left && "field" in filter.right ? "+" : "";
      const [left, right] = [sideSql(filter.left, bind), sideSql(filter.right, bind)];
      return `${plain}${left} ${OPERATORS[filter.operator]} ${plain}${right}`;
    }
    case "in":
      bind.push(...filter.values);
      return `${fieldSql(filter.field)} IN (${filter.values.map(() => "?").join(",")})`;
    default: {
      const parts = filter.parts.map((part) => compile(part, bind));
      return balanced(parts, filter.kind === "and" ? "AND" : "OR");
    }
  }
}

/** Joins conditions as a balanced tree, because SQLite allows 1,000 levels and scripts generate longer chains. */
function balanced(parts: readonly string[], word: "AND" | "OR"): string {
  if (parts.length === 1) return parts[0]!;
  const middle = parts.length >> 1;
  return `(${balanced(parts.slice(0, middle), word)} ${word} ${balanced(parts.slice(middle), word)})`;
}

function sideSql(side: Side, bind: FilterValue[]): string {
  if ("value" in side) {
    bind.push(side.value);
    return "?";
  }
  const sql = fieldSql(side.field);
  if (side.only === undefined) return sql;
  return `CASE WHEN typeof(${sql}) ${side.only === "texts" ? "=" : "<>"} 'text' THEN ${sql} END`;
}

/** The SQL of a field's value, as a `FieldCell`. */
export function fieldSql(field: Field): string {
  if ("key" in field) return `json_extract(t.${field.name}, ${sqlText(`$.${JSON.stringify(field.key)}`)})`;
  if (!("index" in field)) return COLUMNS[field.name];
  if (field.name === "constraints") return `json_extract(t.constraints, '$[${field.index}]')`;
  // The first value has its own column, which is indexed.
  return field.index === 0 ? COLUMNS.value : `json_extract(t.all_values, '$[${field.index}]')`;
}

/** A text as an SQL literal. */
function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
