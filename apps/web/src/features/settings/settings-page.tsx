import { getRouteApi, Link } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import type { Abilities } from '@sluice/contract/people'
import { useMe } from '../../app/me.ts'
import { settingsSections, type SettingsSection } from '../../routes/settings.ts'
import { Callout } from '../../ui/callout.tsx'
import { Page } from '../../ui/page.tsx'
import { AboutSection } from './about-section.tsx'
import { ApiKeysSection } from './api-keys-section.tsx'
import { AuditSection } from './audit-section.tsx'
import { LimitsSection } from './limits-section.tsx'
import { MembersSection } from './members-section.tsx'
import { ProfileSection } from './profile-section.tsx'
import { ProvidersSection } from './providers-section.tsx'
import { SandboxSection } from './sandbox-section.tsx'
import { WorkspaceSection } from './workspace-section.tsx'

const route = getRouteApi('/frame/settings/$section')

interface Section {
  label: string
  part: ComponentType
  /** Absent: everybody sees it. What one may not do is left out, not greyed out. */
  needs?: keyof Abilities
}

const sections: Record<SettingsSection, Section> = {
  profile: { label: 'Profile', part: ProfileSection },
  workspace: { label: 'Workspace', part: WorkspaceSection },
  members: { label: 'Members', part: MembersSection },
  providers: { label: 'Models', part: ProvidersSection },
  sandbox: { label: 'Sandbox', part: SandboxSection },
  limits: { label: 'Limits', part: LimitsSection },
  'api-keys': { label: 'API keys', part: ApiKeysSection },
  audit: { label: 'Audit', part: AuditSection, needs: 'managePeople' },
  about: { label: 'About', part: AboutSection, needs: 'manageSettings' },
}

export function SettingsPage() {
  const { section } = route.useParams()
  const { can } = useMe()
  const name = settingsSections.find((one) => one === section)
  // The route lets only known sections through.
  if (name === undefined) return null
  const { label, part: Part, needs: needed } = sections[name]
  const shown = settingsSections.filter((one) => {
    const { needs } = sections[one]
    return needs === undefined || can[needs]
  })
  return (
    <Page
      title={`${label} · Settings`}
      crumbs={[{ label: 'Settings', to: '/settings' }, { label }]}
      isFull
    >
      <div className="flex h-full min-h-0 max-md:flex-col">
        <nav
          aria-label="Settings"
          // At phone width the sections scroll sideways: the one in view must be seen.
          ref={(nav) =>
            nav
              ?.querySelector('[data-status="active"]')
              ?.scrollIntoView({ inline: 'center', block: 'nearest' })
          }
          className="flex shrink-0 gap-0.5 border-separator p-2 max-md:overflow-x-auto max-md:border-b md:w-44 md:flex-col md:border-r md:py-4"
        >
          {shown.map((one) => (
            <Link
              key={one}
              to="/settings/$section"
              params={{ section: one }}
              className="flex h-8 shrink-0 items-center rounded-md px-2.5 text-list hover:bg-default max-md:h-10"
              activeProps={{ className: 'bg-default font-medium' }}
              inactiveProps={{ className: 'text-muted hover:text-foreground' }}
            >
              {sections[one].label}
            </Link>
          ))}
        </nav>
        <div className="min-h-0 min-w-0 flex-1 overflow-y-auto">
          <div className="mx-auto grid max-w-3xl gap-4 p-4 pb-12">
            {needed === undefined || can[needed] ? (
              <Part />
            ) : (
              <Callout title="Your role does not show this part">
                An admin or an owner of this workspace sees it, or can give you that role.
              </Callout>
            )}
          </div>
        </div>
      </div>
    </Page>
  )
}
