import { join } from 'node:path'
import { readJsonFile, writeJsonFile } from '../storage/json-file.ts'

/** Where a window stands, in screen points. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowPlace {
  readonly bounds: Bounds
  readonly isMaximized: boolean
}

const SCHEMA = 'repliscope/window@1'
/** At least this much of the window must be on some display, or it could not be reached. */
const LEAST_VISIBLE = 80
const LEAST_WIDTH = 800
const LEAST_HEIGHT = 560

/** Remembers where the window was, in `window.json` of the data folder. A file that cannot be used is as good as none. */
export function createWindowMemory(folder: string) {
  const path = join(folder, 'window.json')
  return {
    /** Undefined when nothing usable is remembered, or the place is on no display any more. */
    read: async (displays: readonly Bounds[]): Promise<WindowPlace | undefined> => {
      const file = await readJsonFile(path)
      if (!file.ok || file.value.state !== 'read') return undefined
      const place = toPlace(file.value.value)
      return place !== undefined && displays.some((display) => isVisible(place.bounds, display)) ? place : undefined
    },
    /** Trouble is not told: the window opens where it opens. */
    write: async (place: WindowPlace): Promise<void> => {
      await writeJsonFile(path, { schema: SCHEMA, ...place })
    },
  }
}

function toPlace(value: unknown): WindowPlace | undefined {
  if (!isRecord(value) || value['schema'] !== SCHEMA || !isRecord(value['bounds'])) return undefined
  const { x, y, width, height } = value['bounds']
  if (!isWhole(x) || !isWhole(y) || !isWhole(width) || !isWhole(height)) return undefined
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) return undefined
  return { bounds: { x, y, width, height }, isMaximized: value['isMaximized'] === true }
}

function isVisible(bounds: Bounds, display: Bounds): boolean {
  const width = Math.min(bounds.x + bounds.width, display.x + display.width) - Math.max(bounds.x, display.x)
  const height = Math.min(bounds.y + bounds.height, display.y + display.height) - Math.max(bounds.y, display.y)
  return width >= LEAST_VISIBLE && height >= LEAST_VISIBLE
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
