import { conforms } from './conforms.js';
import { basicScenarios } from './scenarios/basics/index.js';

await conforms(basicScenarios);
