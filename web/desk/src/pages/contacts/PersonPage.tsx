// One person: how to reach them, what is known, who claims the same, and every conversation on any channel.
import type { Person } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { Menu } from "@seaway/kit/Menu";
import { PageHead } from "@seaway/kit/PageHead";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http, ws } from "../../api/http.ts";
import { markOf, sayAddress } from "../../contact/address-words.ts";
import { Evidence } from "../../contact/Evidence.tsx";
import { isNameless, sayName } from "../../contact/name.ts";
import { sayWhat } from "../../conversation/said-words.ts";
import { sayOutcome } from "../../wrap/outcome-words.ts";
import { can, useMe } from "../../session/session.tsx";
import { paths } from "../paths.ts";
import { shortTime } from "../shared/format.ts";
import { Loaded } from "../shared/Loaded.tsx";
import { useProblemWords } from "../shared/problem.ts";
import { useAct, useForget, useOne } from "../shared/resource.ts";
import { Facts } from "./Facts.tsx";
import { JoinWith } from "./JoinWith.tsx";

export function PersonPage({ id }: { id: string }) {
  const { t } = useTranslation("pages");
  const query = useOne<Person>(`/contacts/${id}`);
  return (
    <section className="pane" aria-label={query.data ? sayName(t, query.data.name) : t("contacts.title")}>
      {query.data ? <Shown person={query.data} /> : <><PageHead title={t("contacts.title")} level={2} back={{ href: paths.contacts, label: t("back") }} /><Loaded query={query}>{() => null}</Loaded></>}
    </section>
  );
}

