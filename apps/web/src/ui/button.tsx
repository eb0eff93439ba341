import { Button as BaseButton, type ButtonProps as BaseProps } from '@heroui/react/button'
import { Spinner } from '@heroui/react/spinner'
import { buttonVariants } from '@heroui/styles'
import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger' | 'danger-soft'

const looks: Record<Variant, NonNullable<BaseProps['variant']>> = {
  primary: 'primary',
  secondary: 'outline',
  ghost: 'ghost',
  danger: 'danger',
  'danger-soft': 'danger-soft',
}

export interface ButtonProps extends Omit<BaseProps, 'variant' | 'children' | 'isPending'> {
  /** One primary button a page; `secondary` is the usual one. */
  variant?: Variant
  icon?: ReactNode
  children?: ReactNode
  /** Says what is going on while it runs, in place of the label: "Saving…". */
  pending?: string | undefined
}

/** The button of every page: 32 px high, one look a meaning, its pending state in words. */
export function Button({
  variant = 'secondary',
  icon,
  children,
  pending,
  isDisabled,
  ...rest
}: ButtonProps) {
  return (
    <BaseButton
      size="sm"
      variant={looks[variant]}
      isDisabled={Boolean(isDisabled)}
      isPending={pending !== undefined}
      {...rest}
    >
      {pending === undefined ? (
        <>
          {icon}
          {children}
        </>
      ) : (
        <>
          <Spinner size="sm" color="current" />
          {pending}
        </>
      )}
    </BaseButton>
  )
}

/** A button that is only an icon; the label is read aloud and shown on hover. */
export function IconButton({
  label,
  icon,
  variant = 'ghost',
  ...rest
}: Omit<ButtonProps, 'children' | 'pending'> & { label: string }) {
  return (
    <BaseButton size="sm" isIconOnly variant={looks[variant]} aria-label={label} {...rest}>
      <span title={label} className="flex">
        {icon}
      </span>
    </BaseButton>
  )
}

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  variant?: Variant
  icon?: ReactNode
  ref?: Ref<HTMLAnchorElement>
}

function ButtonAnchor({ variant = 'secondary', icon, children, className, ...rest }: AnchorProps) {
  return (
    <a
      {...rest}
      className={`${buttonVariants({ variant: looks[variant], size: 'sm' })} ${className ?? ''}`}
    >
      {icon}
      {children}
    </a>
  )
}

/** A link that looks like a button: for everything that goes to another address. */
export const ButtonLink: LinkComponent<typeof ButtonAnchor> = createLink(ButtonAnchor)
