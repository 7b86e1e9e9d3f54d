// Takes a flow file from this computer into the editor. Nothing is saved until one says so.
import { Button } from "@seaway/kit/Button";
import { toast } from "@seaway/kit/toasts";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { FLOW_BYTES_MAX, readFlowFile } from "./flow-file.ts";

export function ImportFlow({ onRead }: { onRead: (definition: string, name: string | null) => void }) {
  const { t } = useTranslation("admin");
  const input = useRef<HTMLInputElement>(null);
  async function read(file: File | undefined) {
    if (!file) return;
    if (file.size > FLOW_BYTES_MAX) return toast(t("flows.tooBig", { max: FLOW_BYTES_MAX / 1024 / 1024 }));
    const found = readFlowFile(await file.text(), file.name);
    if (found.ok) onRead(found.definition, found.name);
    else toast(t(found.why === "json" ? "flows.noJson" : "flows.noFlow", { file: file.name }));
  }
  return (
    <>
      <Button size="s" variant="ghost" icon="upload" onPress={() => input.current?.click()}><span className="word">{t("flows.import")}</span></Button>
      <input ref={input} type="file" accept=".json,application/json" className="filehidden" tabIndex={-1} aria-hidden="true" onChange={(event) => { void read(event.target.files?.[0]); event.target.value = ""; }} />
    </>
  );
}
