// The provider's stickers: sets as tabs, stickers as pictures. One tap sends.
import type { StickerSet } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { useEffect, useState } from "react";
import { Dialog, DialogTrigger, ListBox, ListBoxItem, Popover, Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { StickerPicture } from "./StickerPicture.tsx";
import { nameOf, stickerAt, stickerSets, type Sticker } from "./stickers.ts";

export interface StickersProps { account: string; isDisabled: boolean; onSend: (sticker: Sticker) => void }

export function Stickers({ account, isDisabled, onSend }: StickersProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const send = (sticker: Sticker) => {
    setOpen(false);
    onSend(sticker);
  };
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <IconButton size="s" icon="sticker" label={t("sticker.title")} isDisabled={isDisabled} />
      <Popover className="popover menu" placement="top start" offset={6}>
        <Dialog className="stickers" aria-label={t("sticker.title")}><Drawer account={account} onSend={send} /></Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** The set that was looked at last stays open, in this browser window. */
const looked = new Map<string, string>();

function Drawer({ account, onSend }: { account: string; onSend: StickersProps["onSend"] }) {
  const { t } = useTranslation();
  const [sets, setSets] = useState<StickerSet[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState(looked.get(account));
  useEffect(() => {
    let ended = false;
    stickerSets(account).then((found) => !ended && setSets(found), () => !ended && setFailed(true));
    return () => {
      ended = true;
    };
  }, [account]);
  if (failed) return <p className="t2 small">{t("sticker.failed")}</p>;
  if (!sets) return <p className="t2 small" role="status">{t("word.loading")}</p>;
  const shown = sets.find((set) => set.id === chosen) ?? sets[0];
  if (!shown) return null;
  const choose = (id: string) => {
    looked.set(account, id);
    setChosen(id);
  };
  return (
    <Tabs selectedKey={shown.id} onSelectionChange={(key) => choose(String(key))}>
      <TabList aria-label={t("sticker.sets")} className="sticker-sets">
        {sets.map((set) => <Tab key={set.id} id={set.id} aria-label={set.name}><StickerPicture className="face" src={stickerAt(account, set.id, set.stickers[0] ?? "")} name={set.name} silent /></Tab>)}
      </TabList>
      <TabPanel id={shown.id}>
        <p className="set-name cut" aria-hidden="true">{shown.name}</p>
        <ListBox aria-label={shown.name} layout="grid" selectionMode="none" className="sticker-grid" onAction={(id) => onSend({ set: shown.id, id: String(id), name: nameOf(shown, String(id)) })}>
          {shown.stickers.map((id) => (
            <ListBoxItem key={id} id={id} textValue={nameOf(shown, id)} aria-label={nameOf(shown, id)} className="one">
              <StickerPicture className="face" src={stickerAt(account, shown.id, id)} name={nameOf(shown, id)} silent />
            </ListBoxItem>
          ))}
        </ListBox>
      </TabPanel>
    </Tabs>
  );
}
