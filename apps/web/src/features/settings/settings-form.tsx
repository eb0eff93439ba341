import { WorkspaceSettings } from '@sluice/contract/settings'
import { api, client } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { NumberInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'

type NumberSetting = {
  [K in keyof WorkspaceSettings]: WorkspaceSettings[K] extends number ? K : never
}[keyof WorkspaceSettings]

export interface SettingField {
  name: NumberSetting
  label: string
  unit: string
  hint: string
  /** How many of the stored unit make one of the shown unit: 1,000,000 for dollars. */
  scale?: number
}

/** Some of the workspace's numbers, with their units and bounds, saved together. */
export function SettingsForm({
  title,
  hint,
  settings,
  fields,
  canEdit,
}: {
  title: string
  hint?: string
  settings: WorkspaceSettings
  fields: readonly SettingField[]
  canEdit: boolean
}) {
  const shape = WorkspaceSettings.pick(
    Object.fromEntries(fields.map((field) => [field.name, true])) as { [K in NumberSetting]: true },
  )
  const shown = (field: SettingField) => settings[field.name] / (field.scale ?? 1)
  const form = useDraftForm({
    draftKey: `settings.${fields.map((field) => field.name).join('.')}`,
    initial: Object.fromEntries(fields.map((field) => [field.name, shown(field)])) as Record<
      string,
      number | null
    >,
    schema: shape,
    toInput: (values) =>
      Object.fromEntries(
        fields.map((field) => {
          const value = values[field.name]
          return [field.name, value == null ? undefined : Math.round(value * (field.scale ?? 1))]
        }),
      ),
    onSubmit: async (input) => {
      queryClient.setQueryData(api.settings.get.queryKey(), await client.settings.update(input))
      notify('Saved')
    },
  })
  const isChanged = fields.some((field) => form.values[field.name] !== shown(field))
  return (
    <Card title={title} hint={hint}>
      <Form form={form} className="grid gap-4 sm:grid-cols-2">
        {fields.map((field) => (
          <NumberInput
            key={field.name}
            label={field.label}
            suffix={field.unit}
            isDecimal={field.scale !== undefined}
            hint={field.hint}
            isDisabled={!canEdit}
            {...form.field(field.name)}
          />
        ))}
        {canEdit ? (
          <FormEnd
            form={form}
            send="Save"
            sending="Saving…"
            isDisabled={!isChanged}
            className="grid gap-3 sm:col-span-2"
          >
            {isChanged && <Button onPress={form.reset}>Put back</Button>}
          </FormEnd>
        ) : (
          <p className="text-list text-muted sm:col-span-2">
            An admin or an owner can change these.
          </p>
        )}
      </Form>
    </Card>
  )
}
