import { test } from 'node:test';
import { defineRed } from './suite.js';

defineRed(test);
