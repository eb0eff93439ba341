import type { Shot } from './shoot.ts'

/** One page to leaf through all of them: a row for each page and state. */
export function indexPage(shots: readonly Shot[]): string {
  const rows = Map.groupBy(shots, (shot) => `${shot.name} · ${shot.state}`)
  const sections = [...rows].map(
    ([title, ofRow]) =>
      `<h2>${title}</h2><div>${ofRow
        .map(
          (shot) =>
            `<a href="${shot.file}"><img loading="lazy" alt="${title}, ${shot.variant}" src="${shot.file}"></a>`,
        )
        .join('')}</div>`,
  )
  return `<!doctype html><meta charset="utf-8"><title>Screens</title>
<style>body{font:14px system-ui;margin:16px;background:#8a8a8a}h2{font-size:14px;margin:20px 0 6px}div{display:flex;gap:8px;overflow-x:auto}img{height:420px;display:block}</style>
${sections.join('\n')}
`
}
