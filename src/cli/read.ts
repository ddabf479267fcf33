/**
 * The commands that read a database, in one module: the build joins it with what it imports into one file, which Node
 * finds and loads sooner than many. Each command can run beside a coordinator that writes.
 */
export { bestCommand } from "./commands/best.ts";
export { listCommand } from "./commands/list.ts";
export { queryCommand } from "./commands/query.ts";
export { showCommand } from "./commands/show.ts";
export { sqlCommand } from "./commands/sql.ts";
