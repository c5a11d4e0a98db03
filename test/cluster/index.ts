export { certManagerCrds } from './cert-manager-crds.ts'
export type { AuditEntry } from './control-plane/audit.ts'
export type { ControlPlane, ControlPlaneOptions } from './control-plane/control-plane.ts'
export { startControlPlane } from './control-plane/start.ts'
export { installCrds, removeCrds } from './crds.ts'
export { ClusterError, type ClusterErrorCode } from './errors.ts'
export { type EventuallyOptions, eventually } from './eventually.ts'
export { type Helm, resolveHelm } from './helm.ts'
export { Http1KubeConfig } from './http1-config.ts'
export { installMonitorCrds, monitorCrds, removeMonitorCrds } from './monitor-crds.ts'
export { monitoringImages } from './monitoring/images.ts'
export { installMonitoring } from './monitoring/install.ts'
export { prometheusQuery, type Sample } from './monitoring/query.ts'
export type { Cluster, ClusterOptions } from './node/cluster.ts'
export { PROBE_IMAGE } from './node/configuration.ts'
export { nodeUnavailable } from './node/machine.ts'
export { startCluster } from './node/start.ts'
export {
  type ApiServerAccess,
  type Endpoint,
  type EndpointAnswer,
  getThroughApiServer,
} from './through-api-server.ts'
export { unlessNotFound } from './unless-not-found.ts'
