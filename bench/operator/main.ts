import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { runProgram } from '../program.ts'
import { measureAdmissions } from './admissions.ts'
import { measureFailover } from './failover.ts'
import { type MadeGates, makeGates } from './gates.ts'
import { HELP, type Options, type Part, readOptions } from './options.ts'
import { createPods, measurePods } from './pods.ts'
import {
  formatAdmissions,
  formatFailover,
  formatGates,
  formatHeading,
  formatPods,
  formatRestart,
  formatSteady,
  type OperatorReport,
} from './report.ts'
import { measureRestart } from './restart.ts'
import { measureSteady } from './steady.ts'
import { Testbed } from './testbed.ts'

function progress(step: string): void {
  process.stderr.write(`bench: ${step}\n`)
}

function print(text: string): void {
  process.stdout.write(`\n${text}`)
}

async function run(options: Options): Promise<void> {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
  }
  process.stdout.write(formatHeading(machine, options.gogc))
  progress('starting a control plane')
  await using testbed = await Testbed.start(options)
  progress(`gates: creating ${options.gates}`)
  const made = await makeGates(testbed)
  const report = { machine, ...(await measureParts(testbed, made)) }
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`)
}

/** Each part leaves behind what the next one needs; what a part that is left out would have, is made. */
async function measureParts(
  testbed: Testbed,
  { result, uids }: MadeGates,
): Promise<Omit<OperatorReport, 'machine'>> {
  const has = (...parts: readonly Part[]): boolean => parts.some(part => testbed.options.parts.includes(part))
  const gates = has('gates') ? result : undefined
  if (gates !== undefined) print(formatGates(gates))
  const admissions = has('admissions') ? await measureAdmissions(testbed, uids, progress) : undefined
  if (admissions !== undefined) print(formatAdmissions(admissions))
  const pods = has('pods') ? await measurePods(testbed, uids, progress) : undefined
  if (pods !== undefined) print(formatPods(pods))
  if (pods === undefined && has('restart', 'steady')) {
    progress(`creating ${testbed.options.pods} pods`)
    await createPods(testbed, uids)
  }
  const restart = has('restart') ? await measureRestart(testbed, progress) : undefined
  if (restart !== undefined) print(formatRestart(restart))
  const steady = has('steady') ? await measureSteady(testbed, progress) : undefined
  if (steady !== undefined) print(formatSteady(steady))
  const failover = has('failover') ? await measureFailover(testbed, uids, progress) : undefined
  if (failover !== undefined) print(formatFailover(failover))
  return {
    ...(gates && { gates }),
    ...(admissions && { admissions }),
    ...(pods && { pods }),
    ...(restart && { restart }),
    ...(steady && { steady }),
    ...(failover && { failover }),
  }
}

await runProgram({ help: HELP, readOptions, run })
