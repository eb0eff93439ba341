import { LogOut } from 'lucide-react'
import { PersonName } from '@sluice/contract/people'
import { z } from 'zod'
import { leave } from '../../app/account.ts'
import { client } from '../../app/api.ts'
import { meQuery, useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { SelectInput, TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'
import { useUiStore, type Theme } from '../../ui/ui-store.ts'

const Profile = z.object({ name: PersonName })
const themes: { id: Theme; label: string }[] = [
  { id: 'system', label: 'As the system' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
]

export function ProfileSection() {
  const { user } = useMe()
  const theme = useUiStore((state) => state.theme)
  const setTheme = useUiStore((state) => state.setTheme)
  const form = useDraftForm({
    initial: { name: user.name },
    schema: Profile,
    onSubmit: async (input) => {
      queryClient.setQueryData(meQuery.queryKey, await client.me.update(input))
      notify('Your name was saved')
    },
  })
  return (
    <>
      <Card title="Profile">
        <Form form={form} className="grid max-w-md gap-4">
          <TextInput
            label="Name"
            autoComplete="name"
            hint="The author of the commits that you approve."
            {...form.field('name')}
          />
          <TextInput
            label="E-mail"
            name="email"
            value={user.email}
            onChange={() => {}}
            isReadOnly
            isDisabled
          />
          <FormEnd
            form={form}
            send="Save"
            sending="Saving…"
            isDisabled={form.values.name === user.name}
          />
        </Form>
      </Card>
      <Card title="This browser">
        <Button icon={<LogOut aria-hidden />} onPress={() => void leave()}>
          Sign out
        </Button>
      </Card>
      <Card title="Look" hint="Kept by this browser.">
        <div className="max-w-md">
          <SelectInput label="Theme" value={theme} onChange={setTheme} choices={themes} />
        </div>
      </Card>
    </>
  )
}
