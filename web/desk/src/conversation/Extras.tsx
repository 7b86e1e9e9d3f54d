// What a message holds beside text and files: places, people, stickers, things of the platform.
import type { Extra } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { StickerPicture } from "../composer/stickers/StickerPicture.tsx";
import { Copied } from "./MailParts.tsx";
import { NativeForm } from "./NativeForm.tsx";

/** `sticker` says where the picture of one is. */
export interface ExtrasProps { extras: Extra[]; sticker: (extra: Extra) => string }

export function Extras({ extras, sticker }: ExtrasProps) {
  return <>{extras.map((extra, at) => <One key={at} extra={extra} sticker={sticker} />)}</>;
}

function One({ extra, sticker }: { extra: Extra; sticker: ExtrasProps["sticker"] }) {
  switch (extra.kind) {
    case "form":
      return <Answers extra={extra} />;
    case "location":
      return <Place extra={extra} />;
    case "contact_card":
      return <Card extra={extra} />;
    case "sticker":
      return <StickerPicture className="sticker-sent" src={sticker(extra)} name={extra.name} />;
    case "native":
      return <NativeForm extra={extra} />;
    case "link":
      return <Shared extra={extra} />;
    case "mail":
      // Its subject stands above the words, the rest below them.
      return null;
    case "copies":
      return <Copied extra={extra} />;
    case "unsupported":
      return <Unsupported what={extra.what} />;
  }
}

/** What the customer filled in before their first message; a consent is a tick or none. */
function Answers({ extra }: { extra: Extra }) {
  const { t } = useTranslation();
  return (
    <div className="extra answers">
      <Icon name="note" />
      <div className="words">
        <b>{t("extra.form")}</b>
        <dl>{extra.answers.map((answer) => <div key={answer.key}><dt>{answer.label}</dt><dd dir="auto">{answer.kind === "consent" ? t(answer.value === "yes" ? "extra.agreed" : "extra.notAgreed") : answer.value}</dd></div>)}</dl>
      </div>
    </div>
  );
}

function Place({ extra }: { extra: Extra }) {
  const { t } = useTranslation();
  const at = `${extra.latitude?.toFixed(5)}, ${extra.longitude?.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${extra.latitude}&mlon=${extra.longitude}#map=16/${extra.latitude}/${extra.longitude}`;
  return (
    <div className="extra">
      <Icon name="globe" />
      <span className="words"><b className="cut">{extra.name || t("extra.location")}</b>{extra.address && <span>{extra.address}</span>}<span className="meta num">{at}</span></span>
      <a className="link" href={map} target="_blank" rel="noopener noreferrer">{t("extra.map")}</a>
    </div>
  );
}

function Card({ extra }: { extra: Extra }) {
  const { t } = useTranslation();
  return (
    <div className="extra">
      <Icon name="user" />
      <span className="words">
        <b className="cut">{extra.name || t("extra.contact_card")}</b>
        {extra.organization && <span className="t2">{extra.organization}</span>}
        {extra.phones.map((phone) => <span key={phone} className="num">{phone}</span>)}
        {extra.emails.map((email) => <span key={email}>{email}</span>)}
      </span>
    </div>
  );
}

function Shared({ extra }: { extra: Extra }) {
  const { t } = useTranslation();
  const kind = i18next.exists(`extra.link_${extra.what}`) ? t(`extra.link_${extra.what}`) : t("extra.link_link");
  return (
    <div className="extra">
      <Icon name="external" />
      <span className="words"><span className="meta">{kind}</span>{extra.name && <b className="fold2">{extra.name}</b>}</span>
      {extra.url && <a className="link" href={extra.url} target="_blank" rel="noopener noreferrer nofollow">{t("extra.open")}</a>}
    </div>
  );
}

function Unsupported({ what }: { what: string }) {
  const { t } = useTranslation();
  // A letter that is too large to be fetched is understood: it lies elsewhere.
  const large = what === "mail_too_large";
  return (
    <div className="extra">
      <Icon name="circle-alert" />
      <span className="words"><span>{t(large ? "extra.mail_too_large" : "extra.unsupported")}</span>{what && !large && <span className="meta">{what}</span>}</span>
    </div>
  );
}
