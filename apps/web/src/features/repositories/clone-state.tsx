import { useNavigate } from '@tanstack/react-router'
import type { Repository } from '@sluice/contract/repository'
import { api, client } from '../../app/api.ts'
import { useMe } from '../../app/me.ts'
import { queryClient } from '../../app/query-client.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { notifyError } from '../../ui/notify.ts'
import { Progress } from '../../ui/progress.tsx'
import { useCloneProgress } from './clone-progress.ts'

/** A repository that cannot be worked on: it is being fetched, or its folder is gone. */
export function CloneState({ repository }: { repository: Repository }) {
  const { can } = useMe()
  const navigate = useNavigate()
  const progress = useCloneProgress().get(repository.id)

  async function leave(call: () => Promise<unknown>, message: string) {
    try {
      await call()
    } catch (cause) {
      notifyError(message, cause)
      return
    }
    await queryClient.invalidateQueries({ queryKey: api.repositories.list.key() })
    await navigate({ to: '/repositories' })
  }
  const stop = () =>
    leave(
      () => client.repositories.cancelClone({ repositoryId: repository.id }),
      'The clone could not be stopped.',
    )
  const forget = () =>
    leave(
      () => client.repositories.remove({ repositoryId: repository.id }),
      'The repository could not be removed.',
    )

  const again = async (url: string) => {
    try {
      const { name } = repository
      await client.repositories.remove({ repositoryId: repository.id })
      const next = await client.repositories.clone({ url, name })
      await navigate({ to: '/repositories/$repositoryId', params: { repositoryId: next.id } })
    } catch (cause) {
      notifyError('The clone could not be started again.', cause)
    }
    await queryClient.invalidateQueries({ queryKey: api.repositories.list.key() })
  }
  const { url } = repository

  if (repository.state === 'cloning') {
    return (
      <div className="mt-6 flex max-w-xl items-center gap-4">
        <div className="min-w-0 flex-1">
          <Progress text={progress?.text ?? 'Cloning…'} percent={progress?.percent ?? null} />
        </div>
        {can.manageRepositories && <Button onPress={() => void stop()}>Stop and remove</Button>}
      </div>
    )
  }
  return (
    <div className="mt-4">
      <Callout
        tone="danger"
        title={
          repository.state === 'missing' ? 'The folder is not there any more' : 'The clone failed'
        }
        action={
          can.manageRepositories ? (
            <>
              {repository.state === 'failed' && url !== null && (
                <Button onPress={() => void again(url)}>Try again</Button>
              )}
              <Button onPress={() => void forget()}>Remove from the list</Button>
            </>
          ) : undefined
        }
      >
        {repository.problem ?? 'Bring the folder back, or remove the repository from the list.'}
      </Callout>
    </div>
  )
}
