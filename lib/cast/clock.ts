export { systemClock as realClock } from '../base/index.js';
