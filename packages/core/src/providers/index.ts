export { listProviderModels, testProvider } from './ask.ts'
export { createProvider, removeProvider, updateProvider } from './change.ts'
export { chooseProvider, listProviders, openProvider } from './queries.ts'
