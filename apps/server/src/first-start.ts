import { SluiceError } from '@sluice/contract/errors'
import { isSetupNeeded, setUp } from '@sluice/core/setup'
import type { ServerDeps } from './http/context.ts'

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Does the first setup from the environment where it is described there, and refuses to
 * listen beyond this machine while nobody owns the installation: whoever came first would.
 * @throws SluiceError unprocessable
 */
export async function setUpUnattended(server: ServerDeps): Promise<void> {
  const { settings, core } = server
  if (!(await isSetupNeeded(core))) return
  const {
    SLUICE_OWNER_EMAIL: email,
    SLUICE_OWNER_PASSWORD: password,
    SLUICE_OWNER_NAME: name,
    SLUICE_WORKSPACE: workspace,
  } = settings
  if (email !== undefined && password !== undefined) {
    await setUp(core, { name, email: email.toLowerCase(), password, workspace })
    core.log.info({ email, workspace }, 'made the owner and the first workspace')
    return
  }
  if (!loopback.has(settings.SLUICE_HOST)) {
    throw new SluiceError(
      'unprocessable',
      `Sluice does not listen on ${settings.SLUICE_HOST} before it has an owner. Set SLUICE_OWNER_EMAIL and SLUICE_OWNER_PASSWORD, or do the first start on 127.0.0.1.`,
    )
  }
}
