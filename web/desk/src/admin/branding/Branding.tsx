// How the workspace shows itself to agents and customers: its name, its sign and its colour, with a look at all three before they are saved.
import type { BrandPalette, Branding as Shown } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { toast } from "@seaway/kit/toasts";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { useForm } from "../../pages/shared/form.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, useOne } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { askBrand } from "../../session/brand.ts";
import { useMe } from "../../session/session.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { Preview } from "./Preview.tsx";
import { putLogo } from "./put-logo.ts";
import "../shared/admin.css";
import "./branding.css";

/** Seaway's own, which stands where none is chosen. */
const OWN = "#076c92";
const COLOUR = /^#[\da-f]{6}$/i;
/** How long a colour stands still before it is tried. */
const PAUSE_MS = 150;
const PICTURES = "image/png,image/jpeg,image/webp,image/gif";

export function Branding() {
  const { t } = useTranslation("admin");
  const branding = useOne<Shown>("/branding");
  return (
    <Needs permission="workspace.manage" title={t("branding.title")}>
      {branding.data ? <Form branding={branding.data} /> : <SettingsFrame title={t("branding.title")}><Loaded query={branding}>{() => null}</Loaded></SettingsFrame>}
    </Needs>
  );
}

interface Edited { name: string; accent: string; version: number }

const edited = ({ name, accent, version }: Shown): Edited => ({ name, accent: accent ?? "", version });

function Form({ branding }: { branding: Shown }) {
  const { t } = useTranslation("admin");
  const me = useMe();
  const forget = useForget();
  const renew = async () => { await forget("/branding"); await askBrand(me.workspace.id); };
  const form = useForm<Edited>({
    key: "/branding", base: edited(branding),
    save: async (changed, base) => {
      const saved = await http.patch<Shown>(ws("/branding"), { ...changed, version: base.version });
      await renew();
      toast(t("saved"));
      return edited(saved);
    },
    fresh: async () => edited(await http.get<Shown>(ws("/branding"))),
  });
  const { name, accent } = form.values;
  const isColour = accent === "" || COLOUR.test(accent);
  const palette = usePalette(isColour ? accent || OWN : OWN);
  return (
    <SettingsFrame title={t("branding.title")} foot={<SaveBar form={form} cannot={isColour ? null : t("branding.noColour")} />}>
      <div className="form branding"><div className="both">
        <section>
          <p className="lead">{t("branding.lead")}</p>
          <Field label={t("branding.name")} help={t("branding.nameHelp", { name: me.workspace.name })} placeholder={me.workspace.name} value={name} onChange={(text) => form.set("name", text)} error={form.errorOf("/name")} />
          <LogoRow branding={branding} changed={async () => { await renew(); if (form.dirty) await form.reload(); }} />
          <Field label={t("branding.accent")} help={t("branding.accentHelp")} mono placeholder={OWN} value={accent} onChange={(text) => form.set("accent", text.trim())} error={form.errorOf("/accent")}
            start={<input type="color" aria-label={t("branding.pick")} value={COLOUR.test(accent) ? accent : OWN} onChange={(event) => form.set("accent", event.target.value)} />}
            end={accent && <Button size="s" variant="ghost" onPress={() => form.set("accent", "")}>{t("branding.own")}</Button>} />
          {palette && isColour && accent && <Mended accent={accent} palette={palette} />}
        </section>
        <section>
          <h3>{t("branding.preview")}</h3>
          {palette && <div className="looks">{(["light", "dark"] as const).map((theme) => <Preview key={theme} theme={theme} tones={palette[theme]} name={name.trim() || me.workspace.name} logo={branding.logo} />)}</div>}
        </section>
      </div></div>
    </SettingsFrame>
  );
}

/** Where the colour itself could not be read, what stands for it. */
function Mended({ accent, palette }: { accent: string; palette: BrandPalette }) {
  const { t } = useTranslation("admin");
  const mended = (["light", "dark"] as const).filter((theme) => palette[theme].fill !== accent.toLowerCase());
  if (mended.length === 0) return null;
  return (
    <div className="mended" role="status">{mended.map((theme) => (
      <p key={theme} className="small t2"><i style={{ background: palette[theme].fill }} aria-hidden="true" />{t(`branding.mended.${theme}`, { colour: palette[theme].fill })}</p>))}
    </div>
  );
}

function LogoRow({ branding, changed }: { branding: Shown; changed: () => Promise<void> }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const { run, busy, refusal } = useAct();
  const input = useRef<HTMLInputElement>(null);
  const { logo, version } = branding;
  async function take(file: File | undefined): Promise<void> {
    if (file && (await run(async () => { await putLogo(file, version); await changed(); return true; }))) toast(t("branding.logoSet"));
  }
  async function remove(): Promise<void> {
    if (await run(async () => { await http.delete(ws(`/branding/logo?version=${version}`)); await changed(); return true; })) toast(t("branding.logoRemoved"));
  }
  return (
    <div className="f" role="group" aria-label={t("branding.logo")}>
      <span className="label">{t("branding.logo")}</span>
      <div className="row logorow">
        <span className="tile">{logo ? <img src={logo.url} alt={t("branding.logoNow")} /> : <span className="meta">{t("branding.noLogo")}</span>}</span>
        <input ref={input} type="file" accept={PICTURES} hidden aria-label={t("branding.logo")} onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ""; }} />
        <Button size="s" icon="upload" isDisabled={busy} onPress={() => input.current?.click()}>{t(logo ? "branding.other" : "branding.choose")}</Button>
        {logo && <Button size="s" variant="ghost" isDisabled={busy} onPress={() => void remove()}>{t("branding.remove")}</Button>}
      </div>
      {refusal ? <Banner tone="bad">{words(refusal)}</Banner> : <p className="hint">{t("branding.logoHelp")}</p>}
    </div>
  );
}

/** What the server makes of a colour, once it stands still; until then what it made of the one before. */
function usePalette(accent: string): BrandPalette | undefined {
  const [still, setStill] = useState(accent);
  useEffect(() => {
    const timer = setTimeout(() => setStill(accent), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [accent]);
  return useQuery<BrandPalette>({
    queryKey: ["palette", still], staleTime: Infinity, placeholderData: (before) => before,
    queryFn: ({ signal }) => http.get<BrandPalette>(ws(`/branding/palette?accent=${encodeURIComponent(still)}`), { signal }),
  }).data;
}
