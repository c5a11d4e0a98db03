import type { Helm } from '../test/cluster/helm.ts'

/** The release that charts/manifests is the rendering of. */
export const RELEASE = { name: 'metricgate', namespace: 'metricgate-system' } as const

const HEADER = '# Generated from charts/metricgate/ by: npm run generate\n'
const SOURCE = /^# Source: [^/]+\/templates\/(\S+)\n/
/** What the default values leave out, and is applied by who wants it. */
const OPTIONAL = 'rollout.yaml'

/**
 * The plain manifests: what the chart renders with its default values, one file for each template, and rollout.yaml. Without the CRD,
 * which kustomize takes from crds/.
 * @param chart path of the chart
 * @throws ClusterError E_PROGRAM when Helm does
 */
export async function renderManifests(helm: Helm, chart: string): Promise<ReadonlyMap<string, string>> {
  const template = [
    'template',
    RELEASE.name,
    chart,
    `--namespace=${RELEASE.namespace}`,
    '--set=crds.install=false',
  ]
  const rendered = await helm(...template)
  const rollout = await helm(...template, '--set=rollout.enabled=true', `--show-only=templates/${OPTIONAL}`)
  const files = new Map<string, string>()
  for (const document of documents(`${rendered}${rollout}`)) {
    const file = SOURCE.exec(document)?.[1]
    if (file === undefined) throw new Error(`BUG: Helm does not say where this comes from: ${document}`)
    const before = files.get(file)
    const text = document.replace(SOURCE, '')
    files.set(file, before === undefined ? `${HEADER}${text}` : `${before}---\n${text}`)
  }
  return files
}

function documents(rendered: string): string[] {
  return rendered.split(/^---\n/m).filter(text => text.trim() !== '')
}
