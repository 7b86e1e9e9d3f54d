// Rows of the same kind. The first column names the row; numbers stand right; a row that opens something is pressed or entered.
import { Cell, Column, Row, Table as Grid, TableBody, TableHeader } from "react-aria-components";
import type { Key, ReactNode } from "react";
import { Checkbox } from "./Checkbox.tsx";

export interface TableColumn<T> {
  id: string;
  /** Spoken and shown; give `hideTitle` where the cell is self-explaining. */
  title: string;
  hideTitle?: boolean;
  cell: (row: T) => ReactNode;
  right?: boolean;
  /** Long text: "wrap" grows the row, "cut" ends in an ellipsis and takes the space that is left. */
  text?: "wrap" | "cut";
  /** CSS class for the whole column, e.g. to hide it on small screens. */
  className?: string;
}
export interface TableProps<T> {
  label: string;
  columns: readonly TableColumn<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  /** Text of a row for type-to-find. */
  rowText?: (row: T) => string;
  onOpen?: (row: T) => void;
  selected?: string | null;
  /** Rows are ticked. `label` names a row's box, and that of all rows shown. */
  ticks?: { keys: ReadonlySet<string>; onChange: (keys: ReadonlySet<string>) => void; label: string };
}

export function Table<T>({ label, columns, rows, rowId, rowText, onOpen, selected, ticks }: TableProps<T>) {
  const looks = (column: TableColumn<T>) => [column.right && "r", column.text === "wrap" && "wrap", column.text === "cut" && "cutcell", column.className].filter(Boolean).join(" ");
  // Whoever ticks the head's box, or takes its tick away, means the rows in sight; those ticked on other pages stay.
  const ticked = (keys: "all" | Set<Key>): ReadonlySet<string> => {
    const inSight = rows.map(rowId);
    const elsewhere = [...(ticks?.keys ?? [])].filter((key) => !inSight.includes(key));
    return new Set([...elsewhere, ...(keys === "all" ? inSight : [...keys].map(String).filter((key) => inSight.includes(key)))]);
  };
  return (
    <Grid aria-label={label} className="tbl" selectionMode={ticks ? "multiple" : "none"} selectedKeys={ticks?.keys} onSelectionChange={(keys) => ticks?.onChange(ticked(keys))} onRowAction={onOpen ? (key) => { const row = rows.find((one) => rowId(one) === key); if (row) onOpen(row); } : undefined}>
      <TableHeader>
        {ticks && <Column id="ticks" width={40} className="tick"><Checkbox slot="selection"><span className="sr">{ticks.label}</span></Checkbox></Column>}
        {columns.map((column, at) => <Column key={column.id} id={column.id} isRowHeader={at === 0} className={looks(column)}>{column.hideTitle ? <span className="sr">{column.title}</span> : column.title}</Column>)}
      </TableHeader>
      <TableBody>
        {rows.map((row) => (
          <Row key={rowId(row)} id={rowId(row)} textValue={rowText?.(row)} className={selected === rowId(row) ? "chosen" : ""}>
            {ticks && <Cell className="tick"><Checkbox slot="selection"><span className="sr">{ticks.label}</span></Checkbox></Cell>}
            {columns.map((column) => <Cell key={column.id} className={looks(column)}>{column.cell(row)}</Cell>)}
          </Row>
        ))}
      </TableBody>
    </Grid>
  );
}
