import { test } from 'node:test';
import { defineGreen } from './suite.js';

defineGreen(test);
