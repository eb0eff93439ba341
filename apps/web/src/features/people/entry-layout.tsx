import type { ReactNode } from 'react'

/** The page outside of any workspace: sign-in, first start, an invitation. */
export function EntryLayout({
  title,
  lead,
  children,
}: {
  title: string
  lead: ReactNode
  children: ReactNode
}) {
  return (
    <main className="flex min-h-full justify-center overflow-y-auto px-4 py-10 sm:items-center">
      <title>{`${title} · Sluice`}</title>
      <div className="w-full max-w-sm">
        <img src="/favicon.svg" alt="" className="mb-5 size-9" />
        <h1 className="text-xl font-semibold">{title}</h1>
        <p className="mt-1 mb-6 text-muted">{lead}</p>
        {children}
      </div>
    </main>
  )
}
