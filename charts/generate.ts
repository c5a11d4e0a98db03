import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClusterError } from '../test/cluster/errors.ts'
import { resolveHelm } from '../test/cluster/helm.ts'
import { generatedDashboards } from './dashboards/generated.ts'
import { generatedFromChart, generatedInChart, ROOT } from './generated.ts'

async function write(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) await writeFile(join(ROOT, path), text)
}

try {
  await write(generatedDashboards())
  await write(await generatedInChart())
  await write(await generatedFromChart(await resolveHelm()))
} catch (error) {
  if (!(error instanceof ClusterError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
