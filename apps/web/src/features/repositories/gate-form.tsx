import { GateInput, type Gate } from '@sluice/contract/gate'
import { client } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { NumberInput, SwitchInput, TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'

const DEFAULT_TIMEOUT_SECONDS = 600

export function GateForm({
  repositoryId,
  gate,
  onDone,
  onCancel,
}: {
  repositoryId: string
  gate?: Gate | undefined
  onDone: () => void
  onCancel: () => void
}) {
  const form = useDraftForm({
    draftKey: gate === undefined ? `gate.${repositoryId}` : `gate.${gate.id}`,
    initial: {
      name: gate?.name ?? '',
      command: gate?.command ?? '',
      timeoutSeconds: (gate?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) as number | null,
      isBlocking: gate?.isBlocking ?? true,
      isEnabled: gate?.isEnabled ?? true,
    },
    schema: GateInput,
    onSubmit: async (input) => {
      if (gate === undefined) await client.gates.create({ repositoryId, ...input })
      else await client.gates.update({ gateId: gate.id, ...input })
      notify(gate === undefined ? `“${input.name}” added` : `“${input.name}” saved`)
      onDone()
    },
  })
  return (
    <Form form={form} className="grid gap-4 sm:grid-cols-2">
      <TextInput label="Name" autoFocus placeholder="tests" {...form.field('name')} />
      <NumberInput
        label="Time limit"
        suffix="seconds"
        hint="At most 21,600 (6 hours)."
        {...form.field('timeoutSeconds')}
      />
      <div className="sm:col-span-2">
        <TextInput
          label="Command"
          isMonospace
          placeholder="pnpm test"
          hint="Run by a shell at the top of the checkout. It passes when it exits with 0."
          {...form.field('command')}
        />
      </div>
      <SwitchInput
        label="Blocks"
        hint="Its failure holds the change back."
        isOn={form.values.isBlocking}
        onChange={(isOn) => form.set('isBlocking', isOn)}
      />
      <SwitchInput
        label="On"
        hint="Runs for every task."
        isOn={form.values.isEnabled}
        onChange={(isOn) => form.set('isEnabled', isOn)}
      />
      <FormEnd
        form={form}
        send={gate === undefined ? 'Add gate' : 'Save'}
        sending="Saving…"
        className="grid gap-3 sm:col-span-2"
      >
        <Button
          onPress={() => {
            form.reset()
            onCancel()
          }}
        >
          Cancel
        </Button>
      </FormEnd>
    </Form>
  )
}
