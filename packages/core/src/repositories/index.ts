export { addRepository, removeRepository, updateRepository } from './add.ts'
export { cancelClone, cloneRepository, cloneRun } from './clone.ts'
export {
  findRepositoryFiles,
  listInstructions,
  listRepositoryBranches,
  openRepositoryShadow,
} from './files.ts'
export { findRepositoryGates, listRepositoryGates } from './gates.ts'
export { getRepository, listRepositories, requireRepository, touchRepository } from './queries.ts'
export { addSampleRepository } from './sample.ts'
export { cancelScan, getScan, scanRun, startScan } from './scan.ts'
export { fromGitError, refreshRepository } from './status.ts'
