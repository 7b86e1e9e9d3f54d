// Everybody who ever wrote: a list with search, and the chosen person beside it.
import type { Person } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useParams } from "react-router";
import { markOf, sayAddress } from "../../contact/address-words.ts";
import { sayName } from "../../contact/name.ts";
import { paths } from "../paths.ts";
import { Needs } from "../NotAllowed.tsx";
import { Failed } from "../shared/Loaded.tsx";
import { usePageTitle } from "../shared/Page.tsx";
import { usePages } from "../shared/resource.ts";
import { useSettled } from "../shared/settled.ts";
import { PersonPage } from "./PersonPage.tsx";

export type ListedPerson = Pick<Person, "id" | "name" | "addresses" | "blocked" | "created_at">;

export function Contacts() {
  const { t } = useTranslation("pages");
  return <Needs permission="contact.read" title={t("contacts.title")}><ContactsSheet /></Needs>;
}

function ContactsSheet() {
  const { t } = useTranslation("pages");
  usePageTitle(t("contacts.title"));
  const { person } = useParams();
  const [typed, setTyped] = useState("");
  const q = useSettled(typed.trim(), 200);
  const list = usePages<ListedPerson>(`/contacts?q=${encodeURIComponent(q)}`);
  return (
    <main className={`sheet workbench contacts ${person ? "" : "at-list"}`}>
      <section className="pane" aria-label={t("contacts.title")}>
        <div className="searchhead">
          <Field label={t("contacts.search")} hideLabel type="search" placeholder={t("contacts.search")} value={typed} onChange={setTyped} start={<Icon name="search" className="t3" />} />
        </div>
        <div className="scroll">
          <h1 className="sr">{t("contacts.title")}</h1>
          {list.error && <Failed thrown={list.error} retry={() => void list.refetch()} />}
          {list.isPending && <Skeleton label={t("loading")} />}
          {list.items?.length === 0 && (q
            ? <EmptyState kind="noMatch" title={t("contacts.noMatch", { q })} actions={<Button size="s" onPress={() => setTyped("")}>{t("contacts.clear")}</Button>}>{t("contacts.noMatchText")}</EmptyState>
            : <EmptyState kind="nothing" title={t("contacts.none")}>{t("contacts.noneText")}</EmptyState>)}
          <ul className="wb-list">{list.items?.map((one) => <li key={one.id}><Row person={one} /></li>)}</ul>
          {list.hasNextPage && <div className="under row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
        </div>
      </section>
      {person
        ? <PersonPage key={person} id={person} />
        : <section className="pane" aria-label={t("contacts.title")}><EmptyState kind="nothing" title={t("contacts.choose")}>{t("contacts.chooseText")}</EmptyState></section>}
    </main>
  );
}

function Row({ person }: { person: ListedPerson }) {
  const { t } = useTranslation("pages");
  const first = person.addresses[0];
  const name = sayName(t, person.name);
  return (
    <NavLink to={paths.contact(person.id)} className="wb-row">
      <Avatar name={name} mark={first && <ChannelMark kind={markOf(first.channel)} />} />
      <span style={{ minWidth: 0, paddingLeft: 2 }}><span className="nm cut">{name}</span><span className="sub cut">{[...new Set(person.addresses.map(sayAddress))].join(" · ") || t("contacts.noAddress")}</span></span>
      {person.blocked && <Icon name="ban" size={14} label={t("contacts.blocked")} className="t3" />}
    </NavLink>
  );
}
