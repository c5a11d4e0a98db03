// A process of the benchmark: aggregates a fleet, and says what that cost. Arguments: the fleet, how many rounds.
import { measureFleet } from './aggregate.ts'
import { FLEET_RULES, fleetNamed } from './fleets.ts'

const [, , name = '', rounds = '1'] = process.argv
process.send?.(measureFleet(fleetNamed(name), Number(rounds), FLEET_RULES))
process.on('disconnect', () => process.exit())
