import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ProviderId, RepositoryId } from '@sluice/contract/ids'
import type { Provider } from '@sluice/contract/provider'
import type { Repository } from '@sluice/contract/repository'
import { WorkspaceMode } from '@sluice/contract/session'
import type { WorkspaceSettings } from '@sluice/contract/settings'
import { Prompt } from '@sluice/contract/task'
import { useRef } from 'react'
import { z } from 'zod'
import { api, client } from '../../app/api.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { useDraftForm } from '../../ui/draft-form.ts'
import { InlineError } from '../../ui/error-state.tsx'
import { SelectInput, TextAreaInput } from '../../ui/fields.tsx'
import { Keys } from '../../ui/keys.tsx'
import { problemOf } from '../../ui/problem.ts'
import { useShortcuts } from '../../ui/shortcuts.ts'
import { AttachButton, GivenList } from '../attachments/attachment-views.tsx'
import { useAttachments } from '../attachments/use-attachments.ts'
import { providerLabel } from '../settings/providers.logic.ts'

const NewSession = z.object({
  repositoryId: RepositoryId,
  prompt: Prompt,
  baseBranch: z.string().min(1).optional(),
  mode: WorkspaceMode,
  providerId: ProviderId.optional(),
  modelId: z.string().min(1).optional(),
})

const modes = [
  { id: 'isolated', label: 'Isolated', hint: 'A working tree and a branch of its own' },
  { id: 'in_place', label: 'In place', hint: 'Your own checkout, with your edits in it' },
] as const

/** One key for one input: sent again it makes nothing twice, and a changed form is another session. */
function useSendKey(): (input: unknown) => string {
  const sent = useRef({ input: '', key: '' })
  return (input) => {
    const text = JSON.stringify(input)
    if (sent.current.input !== text)
      sent.current = { input: text, key: crypto.getRandomValues(new Uint32Array(4)).join('-') }
    return sent.current.key
  }
}

