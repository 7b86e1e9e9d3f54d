// The log-in card, a piece of the desk and the webchat as they will look. A picture: nothing in it can be pressed.
import type { BrandLogo, BrandTones } from "@seaway/api/types";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";

interface Look { theme: "light" | "dark"; tones: BrandTones; name: string; logo: BrandLogo | null }

export function Preview({ theme, tones, name, logo }: Look) {
  const { t } = useTranslation("admin");
  const colours = { "--p-fill": tones.fill, "--p-on": tones.on, "--p-text": tones.text, "--p-soft": tones.soft } as CSSProperties;
  return (
    <figure className={`look ${theme}`} style={colours}>
      <figcaption className="meta">{t(`branding.themes.${theme}`)}</figcaption>
      <div className="scene" aria-hidden="true">
        <div className="door">
          <p className="who"><Sign logo={logo} name={name} /><b>{name}</b></p>
          <p className="line" /><p className="line" />
          <p className="go">{t("branding.sample.signIn")}</p>
          <p className="link">{t("branding.sample.link")}</p>
        </div>
        <div className="desk">
          <p className="rail"><Sign logo={logo} name={name} /><i /><i /></p>
          <p className="list"><b>Mira Hoffmann</b><span>{t("branding.sample.question")}</span></p>
        </div>
        <div className="chat">
          <p className="who"><Sign logo={logo} name={name} round /><b>{name}</b></p>
          <p className="said">{t("branding.sample.greeting")}</p>
          <p className="mine">{t("branding.sample.question")}</p>
          <p className="launcher"><svg viewBox="0 0 24 24"><path d="M5.5 5h13A1.5 1.5 0 0 1 20 6.5v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.5V17h-1A1.5 1.5 0 0 1 4 15.5v-9A1.5 1.5 0 0 1 5.5 5Z" /></svg></p>
        </div>
      </div>
    </figure>
  );
}

function Sign({ logo, name, round }: Pick<Look, "logo" | "name"> & { round?: boolean }) {
  return logo ? <img src={logo.icon} alt="" /> : <span className={round ? "sign round" : "sign"}>{[...name][0]?.toUpperCase()}</span>;
}
