import { WorkspaceName } from '@sluice/contract/people'
import { z } from 'zod'
import { client } from '../../app/api.ts'
import { meQuery, useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { workspaceBase } from '../../app/workspace-address.ts'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/copy-button.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { TextInput } from '../../ui/fields.tsx'
import { Form, FormEnd } from '../../ui/form.tsx'
import { notify } from '../../ui/notify.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { NewWorkspaceForm } from './new-workspace-form.tsx'

const Name = z.object({ name: WorkspaceName })

export function WorkspaceSection() {
  const { workspace, can } = useMe()
  if (workspace === undefined) return null
  return (
    <>
      <Card title="Workspace">
        <dl className="mb-4 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-list">
          <dt className="text-muted">Address</dt>
          <dd>
            <Code>{workspaceBase(workspace.slug)}</Code>
          </dd>
          <dt className="text-muted">Id</dt>
          <dd className="min-w-0">
            <Code copyLabel="Copy id">{workspace.id}</Code>
          </dd>
          <dt className="text-muted">Your role</dt>
          <dd>{workspace.role}</dd>
          <dt className="text-muted">Made</dt>
          <dd>
            <RelativeTime at={workspace.createdAt} />
          </dd>
        </dl>
        {can.managePeople && <RenameForm name={workspace.name} />}
      </Card>
      <Workspaces />
      <Card
        title="Another workspace"
        hint="With repositories, people and settings of its own. You will be its owner."
      >
        <NewWorkspaceForm />
      </Card>
    </>
  )
}

/** The others: the rail's switcher is not there at phone width. */
function Workspaces() {
  const { workspace, workspaces } = useMe()
  const others = workspaces.filter((one) => one.id !== workspace?.id)
  if (others.length === 0) return null
  return (
    <Card title="Your other workspaces" isFlush>
      <ul className="divide-y divide-separator">
        {others.map((one) => (
          <li key={one.id}>
            <a
              href={workspaceBase(one.slug)}
              className="flex min-h-11 items-center justify-between px-4 hover:bg-surface-secondary"
            >
              {one.name}
              <span className="text-list text-muted">{one.role}</span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function RenameForm({ name }: { name: string }) {
  const form = useDraftForm({
    initial: { name },
    schema: Name,
    onSubmit: async (input) => {
      await client.workspaces.update(input)
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey })
      notify('The workspace was renamed')
    },
  })
  return (
    <Form form={form} className="grid max-w-md gap-3">
      <TextInput label="Name" {...form.field('name')} />
      <FormEnd
        form={form}
        send="Rename"
        sending="Saving…"
        isPrimary={false}
        isDisabled={form.values.name === name}
      />
    </Form>
  )
}
