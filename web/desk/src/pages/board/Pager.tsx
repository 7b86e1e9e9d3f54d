// Where one is in a long list, and the way on.
import { IconButton } from "@seaway/kit/IconButton";
import { useTranslation } from "react-i18next";
import { ROWS } from "./asked.ts";

export function Pager({ page, total, onPage, of }: { page: number; total: number; onPage: (page: number) => void; /** What is paged, for whoever hears it. */ of: string }) {
  const { t, i18n } = useTranslation("pages");
  if (total <= ROWS && page === 0) return null;
  const number = (value: number) => value.toLocaleString(i18n.language);
  return (
    <span className="row pager" role="group" aria-label={of}>
      <span className="t3 num">{t("board.range", { from: number(Math.min(page * ROWS + 1, total)), to: number(Math.min((page + 1) * ROWS, total)), total: number(total) })}</span>
      <IconButton size="s" icon="left" label={t("board.before")} isDisabled={page === 0} onPress={() => onPage(page - 1)} />
      <IconButton size="s" icon="right" label={t("board.next")} isDisabled={(page + 1) * ROWS >= total} onPress={() => onPage(page + 1)} />
    </span>
  );
}
