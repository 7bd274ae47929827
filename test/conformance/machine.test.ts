import { conforms } from './conforms.js';
import { machineScenarios } from './scenarios/machine/index.js';

await conforms(machineScenarios);
