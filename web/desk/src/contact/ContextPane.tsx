// Right pane: the person behind the conversation, on every channel we know of.
import type { Address, Conversation, Person } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { markOf, sayAddress } from "./address-words.ts";
import { sayName } from "./name.ts";
import { http, ws } from "../api/http.ts";
import { channelName } from "../conversation/channel-name.ts";
import { useCan } from "../session/session.tsx";
import { sayRefusal } from "../shell/refusal.ts";
import { changeUi } from "../shell/ui.ts";
import { useDeskState } from "../state/desk.tsx";
import { isMine } from "../state/select.ts";
import { Claims, Joins } from "./Claims.tsx";
import { Evidence } from "./Evidence.tsx";
import { sayLanguage } from "./fact-words.ts";
import { Facts } from "./Facts.tsx";
import { ContactFields, TaskFields } from "./Fields.tsx";
import { Timeline } from "./Timeline.tsx";
import { sayWhen } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import "./contact.css";

export function usePerson(personId: string) {
  return useQuery({ queryKey: ["person", personId], queryFn: ({ signal }) => http.get<Person>(ws(`/contacts/${personId}`), { signal }) });
}

export function ContextPane({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const person = usePerson(conversation.contact.person_id);
  const name = sayName(t, conversation.contact.name || conversation.contact.address);
  return (
    <aside className="pane ctx" aria-label={t("contact.about", { name })} data-pane>
      <header className="head"><h2>{t("contact.title")}</h2><span className="grow" /><IconButton size="s" icon="x" label={t("contact.close")} keys={["I"]} onPress={() => changeUi({ contextOpen: false })} /></header>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("contact.about", { name })}>
        <Who conversation={conversation} person={person.data} />
        {person.data ? <Known conversation={conversation} person={person.data} /> : person.isError ? <p className="sec small t2">{sayRefusal(t, person.error)} <Button size="s" onPress={() => void person.refetch()}>{t("word.again")}</Button></p> : <Skeleton label={t("word.loading")} rows={3} />}
      </div>
    </aside>
  );
}

function Who({ conversation, person }: { conversation: Conversation; person: Person | undefined }) {
  const { t, i18n } = useTranslation();
  const now = useNow(60_000);
  const name = sayName(t, person?.name || conversation.contact.name || conversation.contact.address);
  const language = conversation.contact.language;
  const words = [language && sayLanguage(language, i18n.language), person && t("contact.since", { at: sayWhen(person.created_at, now, i18n.language) })].filter(Boolean);
  return (
    <div className="sec row who">
      <Avatar name={name} size={40} />
      <div className="grow"><p className="strong cut" title={name}>{name}</p><p className="meta cut">{words.join(" · ")}</p></div>
      {conversation.contact.vip && <Badge tone="acc">VIP</Badge>}
      {person?.blocked && <Badge tone="bad">{t("contact.blocked")}</Badge>}
    </div>
  );
}


function Known({ conversation, person }: { conversation: Conversation; person: Person }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const mayWrite = useCan("contact.write");
  const mayJoin = useCan("contact.join");
  return (
    <>
      <Claims person={person} mayJoin={mayJoin} />
      <section className="sec" aria-label={t("contact.addresses")}>
        <h3>{t("contact.addresses")}</h3>
        <ul>{person.addresses.map((address) => <AddressLine key={address.id} address={address} current={address.contact_id === conversation.contact.id} />)}</ul>
      </section>
      <ContactFields person={person} mayWrite={mayWrite} />
      {conversation.task && <TaskFields task={conversation.task} mayWrite={isMine(state, conversation)} />}
      <Facts person={person} mayWrite={mayWrite} />
      <Timeline person={person} current={conversation.id} />
      <Joins person={person} mayJoin={mayJoin} />
    </>
  );
}

function AddressLine({ address, current }: { address: Address; current: boolean }) {
  const { t } = useTranslation();
  return (
    <li className="li addr">
      <ChannelMark kind={markOf(address.channel)} name={channelName(markOf(address.channel))} />
      <span className={`cut grow num ${current ? "strong" : ""}`} title={address.value}>{sayAddress(address)}</span>
      {address.present && <span className="meta">{t("contact.here")}</span>}
      {address.verified ? <Icon name="circle-check" size={14} label={t("contact.proven")} className="ok" /> : !address.present && <span className="meta">{t("contact.unproven")}</span>}
      {(address.opted_out || address.consent) && (
        <p className="meta evidence">
          {address.opted_out && <Badge tone="warn">{t("contact.optedOut")}</Badge>}
          {address.consent && <Evidence consent={address.consent} channel={address.channel} />}
        </p>
      )}
    </li>
  );
}
