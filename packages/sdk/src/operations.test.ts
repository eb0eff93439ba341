import { expect, test } from 'vitest'
import { contract } from '@sluice/contract/api'
import { creates, reads } from './operations.ts'

const operations = Object.entries(contract).flatMap(([feature, ofFeature]) =>
  Object.entries(ofFeature).map(([name, operation]) => ({
    path: `${feature}.${name}`,
    route: operation['~orpc'].route as { method?: string; successStatus?: number },
  })),
)

test('the reads are those that the contract answers to GET', () => {
  const expected = operations.filter(({ route }) => route.method === 'GET').map(({ path }) => path)
  expect([...reads].toSorted()).toEqual(expected.toSorted())
})

test('the creates are those that the contract answers with 201 or 202', () => {
  const expected = operations
    .filter(({ route }) => route.successStatus === 201 || route.successStatus === 202)
    .map(({ path }) => path)
  expect([...creates].toSorted()).toEqual(expected.toSorted())
})
