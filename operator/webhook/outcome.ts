/** What became of a pod. */
export type Outcome = 'injected' | 'skipped' | 'unchanged'

/** Why a pod got its sidecar; `Refitted`: its earlier sidecar was made to fit what others added since. */
export type InjectedReason = 'Annotation' | 'Selector' | 'UnknownGate' | 'Refitted'

/** What keeps the sidecar out of a pod that has a gate. */
export type ObstacleReason = 'WindowsPod' | 'HandWritten' | 'HostNetwork' | 'RunsToCompletion'

/** Why a pod got no sidecar. */
export type SkippedReason =
  | ObstacleReason
  | 'NotOptedIn'
  | 'OptedOut'
  | 'InvalidAnnotation'
  | 'NoGate'
  | 'SeveralGates'
  | 'NoSidecars'
  | 'GatesUnknown'
  | 'StaticPod'
  | 'NotAPod'
  | 'InternalError'

/** A word for programs: the value of a metric label and of an audit annotation. */
export type Reason = InjectedReason | SkippedReason | 'AlreadyInjected'
