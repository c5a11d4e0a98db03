import { expect, test } from '@jest/globals'
import { clientIdentity, resourceAttributes } from '../../../proxy/policy/resource.ts'

const NONE = {
  name: undefined,
  namespace: undefined,
  version: undefined,
  instanceId: undefined,
  resourceAttributes: new Map<string, string>(),
  labels: new Map<string, string>(),
}
const read = (service: object, env: Record<string, string>) =>
  Object.fromEntries(resourceAttributes({ ...NONE, ...service }, env))

test.each([
  ['nothing', {}, {}],
  ['pairs', { OTEL_RESOURCE_ATTRIBUTES: 'a=1, b = 2' }, { a: '1', b: '2' }],
  ['encoded values', { OTEL_RESOURCE_ATTRIBUTES: 'a=x%2Cy%3D%20z' }, { a: 'x,y= z' }],
  ['a percent sign of its own', { OTEL_RESOURCE_ATTRIBUTES: 'a=50%' }, { a: '50%' }],
  [
    'an empty name',
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: '' },
    { 'service.name': 'a' },
  ],
  ['what is no pair', { OTEL_RESOURCE_ATTRIBUTES: 'a,=b,c=,d=e' }, { d: 'e' }],
  [
    'a service name',
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' },
    { 'service.name': 'b' },
  ],
])('the environment has %s', (_, env, attributes) => {
  expect(read({}, env)).toEqual(attributes)
})

test('the configuration goes before the environment', () => {
  const service = {
    name: 'web',
    namespace: 'shop',
    resourceAttributes: new Map([
      ['a', 'configured'],
      ['service.name', 'other'],
    ]),
  }
  expect(read(service, { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=2', OTEL_SERVICE_NAME: 'x' })).toEqual({
    a: 'configured',
    b: '2',
    'service.name': 'web',
    'service.namespace': 'shop',
  })
})

test('a client has the four attributes that servers require, whatever is known', () => {
  const proxy = { version: '1.2.3', instanceId: 'host-1' }
  const of = (...attributes: [string, string][]) =>
    Object.fromEntries(clientIdentity(new Map(attributes), new Map(), proxy).resourceAttributes)
  expect(of()).toEqual({
    'service.name': 'metricgate-proxy',
    'service.namespace': 'default',
    'service.version': '1.2.3',
    'service.instance.id': 'host-1',
  })
  expect(of(['k8s.pod.name', 'web-0'], ['k8s.namespace.name', 'shop'], ['service.name', 'web'])).toEqual({
    'service.name': 'web',
    'service.namespace': 'shop',
    'service.version': '1.2.3',
    'service.instance.id': 'web-0',
    'k8s.pod.name': 'web-0',
    'k8s.namespace.name': 'shop',
  })
})
