// Every saved revision, newest first; an older one can be looked at and taken back into the draft.
import type { FlowDetail } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { Drawer } from "@seaway/kit/Drawer";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shortTime } from "../../pages/shared/format.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useOne } from "../../pages/shared/resource.ts";
import { pretty } from "../shared/json-map.ts";

export function Revisions({ flow, restore }: { flow: FlowDetail; restore: (definition: string, revision: number) => void }) {
  const { t, i18n } = useTranslation("admin");
  const [shown, setShown] = useState<number | null>(null);
  const query = useOne<{ definition: string }>(shown === null ? null : `/flows/${flow.id}/revisions/${shown}`);
  const sorted = flow.revisions.toSorted((a, b) => b.revision - a.revision);
  return (
    <div className="scroll">
      <ul className="revs">
        {sorted.map((one) => (
          <li key={one.revision}>
            <span className="num strong">{one.revision}</span>
            <span style={{ minWidth: 0 }}><span className="cut" style={{ display: "block" }}>{one.message || t("flows.noMessage")}</span><span className="meta">{one.by} · {shortTime(one.at, i18n.language)}</span></span>
            <span className="row">{one.revision === flow.published_revision ? <Badge tone="ok" icon="check">{t("flows.live")}</Badge> : one.status === "published" ? <Badge>{t("flows.wasLive")}</Badge> : <Badge>{t("flows.draft")}</Badge>}<Button size="s" variant="ghost" onPress={() => setShown(one.revision)}>{t("flows.look")}</Button></span>
          </li>
        ))}
      </ul>
      <Drawer wide title={t("flows.revision", { revision: shown })} closeLabel={t("close")} isOpen={shown !== null} onClose={() => setShown(null)}
        foot={<Button isDisabled={!query.data} onPress={() => { if (query.data && shown !== null) restore(query.data.definition, shown); setShown(null); }}>{t("flows.restore")}</Button>}>
        {shown !== null && <Loaded query={query}>{(data) => <pre className="code">{pretty(data.definition) ?? data.definition}</pre>}</Loaded>}
      </Drawer>
    </div>
  );
}
