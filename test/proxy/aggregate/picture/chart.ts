import type { Trace } from './trace.ts'

/** Colours of the lines: what is true stays in the background. */
const TRUTH = '#b8bcc4'
const INCREASE = '#1f6feb'
const SUM = '#d1242f'
const INK = '#24292f'
const FAINT = '#6e7781'
const GRID = '#e6e8eb'

const WIDTH = 880
const HEIGHT = 620
const LEFT = 70
const RIGHT = 24
const PLOT_WIDTH = WIDTH - LEFT - RIGHT

/** A panel: where it is, and what its axis shows. */
interface Panel {
  readonly top: number
  readonly height: number
  readonly max: number
  readonly step: number
  readonly title: string
}

const SUM_PANEL: Panel = { top: 112, height: 190, max: 40_000, step: 10_000, title: 'counters: sum' }
const INCREASE_PANEL: Panel = { top: 372, height: 190, max: 160, step: 40, title: 'counters: increase' }

/** The picture as SVG: the same half hour, with the plain sum of counters and with the sum of increases. */
export function drawChart({ seconds, truth, rates, events }: Trace): string {
  const duration = seconds.at(-1) ?? 1
  const x = (second: number) => LEFT + (second / duration) * PLOT_WIDTH
  const line = (panel: Panel, values: readonly number[], color: string, width: number) => {
    const points = values.flatMap((value, at) =>
      Number.isNaN(value) ? [] : [`${fixed(x(seconds[at] ?? 0))},${fixed(toY(panel, value))}`],
    )
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"/>`
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="${INK}" role="img" aria-label="Request rates of an aggregate: the plain sum of counters shows spikes of tens of thousands of requests per second at each restart, the sum of increases follows the true rate of a hundred.">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(
      LEFT,
      28,
      'rate(http_requests_total[1m]) of an aggregate over four to six replicas',
      'font-size="17" font-weight="600"',
    ),
    text(
      LEFT,
      50,
      'Requests per second. Both panels show the same half hour; their scales differ.',
      `fill="${FAINT}"`,
    ),
    ...events.map(event => drawEvent(x(event.seconds), event.text)),
    ...drawPanel(SUM_PANEL, x, duration),
    line(SUM_PANEL, truth, TRUTH, 4),
    line(SUM_PANEL, rates.sum, SUM, 2),
    legend(SUM_PANEL, SUM, 'sum of what was read: whatever lowers it looks like a reset'),
    ...drawPanel(INCREASE_PANEL, x, duration),
    line(INCREASE_PANEL, truth, TRUTH, 6),
    line(INCREASE_PANEL, rates.increase, INCREASE, 2),
    legend(INCREASE_PANEL, INCREASE, 'sum of what counters rose by: a late replica catches up'),
    text(x(306), toY(INCREASE_PANEL, 62), 'what a replica counted after', `fill="${FAINT}" font-size="12"`),
    text(x(306), toY(INCREASE_PANEL, 49), 'its last scrape ends with it', `fill="${FAINT}" font-size="12"`),
    ...drawTimes(x, duration),
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(panel: Panel, x: (second: number) => number, duration: number): string[] {
  const parts: string[] = []
  for (let value = 0; value <= panel.max; value += panel.step) {
    const y = fixed(toY(panel, value))
    parts.push(`<line x1="${LEFT}" x2="${fixed(x(duration))}" y1="${y}" y2="${y}" stroke="${GRID}"/>`)
    parts.push(
      text(LEFT - 8, Number(y) + 4, value.toLocaleString('en-US'), `text-anchor="end" fill="${FAINT}"`),
    )
  }
  parts.push(text(LEFT, panel.top - 14, panel.title, 'font-weight="600"'))
  return parts
}

/** What the colours mean, right of the title of a panel. */
function legend({ top }: Panel, color: string, meaning: string): string {
  const y = top - 18
  return [
    `<line x1="${LEFT + 150}" x2="${LEFT + 172}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="2"/>`,
    text(LEFT + 178, y + 4, meaning, `fill="${FAINT}"`),
    `<line x1="${WIDTH - RIGHT - 122}" x2="${WIDTH - RIGHT - 100}" y1="${y}" y2="${y}" stroke="${TRUTH}" stroke-width="6"/>`,
    text(WIDTH - RIGHT - 94, y + 4, 'what is true', `fill="${FAINT}"`),
  ].join('\n')
}

function drawEvent(x: number, what: string): string {
  const lines = [SUM_PANEL, INCREASE_PANEL].map(
    ({ top, height }) =>
      `<line x1="${fixed(x)}" x2="${fixed(x)}" y1="${top}" y2="${top + height}" stroke="${FAINT}" stroke-dasharray="2 4"/>`,
  )
  return [...lines, text(x, 330, what, 'text-anchor="middle" font-size="12"')].join('\n')
}

function drawTimes(x: (second: number) => number, duration: number): string[] {
  const parts: string[] = []
  for (let second = 0; second <= duration; second += 300) {
    const y = INCREASE_PANEL.top + INCREASE_PANEL.height + 20
    parts.push(text(x(second), y, `${second / 60} min`, `text-anchor="middle" fill="${FAINT}"`))
  }
  return parts
}

/** What exceeds a panel ends at its edge. */
function toY({ top, height, max }: Panel, value: number): number {
  return top + height * (1 - Math.min(value, max) / max)
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${content}</text>`
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
