import { useNavigate } from '@tanstack/react-router'
import { z } from 'zod'
import { client } from '../../app/api.ts'
import { useDraftForm } from '../../ui/draft-form.ts'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'

const CloneInput = z.object({
  url: z.string().trim().min(1, 'must not be empty').max(2000),
  name: z.string().trim().min(1).max(100).optional(),
})

/** Clones in the background; the repository's page shows how far it is. */
export function CloneForm() {
  const navigate = useNavigate()
  const form = useDraftForm({
    draftKey: 'clone',
    initial: { url: '', name: '' },
    schema: CloneInput,
    toInput: ({ url, name }) => ({ url, ...(name.trim() === '' ? {} : { name }) }),
    onSubmit: async (input) => {
      const repository = await client.repositories.clone(input)
      await navigate({ to: '/repositories/$repositoryId', params: { repositoryId: repository.id } })
    },
  })
  return (
    <Form form={form} className="grid max-w-xl gap-4">
      <TextInput
        label="URL"
        isMonospace
        autoFocus
        placeholder="https://github.com/owner/name.git"
        hint="https, ssh or git. What lies on this machine already is found from the other tab. Git's own credentials on this machine are used."
        {...form.field('url')}
      />
      <TextInput label="Name (optional)" hint="Else made from the URL." {...form.field('name')} />
      <FormEnd form={form} send="Clone" sending="Starting…" />
    </Form>
  )
}
