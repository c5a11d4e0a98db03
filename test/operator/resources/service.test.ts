import { describe, expect, test } from '@jest/globals'
import { renderService, renderTargetsService } from '../../../operator/resources/service.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'

test('the Service is headless, over all pods of the gate, ready or not', () => {
  expect(renderService(checkedGate()).spec).toMatchObject({
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: { 'metricgate.io/gate': 'shop' },
  })
})

test('it leads to the port by name, since the number differs from pod to pod', () => {
  expect(renderService(checkedGate()).spec?.ports).toEqual([
    { name: 'metricgate', port: 9464, targetPort: 'metricgate', protocol: 'TCP' },
  ])
})

test('its own port is the one that the gate asks for', () => {
  expect(renderService(checkedGate({ proxy: { port: 9000 } })).spec?.ports).toMatchObject([
    { port: 9000, targetPort: 'metricgate' },
  ])
})

describe('the Service of the targets of a DNS gate', () => {
  test('is headless, over the pods that the gate selects, ready or not', () => {
    expect(renderTargetsService(checkedGate(DNS)).spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: { app: 'shop' },
    })
  })

  test('has each port once, with a number that no other has', () => {
    const targets = [
      { port: 'http' },
      { port: 1 },
      { port: 'http', path: '/b' },
      { port: 9102 },
      { port: 'other' },
    ]
    expect(renderTargetsService(checkedGate({ ...DNS, targets })).spec?.ports).toEqual([
      { name: 'target-0', port: 2, targetPort: 'http', protocol: 'TCP' },
      { name: 'target-1', port: 1, targetPort: 1, protocol: 'TCP' },
      { name: 'target-2', port: 9102, targetPort: 9102, protocol: 'TCP' },
      { name: 'target-3', port: 3, targetPort: 'other', protocol: 'TCP' },
    ])
  })
})

test('the Service by which an aggregator finds its targets says so, for the slices that Kubernetes makes of it', () => {
  const label = { 'metricgate.io/targets': 'shop' }
  expect(renderTargetsService(checkedGate(DNS)).metadata?.labels).toMatchObject(label)
  expect(renderService(checkedGate(SUBSET)).metadata?.labels).toMatchObject(label)
  expect(renderService(checkedGate()).metadata?.labels).not.toHaveProperty('metricgate.io/targets')
})
