/** The bound of Events. */

/** Characters of a note that the API server takes (`events.k8s.io/v1`, Event.note). */
export const NOTE_LENGTH_MAX = 1024
