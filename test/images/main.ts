import { buildImages, type Image } from './build.ts'
import { ImageError } from './errors.ts'
import { measureStart } from './proxy.ts'

/** Builds the images, of the tag that the command line may name, and says where they are and what a sidecar's start costs. */
async function main([tag]: readonly string[]): Promise<void> {
  const report = (line: string) => void process.stderr.write(`${line}\n`)
  const { proxy, operator } = await buildImages({ environment: process.env, report }, tag ? { tag } : {})
  for (const image of [proxy, operator]) process.stdout.write(`${describe(image)}\n`)
  const { wallMs, cpuMs, residentBytes } = await measureStart(proxy.archive, process.env)
  process.stdout.write(
    `the proxy answers after ${wallMs.toFixed(0)} ms, with ${cpuMs.toFixed(0)} ms of CPU, ${megabytes(residentBytes)} resident\n`,
  )
}

function describe({ reference, archive, bytesBeyondBase }: Image): string {
  return `${reference}  ${megabytes(bytesBeyondBase)} beyond its base  ${archive}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ImageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
