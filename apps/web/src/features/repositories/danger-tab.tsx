import { useNavigate } from '@tanstack/react-router'
import type { Repository } from '@sluice/contract/repository'
import { useState } from 'react'
import { api, client } from '../../app/api.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { confirm } from '../../ui/confirm.ts'
import { TextInput } from '../../ui/fields.tsx'
import { notify, notifyError } from '../../ui/notify.ts'

/** Renaming and forgetting a repository. */
export function DangerTab({ repository }: { repository: Repository }) {
  const navigate = useNavigate()
  const [name, setName] = useState(repository.name)
  const [isPending, setIsPending] = useState(false)

  async function rename() {
    setIsPending(true)
    try {
      const updated = await client.repositories.update({ repositoryId: repository.id, name })
      queryClient.setQueryData(
        api.repositories.get.queryKey({ input: { repositoryId: repository.id } }),
        updated,
      )
      void queryClient.invalidateQueries({ queryKey: api.repositories.list.key() })
      notify('Renamed')
    } catch (cause) {
      notifyError('The repository keeps its name.', cause)
    }
    setIsPending(false)
  }

  async function remove() {
    const isSure = await confirm({
      title: `Remove ${repository.name}?`,
      goes: 'Its entry here, with its gates and its sessions.',
      stays: `The folder ${repository.path} with everything in it, every branch and every commit.`,
      action: 'Remove repository',
    })
    if (!isSure) return
    try {
      await client.repositories.remove({ repositoryId: repository.id })
    } catch (cause) {
      notifyError('The repository was not removed.', cause)
      return
    }
    void queryClient.invalidateQueries({ queryKey: api.repositories.list.key() })
    notify(`${repository.name} was removed from Sluice`, 'Its folder was not touched.')
    await navigate({ to: '/repositories' })
  }

  return (
    <div className="grid gap-4">
      <Card title="Name" hint="What it is called in this workspace; the folder keeps its own name.">
        <div className="flex max-w-md items-end gap-2">
          <TextInput label="Name" name="name" value={name} onChange={setName} />
          <Button
            isDisabled={name.trim() === '' || name === repository.name}
            pending={isPending ? 'Saving…' : undefined}
            onPress={() => void rename()}
          >
            Rename
          </Button>
        </div>
      </Card>
      <Card
        title="Remove"
        tone="danger"
        hint="Sluice forgets the repository. Its folder stays as it is."
      >
        <Button variant="danger-soft" onPress={() => void remove()}>
          Remove repository…
        </Button>
      </Card>
    </div>
  )
}
