import { Description } from '@heroui/react/description'
import { FieldError } from '@heroui/react/field-error'
import { Input } from '@heroui/react/input'
import { Label } from '@heroui/react/label'
import { ListBox } from '@heroui/react/list-box'
import { Select } from '@heroui/react/select'
import { Switch } from '@heroui/react/switch'
import { TextArea } from '@heroui/react/textarea'
import { TextField } from '@heroui/react/textfield'
import { useState, type KeyboardEvent, type ReactNode, type TextareaHTMLAttributes } from 'react'

interface FieldProps {
  label: string
  /** One line under the field: what it is for, its unit, its bounds. */
  hint?: ReactNode
  /** From the schema or from the server; marks the field and is read aloud. */
  error?: string | undefined
  isDisabled?: boolean
  isRequired?: boolean
}

interface TextProps extends FieldProps {
  name: string
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'email' | 'password' | 'url' | 'search'
  placeholder?: string
  autoComplete?: string
  autoFocus?: boolean
  isMonospace?: boolean
  isReadOnly?: boolean
  /** Which keyboard a phone shows. */
  inputMode?: 'numeric' | 'decimal'
  /** A lasting unit or prefix shown after the field. */
  suffix?: string
}

const hintLook = 'text-xs text-muted'
// Schema messages are written to follow a field's name; alone under the field they begin a line.
const errorLook = 'block p-0 text-xs first-letter:uppercase'

/** A line of text with label, hint and error. */
export function TextInput({
  label,
  hint,
  error,
  suffix,
  placeholder,
  autoComplete,
  isMonospace = false,
  autoFocus,
  inputMode,
  ...field
}: TextProps) {
  return (
    <TextField
      {...field}
      validationBehavior="aria"
      isInvalid={error !== undefined}
      className="w-full"
    >
      <Label className="text-list">{label}</Label>
      <span className="flex items-center gap-2">
        <Input
          fullWidth
          placeholder={placeholder}
          autoComplete={autoComplete ?? 'off'}
          // The first field of a page whose whole purpose is its form.
          autoFocus={autoFocus}
          spellCheck={isMonospace ? false : undefined}
          inputMode={inputMode}
          className={isMonospace ? 'font-mono' : ''}
        />
        {suffix !== undefined && <span className="shrink-0 text-list text-muted">{suffix}</span>}
      </span>
      {hint !== undefined && error === undefined && (
        <Description className={hintLook}>{hint}</Description>
      )}
      <FieldError className={errorLook}>{error}</FieldError>
    </TextField>
  )
}

/** A number with its unit: a whole one, or with a fraction where `isDecimal` says so. */
export function NumberInput({
  value,
  onChange,
  isDecimal = false,
  ...rest
}: Omit<TextProps, 'value' | 'onChange' | 'type' | 'inputMode'> & {
  value: number | null
  onChange: (value: number | null) => void
  isDecimal?: boolean
}) {
  // What was typed says more than its number while a fraction is being typed: `1.` and `1.50`.
  const [typed, setTyped] = useState('')
  const isTyped = numberIn(typed) === value
  return (
    <TextInput
      {...rest}
      inputMode={isDecimal ? 'decimal' : 'numeric'}
      value={isTyped ? typed : String(value ?? '')}
      onChange={(text) => {
        const kept = isDecimal
          ? text.replace(',', '.').replaceAll(/[^\d.]|(?<=\..*)\./g, '')
          : text.replaceAll(/\D/g, '')
        setTyped(kept)
        onChange(numberIn(kept))
      }}
    />
  )
}

function numberIn(text: string): number | null {
  return /\d/.test(text) ? Number(text) : null
}

