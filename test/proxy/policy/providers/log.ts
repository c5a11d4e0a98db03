import type { PolicyLog } from '../../../../proxy/policy/providers/health.ts'

/** A log whose lines can be looked at. */
export class TestLog implements PolicyLog {
  readonly lines: string[] = []

  info(_details: object, message: string): void {
    this.lines.push(`info: ${message}`)
  }

  warn(_details: object, message: string): void {
    this.lines.push(`warn: ${message}`)
  }
}
