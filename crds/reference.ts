import { rootSchema } from './definition.ts'
import { renderReference } from './reference/render.ts'

/** The file that `docs/api.md` is. */
export function renderApiReference(): string {
  return renderReference(rootSchema())
}
