/** How long certificates live, and how much time their renewal takes. All in ms, but for the part. */
export interface Lifetimes {
  /** Of an authority. */
  readonly authorityMs: number
  /** Of a serving certificate. */
  readonly certificateMs: number
  /** Certificates begin this much in the past, because the clocks of a cluster differ: no two by more than this. */
  readonly backdatedMs: number
  /** Renewal is due after this part of a lifetime. */
  readonly renewalPart: number
  /**
   * How long the webhook configuration has to trust an authority before a certificate of it is served: API servers learn of a changed
   * configuration one after the other.
   */
  readonly graceMs: number
  /** How often everything is looked at, whatever the timers say: the clock may have been set. */
  readonly checkMs: number
}
