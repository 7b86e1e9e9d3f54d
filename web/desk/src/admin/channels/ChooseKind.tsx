// Which channel to add.
import type { ChannelKind } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";

export function ChooseKind({ kinds, choose }: { kinds: readonly ChannelKind[]; choose: (kind: ChannelKind) => void }) {
  const { t } = useTranslation("admin");
  return (
    <section className="pane" aria-label={t("channels.choose")}>
      <PageHead title={t("channels.new")} level={2} back={{ href: paths.channels, label: t("back") }} />
      <div className="scroll">
        <div className="form">
          <h2>{t("channels.choose")}</h2>
          <p className="lead">{t("channels.chooseText")}</p>
          <div className="kinds">
            {kinds.toSorted((a, b) => last(a) - last(b)).map((kind) => (
              <button key={kind.kind} type="button" onClick={() => choose(kind)}>
                <ChannelMark kind={kind.kind} size="lg" name="" />
                <span><span className="strong">{t(`channel.${kind.kind}`, { defaultValue: kind.name })}</span>{kind.ended && <Badge>{t("channels.endedShort")}</Badge>}<span className="meta" style={{ display: "block" }}>{t(`channels.about.${kind.kind}`, { defaultValue: "" })}</span></span>
                <Icon name="right" />
              </button>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

/** What most people look for stands first: one's own platform after the known ones, and what has ended at the foot. */
function last(kind: ChannelKind): number {
  return kind.ended ? 2 : kind.kind === "custom" ? 1 : 0;
}
