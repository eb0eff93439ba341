import { Toast } from '@heroui/react/toast'

export { toast } from '@heroui/react/toast'

/** Where toasts appear; loaded after the first paint. */
export default function Toaster() {
  return <Toast.Provider placement="top end" />
}