function Shown({ person }: { person: Person }) {
  const { t, i18n } = useTranslation("pages");
  const words = useProblemWords();
  const me = useMe();
  const forget = useForget();
  const { run, refusal } = useAct();
  const [naming, setNaming] = useState(false);
  const [joining, setJoining] = useState(false);
  const mayWrite = can(me, "contact.write");
  const mayJoin = can(me, "contact.join");
  const name = sayName(t, person.name);

  async function change(work: () => Promise<unknown>, said?: string, undo?: () => Promise<unknown>) {
    const done = await run(async () => { await work(); return true; });
    if (!done) return;
    await forget("/contacts");
    if (said) toast(said, undo ? { undo: { label: t("undo"), run: async () => { await run(undo); await forget("/contacts"); } } } : {});
  }
  const patch = (body: Partial<Person>) => http.patch(ws(`/contacts/${person.id}`), { ...body, version: person.version });
  const block = () => change(() => patch({ blocked: !person.blocked }), t(person.blocked ? "contacts.unblockedDone" : "contacts.blockedDone"));
  async function join(other: string) {
    await change(async () => {
      await http.post<Person>(ws(`/contacts/${person.id}/join`), { other_person_id: other });
    }, t("contacts.joined"));
  }

  /** Who came by a join: their name and where they write from. */
  const sayJoined = ({ name: called, addresses }: Person["joins"][number]) => [...new Set([...(isNameless(called) ? [] : [called]), ...addresses.map(sayAddress)])].join(", ") || sayName(t, called);

  return (
    <>
      <PageHead title={t("contacts.one")} level={2} back={{ href: paths.contacts, label: t("back") }}>
        {person.blocked && <Badge icon="ban">{t("contacts.blocked")}</Badge>}
        {(mayWrite || mayJoin) && <Menu label={t("contacts.actions")} trigger={<IconButton size="s" icon="more" label={t("contacts.actions")} />} entries={[
          ...(mayWrite ? [{ id: "name", label: t("contacts.rename"), icon: "edit" as const, onAction: () => setNaming(true) }] : []),
          ...(mayJoin ? [{ id: "join", label: t("contacts.joinWith"), icon: "link" as const, onAction: () => setJoining(true) }] : []),
          ...(mayWrite ? [{ id: "block", label: t(person.blocked ? "contacts.unblock" : "contacts.block"), icon: "ban" as const, onAction: () => void block() }] : []),
        ]} />}
      </PageHead>
      <div className="scroll">
        {refusal && <Banner tone="bad">{words(refusal)}</Banner>}
        {person.claims.map((claim) => (
          <Banner key={`${claim.person_id}${claim.address}`} icon="link" action={mayJoin ? <Button size="s" onPress={() => void join(claim.person_id)}>{t("contacts.join")}</Button> : undefined}>
            <Link className="link" to={paths.contact(claim.person_id)}>{sayName(t, claim.name)}</Link> {t("contacts.claims", { address: claim.address })} <span className="t2">{t(`contacts.proven.${claim.proven_by}`)}</span>
          </Banner>
        ))}
        <div className="personpage">
          <div className="personhead">
            <Avatar name={name} size={40} />
            <div style={{ minWidth: 0 }}><h2>{name}</h2><p className="small t2">{t("contacts.since", { date: shortTime(person.created_at, i18n.language) })}</p></div>
          </div>
          <div className="persongrid">
            <div>
              <section className="sec"><h3>{t("contacts.addresses")}</h3>
                <ul>{person.addresses.map((address) => (
                  <li key={address.id} className="li addr"><ChannelMark kind={markOf(address.channel)} /><span className="grow cut" title={address.value}>{sayAddress(address)}</span>
                    {address.opted_out && <Badge tone="warn">{t("contacts.optedOut")}</Badge>}
                    {address.present && <span className="meta">{t("contacts.here")}</span>}
                    {address.verified ? <Icon name="circle-check" label={t("contacts.proved")} className="okmark" /> : <span className="meta">{t("contacts.unproven")}</span>}
                    {address.consent && <p className="meta evidence"><Evidence consent={address.consent} channel={address.channel} /></p>}
                  </li>))}
                </ul>
                {person.addresses.length === 0 && <p className="meta">{t("contacts.noAddress")}</p>}
              </section>
              <Facts person={person} mayWrite={mayWrite} change={change} />
              {person.joins.length > 0 && <section className="sec"><h3>{t("contacts.joins")}</h3>
                <ul>{person.joins.map((one) => (
                  <li key={one.id} className="li"><Icon name="link" className="t3" /><div className="grow who"><p className="cut" title={sayJoined(one)}>{sayJoined(one)}</p><p className="meta cut">{t(`contacts.evidence.${one.evidence}`, { by: one.by })} · {shortTime(one.at, i18n.language)}</p></div>
                    {one.undone_at ? <Badge>{t("contacts.undone")}</Badge> : mayJoin && <Button size="s" variant="ghost" icon="undo" onPress={() => void change(() => http.post(ws(`/joins/${one.id}/undo`)), t("contacts.separated"))}>{t("contacts.separate")}</Button>}
                  </li>))}
                </ul>
              </section>}
            </div>
            <div>
              <section className="sec"><h3>{t("contacts.conversations")}</h3>
                {person.conversations.length === 0 && <p className="meta">{t("contacts.noConversations")}</p>}
                <ul className="tl">{person.conversations.map((one) => (
                  <li key={one.id}><Link to={`/desk/${one.id}`}><ChannelMark kind={one.channel.kind} name={one.channel.name} /><span className={`nm cut ${one.state === "open" ? "strong" : ""}`}>{sayWhat(t, one.preview, one.what, t("contacts.noText"))}</span><span className="meta num">{shortTime(one.closed_at ?? one.created_at, i18n.language)}</span>
                    <p>{[one.worker, one.state === "open" ? t("contacts.open") : one.disposition && sayOutcome(t, one.disposition)].filter(Boolean).join(" · ") || t("contacts.botAnswered")}</p></Link></li>))}
                </ul>
              </section>
            </div>
          </div>
        </div>
      </div>
      {joining && <JoinWith person={person} onClose={() => setJoining(false)} />}
      <Rename key={person.version} person={person} isOpen={naming} onClose={() => setNaming(false)} save={(name) => change(() => patch({ name }))} />
    </>
  );
}

function Rename({ person, isOpen, onClose, save }: { person: Person; isOpen: boolean; onClose: () => void; save: (name: string) => Promise<void> }) {
  const { t } = useTranslation("pages");
  const [name, setName] = useState(isNameless(person.name) ? "" : person.name);
  const submit = async () => { await save(name.trim()); onClose(); };
  return (
    <Dialog title={t("contacts.rename")} closeLabel={t("close")} isOpen={isOpen} onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={!name.trim()} onPress={() => void submit()}>{t("save")}</Button></>}>
      <form onSubmit={(event) => { event.preventDefault(); void submit(); }}><Field label={t("contacts.name")} value={name} onChange={setName} autoFocus /></form>
    </Dialog>
  );
}