/** Several lines; grows with its text up to `maxRows`. */
export function TextAreaInput({
  label,
  hint,
  error,
  rows = 4,
  placeholder,
  onKeyDown,
  fileHandlers,
  isMonospace = false,
  autoFocus,
  isLabelHidden = false,
  ...field
}: TextProps & {
  rows?: number
  onKeyDown?: (event: KeyboardEvent) => void
  /** For files that are pasted or dropped on it. */
  fileHandlers?: Pick<
    TextareaHTMLAttributes<HTMLTextAreaElement>,
    'onPaste' | 'onDrop' | 'onDragOver'
  >
  isLabelHidden?: boolean
}) {
  return (
    <TextField
      {...field}
      validationBehavior="aria"
      isInvalid={error !== undefined}
      className="w-full"
    >
      <Label className={isLabelHidden ? 'sr-only' : 'text-list'}>{label}</Label>
      <TextArea
        rows={rows}
        placeholder={placeholder}
        onKeyDown={onKeyDown}
        {...fileHandlers}
        autoFocus={autoFocus}
        style={{ minHeight: `${rows * 1.25 + 1}rem` }}
        className={`field-sizing-content max-h-[60vh] w-full resize-y ${isMonospace ? 'font-mono' : ''}`}
      />
      {hint !== undefined && error === undefined && (
        <Description className={hintLook}>{hint}</Description>
      )}
      <FieldError className={errorLook}>{error}</FieldError>
    </TextField>
  )
}

export interface Choice<V extends string> {
  id: V
  label: string
  hint?: string
}

/** One of a list; with arrow keys and typing. */
export function SelectInput<V extends string>({
  label,
  hint,
  error,
  value,
  onChange,
  choices,
  placeholder,
  isDisabled = false,
  isLabelHidden = false,
}: FieldProps & {
  value: V | null
  onChange: (value: V) => void
  choices: readonly Choice<V>[]
  placeholder?: string
  isLabelHidden?: boolean
}) {
  return (
    <Select
      fullWidth
      value={value}
      onChange={(key) => {
        const choice = choices.find((one) => one.id === key)
        if (choice !== undefined) onChange(choice.id)
      }}
      placeholder={placeholder ?? 'Choose'}
      isDisabled={isDisabled}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      aria-label={isLabelHidden ? label : undefined}
    >
      {!isLabelHidden && <Label className="text-list">{label}</Label>}
      <Select.Trigger>
        <Select.Value className="truncate">
          {({ isPlaceholder, defaultChildren, selectedText }) =>
            isPlaceholder ? defaultChildren : selectedText
          }
        </Select.Value>
        <Select.Indicator />
      </Select.Trigger>
      {hint !== undefined && error === undefined && (
        <Description className={hintLook}>{hint}</Description>
      )}
      <FieldError className={errorLook}>{error}</FieldError>
      <Select.Popover>
        <ListBox>
          {choices.map((choice) => (
            <ListBox.Item key={choice.id} id={choice.id} textValue={choice.label}>
              <span className="flex min-w-0 flex-col">
                <span className="truncate">{choice.label}</span>
                {choice.hint !== undefined && (
                  <span className="text-xs text-muted">{choice.hint}</span>
                )}
              </span>
              <ListBox.ItemIndicator />
            </ListBox.Item>
          ))}
        </ListBox>
      </Select.Popover>
    </Select>
  )
}

/** On or off, at once. */
export function SwitchInput({
  label,
  hint,
  isOn,
  onChange,
  isDisabled = false,
  isLabelHidden = false,
}: FieldProps & { isOn: boolean; onChange: (isOn: boolean) => void; isLabelHidden?: boolean }) {
  return (
    <Switch
      size="sm"
      isSelected={isOn}
      onChange={onChange}
      isDisabled={isDisabled}
      aria-label={isLabelHidden ? label : undefined}
    >
      <Switch.Content className="flex items-start gap-2.5">
        <Switch.Control className="mt-0.5">
          <Switch.Thumb />
        </Switch.Control>
        {!isLabelHidden && (
          <span className="flex flex-col text-left">
            <span>{label}</span>
            {hint !== undefined && <span className={hintLook}>{hint}</span>}
          </span>
        )}
      </Switch.Content>
    </Switch>
  )
}
