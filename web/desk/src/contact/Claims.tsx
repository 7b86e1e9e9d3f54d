// Who else says they have this number, and what was joined. A join is a judgement: it says who made it and can be taken back.
import type { Person } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Icon } from "@seaway/kit/Icon";
import { toast } from "@seaway/kit/toasts";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { sayName } from "./name.ts";
import { sayWhen } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";

function useJoins(person: Person) {
  const { t } = useTranslation();
  const commands = useCommands();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["person"] });
  const fail = (thrown: unknown) => toast(sayRefusal(t, thrown), { stays_s: 8 });
  async function undo(joinId: string): Promise<void> {
    try {
      await commands.undoJoin(joinId);
      await refresh();
    } catch (thrown) {
      fail(thrown);
    }
  }
  async function join(other: string, name: string): Promise<void> {
    try {
      const joined = await commands.join(person.id, other);
      await refresh();
      const made = joined.joins.findLast((one) => one.undone_at === null);
      toast(t("contact.joined", { name }), made ? { undo: { label: t("action.undo"), run: () => undo(made.id) } } : {});
    } catch (thrown) {
      fail(thrown);
    }
  }
  return { join, undo };
}

export function Claims({ person, mayJoin }: { person: Person; mayJoin: boolean }) {
  const { t } = useTranslation();
  const { join } = useJoins(person);
  if (person.claims.length === 0) return null;
  return (
    <section className="sec claims" aria-label={t("contact.claims")}>
      {person.claims.map((claim) => (
        <div key={`${claim.person_id} ${claim.address}`} className="claim">
          <p><Icon name="users" size={14} /><span><b>{sayName(t, claim.name || claim.address)}</b> {t(claim.address.includes("@") ? "contact.claimsMail" : "contact.claimsSame")}</span></p>
          <p className="row meta"><ChannelMark kind={claim.channel} /><span className="cut num" title={claim.address}>{claim.address}</span></p>
          <p className="meta">{t(`contact.proven_${claim.proven_by}`)}</p>
          {mayJoin && <Button size="s" icon="link" onPress={() => void join(claim.person_id, sayName(t, claim.name || claim.address))}>{t("contact.join")}</Button>}
        </div>
      ))}
    </section>
  );
}

export function Joins({ person, mayJoin }: { person: Person; mayJoin: boolean }) {
  const { t, i18n } = useTranslation();
  const now = useNow(60_000);
  const { undo } = useJoins(person);
  const standing = person.joins.filter((one) => one.undone_at === null);
  if (standing.length === 0) return null;
  return (
    <section className="sec" aria-label={t("contact.joins")}>
      <h3>{t("contact.joins")}</h3>
      <ul>
        {standing.map((one) => (
          <li key={one.id} className="li">
            <Icon name="link" size={14} className="t3" />
            <span className="cut grow">{t(`contact.evidence_${one.evidence}`, { by: one.by })}</span>
            <time className="meta">{sayWhen(one.at, now, i18n.language)}</time>
            {mayJoin && one.evidence === "agent" && <button type="button" className="link" onClick={() => void undo(one.id)}>{t("action.undo")}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}
