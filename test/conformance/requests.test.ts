import { conforms } from './conforms.js';
import { requestScenarios } from './scenarios/requests/index.js';

await conforms(requestScenarios);
