import { expect, test } from '@jest/globals'
import { parseDocument } from 'yaml'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'
import { keepWrittenText } from '../../../proxy/relabel/yaml.ts'

function read(yaml: string): unknown {
  const document = parseDocument(yaml)
  keepWrittenText(document)
  return document.toJS()
}

test.each([
  ['regex: 404', { regex: '404' }],
  ['regex: 1.10', { regex: '1.10' }],
  ['replacement: 0x1F', { replacement: '0x1F' }],
  ['replacement: True', { replacement: 'True' }],
  ['target_label: 1.0', { target_label: '1.0' }],
  ['targetLabel: 1e3', { targetLabel: '1e3' }],
  ['separator: .5', { separator: '.5' }],
  ['source_labels: [1.0, a, null]', { source_labels: ['1.0', 'a', null] }],
  ['regex: ~', { regex: null }],
  ['regex: "404"', { regex: '404' }],
  ['modulus: 8', { modulus: 8 }],
  ['modulus: 18446744073709551613', { modulus: '18446744073709551613' }],
  ['port: 1.10', { port: 1.1 }],
])('%s is read as %j', (yaml, value) => {
  expect(read(yaml)).toEqual(value)
})

test('rules deep in a document come out as Prometheus reads them', () => {
  const file = read('subsets:\n  - rules:\n      - { source_labels: [v], regex: 1.0, target_label: x }\n')
  expect(file).toEqual({ subsets: [{ rules: [{ source_labels: ['v'], regex: '1.0', target_label: 'x' }] }] })
})

test('a modulus of 64 bits stays exact', () => {
  const rules = read('- { action: hashmod, target_label: x, modulus: 18446744073709551613 }')
  expect(parseRelabelConfigs(rules, 'rules')).toMatchObject([{ modulus: 18446744073709551613n }])
})
