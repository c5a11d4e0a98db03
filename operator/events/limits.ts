/** Every bound of Events, in one place. */

/** UTF-8 bytes of a note that the API server takes (`len` in ValidateEventCreate of Kubernetes' pkg/apis/core/validation/events.go). */
export const NOTE_BYTES_MAX = 1024

/** Events that wait to be recorded; more are lost: what they tell is in the status of the gates as well. */
export const EVENTS_WAITING_MAX = 1000
