// For what must be answered before work goes on. What can be undone gets a toast instead.
import { Dialog as Box, Heading, Modal, ModalOverlay } from "react-aria-components";
import type { ReactNode } from "react";
import { IconButton } from "./IconButton.tsx";

export interface DialogProps {
  title: string;
  /** Name of the closing button, in the reader's language. */
  closeLabel: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Buttons, the main one last. */
  foot?: ReactNode;
  wide?: boolean;
  /** For a question whose answer must not be a stray click outside. */
  role?: "dialog" | "alertdialog";
}

export function Dialog({ title, closeLabel, isOpen, onClose, children, foot, wide, role = "dialog" }: DialogProps) {
  return (
    <ModalOverlay className="scrim" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable={role === "dialog"}>
      <Modal style={{ display: "contents" }}>
        <Box role={role} className={`dialog ${wide ? "wide" : ""}`}>
          <DialogParts title={title} closeLabel={closeLabel} onClose={onClose} foot={foot}>{children}</DialogParts>
        </Box>
      </Modal>
    </ModalOverlay>
  );
}

export function DialogParts({ title, closeLabel, onClose, children, foot }: Pick<DialogProps, "title" | "closeLabel" | "onClose" | "children" | "foot">) {
  return (
    <>
      <div className="top"><Heading slot="title" level={2}>{title}</Heading><IconButton icon="x" label={closeLabel} onPress={onClose} /></div>
      <div className="body">{children}</div>
      {foot && <div className="foot">{foot}</div>}
    </>
  );
}
