import { ProviderInput, type Provider, type ProviderKind } from '@sluice/contract/provider'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { SelectInput, TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'

type AddableKind = Exclude<ProviderKind, 'recording'>

const kinds: { id: AddableKind; label: string; hint: string }[] = [
  { id: 'anthropic', label: 'Anthropic', hint: 'Messages API' },
  { id: 'openai', label: 'OpenAI', hint: 'Responses and Chat Completions' },
  { id: 'openai_compatible', label: 'OpenAI-compatible', hint: 'Ollama, vLLM, any gateway' },
]
const addressHints: Record<AddableKind, string> = {
  anthropic: 'Empty: https://api.anthropic.com',
  openai: 'Empty: https://api.openai.com/v1',
  openai_compatible: 'Such as http://127.0.0.1:11434/v1',
}
const optional = (text: string) => (text.trim() === '' ? undefined : text.trim())

/** The key is never written down by the page: this form keeps no draft. */
export function ProviderForm({
  provider,
  onDone,
  onCancel,
}: {
  provider?: Provider | undefined
  onDone: () => void
  onCancel: () => void
}) {
  const form = useDraftForm({
    initial: {
      name: provider?.name ?? '',
      kind: (provider === undefined || provider.kind === 'recording'
        ? 'anthropic'
        : provider.kind) as AddableKind,
      baseUrl: provider?.baseUrl ?? '',
      apiKey: '',
      defaultModelId: provider?.defaultModelId ?? '',
    },
    schema: ProviderInput,
    toInput: ({ name, kind, baseUrl, apiKey, defaultModelId }) => ({
      name: name.trim() === '' ? kinds.find((one) => one.id === kind)?.label : name,
      kind,
      baseUrl: optional(baseUrl),
      apiKey: optional(apiKey),
      defaultModelId: optional(defaultModelId),
    }),
    onSubmit: async (input) => {
      if (provider === undefined) {
        await client.providers.create(input)
      } else {
        const { name, baseUrl, apiKey, defaultModelId } = input
        await client.providers.update({
          providerId: provider.id,
          name,
          apiKey,
          baseUrl: baseUrl ?? null,
          defaultModelId: defaultModelId ?? null,
        })
      }
      notify(`“${input.name}” saved`, 'Test it to see its answer.')
      onDone()
    },
  })
  const { values, errors } = form
  return (
    <Form form={form} className="grid gap-4 sm:grid-cols-2">
      <SelectInput
        label="Kind"
        value={values.kind}
        onChange={(kind) => form.set('kind', kind)}
        choices={kinds}
        isDisabled={provider !== undefined}
        error={errors.kind}
      />
      <TextInput
        label="Name"
        placeholder={kinds.find((one) => one.id === values.kind)?.label ?? ''}
        {...form.field('name')}
      />
      <TextInput
        label="Address"
        type="url"
        isMonospace
        hint={addressHints[values.kind]}
        {...form.field('baseUrl')}
      />
      <TextInput
        label="Key"
        type="password"
        autoComplete="off"
        hint={
          provider?.hasKey === true
            ? 'A key is stored. Empty: it stays.'
            : 'Stored encrypted, never shown again.'
        }
        {...form.field('apiKey')}
      />
      <TextInput label="Default model (optional)" isMonospace {...form.field('defaultModelId')} />
      <FormEnd
        form={form}
        send={provider === undefined ? 'Connect' : 'Save'}
        sending="Saving…"
        className="grid gap-3 sm:col-span-2"
      >
        <Button onPress={onCancel}>Cancel</Button>
      </FormEnd>
    </Form>
  )
}
