/** Bounds of telemetry policies that no configuration changes. */

/** Policies that one provider may have. Tero's own sets have some hundred. */
export const POLICIES_MAX = 10_000

/** Matchers of one policy: far more than anyone writes. */
export const MATCHERS_MAX = 256

/**
 * Size of a regular expression, and of all those of a provider, as `regexSize` estimates them: RE2 takes linear time,
 * but its programs take memory, some 100 bytes for each unit. A pattern that someone writes has less than 200.
 */
export const REGEX_SIZE_MAX = 20_000
export const REGEX_SIZES_MAX = 500_000

/** Errors that are reported of one policy, and characters of each. */
export const ERRORS_MAX = 20
export const ERROR_CHARACTERS_MAX = 500

/**
 * How many matches of policies a set remembers in its decisions, of which each costs as much as some more. There are as
 * many decisions as combinations of policies that match the same series; beyond, series are decided anew each time, and
 * counted as exactly.
 */
export const REMEMBERED_MATCHES_MAX = 2 ** 20
export const DECISION_COST = 16

/** A file of policies, and the answer of a policy server, in bytes. */
export const POLICY_BYTES_MAX = 16 * 2 ** 20

/** How long a policy server may take to answer, in milliseconds. */
export const SYNC_TIMEOUT_MS = 10_000

/** Time between syncs when neither the configuration nor the server says anything, in milliseconds. */
export const SYNC_INTERVAL_MS = 60_000

/** What a server may recommend at least and at most, in milliseconds. */
export const SYNC_INTERVAL_MIN_MS = 1000
export const SYNC_INTERVAL_MAX_MS = 3_600_000

/** The first and the longest delay before a failed sync is tried again, in milliseconds. */
export const RETRY_BASE_MS = 1000
export const RETRY_MAX_MS = 300_000

/** The part of an interval by which syncs are spread, so that proxies that started together do not ask together. */
export const JITTER = 0.1

/** Characters of a server's own error message that are repeated. */
export const SERVER_MESSAGE_CHARACTERS_MAX = 300

/** Names of metrics of which a set remembers which policies on names match; how many matches of these, too. */
export const NAMES_MAX = 2 ** 14
export const NAME_MATCHES_MAX = 2 ** 18
