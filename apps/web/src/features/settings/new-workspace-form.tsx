import { WorkspaceName } from '@sluice/contract/people'
import { z } from 'zod'
import { client } from '../../app/api.ts'
import { workspaceBase } from '../../app/workspace-address.ts'
import { useDraftForm } from '../../ui/draft-form.ts'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'

const NewWorkspace = z.object({ name: WorkspaceName })

/** Makes a workspace and goes there, by a page load. */
export function NewWorkspaceForm() {
  const form = useDraftForm({
    draftKey: 'workspace',
    initial: { name: '' },
    schema: NewWorkspace,
    onSubmit: async (input) => {
      const made = await client.workspaces.create(input)
      window.location.assign(workspaceBase(made.slug))
    },
  })
  return (
    <Form form={form} className="grid max-w-md gap-3">
      <TextInput label="Name" {...form.field('name')} name="workspace" />
      <FormEnd form={form} send="Make workspace" sending="Making it…" isPrimary={false} />
    </Form>
  )
}
