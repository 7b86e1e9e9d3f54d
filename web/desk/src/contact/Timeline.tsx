// Every conversation with this person, newest first; earlier ones open beside the work, to read only.
import type { Conversation, Person } from "@seaway/api/types";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Drawer } from "@seaway/kit/Drawer";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../api/http.ts";
import { sayChannel } from "../conversation/channel-name.ts";
import { sayWhat } from "../conversation/said-words.ts";
import { Log } from "../conversation/Log.tsx";
import { changeUi, useUi } from "../shell/ui.ts";
import { sayWhen } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { sayOutcome } from "../wrap/outcome-words.ts";

const SHOWN = 6;

export function Timeline({ person, current }: { person: Person; current: string }) {
  const { t, i18n } = useTranslation();
  const now = useNow(60_000);
  const [all, setAll] = useState(false);
  const list = person.conversations.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <section className="sec" aria-label={t("contact.timeline")}>
      <h3>{t("contact.timeline")}{!all && list.length > SHOWN && <button type="button" className="link" onClick={() => setAll(true)}>{t("contact.all", { count: list.length })}</button>}</h3>
      <ul className="tl">
        {(all ? list : list.slice(0, SHOWN)).map((one) => {
          const words = sayWhat(t, one.preview, one.what, sayChannel(one.channel));
          const how = [one.worker ?? (one.state === "open" ? "" : t("contact.flowAnswered")), one.disposition && sayOutcome(t, one.disposition)].filter(Boolean).join(". ");
          return (
            <li key={one.id}>
              <ChannelMark kind={one.channel.kind} />
              {one.id === current ? <span className="cut strong" title={words}>{words}</span> : <button type="button" className="cut open" title={words} onClick={() => changeUi({ earlier: one.id })}>{words}</button>}
              <time className="meta">{one.id === current ? t("time.now") : sayWhen(one.created_at, now, i18n.language)}</time>
              {how && <p className="cut" title={how}>{how}</p>}
            </li>
          );
        })}
      </ul>
      <Earlier />
    </section>
  );
}

function Earlier() {
  const { t, i18n } = useTranslation();
  const id = useUi((ui) => ui.earlier);
  const now = useNow(60_000);
  const close = () => changeUi({ earlier: null });
  const conversation = useQuery({ queryKey: ["conversation", id], enabled: id !== null, queryFn: () => http.get<Conversation>(ws(`/conversations/${id}`)) });
  const data = id ? conversation.data : undefined;
  return (
    <Drawer wide title={data ? `${sayChannel(data.channel)} · ${sayWhen(data.created_at, now, i18n.language)}` : t("word.loading")} closeLabel={t("word.close")} isOpen={id !== null} onClose={close}>
      <div className="earlier">{data ? <Log conversation={data} mine={false} /> : <Skeleton label={t("word.loading")} rows={3} />}</div>
    </Drawer>
  );
}
