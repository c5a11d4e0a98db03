import type { Family } from '../exposition/families.ts'
import type { Series } from '../exposition/series.ts'
import type { Selector } from './policy.ts'
import { compilePolicies, type PolicyDecision, type PolicySet } from './policy-set.ts'
import { PrometheusFields, type ResourceAttributes } from './prometheus-fields.ts'

/** Whether a selector looks at the text of a family's metadata. */
function readsText(selector: Selector): boolean {
  return selector.kind === 'metric_field' && ['description', 'unit'].includes(selector.field)
}

/** Whether what it looks at is the same for all series of a metric, as long as the type of its family is. */
function readsNamesOnly(selector: Selector): boolean {
  if (selector.kind === 'metric_field') return ['name', 'resource_schema_url'].includes(selector.field)
  return selector.kind !== 'datapoint_attribute' && selector.kind !== 'scope_attribute'
}

/** A set of policies on the series of expositions: what a gate asks. */
export class SeriesPolicies {
  readonly #set: PolicySet
  readonly #resource: ResourceAttributes
  readonly #readsText: boolean
  /** Whether a decision is a function of the name of the metric and the type of its family. */
  readonly readsOnlyNames: boolean

  /** `resource` is what exposes the series. */
  constructor(set: PolicySet, resource: ResourceAttributes) {
    this.#set = set
    this.#resource = resource
    const selectors = set.policies.flatMap(({ matchers }) => matchers.map(({ selector }) => selector))
    this.#readsText = selectors.some(readsText)
    this.readsOnlyNames = selectors.every(readsNamesOnly)
  }

  /** Whether nothing has to be decided. */
  get isEmpty(): boolean {
    return this.#set.isEmpty
  }

  /** Decisions by number. It grows. */
  get decisions(): readonly PolicyDecision[] {
    return this.#set.decisions
  }

  /** Decides about a series as the application exposes it. That holds while the family has its type and its textKey. */
  decide(series: Pick<Series, 'name' | 'labels'>, family: Family): PolicyDecision {
    return this.#set.decide(new PrometheusFields(series, family, this.#resource))
  }

  /** Differs for families about which policies could decide otherwise because of the text of their metadata. */
  textKey({ metadata }: Family): string {
    if (!this.#readsText) return ''
    const textOf = (keyword: string) => metadata.find(line => line.keyword === keyword)?.text
    return JSON.stringify([textOf('HELP'), textOf('UNIT')])
  }

  /** Counts samples that were decided about; `decision` is final. */
  count(decision: PolicyDecision, samples: number): void {
    this.#set.count(decision, samples)
  }
}

/** No policies. */
export const NO_POLICIES = new SeriesPolicies(compilePolicies([]), new Map())
