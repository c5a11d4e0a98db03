import { escapeHtml } from '../html.ts'
import type { Endpoint, Overview } from './overview.ts'

/** The look of the proxy's pages. */
export const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } small { font-weight: normal; color: #666; }
  th { text-align: left; font-weight: 600; padding-right: 1.5rem; vertical-align: top; white-space: nowrap; }
  td { overflow-wrap: anywhere; } code, a { font-family: ui-monospace, monospace; font-size: 0.95em; }
  @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } a { color: #8ab4f8; } small { color: #999; } }
`

function htmlRows(endpoints: readonly Endpoint[]): string {
  return endpoints
    .map(
      ({ path, what }) =>
        `<tr><th scope="row"><a href="${escapeHtml(path)}">${escapeHtml(path)}</a></th><td>${escapeHtml(what)}</td></tr>`,
    )
    .join('\n')
}

/** The overview as a web page. */
export function renderHtml({ version, facts, outputs, tools }: Overview): string {
  const rows = facts
    .map(
      ({ about, state }) => `<tr><th scope="row">${escapeHtml(about)}</th><td>${escapeHtml(state)}</td></tr>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>MetricGate</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body>
<h1>MetricGate <small>${escapeHtml(version)}</small></h1>
<table>
${rows}
</table>
<h2>For Prometheus</h2>
<table>
${htmlRows(outputs)}
</table>
<h2>For you</h2>
<table>
${htmlRows(tools)}
</table>
</body>
</html>
`
}

function textRows(rows: readonly (readonly [string, string])[], indent: string): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}\n`).join('')
}

/** The overview as text, for a terminal. */
export function renderText({ version, facts, outputs, tools }: Overview): string {
  const endpoints = [...outputs, ...tools].map(({ path, what }) => [path, what] as const)
  const states = facts.map(({ about, state }) => [about, state] as const)
  return `MetricGate ${version}\n\n${textRows(states, '')}\n${textRows(endpoints, '')}`
}
