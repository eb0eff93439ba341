import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export type Theme = 'system' | 'light' | 'dark'

interface UiState {
  theme: Theme
  isRailFolded: boolean
  isPaletteOpen: boolean
  isKeysOpen: boolean
  setTheme: (theme: Theme) => void
  toggleRail: () => void
  setPaletteOpen: (isOpen: boolean) => void
  setKeysOpen: (isOpen: boolean) => void
}

/**
 * State of the page itself, kept by this browser. What the server knows lives in the query cache, what an
 * address can say lives in the router. `public/theme.js` reads the stored theme under the same key.
 */
export const useUiStore = create<UiState>()(
  persist(
    (set) => ({
      theme: 'system',
      isRailFolded: false,
      isPaletteOpen: false,
      isKeysOpen: false,
      setTheme: (theme) => set({ theme }),
      toggleRail: () => set((state) => ({ isRailFolded: !state.isRailFolded })),
      setPaletteOpen: (isPaletteOpen) => set({ isPaletteOpen }),
      setKeysOpen: (isKeysOpen) => set({ isKeysOpen }),
    }),
    { name: 'sluice.ui', partialize: ({ theme, isRailFolded }) => ({ theme, isRailFolded }) },
  ),
)
