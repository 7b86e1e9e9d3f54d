// A value of a machine, ready to copy. The button says when it did.
import { useEffect, useState } from "react";
import { Button } from "./Button.tsx";

export function CopyField({ label, value, words, name, lines }: { label: string; value: string; words: { copy: string; copied: string }; name?: string; lines?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy() {
    await writeClipboard(value);
    setCopied(true);
  }
  return (
    <div className={`field ro ${lines ? "lines" : ""}`.trim()} role="group" aria-label={label}>
      {name && <span className="t3 meta">{name}</span>}
      {lines ? <pre className="mono grow">{value}</pre> : <span className="mono grow cut" title={value}>{value}</span>}
      <Button size="s" variant="ghost" icon={copied ? "check" : "copy"} onPress={() => void copy()}>{copied ? words.copied : words.copy}</Button>
    </div>
  );
}

/** `navigator.clipboard` is missing on plain HTTP; an old-fashioned selection still works there. */
async function writeClipboard(value: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const area = document.createElement("textarea");
  area.value = value;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
