import { conforms } from './conforms.js';
import { threadScenarios } from './scenarios/threads/index.js';

await conforms(threadScenarios);
