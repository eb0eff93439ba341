import {
  createProvider,
  listProviderModels,
  listProviders,
  removeProvider,
  testProvider,
  updateProvider,
} from '@sluice/core/providers'
import { getSettings, listSandboxes, updateSettings } from '@sluice/core/settings'
import { readAbout } from '../about.ts'
import { done } from './answers.ts'
import { scoped } from './operations.ts'

const { providers, settings } = scoped

export const providerOperations = {
  list: providers.list.handler(async ({ context }) => {
    const { core } = context.server
    return {
      items: await core.db.scoped(context.scope, (tx) => listProviders(core, tx, context.scope)),
    }
  }),
  create: providers.create.handler(({ context, input }) =>
    createProvider(context.server.core, context.scope, input),
  ),
  update: providers.update.handler(({ context, input: { providerId, ...change } }) =>
    updateProvider(context.server.core, context.scope, providerId, change),
  ),
  remove: providers.remove.handler(({ context, input }) =>
    done(removeProvider(context.server.core, context.scope, input.providerId)),
  ),
  models: providers.models.handler(async ({ context, input }) => ({
    items: await listProviderModels(
      context.server.core,
      context.scope,
      input.providerId,
      context.signal,
    ),
  })),
  test: providers.test.handler(({ context, input }) =>
    testProvider(context.server.core, context.scope, input, context.signal),
  ),
}

export const settingsOperations = {
  get: settings.get.handler(({ context }) => getSettings(context.server.core, context.scope)),
  update: settings.update.handler(({ context, input }) =>
    updateSettings(context.server.core, context.scope, input),
  ),
  sandboxes: settings.sandboxes.handler(async ({ context, signal }) => ({
    items: await listSandboxes(context.server.core, signal),
  })),
  about: settings.about.handler(({ context, signal }) => readAbout(context.server, signal)),
}
