import { escapeHtml } from '../html.ts'
import type { PolicyReport, ReportedPolicy, ReportedProvider } from './report.ts'

function row(cells: readonly string[]): string {
  return `<tr>${cells.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`
}

function table(head: readonly string[], rows: readonly string[], empty: string): string {
  if (rows.length === 0) return `<p>${escapeHtml(empty)}</p>`
  const heads = head.map(cell => `<th scope="col">${escapeHtml(cell)}</th>`).join('')
  return `<table>\n<tr>${heads}</tr>\n${rows.join('\n')}\n</table>`
}

function policyRow({
  id,
  name,
  provider,
  state,
  keep,
  errors,
  warnings,
  hits,
  misses,
}: ReportedPolicy): string {
  const effect = keep === undefined ? '' : keep ? 'keep' : 'drop'
  const remarks = [...errors, ...warnings]
  const stateText = remarks.length === 0 ? state : `${state}: ${remarks.join('; ')}`
  return row([id, name, effect, stateText, String(hits), String(misses), provider])
}

function providerRow({ id, type, source, state, lastSync, problem }: ReportedProvider): string {
  return row([id, type, source, problem === null ? state : `${state}: ${problem}`, lastSync ?? 'never'])
}

/** The report as a part of a web page. */
export function renderPolicyReport({ policies, providers }: PolicyReport): string {
  const policyTable = table(
    ['id', 'name', 'effect', 'state', 'hits', 'misses', 'provider'],
    policies.map(policyRow),
    'There are no policies.',
  )
  const providerTable = table(
    ['id', 'type', 'source', 'state', 'last sync'],
    providers.map(providerRow),
    'There are no policy providers.',
  )
  return `<h2>Policies</h2>\n${policyTable}\n<h2>Policy providers</h2>\n${providerTable}\n`
}
