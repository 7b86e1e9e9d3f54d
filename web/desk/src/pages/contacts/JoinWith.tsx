// Two contacts who are one person, found by hand. Nothing is moved, so it can be separated again.
import type { Person } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { markOf, sayAddress } from "../../contact/address-words.ts";
import { sayName } from "../../contact/name.ts";
import { useProblemWords } from "../shared/problem.ts";
import { useAct, useForget, usePages } from "../shared/resource.ts";
import { useSettled } from "../shared/settled.ts";
import type { ListedPerson } from "./Contacts.tsx";

/** Found people that are shown; whoever is not among them types more of the name. */
const SHOWN = 8;

export function JoinWith({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [typed, setTyped] = useState("");
  const [other, setOther] = useState<ListedPerson | null>(null);
  const q = useSettled(typed.trim(), 200);
  const list = usePages<ListedPerson>(q ? `/contacts?q=${encodeURIComponent(q)}` : null);
  const found = (list.items ?? []).filter((one) => one.id !== person.id).slice(0, SHOWN);
  async function join() {
    if (!other || (await run(() => http.post<Person>(ws(`/contacts/${person.id}/join`), { other_person_id: other.id }))) === null) return;
    toast(t("contacts.joined"));
    await forget("/contacts");
    onClose();
  }
  return (
    <Dialog title={t("contacts.joinTitle", { name: sayName(t, person.name) })} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={!other || busy} onPress={() => void join()}>{other ? t("contacts.joinDo", { name: sayName(t, other.name) }) : t("contacts.join")}</Button></>}>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <Field label={t("contacts.joinFind")} help={t("contacts.joinHelp")} type="search" value={typed} onChange={(text) => { setTyped(text); setOther(null); }} start={<Icon name="search" className="t3" />} autoFocus />
      {q && list.isPending && <Skeleton label={t("loading")} rows={2} />}
      {q && !list.isPending && found.length === 0 && <p className="t3">{t("contacts.noMatch", { q })}</p>}
      <div role="radiogroup" aria-label={t("contacts.joinFind")} className="joinlist">
        {found.map((one) => (
          <button key={one.id} type="button" role="radio" aria-checked={other?.id === one.id} className={`mi ${other?.id === one.id ? "on" : ""}`} onClick={() => setOther(one)}>
            <Avatar name={sayName(t, one.name)} size={24} mark={one.addresses[0] && <ChannelMark kind={markOf(one.addresses[0].channel)} />} />
            <span className="grow" style={{ minWidth: 0 }}><span className="cut">{sayName(t, one.name)}</span><span className="desc cut">{[...new Set(one.addresses.map(sayAddress))].join(" · ") || t("contacts.noAddress")}</span></span>
            {other?.id === one.id && <Icon name="check" />}
          </button>
        ))}
      </div>
    </Dialog>
  );
}
