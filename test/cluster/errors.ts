/** What kept a control plane from coming up; each code is one thing that the reader can do something about. */
export type ClusterErrorCode =
  /** A cluster runs where none should, or none where one should. */
  | 'E_RUNNING'
  /** Go is needed to build the binaries, and is missing or too old. */
  | 'E_GO'
  /** Go was there, and could not download or compile what was asked of it. */
  | 'E_BUILD'
  /** KUBEBUILDER_ASSETS names a directory that lacks what is needed. */
  | 'E_ASSETS'
  /** This machine cannot run a node. */
  | 'E_MACHINE'
  /** A file that should be an image archive is none. */
  | 'E_IMAGE'
  /** A program of the control plane did not start, or ended by itself. */
  | 'E_PROGRAM'
  /** What was waited for did not come in time. */
  | 'E_TIMEOUT'

/** An error of the test cluster whose message says what was attempted and what to do about it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
