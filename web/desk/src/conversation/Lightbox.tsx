import { IconButton } from "@seaway/kit/IconButton";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { changeUi, useUi } from "../shell/ui.ts";

export function Lightbox() {
  const { t } = useTranslation();
  const file = useUi((ui) => ui.lightbox);
  const close = () => changeUi({ lightbox: null });
  return (
    <ModalOverlay className="scrim" isOpen={file !== null} onOpenChange={(open) => !open && close()} isDismissable>
      <Modal style={{ display: "contents" }}>
        <Dialog className="lightbox" aria-label={file?.name ?? ""}>
          {file?.url && <img src={file.url} alt={file.name} />}
          <div className="row bar-foot"><span className="cut grow">{file?.name}</span>{file?.url && <a className="btn s" href={file.url} download={file.name}>{t("log.download")}</a>}<IconButton size="s" icon="x" label={t("word.close")} onPress={close} /></div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
