import { expect, test } from '@jest/globals'
import { renderService } from '../../../operator/resources/service.ts'
import { checkedGate } from './gate.ts'

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
