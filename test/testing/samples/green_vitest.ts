import { test } from 'vitest';
import { defineGreen } from './suite.js';

defineGreen(test);
