import { Modal } from '@heroui/react/modal'
import type { ReactNode } from 'react'

/** A dialog with its heading, body and a row of buttons; Escape and a click outside close it. */
export function Dialog({
  title,
  isOpen,
  onClose,
  footer,
  size = 'md',
  children,
}: {
  title: string
  isOpen: boolean
  onClose: () => void
  footer?: ReactNode
  size?: 'sm' | 'md' | 'lg'
  children: ReactNode
}) {
  return (
    <Modal.Backdrop isOpen={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Modal.Container placement="center" size={size} scroll="inside">
        <Modal.Dialog className="rounded-lg">
          <Modal.CloseTrigger />
          <Modal.Header>
            <Modal.Heading className="text-base font-semibold">{title}</Modal.Heading>
          </Modal.Header>
          <Modal.Body>{children}</Modal.Body>
          {footer !== undefined && <Modal.Footer className="flex-wrap">{footer}</Modal.Footer>}
        </Modal.Dialog>
      </Modal.Container>
    </Modal.Backdrop>
  )
}
