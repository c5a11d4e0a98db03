/** What the names of all of the operator's metrics begin with. */
export const PREFIX = 'metricgate_operator'
