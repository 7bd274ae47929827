import t from 'tap';
import { simulate } from './story.js';

simulate(t, 3);