/** Where, how, who and what: everything but the prompt has a sensible default. */
export function NewSessionForm({
  repositories,
  providers,
  settings,
  preferredRepository,
}: {
  repositories: readonly Repository[]
  providers: readonly Provider[]
  settings: WorkspaceSettings
  preferredRepository?: string | undefined
}) {
  const navigate = useNavigate()
  const first = repositories.find((one) => one.id === preferredRepository) ?? repositories[0]
  const sendKeyOf = useSendKey()
  const attachments = useAttachments('new-session')
  const form = useDraftForm({
    draftKey: 'new-session',
    initial: {
      repositoryId: (first?.id ?? '') as string,
      baseBranch: '',
      mode: 'isolated' as WorkspaceMode,
      providerId: '',
      modelId: '',
      prompt: '',
    },
    schema: NewSession,
    toInput: ({ baseBranch, providerId, modelId, ...rest }) => ({
      ...rest,
      ...(baseBranch === '' ? {} : { baseBranch }),
      ...(providerId === '' ? {} : { providerId }),
      ...(modelId === '' ? {} : { modelId }),
    }),
    onSubmit: async (input) => {
      const whole = { ...input, attachmentIds: attachments.ids }
      const { session } = await client.sessions.create(whole, {
        context: { idempotencyKey: sendKeyOf(whole) },
      })
      attachments.clear()
      await navigate({ to: '/sessions/$sessionId', params: { sessionId: session.id } })
    },
  })
  const { values } = form
  // A draft may name what was removed since; the address wins over the draft.
  const repository =
    repositories.find((one) => one.id === preferredRepository) ??
    repositories.find((one) => one.id === values.repositoryId) ??
    first
  const usable = providers.filter(
    (one) =>
      (one.kind === 'recording') === (repository?.isSample === true) || one.kind !== 'recording',
  )
  const provider =
    usable.find((one) => one.id === values.providerId) ??
    usable.find((one) => repository?.isSample === true && one.kind === 'recording') ??
    usable[0]
  const branches = useQuery({
    ...api.repositories.branches.queryOptions({ input: { repositoryId: repository?.id ?? '' } }),
    enabled: repository !== undefined,
  })
  const models = useQuery({
    ...api.providers.models.queryOptions({ input: { providerId: provider?.id ?? '' } }),
    enabled: provider !== undefined,
  })
  const checkedOut = repository?.status?.branch ?? repository?.defaultBranch ?? ''
  const local = branches.data?.items
  // A draft may name a branch that is gone; in place it is always the one that is checked out.
  const isBranchKnown = local === undefined || local.some((one) => one.name === values.baseBranch)
  const isInPlace = values.mode === 'in_place'
  const branch =
    values.baseBranch !== '' && isBranchKnown && !isInPlace ? values.baseBranch : checkedOut
  const modelId =
    values.modelId !== ''
      ? values.modelId
      : (provider?.defaultModelId ?? models.data?.items[0]?.id ?? '')
  // The sample's recording answers one prompt: it is there to be sent.
  const prompt = values.prompt === '' ? (repository?.samplePrompt ?? '') : values.prompt
  const isUnsandboxed = (repository?.sandboxProvider ?? settings.sandboxProvider) === 'worktree'

  function submit() {
    if (provider === undefined || repository === undefined || attachments.isSending) return
    void form.submit({
      repositoryId: repository.id,
      baseBranch: branch,
      providerId: provider.id,
      modelId,
      prompt,
    })
  }
  useShortcuts('New session', [{ keys: 'mod+Enter', label: 'Start', run: submit }])

  return (
    <form
      noValidate
      className="grid grid-cols-1 gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <TextAreaInput
        label="What is to be done?"
        name="prompt"
        rows={7}
        autoFocus
        placeholder="Fix the date parser: it reads 31 February as 3 March. Add a test."
        value={prompt}
        onChange={(value) => form.set('prompt', value)}
        error={form.errors.prompt}
        fileHandlers={attachments.handlers}
      />
      <div className="-mt-2 flex flex-wrap items-center gap-2">
        <AttachButton attachments={attachments} />
        {attachments.given.length === 0 && (
          <span className="text-xs text-muted">Images and texts: choose, paste or drop them.</span>
        )}
        <GivenList attachments={attachments} />
      </div>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        <SelectInput
          label="Repository"
          value={repository?.id ?? null}
          onChange={(id) => {
            form.change({ repositoryId: id, baseBranch: '', providerId: '', modelId: '' })
            void navigate({ to: '/sessions/new', search: { repository: id }, replace: true })
          }}
          choices={repositories.map((one) => ({ id: one.id, label: one.name, hint: one.path }))}
          error={form.errors.repositoryId}
        />
        <SelectInput
          label="Base branch"
          value={branch === '' ? null : branch}
          onChange={(name) => form.set('baseBranch', name)}
          isDisabled={isInPlace}
          hint={isInPlace ? 'In place works on the branch that is checked out.' : undefined}
          choices={(local ?? (branch === '' ? [] : [{ name: branch, isCurrent: true }])).map(
            (one) => ({
              id: one.name,
              label: one.name,
              ...(one.isCurrent ? { hint: 'Checked out now' } : {}),
            }),
          )}
          error={form.errors.baseBranch}
        />
        <SelectInput
          label="Mode"
          value={values.mode}
          onChange={(mode) => form.set('mode', mode)}
          choices={modes}
          hint={modes.find((mode) => mode.id === values.mode)?.hint}
        />
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <SelectInput
            label="Provider"
            value={provider?.id ?? null}
            onChange={(id) => form.change({ providerId: id, modelId: '' })}
            choices={usable.map((one) => ({
              id: one.id,
              label: one.name,
              hint: providerLabel(one),
            }))}
            isDisabled={usable.length === 0}
            error={form.errors.providerId}
          />
          <SelectInput
            label="Model"
            value={modelId === '' ? null : modelId}
            onChange={(id) => form.set('modelId', id)}
            choices={modelChoices(models.data?.items ?? [], modelId)}
            isDisabled={provider === undefined}
            error={
              form.errors.modelId ?? (models.isError ? problemOf(models.error).message : undefined)
            }
          />
        </div>
      </div>
      {isInPlace && repository !== undefined && (
        <Callout title="The agent works in your own checkout">
          It reads and edits the files in{' '}
          <code className="font-mono text-xs break-all">{repository.path}</code> while you look,
          your uncommitted edits among them, and an approval commits on{' '}
          <code className="font-mono text-xs">{branch}</code>. A rejection puts every file back as
          it was.
        </Callout>
      )}
      {provider === undefined && (
        <Callout
          tone="warning"
          title="No model is connected"
          action={
            <>
              <ButtonLink to="/settings/$section" params={{ section: 'providers' }}>
                Connect one
              </ButtonLink>
              <ButtonLink to="/welcome">Try the sample</ButtonLink>
            </>
          }
        >
          Your prompt is kept as a draft. The sample works without any model.
        </Callout>
      )}
      {provider?.kind === 'recording' && (
        <Callout>
          A recording answers here in place of a model: it knows the sample's own prompt and nothing
          else.
        </Callout>
      )}
      {isUnsandboxed && (
        <Callout tone="warning" title="Commands will run without a sandbox">
          This repository uses a plain working tree: the agent's commands run on this machine with
          its files and its network.
        </Callout>
      )}
      <InlineError error={form.failure} />
      <div className="flex items-center gap-3">
        <Button
          type="submit"
          variant="primary"
          isDisabled={provider === undefined || repository === undefined || attachments.isSending}
          pending={form.isPending ? 'Starting…' : undefined}
        >
          Start session
        </Button>
        <span className="flex items-center gap-2 text-xs text-muted max-sm:hidden">
          <Keys keys="mod+Enter" /> starts
        </span>
      </div>
    </form>
  )
}

function modelChoices(models: readonly { id: string; name: string }[], current: string) {
  const known = models.map((model) => ({ id: model.id, label: model.name }))
  return current === '' || known.some((model) => model.id === current)
    ? known
    : [{ id: current, label: current }, ...known]
}
