// Makes a fresh clone ready for `npm start` and `npm test`, and does nothing when it is ready already.
// It runs under whatever Node the machine has, before any package is installed: plain JavaScript, no imports
// but Node's own.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = path.join(root, 'node_modules', '.metricgate-lock-sha256')

/** Runs one step with its output shown; ends the set-up with what failed and what to do about it. */
function step(title, command, args, advice) {
  process.stderr.write(`metricgate: ${title}\n`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return
  const reason = error ? error.message : `exit code ${status}`
  process.stderr.write(`metricgate: ${title} failed (${reason}). ${advice}\n`)
  process.exit(1)
}

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return
  // Not `npm ci`: that fails where the lock file lacks the binaries of a platform other than the one that wrote it.
  step(
    'installing packages (npm install)',
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    'It needs npm 10 or later and access to a package registry.',
  )
  writeFileSync(stampFile, lock)
}

function buildKernel() {
  step(
    'compiling the kernel to WebAssembly',
    path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node'),
    [path.join(root, 'proxy', 'gate', 'kernel', 'build.mjs')],
    'Its sources are in proxy/gate/kernel/assembly.',
  )
}

function buildClusterBinaries() {
  step(
    'looking for the Kubernetes control plane binaries',
    path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node'),
    [path.join(root, 'test', 'cluster', 'build.ts')],
    'Set KUBEBUILDER_ASSETS to a directory that holds ready binaries, or install Go to build them.',
  )
}

installPackages()
buildKernel()
buildClusterBinaries()
