import { resolveAssets } from '../assets/resolve.ts'
import { freePort } from '../process/free-port.ts'
import { Supervisor } from '../process/supervision.ts'
import { bringUpControlPlane } from './bring-up.ts'
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts'

/**
 * Starts a control plane on loopback, on a free port, and waits until it is ready for pods: its namespace `default` has a
 * ServiceAccount.
 *
 * The first call on a machine builds the programs, which takes minutes; `node test/cluster/build.ts` does that ahead of time.
 * Everything ends when this process does, even by SIGKILL.
 * @throws ClusterError, whose code says which part could not be had
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const {
    crds = [],
    proposePort = freePort,
    environment = process.env,
    auditedGroups,
    admissionPlugins,
    apiServerEnvironment,
  } = options
  const report = options.report ?? (line => void process.stderr.write(`${line}\n`))
  const assets = await resolveAssets({ environment, report })
  const supervisor = await Supervisor.start()
  try {
    return await bringUpControlPlane(supervisor, assets, {
      crds,
      proposePort,
      ...(auditedGroups && { auditedGroups }),
      ...(admissionPlugins && { admissionPlugins }),
      ...(apiServerEnvironment && { apiServerEnvironment }),
    })
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}
