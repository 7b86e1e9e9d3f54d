// A pane that comes from the right: the form of one thing while its list stays in sight, or the context pane on small screens.
import { Dialog as Box, Modal, ModalOverlay } from "react-aria-components";
import { DialogParts, type DialogProps } from "./Dialog.tsx";

export function Drawer({ title, closeLabel, isOpen, onClose, children, foot, wide }: Omit<DialogProps, "role">) {
  return (
    <ModalOverlay className="scrim side" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className={`drawer ${wide ? "wide" : ""}`}>
        <Box className="dialog">
          <DialogParts title={title} closeLabel={closeLabel} onClose={onClose} foot={foot}>{children}</DialogParts>
        </Box>
      </Modal>
    </ModalOverlay>
  );
}
