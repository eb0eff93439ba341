import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The 32 bytes that stored secrets are sealed with: from the environment, else from a 0600
 * file in the data folder that the first start makes.
 * @param hex 64 hex digits
 */
export async function loadSecretKey(dataFolder: string, hex: string | undefined): Promise<Buffer> {
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  const file = join(dataFolder, 'secret.key')
  // Exclusive: of two processes that start at once one makes the file and both read it.
  await writeFile(file, `${randomBytes(32).toString('hex')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'hex')
  if (key.byteLength !== 32)
    throw new Error(
      `${file} does not hold 64 hex digits. Restore it from a backup, or set SLUICE_SECRET_KEY.`,
    )
  return key
}
