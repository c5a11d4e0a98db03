import type { AuditEntry } from '../../cluster/index.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import type { ServiceAccountRef } from '../controller/support/cluster.ts'

/** A PolicyRule of `rbac.authorization.k8s.io/v1`. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** The least that can be granted: one verb for one resource, by one rule of one role. */
export interface Permission {
  /** "ClusterRole metricgate-operator", "Role metricgate-system/metricgate-operator". */
  readonly role: string
  /** Where it holds; '' is everywhere. */
  readonly namespace: string
  readonly apiGroup: string
  /** Plural, with the subresource if there is one. */
  readonly resource: string
  readonly verb: string
  /** The only objects that it is about; none: all of them. */
  readonly names: readonly string[]
}

/** What the roles among the objects grant that are bound to the account. */
export function permissionsOf(
  objects: readonly AnyObject[],
  { namespace, name }: ServiceAccountRef,
): Permission[] {
  const bound = objects.flatMap(({ kind, metadata, roleRef, subjects = [] }) =>
    kind?.endsWith('RoleBinding') === true &&
    subjects.some((to: ServiceAccountRef) => to.name === name && to.namespace === namespace)
      ? [
          {
            role: `${roleRef.kind} ${path(metadata?.namespace, roleRef.name, roleRef.kind)}`,
            in: metadata?.namespace ?? '',
          },
        ]
      : [],
  )
  return objects.flatMap(object =>
    bound
      .filter(({ role }) => role === roleName(object))
      .flatMap(binding => (object.rules as Rule[]).flatMap(rule => expand(rule, binding.role, binding.in))),
  )
}

/** The role of the permission without it; another rule's permission of the same name stays. */
export function roleWithout(objects: readonly AnyObject[], permission: Permission): AnyObject {
  const role = objects.find(object => roleName(object) === permission.role)
  if (role === undefined) throw new Error(`BUG: there is no ${permission.role}`)
  const rules = (role.rules as Rule[]).flatMap(rule =>
    rule.apiGroups.flatMap(apiGroup =>
      rule.resources.map(resource => {
        const isMeant =
          apiGroup === permission.apiGroup &&
          resource === permission.resource &&
          (rule.resourceNames ?? []).join() === permission.names.join()
        const verbs = rule.verbs.filter(verb => !isMeant || verb !== permission.verb)
        return { ...rule, apiGroups: [apiGroup], resources: [resource], verbs }
      }),
    ),
  )
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) }
}

/** For people: "list pods", "get clusterroles (metricgate-operator)". */
export function describePermission({
  verb,
  resource,
  names,
}: Pick<Permission, 'verb' | 'resource' | 'names'>): string {
  return `${verb} ${resource}${names.length === 0 ? '' : ` (${names.join(', ')})`}`
}

/** Does the permission cover what was asked for? */
export function covers(
  { namespace, apiGroup, resource, names, verb }: Permission,
  request: Pick<AuditEntry, 'apiGroup' | 'resource' | 'namespace' | 'name' | 'verb'>,
): boolean {
  return (
    verb === request.verb &&
    apiGroup === request.apiGroup &&
    resource === request.resource &&
    (namespace === '' || namespace === request.namespace) &&
    (names.length === 0 || names.includes(request.name))
  )
}

function expand(rule: Rule, role: string, namespace: string): Permission[] {
  const { apiGroups, resources, verbs, resourceNames: names = [] } = rule
  return apiGroups.flatMap(apiGroup =>
    resources.flatMap(resource => verbs.map(verb => ({ role, namespace, apiGroup, resource, verb, names }))),
  )
}

function roleName({ kind = '', metadata }: AnyObject): string {
  return `${kind} ${path(metadata?.namespace, metadata?.name ?? '', kind)}`
}

function path(namespace: string | undefined, name: string, kind: string): string {
  return kind === 'Role' ? `${namespace}/${name}` : name
}
