import type { Row } from '../row.js';
import { cameraRows } from './camera.js';
import { crowdRows } from './crowd.js';
import { outageRows } from './outage.js';
import { receiveRows } from './receive.js';
import { relayRows } from './relay.js';
import { scenarioRows } from './scenarios.js';
import { sendRows } from './send.js';
import { storeRows } from './store.js';
import { talkRows } from './talk.js';
import { tokenRows } from './tokens.js';
import { turnRows } from './turns.js';
import { uploadRows } from './upload.js';

/** All rows, in the order of the table. */
export const rows: readonly Row[] = [
  ...talkRows,
  ...relayRows,
  ...uploadRows,
  ...sendRows,
  ...receiveRows,
  ...turnRows,
  ...crowdRows,
  ...outageRows,
  ...storeRows,
  ...cameraRows,
  ...tokenRows,
  ...scenarioRows,
];
